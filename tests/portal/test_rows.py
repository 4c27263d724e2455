"""The rows of the long tables: everything of a channel or a file, nothing of it markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from fairwatt.core.metadata import ChannelEntry
from fairwatt.portal.templatetags.rows import dictionary_rows, file_rows
from fairwatt.records.models import File

DEGREES = {"unit": "degc", "unit_label": "degree Celsius", "unit_symbol": "°C"}


def cells(markup: str) -> list[str]:
    return [
        re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", markup, re.DOTALL)
    ]


def entry(**known: object) -> ChannelEntry:
    return ChannelEntry.model_validate({"name": "T1", "field": "t1_degc", "count": 2_592_000, "missing": 3} | known)


def test_a_channel_says_what_it_is_and_holds() -> None:
    known = {"quantity": "energy", "quantity_label": "Energy", "direction": "export", "statistic": "max"}
    row = dictionary_rows([entry(**known, minimum=0.5, mean=1.25, maximum=1234.0)])
    assert cells(row) == [
        "T1t1_degc", "Energy, export (max)", "", "2\u202f592\u202f000", "3", "0.5", "1.25", "1\u202f234",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "quantity"), [({}, "not known"), ({"kind": "text"}, "text"), ({"quantity_label": "Power"}, "Power")]
)
def test_what_is_not_known_of_a_channel_is_said(known: dict[str, str], quantity: str) -> None:
    assert cells(dictionary_rows([entry(**known)]))[1:] == [quantity, "", "2\u202f592\u202f000", "3", "–", "–", "–"]


def test_a_unit_is_explained_with_its_address_where_it_has_one() -> None:
    assert '<abbr title="degree Celsius">°C</abbr>' in dictionary_rows([entry(**DEGREES)])
    known = dictionary_rows([entry(**DEGREES, unit_uri="http://qudt.org/vocab/unit/DEG_C")])
    assert '<abbr title="degree Celsius: http://qudt.org/vocab/unit/DEG_C">°C</abbr>' in known


def test_a_file_is_there_to_download_for_whoever_may() -> None:
    file = File(
        key="k1", name="meter.csv", format="CSV", rows=48, size=1_100_000,
        period_start=datetime(2020, 1, 1, tzinfo=UTC), period_end=datetime(2020, 1, 3, tzinfo=UTC),
    )  # fmt: skip
    row = file_rows([file], may_download=True)
    assert cells(row) == ["meter.csv", "CSV", "1 Jan to 2 Jan 2020", "48", "1.1\u202fMB", "Download meter.csv"]
    assert re.findall('href="([^"]+)"', row) == ["/files/k1/", "/files/k1/original"]
    closed = file_rows([file], may_download=False)
    assert (cells(closed)[-1], "original" in closed) == ("no access", False)


def test_a_file_without_readings_has_dashes() -> None:
    assert cells(file_rows([File(key="k1", name="area.json", size=10)], may_download=False))[1:4] == ["–", "", "–"]


def test_names_are_never_markup() -> None:
    sly = "<script>alert(1)</script>"
    assert "<script>" not in dictionary_rows(
        [entry(name=sly, quantity_label=sly, unit_symbol=sly, unit_label='"' + sly)]
    )
    assert "<script>" not in file_rows([File(key="k1", name=sly, size=1)], may_download=True)
