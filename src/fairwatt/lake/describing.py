"""Describe the files that hold no tables: layers of maps, and documents."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from fairwatt.core.errors import InvalidInput, UnreadableFile
from fairwatt.core.files.documents import (
    PICTURES,
    describe_office,
    describe_page,
    describe_picture,
    describe_text,
)
from fairwatt.core.files.encodings import find_encoding
from fairwatt.core.files.sampling import FileSample
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.running import run_apart

_MOST_XML = 1 << 20


def describe_layers(path: Path, *, form: str, work: Path, name: str, patient: Patient) -> dict[str, object]:
    """The extent of a spatial file: of its first layer, with all layers listed where there are several.

    Returns
    -------
    dict
        ``crs``, ``bounds`` (in that CRS), ``bounds_wgs84`` (longitudes and latitudes), ``features``,
        ``geometry_types`` and ``fields``, as :func:`fairwatt.core.files.describe_geojson` has them; ``layers`` where
        there are several.
    """
    told = run_apart("layers", path, work / "layers", form, name=name, kind=f"{form} file", patient=patient)
    layers: list[dict[str, Any]] = told["layers"]
    if not layers:
        return {"features": 0, "crs": "", "bounds": None, "geometry_types": [], "fields": {}}
    found: dict[str, object] = {key: value for key, value in layers[0].items() if key != "layer"}
    if len(layers) > 1:
        found["features"] = sum(int(layer["features"]) for layer in layers)
        found["geometry_types"] = sorted({kind for layer in layers for kind in layer["geometry_types"]})
        for key in ("bounds", "bounds_wgs84"):
            if key == "bounds_wgs84" or len({layer["crs"] for layer in layers}) == 1:
                found[key] = _around([layer[key] for layer in layers])
        found["layers"] = layers
    return found


def _around(bounds: list[Any]) -> list[float] | None:
    there = [one for one in bounds if one is not None]
    if not there:
        return None
    lows = [min(one[at] for one in there) for at in (0, 1)]
    return [*lows, *(max(one[at] for one in there) for at in (2, 3))]


def describe_document(
    path: Path, sample: FileSample, *, form: str, work: Path, name: str, patient: Patient
) -> dict[str, object]:
    """What a document says of itself; empty where it is damaged, as it is kept all the same."""
    if form in PICTURES:
        return describe_picture(form, sample.head)
    if form == "PDF":
        try:
            told = run_apart("document", path, work / "document", name=name, kind="PDF", patient=patient)
        except (UnreadableFile, InvalidInput) as error:
            return {"unreadable": error.message}
        description: dict[str, object] = told["description"]
        return description
    if form in {"DOCX", "PPTX"}:
        return _office(path)
    if form in {"HTML", "SVG"}:
        return describe_page(_text(sample))
    return describe_text(_text(sample), complete=sample.complete) if form == "Text" else {}


def _text(sample: FileSample) -> str:
    return sample.head.decode(find_encoding(sample), errors="replace")


def _office(path: Path) -> dict[str, object]:
    try:
        with zipfile.ZipFile(path) as archive:
            core, app = (_member(archive, f"docProps/{name}.xml") for name in ("core", "app"))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        return {}
    return describe_office(core, app)


def _member(archive: zipfile.ZipFile, name: str) -> str:
    if name not in archive.namelist():
        return ""
    with archive.open(name) as file:
        return re.sub(r"<!DOCTYPE.*?>", "", file.read(_MOST_XML).decode("utf-8", errors="replace"))
