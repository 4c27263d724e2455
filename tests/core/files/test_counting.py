"""The days on which clocks change say how intervals count; where they don't, nothing is taken for sure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fairwatt.core.files.counting import Counting, DaySeen, find_counting

HALF = 1800
ALL = tuple(range(0, 86_400, HALF))
SKIPPED = {3600, 5400}  # the hour that clocks skip, or repeat
TAIL = {82_800, 84_600}
EXTRA = (86_400, 88_200)


def day(text: str, offsets: tuple[int, ...] = ALL, zeros: frozenset[int] = frozenset()) -> DaySeen:
    midnight = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return DaySeen(round(midnight.timestamp()) * 1_000_000, offsets, zeros)


def without(*left_out: set[int]) -> tuple[int, ...]:
    return tuple(offset for offset in ALL if not any(offset in some for some in left_out))


def judge(*days: DaySeen, settlement: bool = False, long_day: bool = False, complete: bool = True) -> Counting:
    return find_counting(
        [day("2021-03-27"), *days, day("2021-11-01")],
        HALF, usual="clock", is_settlement=settlement, has_long_day=long_day, is_complete=complete,
    )  # fmt: skip


def verdict(found: Counting) -> tuple[str, str, bool, bool]:
    return found.counts, found.zone.zone, found.is_zone_sure, found.are_counts_sure


SPRING, AUTUMN = "2021-03-28", "2021-10-31"
LONDON = "Europe/London"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([day(SPRING, without(TAIL))], ("elapsed", LONDON, True, True)),
        ([day(AUTUMN, (*ALL, *EXTRA))], ("elapsed", LONDON, True, True)),
        ([day(SPRING, without(TAIL)), day(AUTUMN, (*ALL, *EXTRA))], ("elapsed", LONDON, True, True)),
        ([day(SPRING, without(SKIPPED))], ("clock", LONDON, True, True)),
        ([day(AUTUMN, (*ALL[:4], *ALL[2:]))], ("clock", LONDON, True, True)),
        ([day(SPRING)], ("clock", "UTC", True, True)),
        ([day(SPRING), day(AUTUMN)], ("clock", "UTC", True, True)),
        ([day(AUTUMN)], ("clock", "UTC", False, False)),
        ([day(SPRING, without(SKIPPED)), day(AUTUMN)], ("clock", LONDON, True, True)),
        ([day(SPRING, ALL, frozenset(SKIPPED))], ("clock", LONDON, True, True)),
        ([day(SPRING, ALL, frozenset(TAIL))], ("elapsed", LONDON, True, True)),
        ([day(SPRING), day(AUTUMN, (*ALL, *EXTRA))], ("elapsed", LONDON, False, False)),
        ([day(SPRING, ALL[:20])], ("clock", LONDON, False, False)),
        ([day(SPRING, ALL[:2])], ("clock", LONDON, False, True)),
        ([], ("clock", LONDON, False, True)),
    ],
)
def test_what_the_days_of_clock_changes_say(days: list[DaySeen], expected: tuple[str, str, bool, bool]) -> None:
    assert verdict(judge(*days)) == expected


def test_zeros_at_night_tell_nothing() -> None:
    dark = frozenset(SKIPPED | TAIL)
    nights = [day(f"2021-03-{n}", ALL, dark) for n in (25, 26)]
    assert verdict(judge(*nights, day(SPRING, ALL, dark), complete=False)) == ("clock", LONDON, False, False)


def test_settlement_days_are_british_by_definition_unless_the_days_deny_it() -> None:
    assert verdict(judge(settlement=True)) == ("elapsed", LONDON, True, True)
    assert verdict(judge(day(SPRING), settlement=True))[2:] == (False, False)


def test_columns_for_25_hours_make_days_of_the_clock() -> None:
    assert verdict(judge(long_day=True)) == ("elapsed", LONDON, True, True)


def test_an_autumn_day_without_its_last_hour_is_counted() -> None:
    assert judge(day(SPRING, without(SKIPPED)), day(AUTUMN)).lost_hours == 1
    assert judge(day(SPRING, without(TAIL)), day(AUTUMN)).lost_hours == 1
    assert judge(day(SPRING, without(SKIPPED))).lost_hours == 0


def test_days_that_were_not_seen_leave_the_counting_open() -> None:
    assert not judge(complete=False).are_counts_sure
    assert judge(complete=True).are_counts_sure
