"""Spatial files: what a GeoJSON holds, without a geometry library."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from fairwatt.core.errors import UnreadableFile

DEFAULT_CRS = "EPSG:4326"  # RFC 7946: longitude and latitude on WGS 84
_CRS_CODE = re.compile(r"EPSG:{1,2}(?:[\d.]*:)?(\d{4,6})", re.IGNORECASE)
_MOST_FIELDS = 500
_FARTHEST = 1e12  # beyond any coordinate in any unit: such a number is a mistake, and NaN fails too
_GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}


def describe_geojson(data: bytes) -> dict[str, object]:
    """Describe a GeoJSON file.

    Parameters
    ----------
    data
        The whole file.

    Returns
    -------
    dict
        ``crs`` (such as EPSG:4326), ``bounds`` (four numbers west, south, east, north in that CRS, or None),
        ``features`` (how many), ``geometry_types`` and ``fields`` (names with their types).

    Raises
    ------
    UnreadableFile
        Where it is no JSON, or holds no GeoJSON.
    """
    try:
        found = json.loads(data.decode("utf-8-sig"), object_hook=_shrink)
    except (ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON, or a number of thousands of digits
        place = f" at line {error.lineno:,}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFile(
            f"The file is no valid GeoJSON: it breaks off or is wrong{place}.",
            next_step="Export it again and upload it again.",
        ) from error
    features = _features(found)
    if features is None:
        raise UnreadableFile("The JSON holds no GeoJSON features.", next_step="Upload a FeatureCollection.")
    geometries = [f.get("geometry") for f in features if isinstance(f.get("geometry"), dict)]
    types = {str(g.get("type", "")) for g in geometries if g}
    return {
        "crs": _crs(found),
        "bounds": _bounds(geometries),
        "features": len(features),
        "geometry_types": sorted(types - {""}),
        "fields": _fields(features),
    }


def geoparquet_extent(described: dict[str, Any]) -> dict[str, object]:
    """The extent of a GeoParquet file by its footer, as :func:`describe_geojson` has it.

    Parameters
    ----------
    described
        ``rows``, ``columns`` (names with types) and ``geo``, the footer's own description.
    """
    geo = described.get("geo")
    columns = geo.get("columns") if isinstance(geo, dict) else None
    name = geo.get("primary_column") if isinstance(geo, dict) else None
    column = columns.get(name) if isinstance(columns, dict) else None
    told: dict[str, Any] = column if isinstance(column, dict) else {}
    bounds = told.get("bbox")
    crs = told.get("crs")
    identity = crs.get("id") if isinstance(crs, dict) else None
    code = f"{identity.get('authority')}:{identity.get('code')}" if isinstance(identity, dict) else DEFAULT_CRS
    fields = described.get("columns")
    geometries = set(columns) if isinstance(columns, dict) else set()
    return {
        "crs": DEFAULT_CRS if code == "OGC:CRS84" else code,
        "bounds": _flat_bounds(bounds),
        "features": described.get("rows", 0),
        "geometry_types": sorted(str(kind) for kind in told.get("geometry_types") or ()),
        "fields": {n: str(k) for n, k in fields.items() if n not in geometries} if isinstance(fields, dict) else {},
    }


def _flat_bounds(bounds: Any) -> list[float] | None:
    """West, south, east and north of a box of two or three dimensions."""
    if not isinstance(bounds, list) or len(bounds) not in {4, 6} or not all(isinstance(n, int | float) for n in bounds):
        return None
    half = len(bounds) // 2
    return [float(n) for n in (*bounds[:2], *bounds[half : half + 2])]


def _shrink(found: dict[str, Any]) -> dict[str, Any]:
    """A geometry as the corners of its bounds, so that a large file is never in memory as numbers."""
    kind, coordinates = found.get("type"), found.get("coordinates")
    if isinstance(kind, str) and kind in _GEOMETRIES and isinstance(coordinates, list):
        bounds = _bounds([found])
        found["coordinates"] = [] if bounds is None else [list(bounds[:2]), list(bounds[2:])]
    return found


def _features(found: Any) -> list[dict[str, Any]] | None:
    if not isinstance(found, dict):
        return None
    if found.get("type") == "Feature":
        return [found]
    if found.get("type") == "GeometryCollection" and isinstance(found.get("geometries"), list):
        return [{"geometry": g, "properties": {}} for g in found["geometries"]]
    features = found.get("features")
    if found.get("type") != "FeatureCollection" or not isinstance(features, list):
        return None
    return [f for f in features if isinstance(f, dict)]


def _crs(found: dict[str, Any]) -> str:
    named = found.get("crs")
    properties = named.get("properties") if isinstance(named, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if match := _CRS_CODE.search(name):
        return f"EPSG:{match[1]}"
    return DEFAULT_CRS if not name or "CRS84" in name.upper() else name[:80]


def _bounds(geometries: list[Any]) -> tuple[float, float, float, float] | None:
    west = south = math.inf
    east = north = -math.inf
    for geometry in geometries:
        for x, y in _positions(geometry):
            west, east = min(west, x), max(east, x)
            south, north = min(south, y), max(north, y)
    return (west, south, east, north) if west <= east else None


def _positions(geometry: dict[str, Any]) -> Iterator[tuple[float, float]]:
    waiting: list[Any] = [geometry]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend((item.get("coordinates"), item.get("geometries")))
        elif isinstance(item, list):
            if (corners := _ring_corners(item)) is not None:
                yield from corners
            elif len(item) >= 2 and all(isinstance(n, int | float) for n in item[:2]):  # x and y
                if all(-_FARTHEST < n < _FARTHEST for n in item[:2]):
                    yield float(item[0]), float(item[1])
            else:
                waiting.extend(item)


def _ring_corners(ring: list[Any]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Two corners of a list of sound positions; None where it is none, or one of them is not sound."""
    try:
        xs, ys = [position[0] for position in ring], [position[1] for position in ring]
        total = float(sum(xs) + sum(ys))
        west, south, east, north = min(xs), min(ys), max(xs), max(ys)
    except (TypeError, LookupError, ValueError, OverflowError):
        return None
    if not math.isfinite(total) or max(-west, -south, east, north) >= _FARTHEST:
        return None
    return (float(west), float(south)), (float(east), float(north))


def _fields(features: list[dict[str, Any]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for feature in features:
        properties = feature.get("properties")
        if not isinstance(properties, dict):
            continue
        for name, value in properties.items():
            kind = _kind(value)
            if name in fields:
                fields[name] = _wider(fields[name], kind)
            elif len(fields) < _MOST_FIELDS:
                fields[name] = kind
    return fields


def _wider(before: str, kind: str) -> str:
    if kind in {before, "empty"}:
        return before
    if before == "empty":
        return kind
    return "number" if {before, kind} == {"integer", "number"} else "text"


def _kind(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "text"
