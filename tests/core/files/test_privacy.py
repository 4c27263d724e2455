"""Numbers of supply points: known by their check digits, told apart from times, and never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.concealing import HIDDEN, conceal
from fairwatt.core.files.privacy import bare_number, conceal_text, holds_mpan, is_mpan, is_mprn, kind_of_points
from tests.core.files.samples import csv, half_hours, inspect

PRIMES = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
ONE, TWO = "1012345678903", "2000000000015"


def mpan(start: int) -> str:
    """An MPAN core with these first twelve digits."""
    digits = f"{start:012d}"
    return f"{digits}{sum(int(d) * p for d, p in zip(digits, PRIMES, strict=True)) % 11 % 10}"


def mprn(start: int) -> str:
    """An MPRN with these first digits."""
    digits = str(start)
    return f"{digits}{sum(int(d) * (len(digits) - i) for i, d in enumerate(digits)) % 11:02d}"


def name(number: str) -> str:
    return {ONE: "mp-one", TWO: "mp-two"}.get(number, "mp-other")


@given(st.integers(10, 39), st.integers(0, 10**10 - 1))
def test_every_mpan_is_known_however_it_is_written(area: int, rest: int) -> None:
    number = mpan(area * 10**10 + rest)
    assert is_mpan(number)
    assert is_mpan(f"{number[:2]} {number[2:6]} {number[6:10]} {number[10:]}")
    assert is_mpan(f"00801111{number}")
    assert is_mpan(f"00 801 11A {number}")
    wrong = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    assert not is_mpan(wrong)
    assert bare_number(f"00 801 111 {number}") == number
    assert bare_number("Twenty-one letters long") == "TWENTYONELETTERSLONG"
    assert bare_number("12 Kiln Street, Oxfords")[:4] == "12KI"


@pytest.mark.parametrize(
    "text", ["", "x", "101234567890", "10123456789031", "9012345678903", "１０１２３４５６７８９０３"]
)
def test_other_texts_are_no_mpans(text: str) -> None:
    assert not is_mpan(text)


@given(st.integers(10_000, 99_999_999))
def test_every_mprn_is_known(start: int) -> None:
    number = mprn(start)
    assert is_mprn(number)
    assert not is_mprn(f"{number[:-2]}{(int(number[-2:]) + 1) % 100:02d}")


def test_a_column_is_known_by_its_name_or_by_its_check_digits() -> None:
    mpans = [mpan(10**11 + i) for i in range(20)]
    mprns = [mprn(39_384_244 + i) for i in range(20)]
    assert [kind_of_points("Meter", mpans), kind_of_points("x", mpans)] == ["mpan", "mpan"]
    assert [kind_of_points("MPRN", mprns), kind_of_points("Meter ID", mprns), kind_of_points("kWh", mprns)] == [
        "mprn", "mprn", "",
    ]  # fmt: skip
    assert kind_of_points("MPAN", ["n/a", ONE, TWO]) == "mpan"
    assert kind_of_points("MPRN", ["12345678", "23456789"]) == "mprn"  # made up, or mistyped
    assert kind_of_points("MPAN", ["1012345678904", "1012345678913"]) == "mpan"
    assert [kind_of_points("MPAN", ["123", "456"]), kind_of_points("Meter", ["1012345678904", "1012345678913"])] == [
        "",
        "",
    ]
    assert kind_of_points("epoch", [str(1_612_137_600_000 + i * 1_800_000) for i in range(200)]) == ""
    assert kind_of_points("time", []) == ""


def test_milliseconds_are_times_and_rising_mpans_are_none() -> None:
    epochs = [f"{1_612_137_600_000 + i * 1_800_000},{i % 7}.5" for i in range(200)]
    found = inspect(csv("timestamp,kW", *epochs))
    assert found.profile is not None
    assert (found.profile.timestamp.format, found.profile.series_kind) == ("epoch_ms", "")
    meters = [f"{mpan(160_000_000_000 + i * 977)},{i % 7}.5" for i in range(200)]
    assert inspect(csv("meter,kW", *meters)).kind == "table"


def test_the_series_of_supply_points_are_personal_and_other_such_columns_no_channels() -> None:
    rows = [f"{ONE},{TWO},A Person,OX1 1AA,{row}" for row in half_hours(60)]
    found = inspect(csv("Import MPAN,Export MPAN,Customer name,Postcode,time,kWh", *rows))
    profile = found.profile
    assert profile is not None
    assert (profile.series_kind, profile.series_column, profile.personal_columns) == ("mpan", 0, (1, 2, 3))
    assert [c.name for c in profile.channels] == ["kWh"]
    shown = conceal(found, name)
    assert shown.rows[0] == ("mp-one", "mp-two", HIDDEN, HIDDEN, "2021-01-04 00:00:00", "1.25")
    assert [f.code for f in shown.findings] == ["meter-point-numbers", "personal-columns"]


def test_headings_questions_and_findings_lose_their_numbers() -> None:
    found = inspect(csv(f"start time,{ONE},{TWO} (kW)", *half_hours(96, cells=["1.25", "-1"])))
    assert [q.id for q in found.questions][1:] == [f"unit:c_{ONE}", f"direction:c_{TWO}_kw"]
    shown = conceal(found, name)
    assert shown.profile is not None
    assert [(c.name, c.field) for c in shown.profile.channels] == [
        ("mp-one", "c_mp_one"),
        ("mp-two (kW)", "c_mp_two_kw"),
    ]
    assert [q.id for q in shown.questions][1:] == ["unit:c_mp_one", "direction:c_mp_two_kw"]
    assert ONE not in repr(shown)
    assert TWO not in repr(shown)
    assert "meter-point-numbers" in [f.code for f in shown.findings]


def test_what_holds_nothing_personal_is_shown_as_it_is() -> None:
    found = inspect(csv("time,kWh", *half_hours(60)))
    assert conceal(found, name) == found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Meter {ONE} kWh", "Meter mp-one kWh"),
        (f"{ONE}.csv", "mp-one.csv"),
        ("10 1234 5678 903", "mp-one"),
        (f"00801111{ONE}", "mp-one"),
        ("1012345678904", "1012345678904"),
        (f"9{ONE}", f"9{ONE}"),
        ("2021-01-04 00:00:00", "2021-01-04 00:00:00"),
        ("", ""),
    ],
)
def test_only_right_numbers_are_replaced_in_a_text(text: str, shown: str) -> None:
    assert conceal_text(text, name) == shown
    assert holds_mpan(text) is (text != shown)


@given(st.text(max_size=60))
def test_any_text_may_be_looked_through(text: str) -> None:
    assert not holds_mpan(conceal_text(text))


def codes(data: bytes, file_name: str = "meter.csv") -> list[str]:
    return [finding.message.partition(" the numbers")[0] for finding in inspect(data, file_name).findings]


def test_numbers_above_the_table_and_in_the_files_name_are_warned_of() -> None:
    rows = csv("time,kWh", *half_hours(60))
    assert codes(csv(f"Supply,{ONE}", "Site,Kiln Street") + rows) == ["The lines above the table hold"]
    assert codes(rows, f"export {ONE}.csv") == ["The file’s name holds"]
    assert codes(csv(f"Supply {ONE}") + rows, f"{TWO}.csv") == ["The lines above the table, the file’s name hold"]


def test_numbers_among_the_words_of_a_column_are_warned_of() -> None:
    rows = half_hours(60, cells=["1.25", f"meter {ONE} read"])
    assert codes(csv("time,kWh,note", *rows)) == ["‘note’ holds"]
    shown = conceal(inspect(csv("time,kWh,note", *rows)), name)
    assert shown.rows[0] == ("2021-01-04 00:00:00", "1.25", "meter mp-one read")
    text = inspect(f"To all readers\nThe meter {ONE} was read today.\n".encode(), "letter.txt")
    assert [finding.code for finding in text.findings] == ["not-read", "meter-point-numbers"]


def test_a_column_of_thirteen_digits_is_taken_for_no_supply_points_by_chance() -> None:
    """One in eleven has the right check digit; where that is so, the number is shown as it stands."""
    orders = [str(1_612_345_678_900 + 7 * step) for step in range(60)]
    assert sum(map(is_mpan, orders[:20])) >= 2
    rows = [f"{row},{order}" for row, order in zip(half_hours(60), orders, strict=True)]
    found = inspect(csv("time,kWh,order", *rows))
    assert found.profile is not None
    assert (found.profile.personal_columns, [f.code for f in found.findings]) == ((), [])
    assert [row[2] for row in conceal(found, name).rows] == orders[:20]


def test_columns_of_names_and_addresses_are_warned_of_and_those_of_devices_are_not() -> None:
    readings = inspect(csv("time,kWh,Customer name,Post code", *half_hours(60, cells=["1.25", "A Person", "OX1 1AA"])))
    [found] = readings.findings
    assert (found.code, found.count, found.where) == ("personal-columns", 2, ("‘Customer name’", "‘Post code’"))
    assert "the original file stays with its provider" in found.message
    table = inspect(csv("Site,Address", *(f"Site {n},{n} Kiln Street" for n in range(30))))
    assert [f.code for f in table.findings] == ["personal-columns", "no-times"]
    assert "publish it only where everybody in it may be named" in table.findings[0].message
    devices = inspect(csv("time,kWh,Modbus address,IP address", *half_hours(60, cells=["1.25", "17", "10.0.0.7"])))
    assert [f.code for f in devices.findings] == []


@pytest.mark.parametrize(("heading", "number"), [("MPAN", "1012345678906"), ("MPRN", "1234567890")])
def test_a_heading_that_says_supply_numbers_is_enough_and_wrong_check_digits_are_told(
    heading: str, number: str
) -> None:
    rows = [row.replace(",", f",{number},", 1) for row in half_hours(60)]
    found = inspect(csv(f"time,{heading},kWh", *rows))
    assert found.profile is not None
    assert (found.profile.series_kind, [c.name for c in found.profile.channels]) == (heading.lower(), ["kWh"])
    [warning] = [f for f in found.findings if f.code == "meter-point-numbers"]
    assert f"Most check digits in ‘{heading}’ don’t hold" in warning.message
    assert number not in str(conceal(found, name))


def test_supply_numbers_that_a_spreadsheet_cut_are_told_and_no_readings() -> None:
    found = inspect(csv("MPAN,time,kWh", *(f"1.01235E+12,{row}" for row in half_hours(60))))
    assert found.profile is not None
    assert [c.name for c in found.profile.channels] == ["kWh"]
    assert "meter-point-numbers-lost" in {f.code for f in found.findings}


@pytest.mark.parametrize(
    ("heading", "cells", "named"),
    [
        ("Customer,Postcode", "Mrs J Smith,OX1 2JD", ["‘Customer’", "‘Postcode’"]),
        ("Name,Postcode", "Jane van Smith,OX1 2JD", ["‘Name’", "‘Postcode’"]),
        ("Site,Postcode", "12 High Street,OX1 2JD", ["‘Site’", "‘Postcode’"]),
        ("Label", "Dr. A Jones", ["‘Label’"]),
        ("Site,Postcode", "Kidlington Primary,OX1 2JD", ["‘Postcode’"]),
    ],
)
def test_names_of_people_and_addresses_are_personal(heading: str, cells: str, named: list[str]) -> None:
    found = inspect(csv(f"{heading},time,kWh", *(f"{cells},{row}" for row in half_hours(60))))
    [warning] = [f for f in found.findings if f.code == "personal-columns"]
    assert list(warning.where) == named
    assert found.profile is not None
    assert not {f"‘{c.name}’" for c in found.profile.channels} & set(named)
