"""Numbers of supply points never reach the table: other names stand in their place."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from fairwatt.core.files import ImportProfile
from fairwatt.lake import IngestResult, Lake

ONE, TWO = "1012345678903", "2000000000015"
LINES = [
    "time,mpan,kwh",
    f"2021-01-04 00:00:00,{TWO},1.5",
    f"2021-01-04 00:00:00,{ONE},2.5",
    f"2021-01-04 00:30:00,{TWO},3.5",
    f"2021-01-04 00:30:00,{ONE},4.5",
    "2021-01-04 00:30:00,,9.5",
]


def named(number: str) -> str:
    return {ONE: "mp-zebra", TWO: "mp-ant"}[number]


def test_series_get_other_names_and_readings_stay_with_their_meter(
    lake: Lake,
    ingest: Callable[..., IngestResult],
    make_profile: Callable[..., ImportProfile],
    read_all: Callable[..., pl.DataFrame],
) -> None:
    profile = make_profile(["kwh"], series_column=1).model_copy(update={"series_kind": "mpan"})
    result = ingest(LINES, profile, pseudonym=named)
    assert result.series == ("", "mp-ant", "mp-zebra")
    assert lake.series("t") == ["", "mp-ant", "mp-zebra"]
    values = {name: read_all(series=[name])["kwh"].to_list() for name in ("mp-ant", "mp-zebra")}
    assert {name: [float(v) for v in found] for name, found in values.items()} == {
        "mp-ant": [1.5, 3.5],
        "mp-zebra": [2.5, 4.5],
    }
    for path in (lake.root / "tables").rglob("*"):
        if path.is_file():
            assert ONE.encode() not in path.read_bytes()


def test_one_meter_gets_another_name_whatever_way_its_number_is_written(
    lake: Lake, ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile]
) -> None:
    spaced = [line.replace(ONE, "10 1234 5678 903").replace(TWO, f"00801111{TWO}") for line in LINES]
    profile = make_profile(["kwh"], series_column=1).model_copy(update={"series_kind": "mpan"})
    assert ingest(spaced, profile, pseudonym=named).series == ("", "mp-ant", "mp-zebra")


def test_a_file_of_one_meter_gets_its_other_name(
    lake: Lake, ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile]
) -> None:
    profile = make_profile(["kwh"]).model_copy(update={"series_kind": "mpan", "series": ONE})
    assert ingest(["time,kwh", "2021-01-04 00:00:00,1.5"], profile, pseudonym=named).series == ("mp-zebra",)
    assert lake.series("t") == ["mp-zebra"]


def test_other_names_are_for_supply_points_only(
    lake: Lake, ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile]
) -> None:
    assert ingest(LINES, make_profile(["kwh"], series_column=1), pseudonym=named).series == ("", ONE, TWO)
