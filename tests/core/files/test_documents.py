"""What documents say of themselves, by their first bytes."""

from __future__ import annotations

import struct

import pytest

from fairwatt.core.files.documents import (
    describe_office,
    describe_page,
    describe_picture,
    describe_text,
    kind_of_form,
)

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 640) + b"\x03"
TIFF = (
    b"II*\x00"
    + struct.pack("<IH", 8, 2)
    + struct.pack("<HHIHH", 256, 3, 1, 640, 0)
    + struct.pack("<HHII", 257, 4, 1, 480)
)


@pytest.mark.parametrize(("form", "head"), [("PNG", PNG), ("GIF", GIF), ("JPEG", JPEG), ("TIFF", TIFF)])
def test_the_size_of_a_picture(form: str, head: bytes) -> None:
    assert describe_picture(form, head) == {"width": 640, "height": 480}
    for length in range(len(head)):
        assert describe_picture(form, head[:length]) in ({}, {"width": 640, "height": 480})


def test_the_properties_of_an_office_document() -> None:
    core = (
        '<cp:coreProperties><dc:title>Demand &amp; supply</dc:title><dc:creator xml:lang="en">A. Person</dc:creator>'
        '<dcterms:created xsi:type="dcterms:W3CDTF">2021-01-04T10:00:00Z</dcterms:created><dc:subject/>'
        "</cp:coreProperties>"
    )
    app = "<Properties><Pages>12</Pages><Words>many</Words></Properties>"
    assert describe_office(core, app) == {
        "title": "Demand & supply",
        "author": "A. Person",
        "created": "2021-01-04T10:00:00Z",
        "pages": 12,
    }
    assert describe_office("", "") == {}


def test_the_title_of_a_page() -> None:
    assert describe_page("<html><head><title>Half &lt; whole\n </title>") == {"title": "Half < whole"}
    assert describe_page("<html>") == {}


def test_a_text_is_counted_where_all_of_it_is_known() -> None:
    assert describe_text("\nMeter swapped\non Monday\n", complete=True) == {
        "first_line": "Meter swapped",
        "lines": 3,
        "words": 4,
    }
    assert describe_text("Meter", complete=False) == {"first_line": "Meter"}


@pytest.mark.parametrize(
    ("form", "kind"), [("KML", "spatial"), ("XLSB", "table"), ("DOC", "document"), ("7z", "unknown")]
)
def test_kinds_of_formats(form: str, kind: str) -> None:
    assert kind_of_form(form) == kind
