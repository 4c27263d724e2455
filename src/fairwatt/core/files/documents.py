"""What documents say of themselves: the size of a picture, the title of an office document, the length of a text."""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Mapping

SPATIAL_FORMS = frozenset({"GeoJSON", "GeoPackage", "Shapefile", "KML", "KMZ", "FileGDB"})
TABLE_FORMS = frozenset({"XLSX", "XLSB", "XLS", "ODS", "Parquet", "Arrow", "NetCDF", "SQLite"})
DOCUMENT_FORMS = frozenset(
    {"PDF", "PNG", "JPEG", "GIF", "TIFF", "HTML", "SVG", "XML", "DOCX", "PPTX", "DOC", "JSON", "Text", "Office 97"}
)
PICTURES = frozenset({"PNG", "JPEG", "GIF", "TIFF"})
_LONGEST = 300
_PROPERTIES = {
    "title": "dc:title",
    "author": "dc:creator",
    "subject": "dc:subject",
    "created": "dcterms:created",
    "modified": "dcterms:modified",
}
_COUNTS = {"pages": "Pages", "slides": "Slides", "words": "Words"}
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def kind_of_form(form: str) -> str:
    """What files of a format are taken for: ``spatial``, ``table``, ``document`` or ``unknown``."""
    if form in SPATIAL_FORMS:
        return "spatial"
    if form in TABLE_FORMS:
        return "table"
    return "document" if form in DOCUMENT_FORMS else "unknown"


def describe_picture(form: str, head: bytes) -> dict[str, object]:
    """The size of a picture in pixels, by its first bytes; empty where they do not tell."""
    try:
        size = {"PNG": _png_size, "GIF": _gif_size, "JPEG": _jpeg_size, "TIFF": _tiff_size}[form](head)
    except (struct.error, IndexError, KeyError):
        return {}
    return {"width": size[0], "height": size[1]} if size is not None and min(size) > 0 else {}


def _png_size(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", head[16:24])
    return int(width), int(height)


def _gif_size(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", head[6:10])
    return int(width), int(height)


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    """Walk from mark to mark up to the one that says the size."""
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:  # each mark begins so
        mark = head[at + 1]
        if mark in _JPEG_SIZES:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return int(width), int(height)
        at += 2 + max(2, struct.unpack(">H", head[at + 2 : at + 4])[0])
    return None


def _tiff_size(head: bytes) -> tuple[int, int] | None:
    order = "<" if head.startswith(b"II") else ">"
    (at,) = struct.unpack(f"{order}I", head[4:8])
    (entries,) = struct.unpack(f"{order}H", head[at : at + 2])
    found: dict[int, int] = {}
    for number in range(min(entries, 100)):
        begin = at + 2 + 12 * number
        tag, kind = struct.unpack(f"{order}HH", head[begin : begin + 4])
        form, length = ("H", 2) if kind == 3 else ("I", 4)  # a short number
        (found[tag],) = struct.unpack(f"{order}{form}", head[begin + 8 : begin + 8 + length])
    if _TIFF_WIDTH not in found or _TIFF_HEIGHT not in found:
        return None
    return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]


def describe_office(core: str, app: str) -> dict[str, object]:
    """The properties of an office document by the texts of ``docProps/core.xml`` and ``docProps/app.xml``."""
    told: dict[str, object] = dict(_entries(core, _PROPERTIES))
    told |= {name: int(text) for name, text in _entries(app, _COUNTS).items() if text.isdigit()}
    return told


def _entries(text: str, names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, tag in names.items():
        match = re.search(rf"<{tag}(?:\s[^>]*)?>([^<]{{1,2000}})</{tag}>", text)
        if match and (words := " ".join(html.unescape(match[1]).split())):
            found[name] = words[:_LONGEST]
    return found


def describe_page(head: str) -> dict[str, object]:
    """The title of a web page."""
    match = re.search(r"<title[^>]{0,200}>([^<]{1,2000})</title>", head, re.IGNORECASE)
    return {"title": " ".join(html.unescape(match[1]).split())[:_LONGEST]} if match else {}


def describe_text(head: str, *, complete: bool) -> dict[str, object]:
    """The first line of a text and, where all of it is known, how many lines and words it has."""
    lines = head.splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    told: dict[str, object] = {"first_line": first[:_LONGEST]}
    return told | {"lines": len(lines), "words": len(head.split())} if complete else told
