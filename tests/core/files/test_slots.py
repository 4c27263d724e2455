"""Headings that are the intervals of a day are known in every usual spelling, and others are not taken for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.slots import SlotGroup, find_slots, is_slot_heading
from tests.core.files.samples import csv, inspect

MINUTES = [30 * n for n in range(49)]


def clock(minute: int, form: str = "{:02}:{:02}") -> str:
    return form.format(minute // 60, minute % 60)


STARTS = [clock(m) for m in MINUTES[:48]]
ENDS = [clock(m) for m in MINUTES[1:]]


@pytest.mark.parametrize(
    ("heads", "name", "by"),
    [
        (STARTS, "", "clock"),
        ([f"{m // 60}:{m % 60:02}" for m in MINUTES[:48]], "", "clock"),
        ([f"{start}:00" for start in STARTS], "", "clock"),
        (ENDS, "", "clock"),
        ([*ENDS[:-1], "00:00"], "", "clock"),
        ([*(f"{end}:00" for end in ENDS[:-1]), "1900-01-01 00:00:00"], "", "clock"),
        ([f"{a}-{b}" for a, b in zip(STARTS, ENDS, strict=True)], "", "clock"),
        ([f"{a} – {b}" for a, b in zip(STARTS, [*ENDS[:-1], "00:00"], strict=True)], "", "clock"),
        ([f"{a} to {b}" for a, b in zip(STARTS, ENDS, strict=True)], "", "clock"),
        ([clock(m, "{:02}{:02}") for m in MINUTES[:48]], "", "clock"),
        ([clock(m, "{:02}{:02}") for m in MINUTES[1:]], "", "clock"),
        ([clock(m, "t{:02}{:02}") for m in MINUTES[:48]], "t", "clock"),
        ([clock(m, "t_{:02}_{:02}") for m in MINUTES[:48]], "t", "clock"),
        ([f"{start} kWh" for start in STARTS], "kWh", "clock"),
        ([f"{(h - 1) % 12 + 1}:{m:02} {'AM' if h < 12 else 'PM'}" for h in range(24) for m in (0, 30)], "", "clock"),
        ([f"HH{n}" for n in range(1, 49)], "HH", "number"),
        ([f"HH{n:02}" for n in range(1, 49)], "HH", "number"),
        ([f"hh_{n}" for n in range(48)], "hh", "number"),
        ([str(n) for n in range(1, 49)], "", "number"),
        ([f"SP{n}" for n in range(1, 49)], "SP", "number"),
        ([f"K{n}" for n in range(1, 49)], "K", "number"),
        ([f"Period {n}" for n in range(1, 49)], "Period", "number"),
        ([f"kWh_{n}" for n in range(1, 49)], "kWh", "number"),
        ([f"HH{n:02} (kWh)" for n in range(1, 49)], "HH (kWh)", "number"),
        ([f"Reading {n}" for n in range(1, 49)], "Reading", "number"),
    ],
)
def test_half_hours_are_known_by_their_headings(heads: list[str], name: str, by: str) -> None:
    (group,) = find_slots(["MPAN", "Date", *heads, "Total"])
    assert group == SlotGroup(name, by, 1800, tuple(range(2, 50)), tuple(60 * m for m in MINUTES[:48]))
    assert is_slot_heading(["MPAN", "Date", *heads, "Total"])


@pytest.mark.parametrize(
    ("heads", "step_s", "last_s"),
    [
        ([f"H{n}" for n in range(1, 25)], 3600, 82_800),
        ([str(n) for n in range(24)], 3600, 82_800),
        ([f"{n:02}:00" for n in range(24)], 3600, 82_800),
        ([f"{n:02}:00" for n in range(1, 25)], 3600, 82_800),
        ([f"H{n}" for n in range(1, 26)], 3600, 86_400),
        ([clock(15 * n) for n in range(96)], 900, 85_500),
        ([f"Q{n}" for n in range(1, 97)], 900, 85_500),
        ([f"H{n}" for n in range(1, 151)], 600, 89_400),
        ([clock(10 * n) for n in range(144)], 600, 85_800),
        ([f"HH{n}" for n in range(1, 51)], 1800, 88_200),
        ([f"HH{n}" for n in range(1, 47)], 1800, 81_000),
        ([clock(30 * n) for n in range(1, 51)], 1800, 88_200),
    ],
)
def test_other_steps_and_days_of_other_lengths(heads: list[str], step_s: int, last_s: int) -> None:
    (group,) = find_slots(["Date", *heads])
    assert (group.step_s, len(group.columns), group.offsets_s[0], group.offsets_s[-1]) == (
        step_s,
        len(heads),
        0,
        last_s,
    )


def test_an_hour_that_comes_twice_keeps_both_places() -> None:
    (group,) = find_slots(["Date", *STARTS[:4], *STARTS[2:4], *STARTS[4:]])
    assert group.offsets_s[:8] == (0, 1800, 3600, 5400, 3600, 5400, 7200, 9000)


def test_two_values_of_an_interval_are_two_groups() -> None:
    heads = [head for n in range(1, 49) for head in (f"HH{n}", f"AE{n}")]
    assert [(g.name, g.columns[:2]) for g in find_slots(["Date", *heads])] == [("HH", (1, 3)), ("AE", (2, 4))]


@pytest.mark.parametrize(
    "heads",
    [
        [f"Feeder {n}" for n in range(1, 25)],
        [f"Column {n}" for n in range(1, 49)],
        [f"Harmonic {n}" for n in range(1, 51)],
        [f"Day {n}" for n in range(1, 32)],
        [f"Sensor {n}" for n in range(1, 49)],
        [f"temp_location{n}" for n in range(1, 7)],
        [f"Voltage L{n}" for n in range(1, 4)],
        ["00:00", "00:30"],
        [str(n) for n in range(1, 13)],
        [str(n) for n in range(2000, 2024)],
        [],
    ],
)
def test_other_headings_are_no_intervals(heads: list[str]) -> None:
    assert find_slots(["Date", *heads]) == ()


@given(st.lists(st.text(max_size=12), max_size=60))
def test_any_headings_are_taken_without_harm(heads: list[str]) -> None:
    for group in find_slots(heads):
        assert len(group.columns) == len(group.offsets_s)
        assert all(0 <= offset <= 25 * 3600 for offset in group.offsets_s)


def test_parts_of_a_day_are_times_that_have_lost_their_format() -> None:
    heads = [f"{part / 48:.15g}" for part in range(48)]
    (group,) = find_slots(["Date", *heads, "Total"])
    assert (group.by, group.step_s, group.columns) == ("clock", 1800, tuple(range(1, 49)))
    assert group.offsets_s == tuple(range(0, 86_400, 1800))


def test_a_few_shares_are_no_parts_of_a_day() -> None:
    assert find_slots(["Date", "0.25", "0.50", "0.75"]) == ()


@pytest.mark.parametrize(
    ("heads", "step"),
    [
        ([f"{hour}{half}" for hour in range(24) for half in ("", ".3")], 1800),
        ([f"{hour}{half}" for hour in range(24) for half in ("", ".5")], 1800),
        ([f"{hour}{part}" for hour in range(24) for part in ("", ".15", ".3", ".45")], 900),
        ([f"{hour}{part}" for hour in range(24) for part in ("", ".25", ".5", ".75")], 900),
    ],
    ids=["half past as .3", "halves of hours", "quarters past as .15", "quarters of hours"],
)
def test_times_that_a_spreadsheet_took_for_numbers_are_all_found(heads: list[str], step: int) -> None:
    (group,) = find_slots(["Date", *heads, "Total"])
    assert (group.by, group.step_s, group.columns) == ("clock", step, tuple(range(1, len(heads) + 1)))
    assert group.offsets_s == tuple(range(0, 86_400, step))


def test_what_single_letters_before_the_numbers_of_intervals_share_is_no_unit() -> None:
    for letter in ("V", "A", "W", "T", "P"):
        rows = [f"{day:02}/01/2026,{','.join(f'{(day + n) % 9 / 4}' for n in range(48))}" for day in range(1, 21)]
        found = inspect(csv(f"Date,{','.join(f'{letter}{n}' for n in range(1, 49))}", *rows))
        assert found.profile is not None
        assert [(c.name, c.unit, c.how.value) for c in found.profile.channels] == [("Value", "kwh", "guessed")]
