"""What a file is, by its bytes and never by its name's ending alone."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection

_MOST_CONTROL = 0.002  # share of control characters up to which bytes are text
_LOOK = 65_536

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "gzip", "application/gzip"),
    (b"PAR1", "Parquet", "application/vnd.apache.parquet"),
    (b"ARROW1", "Arrow", "application/vnd.apache.arrow.file"),
    (b"%PDF-", "PDF", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "PNG", "image/png"),
    (b"\xff\xd8\xff", "JPEG", "image/jpeg"),
    (b"GIF8", "GIF", "image/gif"),
    (b"II*\x00", "TIFF", "image/tiff"),
    (b"MM\x00*", "TIFF", "image/tiff"),
    (b"CDF\x01", "NetCDF", "application/x-netcdf"),
    (b"CDF\x02", "NetCDF", "application/x-netcdf"),
    (b"CDF\x05", "NetCDF", "application/x-netcdf"),
    (b"\x89HDF\r\n\x1a\n", "NetCDF", "application/x-netcdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office 97", "application/x-ole-storage"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "RAR", "application/vnd.rar"),
    (b"\x04\x22\x4d\x18", "LZ4", "application/x-lz4"),
    (b"\x1f\x9d", "compress", "application/x-compress"),
    (b"BZh", "bzip2", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "xz", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "zstd", "application/zstd"),
    (b"\x00\x00\x27\x0a", "Shapefile", "application/x-shapefile"),
)
_ZIP_MEMBERS: tuple[tuple[bytes, str, str], ...] = (
    (b"application/vnd.oasis.opendocument.spreadsheet", "ODS", "application/vnd.oasis.opendocument.spreadsheet"),
    (b"xl/", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"word/", "DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"ppt/", "PPTX", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"doc.kml", "KMZ", "application/vnd.google-earth.kmz"),
)
_MEDIA_TYPES = {name: media_type for _, name, media_type in _ZIP_MEMBERS} | {
    "XLSB": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "XLS": "application/vnd.ms-excel",
}
# The names of streams in an old Office file, which stand in it in UTF-16.
_OLE_STREAMS = (("EncryptedPackage", "XLSX"), ("Workbook", "XLS"), ("Book", "XLS"), ("WordDocument", "DOC"))
_GEOJSON = re.compile(rb'"type"\s*:\s*"(?:FeatureCollection|Feature|GeometryCollection)"')
_UNKNOWN = ("unknown", "application/octet-stream")
_TEXT_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def recognise_kind(head: bytes) -> tuple[str, str]:
    """Say what a file is by its first bytes.

    Returns
    -------
    tuple[str, str]
        The format as the catalogue shows it (``CSV``, ``TSV``, ``GeoJSON``, ``XLSX``…, ``Text`` for other text,
        ``empty``, ``unknown``) and the media type.
    """
    if not head:
        return "empty", "application/x-empty"
    for magic, name, media_type in _MAGIC:
        if head.startswith(magic):
            return _ole_kind(head, media_type) if name == "Office 97" else (name, media_type)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(head)
    if inside := _inner_kind(head):
        return inside
    if not is_text(head):
        return _UNKNOWN
    return _text_kind(head)


def _inner_kind(head: bytes) -> tuple[str, str] | None:
    """What a file is by marks that stand further inside; None where it has none."""
    if head[257:262] == b"ustar":
        return "tar", "application/x-tar"
    if not head.startswith(b"SQLite format 3\x00"):
        return None
    if head[68:72] == b"GPKG":
        return "GeoPackage", "application/geopackage+sqlite3"
    return "SQLite", "application/vnd.sqlite3"


def _ole_kind(head: bytes, media_type: str) -> tuple[str, str]:
    for stream, name in _OLE_STREAMS:
        if stream.encode("utf-16-le") + b"\0\0" in head:
            return name, _MEDIA_TYPES.get(name, "application/msword")
    return "Office 97", media_type


def recognise_archive(names: Collection[str]) -> tuple[str, str]:
    """Say what a zip archive is by the names of its members, as :func:`recognise_kind` does.

    The first bytes alone can mislead: a zip may hold a workbook among other files.
    """
    have = set(names)
    folders = {name.partition("/")[0] for name in names if "/" in name}
    if "[Content_Types].xml" in have:
        for folder, form in (
            ("xl", "XLSB" if "xl/workbook.bin" in have else "XLSX"),
            ("word", "DOCX"),
            ("ppt", "PPTX"),
        ):
            if folder in folders:
                return form, _MEDIA_TYPES[form]
    if "content.xml" in have and "mimetype" in have:
        return "ODS", _MEDIA_TYPES["ODS"]  # or a text or a drawing: its own reader says
    endings = {name.rpartition(".")[2].lower() for name in names}
    if {"shp", "dbf"} <= endings:
        return "Shapefile", "application/x-shapefile+zip"
    if any(name.lower().endswith(".gdb/gdb") or ".gdb/" in name.lower() for name in names):
        return "FileGDB", "application/x-filegdb"
    if "doc.kml" in have:
        return "KMZ", _MEDIA_TYPES["KMZ"]
    return "zip", "application/zip"


def _zip_kind(head: bytes) -> tuple[str, str]:
    for mark, name, media_type in _ZIP_MEMBERS:
        if mark in head[:_LOOK]:
            return name, media_type
    return "zip", "application/zip"


def is_text(data: bytes) -> bool:
    """Whether bytes are text: UTF-16 or UTF-32 with its mark or by its zeros, else hardly any control character.

    Zeros are none of the text: loggers that lose power leave blocks of them after whole lines.
    """
    look = data[:_LOOK]
    if look.startswith(_TEXT_BOMS[1:]) or looks_like_utf_16(look) or looks_like_utf_32(look):
        return True
    if b"\n" not in look.partition(b"\x00")[0] and b"\x00" in look:
        return False
    look = look.replace(b"\x00", b"")
    control = sum(look.count(bytes((c,))) for c in range(32) if c not in b"\t\n\r\x0c\x1b")
    return control <= _MOST_CONTROL * len(look)


def looks_like_utf_16(data: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be`` where every other byte is zero, else ""."""
    look = data[:4096]
    if len(look) < 8:  # four characters say nothing
        return ""
    half = len(look) // 2
    even, odd = look[0::2].count(0), look[1::2].count(0)
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd < 0.05 * half else ""


def looks_like_utf_32(data: bytes) -> str:
    """``utf-32-le`` or ``utf-32-be`` where three of four bytes are zero or a mark says so, else ""."""
    if data.startswith(codecs.BOM_UTF32_LE):
        return "utf-32-le"
    look = data[:4096]
    if data.startswith(codecs.BOM_UTF32_BE) or len(look) < 16:  # four characters say nothing
        return "utf-32-be" if data.startswith(codecs.BOM_UTF32_BE) else ""
    quarter = len(look) // 4
    zeros = [look[place::4].count(0) > 0.9 * quarter for place in range(4)]
    if zeros == [False, True, True, True]:
        return "utf-32-le"
    return "utf-32-be" if zeros == [True, True, True, False] else ""


def _text_kind(head: bytes) -> tuple[str, str]:
    start = head[:_LOOK]
    for bom in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, *_TEXT_BOMS):
        start = start.removeprefix(bom)
    start = start.replace(b"\x00", b"").lstrip()
    lower = start[:2048].lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<script", b"<head", b"<body")) or b"<html" in lower[:512]:
        return "HTML", "text/html"
    if b"<svg" in lower and lower.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")):
        return "SVG", "image/svg+xml"
    if lower.startswith(b"<?xml") or re.match(rb"<[a-z][\w:.-]*[\s>]", lower):
        is_kml = b"<kml" in lower
        return ("KML", "application/vnd.google-earth.kml+xml") if is_kml else ("XML", "application/xml")
    if start[:1] in {b"{", b"["} and re.match(rb'[\[{]\s*(?:["\]}{\[]|-?\d|true|false|null)', start):
        if start[:1] == b"{" and _GEOJSON.search(start):
            return "GeoJSON", "application/geo+json"
        return "JSON", "application/json"
    return _delimited_kind(start)


def _delimited_kind(start: bytes) -> tuple[str, str]:
    lines = [line for line in start.splitlines()[:50] if line.strip()]
    with_tab = sum(b"\t" in line for line in lines)
    with_other = sum(any(mark in line for mark in (b",", b";", b"|")) for line in lines)
    if with_tab * 2 > len(lines) and with_tab >= with_other:
        return "TSV", "text/tab-separated-values"
    if with_other * 2 > len(lines):
        return "CSV", "text/csv"
    return "Text", "text/plain"
