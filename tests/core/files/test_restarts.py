"""Where the times of a file begin anew and no column says whose rows these are, that is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fairwatt.core.files import ImportProfile, apply_answers
from fairwatt.core.files.restarts import Restarts, RunFinder, compare_runs
from tests.core.files.samples import csv, half_hours, inspect

HEAD = "time,Import (kWh)"


def rows(count: int, *, seed: int, start: str = "2021-01-04 00:00") -> list[str]:
    return [
        f"{row.split(',')[0]},{(n * 37 + seed * 11) % 97 / 50}" for n, row in enumerate(half_hours(count, start=start))
    ]


def asked(*lines: str) -> tuple[list[tuple[str, str]], ImportProfile]:
    found = inspect(csv(*lines))
    assert found.profile is not None
    return [(q.id, q.guess) for q in found.questions if q.id == "meters"], found.profile


@pytest.mark.parametrize("between", [(), (HEAD,), ("",), ("", HEAD)], ids=["nothing", "head", "blank", "blank-head"])
def test_two_meters_below_one_another_are_asked_about(between: tuple[str, ...]) -> None:
    guesses, profile = asked(HEAD, *rows(96, seed=1), *between, *rows(96, seed=2))
    assert (guesses, profile.series_runs) == ([("meters", "several")], True)
    assert apply_answers(profile, {"meters": "one"}).series_runs is False


@pytest.mark.parametrize("minutes", [10, 30, 60])
@pytest.mark.parametrize("meters", [("",), ("North,", "South,")], ids=["one meter", "two meters"])
def test_hours_of_a_clock_with_twelve_are_refused_by_their_reason(minutes: int, meters: tuple[str, ...]) -> None:
    begin = datetime(2024, 5, 20, tzinfo=UTC)
    stamps = [begin + n * timedelta(minutes=minutes) for n in range(4_320 // minutes)]
    rows = [f"{meter}{at:%d/%m/%Y %I:%M},{n % 17 + 0.5}" for meter in meters for n, at in enumerate(stamps)]
    found = inspect(csv(f"{'Meter,' if meters[0] else ''}Time (UTC),kW", *rows))
    assert (found.kind, found.findings[-1].code) == ("table", "hours-of-twelve")
    assert "All hours in ‘Time (UTC)’ lie between 1 and 12" in found.findings[-1].message


def test_times_by_day_alone_are_no_clock_of_twelve() -> None:
    begin = datetime(2024, 5, 20, 1, tzinfo=UTC)
    stamps = [begin + timedelta(days=day, minutes=30 * n) for day in range(4) for n in range(24)]
    found = inspect(csv("Time (UTC),kW", *[f"{at:%d/%m/%Y %H:%M},{n % 17 + 0.5}" for n, at in enumerate(stamps)]))
    assert found.kind == "readings"


def test_a_state_beside_the_values_names_no_meter() -> None:
    lines = [
        f"{row},{('auto', 'boost', 'off')[hash_of(n)]}" for n, row in enumerate(rows(96, seed=1) + rows(96, seed=2))
    ]
    guesses, profile = asked(f"{HEAD},Band", *lines)
    assert (guesses, profile.series_column) == ([("meters", "several")], None)


def hash_of(number: int) -> int:
    return number * 7919 % 101 % 3


def test_many_meters_in_a_long_file_are_found_by_its_samples() -> None:
    assert asked(HEAD, *rows(9_000, seed=1), *rows(9_000, seed=2))[0] == [("meters", "several")]


def test_from_the_newest_to_the_oldest_is_a_run_too() -> None:
    assert asked(HEAD, *rows(96, seed=1)[::-1], *rows(96, seed=2)[::-1])[0] == [("meters", "several")]
    assert asked(HEAD, *rows(96, seed=1)[::-1])[0] == []


def test_a_dump_that_begins_before_the_end_of_the_last_is_of_one_meter() -> None:
    one = rows(192, seed=1)
    assert asked(HEAD, *one[:120], *one[80:])[0] == []


def test_parts_in_another_order_say_nothing_twice() -> None:
    assert asked(HEAD, *rows(96, seed=1, start="2021-01-08 00:00"), *rows(96, seed=2))[0] == []


def test_a_few_corrections_are_likelier_than_another_meter() -> None:
    one = rows(192, seed=1)
    mended = [f"{row.split(',')[0]},9.5" if n % 10 == 0 else row for n, row in enumerate(one[80:])]
    assert asked(HEAD, *one[:120], *mended)[0] == [("meters", "one")]


def test_the_hour_that_clocks_repeat_begins_nothing() -> None:
    clock = ["01:00", "01:30", "01:00", "01:30", *(f"{n // 2:02}:{n % 2 * 30:02}" for n in range(4, 48))]
    assert asked(HEAD, *(f"2021-10-31 {at}:00,{n * 37 % 97 / 50}" for n, at in enumerate(clock)))[0] == []


def test_registers_of_several_meters_are_each_judged_by_its_own_rows() -> None:
    steps = [
        f"{row.split(',')[0]},{base + n * 0.3:.1f}" for base in (5_000, 81_000) for n, row in enumerate(half_hours(96))
    ]
    assert asked("time,Energy (kWh)", *steps)[1].channels[0].is_register


def test_a_run_may_come_in_pieces() -> None:
    hour = 3_600 * 1_000_000
    stamps = np.array([0, 1, 2, 3, 0, 1, 2, 3, 1, 2], dtype=np.int64) * 2 * hour
    finder = RunFinder()
    finder.update(stamps[:5])
    finder.update(stamps[5:], 5)
    assert finder.begins == [0, 4, 8]


class Counted(int):
    """A time that counts how often it is compared."""

    compared = 0

    def __lt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) < other

    def __gt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) > other

    def __le__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) <= other

    def __ge__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) >= other


def test_the_work_grows_with_the_rows_and_not_with_the_runs() -> None:
    runs, length = 5_000, 4
    keys = [(Counted(n), "") for _ in range(runs) for n in range(length)]
    cells = [(f"{n % 7}",) for n in range(runs * length)]
    Counted.compared = 0
    found = compare_runs(keys, cells, list(range(0, runs * length, length)))
    alike = sum(n % 7 == n % length for n in range(length, runs * length))
    common = (runs - 1) * length
    assert found == Restarts(runs, common, common - alike, 1.0)
    assert Counted.compared <= 10 * runs * length


def test_a_run_before_and_a_run_between_the_earlier_ones_lie_beside_and_within_them() -> None:
    def within(*runs: range) -> float:
        keys = [(n, "") for run in runs for n in run]
        begins = np.cumsum([0, *map(len, runs[:-1])]).tolist()
        return compare_runs(keys, [("1",)] * len(keys), begins).within

    assert within(range(10, 20), range(5)) == 0.0
    assert within(range(10, 20), range(5), range(4, 14)) == 1.0
    assert within(range(10, 20, 2), range(11, 21, 2)) == 0.8
