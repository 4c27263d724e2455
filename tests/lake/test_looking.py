"""A look at a file says what it is, whatever it is, and what it holds."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from fairwatt.core.errors import FairwattError, InvalidInput, TooLarge, UnreadableFile
from fairwatt.lake import looking, opening
from fairwatt.lake.looking import FileLook, look_at_file

Look = Callable[..., FileLook]
READINGS = "start time,power (kW)\n" + "".join(f"2020-09-01T{n // 2:02}:{n % 2 * 30:02}:00Z,{n}\n" for n in range(48))
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Look]:
    """Look at bytes under a name."""
    with ExitStack() as stack:

        def look_at(data: bytes, name: str) -> FileLook:
            path = tmp_path / "received"
            path.write_bytes(data)
            return stack.enter_context(look_at_file(path, name=name, work=tmp_path / "work"))

        yield look_at
    assert not list((tmp_path / "work").glob("*")), "nothing stays behind"


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-be"])
def test_a_text_is_its_one_table_however_it_is_packed(look: Look, packing: str, encoding: str) -> None:
    data = PACKINGS[packing](READINGS.encode(encoding))
    found = look(data, "meter.csv")
    assert (found.format, found.media_type, found.encoding, found.compression, found.size, found.findings) == (
        "CSV", "text/csv", encoding, packing, len(data), (),
    )  # fmt: skip
    assert found.main is not None
    assert found.main.table.path == found.path
    assert (found.main.title, found.main.table.place_of(7), len(found.tables)) == ("", "line 7", 1)
    profile = found.inspection.profile
    assert profile is not None
    assert (profile.format, profile.dialect.compression, found.inspection.questions) == ("", packing, ())


def test_a_zip_of_one_file_is_that_file(look: Look) -> None:
    found = look(zipped(**{"data/meter.csv": READINGS.encode()}), "all.zip")
    assert (found.format, found.compression, found.member) == ("CSV", "zip", "data/meter.csv")
    assert found.inspection.profile is not None
    assert found.inspection.profile.dialect.member == "data/meter.csv"


@pytest.mark.parametrize("packing", ["bzip2", "xz", "zstd"])
def test_what_is_cut_off_or_blows_up_is_told(look: Look, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = PACKINGS[packing]
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(pack(np.random.default_rng(1).bytes(50_000))[:-100], "cut")
    monkeypatch.setattr(opening, "FREE_BYTES", 1 << 20)
    with pytest.raises(TooLarge, match="unpacks to more than"):
        look(pack(bytes(60 << 20)), "bomb")


def test_a_table_that_is_not_there_can_not_be_chosen(look: Look) -> None:
    found = look(READINGS.encode(), "meter.csv")
    assert found.chosen({"time_zone": "UTC"}) == found.main
    with pytest.raises(InvalidInput, match="no table 'Feb'"):
        found.chosen({"table": "Feb"})


def points(crs: str) -> bytes:
    features = [
        {"type": "Feature", "properties": {"n": n, "name": "a"}, "geometry": {"type": "Point", "coordinates": [x, y]}}
        for n, (x, y) in enumerate([(450_000, 200_000), (451_000, 202_000)])
    ]
    named = {"type": "name", "properties": {"name": crs}}
    return json.dumps({"type": "FeatureCollection", "crs": named, "features": features}).encode()


def drawn(folder: Path, name: str, driver: str) -> Path:
    """Two points near Oxford in the British grid, written by another program."""
    source = folder / "points.geojson"
    source.write_bytes(points("urn:ogc:def:crs:EPSG::27700"))
    meta, _, geometry, fields = pyogrio.raw.read(source)
    path = folder / name
    pyogrio.raw.write(path, geometry, fields, meta["fields"], geometry_type="Point", crs="EPSG:27700", driver=driver)
    return path


@pytest.mark.parametrize("form", ["GeoPackage", "Shapefile"])
def test_layers_are_described_with_their_place_on_earth(look: Look, tmp_path: Path, form: str) -> None:
    if form == "GeoPackage":
        data = drawn(tmp_path, "points.gpkg", "GPKG").read_bytes()
    else:
        drawn(tmp_path, "points.shp", "ESRI Shapefile")
        data = zipped(**{f"map/{p.name}": p.read_bytes() for p in tmp_path.glob("points.*") if p.suffix != ".geojson"})
    found = look(data, "points")
    assert (found.format, found.inspection.kind, found.main) == (form, "spatial", None)
    extent = found.inspection.extent
    assert (extent["crs"], extent["bounds"], extent["features"]) == ("EPSG:27700", [450e3, 200e3, 451e3, 202e3], 2)
    assert (extent["geometry_types"], extent["fields"]) == (["Point"], {"n": "integer", "name": "text"})
    assert extent["bounds_wgs84"] == pytest.approx([-1.278, 51.697, -1.263, 51.714], abs=0.001)
    assert found.inspection.columns == ("n", "name")


def test_a_damaged_layer_is_told(look: Look, tmp_path: Path) -> None:
    data = drawn(tmp_path, "points.gpkg", "GPKG").read_bytes()
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(data[:5_000], "points.gpkg")


@pytest.mark.parametrize("name", ["places.kml", "places.kmz"])
def test_places_of_a_globe_are_spatial(look: Look, name: str) -> None:
    kml = (
        b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>a</name>'
        b"<Point><coordinates>-1.25,51.75</coordinates></Point></Placemark></Document></kml>"
    )
    found = look(kml if name.endswith("kml") else zipped(**{"doc.kml": kml}), name)
    assert (found.format, found.inspection.kind) == ("KML", "spatial")
    assert (found.description["features"], found.description["bounds"]) == (1, [-1.25, 51.75, -1.25, 51.75])


def test_a_document_is_described(look: Look) -> None:
    written = PdfWriter()
    written.add_blank_page(100, 100)
    written.add_blank_page(100, 100)
    written.add_metadata({"/Title": "Trial report", "/Author": "A. Person"})
    buffer = io.BytesIO()
    written.write(buffer)
    found = look(buffer.getvalue(), "report.pdf")
    assert (found.format, found.inspection.kind, found.main) == ("PDF", "document", None)
    told = {name: found.description[name] for name in ("pages", "title", "author")}
    assert told == {"pages": 2, "title": "Trial report", "author": "A. Person"}


def test_a_locked_document_is_said_to_be_one_and_what_to_do(look: Look) -> None:
    written = PdfWriter()
    written.add_blank_page(100, 100)
    written.encrypt("secret", algorithm="RC4-128")
    buffer = io.BytesIO()
    written.write(buffer)
    found = look(buffer.getvalue(), "report.pdf")
    assert (found.inspection.kind, found.description) == ("document", {"is_locked": True})
    [finding] = found.findings
    assert finding.code == "locked-document"
    assert finding.message == (
        "report.pdf is a PDF locked with a password: what it holds can't be shown or searched. It is kept as it came. "
        "Save it without a password and upload that; who may see it is decided by the platform."
    )


def test_a_damaged_document_is_kept_and_told(look: Look) -> None:
    found = look(b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\n", "report.pdf")
    assert (found.inspection.kind, list(found.description)) == ("document", ["unreadable"])


def test_an_office_document_and_a_page_tell_their_titles(look: Look) -> None:
    core = b"<cp:coreProperties><dc:title>Minutes</dc:title></cp:coreProperties>"
    office = zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", "docProps/core.xml": core})
    found = look(office, "minutes.docx")
    assert (found.format, found.inspection.kind, found.description) == ("DOCX", "document", {"title": "Minutes"})
    page = look(b"<html><head><title>Minutes</title></head></html>", "minutes.html")
    assert (page.format, page.description) == ("HTML", {"title": "Minutes"})


def test_a_spatial_file_too_large_to_be_counted_says_so(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "DESCRIBED_BYTES", 1_000)
    padded = points("EPSG:27700")[:-1] + b',"note":"' + b"x" * (2 << 20) + b'"}'
    assert [finding.code for finding in look(padded, "areas.json").inspection.findings] == ["extent-unknown"]


def test_an_empty_file_is_told(look: Look) -> None:
    with pytest.raises(UnreadableFile, match=r"meter\.csv is empty"):
        look(b"", "meter.csv")


HEADS = [
    b"PK\x03\x04", b"PAR1", b"ARROW1\0\0", b"SQLite format 3\0", b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"%PDF-1.7",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"BZh91AY&SY", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08", b"[{",
    b"{", b"<?xml version='1.0'?><kml>", b"a;b\n",
]  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_any_bytes_end_in_a_look_or_in_an_error_of_ours(tmp_path: Path, head: bytes, rest: bytes) -> None:
    path = tmp_path / "received"
    path.write_bytes(head + rest)
    try:
        with look_at_file(path, name="any", work=tmp_path / "work") as found:
            assert found.inspection.kind in {"readings", "spatial", "table", "document", "unknown"}
    except FairwattError:
        pass
    assert not list((tmp_path / "work").glob("*"))
