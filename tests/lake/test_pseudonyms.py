"""Numbers of supply points never reach the table: other names stand in their place."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from fairwatt.core.files import ImportProfile
from fairwatt.core.files.privacy import is_mpan
from fairwatt.core.files.profile import Kind
from fairwatt.lake import IngestResult, Lake, unread

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


def test_the_name_of_a_files_one_meter_is_known_by_its_check_digit(
    ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile]
) -> None:
    profile = make_profile(["kwh"]).model_copy(update={"series": ONE})
    result = ingest(["time,kwh", "2021-01-04 00:00:00,1.5"], profile, pseudonym=named)
    assert (result.series, told(result)) == (("mp-zebra",), [("", 1, ())])


def test_other_names_are_for_supply_points_only(
    lake: Lake, ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile]
) -> None:
    lines = [line.replace(ONE, "1012345678904").replace(TWO, "Kiln Street") for line in LINES]
    result = ingest(lines, make_profile(["kwh"], series_column=1), pseudonym=named)
    assert result.series == ("", "1012345678904", "Kiln Street")
    assert told(result) == []


def told(result: IngestResult) -> list[tuple[str, int, tuple[str, ...]]]:
    """The findings of such numbers: channel, how many cells, and the first lines."""
    return [(f.channel, f.count, f.where) for f in result.findings if f.code == "meter-point-numbers"]


def nothing_stored_holds(lake: Lake, *numbers: str) -> bool:
    files = [path.read_bytes() for path in (lake.root / "tables").rglob("*") if path.is_file()]
    return not any(number.encode() in content for number in numbers for content in files)


def test_numbers_that_no_profile_knows_of_are_found_among_all_series(
    lake: Lake,
    ingest: Callable[..., IngestResult],
    make_profile: Callable[..., ImportProfile],
    read_all: Callable[..., pl.DataFrame],
) -> None:
    lines = ["time,meter,kwh", *(f"2021-01-04 {h:02}:00:00,Meter A,{h}.5" for h in range(24))]
    late = [f"2021-01-05 00:00:00,{ONE},1.5", f"2021-01-05 01:00:00,Gas {TWO},2.5", f"2021-01-05 02:00:00,{ONE},3.5"]
    result = ingest([*lines, *late], make_profile(["kwh"], series_column=1), pseudonym=named)
    assert result.series == ("Gas mp-ant", "Meter A", "mp-zebra")
    assert [float(value) for value in read_all(series=["mp-zebra"])["kwh"]] == [1.5, 3.5]
    assert len(read_all(series=["Meter A"])) == 24
    assert told(result) == [("", 3, ("line 26", "line 27", "line 28"))]
    assert nothing_stored_holds(lake, ONE, TWO)


def as_text(profile: ImportProfile, field: str) -> ImportProfile:
    """The profile with one channel of words."""
    rules = [
        rule.model_copy(update={"kind": Kind.TEXT, "decimals": None}) if rule.field == field else rule
        for rule in profile.channels
    ]
    return profile.model_copy(update={"channels": tuple(rules)})


def test_numbers_among_the_words_of_a_cell_get_their_names_there(
    lake: Lake,
    ingest: Callable[..., IngestResult],
    make_profile: Callable[..., ImportProfile],
    read_all: Callable[..., pl.DataFrame],
) -> None:
    notes = ["ok", f"meter {ONE} swapped for 10 1234 5678 903", "ok", f"00801111{TWO}", "order 1612345678901234", ""]
    lines = ["time,kwh,note", *(f"2021-01-04 0{h}:00:00,{h}.5,{note}" for h, note in enumerate(notes))]
    result = ingest(lines, as_text(make_profile(["kwh", "note"]), "note"), pseudonym=named)
    stored = ["ok", "meter mp-zebra swapped for mp-zebra", "ok", "mp-ant", "order 1612345678901234", None]
    assert read_all()["note"].to_list() == stored
    assert [float(value) for value in read_all()["kwh"]] == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert told(result) == [("Note", 2, ("line 3", "line 5"))]
    assert nothing_stored_holds(lake, ONE, TWO)


def test_numbers_are_told_of_but_stay_where_nobody_gives_names(
    ingest: Callable[..., IngestResult],
    make_profile: Callable[..., ImportProfile],
    read_all: Callable[..., pl.DataFrame],
) -> None:
    lines = ["time,kwh,note", f"2021-01-04 00:00:00,1.5,{ONE}"]
    assert told(ingest(lines, as_text(make_profile(["kwh", "note"]), "note"))) == [("Note", 1, ("line 2",))]
    assert read_all()["note"].to_list() == [ONE]


def test_a_gas_meters_number_is_known_by_its_columns_name(
    ingest: Callable[..., IngestResult],
    make_profile: Callable[..., ImportProfile],
    read_all: Callable[..., pl.DataFrame],
) -> None:
    lines = ["time,mprn,order", "2021-01-04 00:00:00,3938424403,3938424403"]
    profile = as_text(as_text(make_profile(["mprn", "order"]), "mprn"), "order")
    result = ingest(lines, profile, pseudonym=lambda number: f"mp-{number[:3]}")
    assert read_all().select("mprn", "order").row(0) == ("mp-393", "3938424403")
    assert told(result) == [("Mprn", 1, ("line 2",))]


def test_thirteen_digits_are_no_supply_point_by_chance(
    ingest: Callable[..., IngestResult],
    make_profile: Callable[..., ImportProfile],
    read_all: Callable[..., pl.DataFrame],
) -> None:
    """One in eleven has the right check digit."""
    orders = [str(1_612_345_678_900 + step) for step in range(0, 990, 10)]
    assert 5 <= sum(map(is_mpan, orders)) <= 20
    lines = ["time,order", *(f"2021-01-04 {i // 60:02}:{i % 60:02}:00,{o}" for i, o in enumerate(orders))]
    result = ingest(lines, as_text(make_profile(["order"]), "order"), pseudonym=named)
    assert told(result) == []
    assert read_all()["order"].to_list() == orders


def test_numbers_of_supply_points_among_measurements_are_left_out(
    ingest: Callable[..., IngestResult],
    make_profile: Callable[..., ImportProfile],
    read_all: Callable[..., pl.DataFrame],
) -> None:
    numbers = [number for number in map(str, range(1_012_345_678_900, 1_012_345_679_000)) if is_mpan(number)][:6]
    lines = ["time,x", "2021-01-04 00:00:00,12", *(f"2021-01-04 00:0{i}:30,{n}" for i, n in enumerate(numbers))]
    result = ingest(lines, make_profile(["x"], decimals=0), pseudonym=named)
    assert read_all()["x"].to_list() == [12, *[None] * 6]
    assert told(result) == [("X", 6, tuple(f"line {line}" for line in range(3, 9)))]


def test_numbers_that_come_late_in_a_column_of_which_no_readings_are_made_are_told(
    ingest: Callable[..., IngestResult],
    make_profile: Callable[..., ImportProfile],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = ["time,kwh,note", *(f"2021-01-04 {n // 60:02}:{n % 60:02}:00,{n},fine" for n in range(1_200))]
    lines[900] = f"2021-01-04 15:00:00,3,see {ONE} of the neighbours"
    profile = make_profile(["kwh"]).model_copy(update={"columns": 3})

    assert told(ingest(lines, profile, pseudonym=named)) == [("", 1, ("line 901",))]
    lines[900] = "2021-01-04 15:00:00,3,see 1012345678904 of the neighbours"  # the check digit is wrong
    assert told(ingest(lines, profile, pseudonym=named)) == []
    monkeypatch.setattr(unread, "_MOST_BYTES", 100)
    (finding,) = [one for one in ingest(lines, profile).findings if one.code == "columns-not-searched"]
    assert finding.where == ("column 3",)


def test_ends_of_intervals_are_not_searched(
    ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["time,kwh,end", *(f"2021-01-04 00:{n:02}:00,{n},2021-01-04 00:{n + 1:02}:00" for n in range(50))]
    monkeypatch.setattr(unread, "_MOST_BYTES", 100)

    result = ingest(lines, make_profile(["kwh"]).model_copy(update={"columns": 3}))

    assert [one.code for one in result.findings] == []
