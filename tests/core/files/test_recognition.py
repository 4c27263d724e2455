"""What a file is, by its bytes; and what a GeoJSON holds."""

from __future__ import annotations

import json

import pytest

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files import FileSample, describe_geojson, inspect_file, recognise_kind
from tests.core.files.samples import csv, half_hours, inspect


@pytest.mark.parametrize(
    ("head", "form", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF", "document"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG", "document"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG", "document"),
        (b"PAR1\x15\x04\x15", "Parquet", "table"),
        (b"CDF\x01\x00\x00", "NetCDF", "table"),
        (b"\x89HDF\r\n\x1a\n\x00", "NetCDF", "table"),
        (b"SQLite format 3\x00" + bytes(52) + b"GPKG" + bytes(28), "GeoPackage", "spatial"),
        (b"SQLite format 3\x00" + bytes(84), "SQLite", "table"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(9) + b"xl/workbook.xml", "XLSX", "table"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ODS", "table"),
        (b"PK\x03\x04" + bytes(26) + b"one.csv", "zip", "unknown"),
        (b'{"a": 1}', "JSON", "document"),
        (b"[1, 2]", "JSON", "document"),
        (b'\xef\xbb\xbf{"help": "x"}', "JSON", "document"),
        (b"<?xml version='1.0'?><gml/>", "XML", "document"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(40), "7z", "unknown"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(40), "RAR", "unknown"),
        (b"a.csv" + bytes(252) + b"ustar\x0000" + bytes(200), "tar", "unknown"),
        (b"\x00\x00\x27\x0a" + bytes(96), "Shapefile", "spatial"),
    ],
)
def test_formats_are_known_by_their_bytes(head: bytes, form: str, kind: str) -> None:
    assert recognise_kind(head)[0] == form
    found = inspect(head, "anything.xyz")
    assert (found.kind, found.format, found.profile) == (kind, form, None)
    assert "not-read" in {f.code for f in found.findings}


def test_comma_and_tab_make_the_text_format() -> None:
    assert recognise_kind(b"a,b\n1,2\n")[0] == "CSV"
    assert recognise_kind(b"a\tb\n1\t2\n")[0] == "TSV"
    assert recognise_kind("a,b\n1,2\n".encode("utf-16"))[0] == "CSV"
    assert recognise_kind(b"[kW],b\n1,2\n")[0] == "CSV"


def square(west: float, south: float) -> dict[str, object]:
    ring = [[west, south], [west + 1, south], [west + 1, south + 1], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def collection(*features: dict[str, object], **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", **more, "features": features}).encode()


def test_a_geojson_is_described() -> None:
    one = {"type": "Feature", "properties": {"code": "E01", "homes": 3, "note": None}, "geometry": square(-1, 51)}
    two = {"type": "Feature", "properties": {"code": "E02", "homes": 2.5}, "geometry": square(0, 52)}
    three = {"type": "Feature", "properties": None, "geometry": None}
    found = inspect(collection(one, two, three), "areas.json")
    assert (found.kind, found.format, found.media_type) == ("spatial", "GeoJSON", "application/geo+json")
    assert found.extent == {
        "crs": "EPSG:4326",
        "bounds": (-1.0, 51.0, 1.0, 53.0),
        "features": 3,
        "geometry_types": ["Polygon"],
        "fields": {"code": "text", "homes": "number", "note": "empty"},
    }
    assert found.columns == ("code", "homes", "note")


def test_the_british_grid_is_named() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    assert describe_geojson(collection(crs=crs)) == {
        "crs": "EPSG:27700", "bounds": None, "features": 0, "geometry_types": [], "fields": {},
    }  # fmt: skip


def test_geometries_inside_geometries_count_for_the_bounds() -> None:
    nested = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [5, 6]}, square(1, 2)]}
    found = describe_geojson(json.dumps({"type": "Feature", "properties": {}, "geometry": nested}).encode())
    assert found["bounds"] == (1.0, 2.0, 5.0, 6.0)


def test_a_geojson_that_breaks_off_is_told() -> None:
    data = collection({"type": "Feature", "properties": {}, "geometry": square(0, 0)})
    with pytest.raises(UnreadableFile) as refused:
        inspect(data[:-20], "areas.geojson")
    assert refused.value.message == "The file is no valid GeoJSON: it breaks off or is wrong at line 1."


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"type": "FeatureCollection"}', b"\xff", b"[" * 100_000])
def test_other_json_is_no_geojson(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        describe_geojson(data)


def test_a_large_geojson_is_spatial_without_its_extent() -> None:
    data = collection({"type": "Feature", "properties": {}, "geometry": square(0, 0)})
    found = inspect_file(FileSample(head=data[:80], size=10**9, complete=False), name="large.json")
    assert (found.kind, found.extent, [f.code for f in found.findings]) == ("spatial", {}, ["extent-unknown"])


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_text_of_four_bytes_a_character_is_text(encoding: str) -> None:
    found = inspect(csv("time,kW", *half_hours(60), encoding=encoding))
    assert found.profile is not None
    assert (found.columns, found.profile.dialect.encoding) == (("time", "kW"), found.profile.dialect.encoding)
    assert found.profile.dialect.encoding in {encoding, "utf-32-le"}


@pytest.mark.parametrize("at", [700, -1])
def test_zeros_that_a_logger_left_are_no_text(at: int) -> None:
    data = csv("time,kW", *half_hours(60))
    at = at % (len(data) + 1)
    found = inspect(data[:at] + bytes(4_096) + data[at:])
    assert (found.kind, found.columns) == ("readings", ("time", "kW"))


def test_bytes_without_a_line_of_text_before_their_zeros_are_none() -> None:
    assert recognise_kind(b"name" + bytes(90) + b"time,kW\n" * 9)[0] == "unknown"
