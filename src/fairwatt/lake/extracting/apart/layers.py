"""Describe the layers of a spatial file: ``python layers.py FILE FOLDER KIND``.

The file has lost its name's ending, which its reader goes by: ``KIND`` gives it one again, through a link.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pyogrio

MOST_LAYERS = 50
MOST_FIELDS = 500
_ENDINGS = {
    "GeoPackage": "gpkg",
    "Shapefile": "shp.zip",
    "KML": "kml",
    "KMZ": "kmz",
    "FileGDB": "gdb.zip",
    "GeoJSON": "geojson",
}
_WARPED = """<OGRVRTDataSource><OGRVRTWarpedLayer><OGRVRTLayer name="{layer}">
<SrcDataSource>{source}</SrcDataSource><SrcLayer>{layer}</SrcLayer></OGRVRTLayer>
<TargetSRS>EPSG:4326</TargetSRS></OGRVRTWarpedLayer></OGRVRTDataSource>"""


def describe_layer(source: str, layer: str) -> dict[str, object]:
    """One layer: its CRS, bounds, features, geometry type and fields."""
    info = pyogrio.read_info(source, layer=layer, force_feature_count=True, force_total_bounds=True)
    fields = dict(zip(info["fields"], info["dtypes"], strict=True))
    bounds = info.get("total_bounds")
    told: dict[str, object] = {
        "layer": layer,
        "crs": info.get("crs") or "",
        "bounds": [float(one) for one in bounds] if bounds is not None else None,
        "features": int(info["features"]),
        "geometry_types": [str(info["geometry_type"])] if info.get("geometry_type") else [],
        "fields": {str(n): _kind(str(k)) for n, k in list(fields.items())[:MOST_FIELDS]},
    }
    told["bounds_wgs84"] = _in_degrees(source, layer, str(told["crs"]), told["bounds"])
    return told


def _kind(dtype: str) -> str:
    if dtype.startswith(("int", "uint")):
        return "integer"
    if dtype.startswith("float"):
        return "number"
    if dtype.startswith("datetime"):
        return "time"
    return "boolean" if dtype == "bool" else "text"


def _in_degrees(source: str, layer: str, crs: str, bounds: object) -> object:
    """The bounds as longitudes and latitudes."""
    if crs in {"EPSG:4326", "OGC:CRS84"} or bounds is None:
        return bounds
    if not crs:
        return None
    text = _WARPED.format(layer=escape(layer, {'"': "&quot;"}), source=escape(source))
    try:
        info = pyogrio.read_info(text, force_total_bounds=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError):
        return None
    found = info.get("total_bounds")
    return [float(one) for one in found] if found is not None else None


def main(path: Path, folder: Path, kind: str) -> dict[str, object]:
    """Describe all layers."""
    linked = folder / f"source.{_ENDINGS.get(kind, 'dat')}"
    linked.symlink_to(path.resolve())
    sources = [str(linked)]
    if kind == "Shapefile":
        with zipfile.ZipFile(path) as archive:
            shapes = [name for name in archive.namelist() if name.lower().endswith(".shp")]
        sources = [f"/vsizip/{linked}/{name}" for name in shapes[:MOST_LAYERS]]
    elif kind == "FileGDB":
        sources = [f"/vsizip/{linked}"]
    layers = [(source, str(name)) for source in sources for name, _ in pyogrio.list_layers(source)]
    return {"layers": [describe_layer(source, layer) for source, layer in layers[:MOST_LAYERS]]}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder, kind = Path(arguments[0]), Path(arguments[1]), arguments[2]
    try:
        manifest = main(path, folder, kind)
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        OSError,
        ValueError,
        RuntimeError,
        zipfile.BadZipFile,
    ) as error:
        manifest = {"error": "damaged", "detail": " ".join(str(error).split())[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
