"""Local clocks to UTC, through every change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.local_time import LocalClock, clock_changes, load_zone

Stamps = NDArray[np.int64]
HOUR = 3_600_000_000
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "Africa/Casablanca"]


def stamps_of(*texts: str) -> Stamps:
    return np.array(texts, dtype="datetime64[us]").astype(np.int64)


def texts_of(stamps: Stamps) -> list[str]:
    return [str(s)[:16].replace("T", " ") for s in stamps.astype("datetime64[us]")]


def local_of(utc: Stamps, zone: str) -> Stamps:
    info, epoch = ZoneInfo(zone), datetime(1970, 1, 1, tzinfo=UTC)
    local = [(epoch + timedelta(microseconds=int(s))).astimezone(info).replace(tzinfo=UTC) for s in utc]
    return np.array([(moment - epoch) // timedelta(microseconds=1) for moment in local], dtype=np.int64)


def convert(local: Stamps, zone: str, *, chunk: int = 10**9, series: Stamps | None = None) -> Stamps:
    clock = LocalClock(zone)
    parts = [
        clock.to_utc(local[i : i + chunk], None if series is None else series[i : i + chunk], first_line=2 + i)
        for i in range(0, len(local), chunk)
    ]
    return np.concatenate(parts)


def test_the_autumn_hour_is_summer_first_then_winter() -> None:
    clock = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
    local = stamps_of(*[f"2021-10-31T{time}" for time in clock])
    first, *others = texts_of(convert(local, "Europe/London"))
    assert first == "2021-10-30 23:30"
    assert others == [f"2021-10-31 {time}" for time in ("00:00", "00:30", "01:00", "01:30", "02:00")]


def test_a_file_sorted_by_its_clock_has_the_hours_interleaved() -> None:
    local = stamps_of("2021-10-31T01:00", "2021-10-31T01:00", "2021-10-31T01:30", "2021-10-31T01:30")
    assert texts_of(convert(local, "Europe/London")) == [
        "2021-10-31 00:00", "2021-10-31 01:00", "2021-10-31 00:30", "2021-10-31 01:30",
    ]  # fmt: skip


def test_one_repeated_second_is_a_duplicate_and_not_the_clock() -> None:
    seconds = stamps_of("2021-10-31T01:10:00")[0] + np.arange(600, dtype=np.int64) * 1_000_000
    local = np.insert(seconds, 5, seconds[5])
    utc = convert(local, "Europe/London")
    assert (local - utc == 3_600_000_000).all()


def test_times_in_the_missing_spring_hour_are_kept_and_reported() -> None:
    clock = LocalClock("Europe/London")
    utc = clock.to_utc(stamps_of("2021-03-28T00:30", "2021-03-28T01:30", "2021-03-28T02:30"), first_line=10)
    assert texts_of(utc) == ["2021-03-28 00:30", "2021-03-28 01:30", "2021-03-28 01:30"]
    (finding,) = clock.findings()
    assert (finding.code, finding.count, finding.where) == (
        "nonexistent-local-times",
        1,
        ("line 11 (2021-03-28 01:30:00 local)",),
    )
    assert "Check whether the file's times are really local." in finding.message


def test_the_repeated_hour_is_told() -> None:
    clock = LocalClock("Europe/London")
    clock.to_utc(stamps_of(*[f"2021-10-31T{time}" for time in ("00:30", "01:00", "01:30", "01:00", "01:30", "02:00")]))
    (finding,) = clock.findings()
    assert (finding.code, finding.severity, finding.count) == ("repeated-local-times", "info", 4)


def of_autumn(*times: str) -> Stamps:
    return stamps_of(*[f"2021-10-31T{time}" for time in times])


# Half-hours around the hour that comes twice: as the clock shows them, and what they are in UTC where some are missing.
@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("00:30 01:00 01:30 01:30 02:00", "23:30 00:00 00:30 01:30 02:00"),  # the second 01:00 is missing
        ("00:30 01:00 01:00 01:30 02:00", "23:30 00:00 01:00 01:30 02:00"),  # the first 01:30
        ("00:00 00:30 01:30 01:00 01:30", "23:00 23:30 00:30 01:00 01:30"),  # the first 01:00
        ("02:00 01:30 01:00 01:30 00:30", "02:00 01:30 01:00 00:30 23:30"),  # newest first, without the first 01:00
    ],
)
def test_a_step_back_tells_the_passes_apart_though_readings_are_missing(clock: str, expected: str) -> None:
    found = LocalClock("Europe/London")

    utc = found.to_utc(of_autumn(*clock.split()))

    assert [text[11:] for text in texts_of(utc)] == expected.split()
    assert [finding.code for finding in found.findings()] == ["repeated-local-times"]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("00:00 00:30 01:00 01:30 02:00", "23:00 23:30 00:00 00:30 02:00"),  # the hour is there once
        ("00:00 00:30 01:30 02:00 02:30", "23:00 23:30 01:30 02:00 02:30"),  # one gap, if it is the second
        ("00:00 00:30 01:00 02:00 02:30", "23:00 23:30 00:00 02:00 02:30"),  # one gap, if it is the first
        ("02:30 02:00 01:30 00:30 00:00", "02:30 02:00 01:30 23:30 23:00"),
    ],
)
def test_an_hour_that_is_there_once_is_told(clock: str, expected: str) -> None:
    found = LocalClock("Europe/London")

    utc = found.to_utc(of_autumn(*clock.split()))

    assert [text[11:] for text in texts_of(utc)] == expected.split()
    doubt = found.findings()[-1]
    assert (doubt.code, doubt.severity) == ("repeated-hour-once", "warning")
    assert doubt.count == sum(time.startswith("01") for time in clock.split())
    assert "these readings may be an hour off" in doubt.message


def test_minutes_of_which_the_middle_of_both_passes_is_missing_leave_one_gap() -> None:
    zero = int(of_autumn("01:00")[0])
    minutes = [*range(-60, 4), *range(52, 120)]  # to 01:03 of the first pass, from 01:52 of the second
    local = zero + np.array(minutes, dtype=np.int64) * 60_000_000
    clock = LocalClock("Europe/London")

    utc = clock.to_utc(local)

    assert ((local - utc) // 60_000_000).tolist() == [60] * 64 + [0] * 68
    assert clock.findings()[-1].code == "repeated-hour-once"
    assert clock.findings()[-1].count == 12


GAPS = st.sampled_from(["none", "around", "inside", "here and there"])


@settings(max_examples=70)
@given(
    step_s=st.sampled_from([1, 10, 60, 300, 600, 900, 1800, 3600]),
    gaps=GAPS,
    seed=st.integers(0, 10_000),
    is_reversed=st.booleans(),
    chunk=st.sampled_from([7, 50, 10**9]),
)
def test_no_autumn_hour_is_silently_wrong(step_s: int, gaps: str, seed: int, is_reversed: bool, chunk: int) -> None:
    chance, step = np.random.default_rng(seed), step_s * 1_000_000
    (_, autumn) = clock_changes("Europe/London", 2021, 2021)
    hours = 2 if step_s < 60 else 12
    utc = np.arange(autumn.at - hours * HOUR, autumn.at + hours * HOUR, step, dtype=np.int64)
    begin = {"around": -2 * HOUR, "inside": -HOUR}.get(gaps, 0) + int(chance.integers(0, 2 * HOUR))
    keep = (utc < autumn.at + begin) | (utc >= autumn.at + begin + int(chance.integers(1, 2 * HOUR)))
    if gaps == "here and there":
        keep = chance.random(len(utc)) > 0.15
    elif gaps == "none":
        keep = np.ones(len(utc), dtype=np.bool_)
    utc = utc[keep][:: -1 if is_reversed else 1]
    local = np.where(utc < autumn.at, utc + HOUR, utc)
    clock = LocalClock("Europe/London")

    found = np.concatenate([clock.to_utc(local[i : i + chunk], None, 2 + i) for i in range(0, len(local), chunk)])

    is_told = any(finding.severity == "warning" for finding in clock.findings())
    assert is_told or found.tolist() == utc.tolist()
    assert not is_told or gaps != "none"


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), by_time=st.booleans(), is_reversed=st.booleans())
def test_series_that_change_their_clocks_differently_are_told_apart(
    seed: int, by_time: bool, is_reversed: bool
) -> None:
    """One has all rows, one leaves out an hour of the night, one begins later."""
    chance = np.random.default_rng(seed)
    (_, autumn) = clock_changes("Europe/London", 2021, 2021)
    grid = int(chance.choice([600, 1800])) * 1_000_000
    utc = np.arange(autumn.at - 8 * HOUR, autumn.at + 8 * HOUR, grid, dtype=np.int64)
    first, second = autumn.at - HOUR, autumn.at
    own = [utc, utc[(utc < first) | (utc >= second)], utc[utc >= autumn.at - 3 * HOUR]]
    series = np.repeat(np.arange(3), [len(part) for part in own])
    stamps = np.concatenate(own)
    order = np.lexsort((series, stamps)) if by_time else np.arange(len(stamps))
    stamps, series = stamps[order][:: -1 if is_reversed else 1], series[order][:: -1 if is_reversed else 1]
    clock = LocalClock("Europe/London")

    found = clock.to_utc(np.where(stamps < autumn.at, stamps + HOUR, stamps), series)

    assert (found == stamps)[series != 1].all()
    doubt = clock.findings()[-1]
    assert (doubt.code, doubt.count) == ("repeated-hour-once", HOUR // grid)


def test_missing_times_stay_missing() -> None:
    nothing = np.iinfo(np.int64).min
    assert convert(np.array([nothing, 0], dtype=np.int64), "Europe/London")[0] == nothing
    assert convert(np.array([nothing], dtype=np.int64), "Europe/London").tolist() == [nothing]


def test_each_series_has_its_own_second_pass() -> None:
    local = stamps_of(*["2021-10-31T01:00", "2021-10-31T01:30"] * 2, "2021-10-31T01:00", "2021-10-31T01:30")
    series = np.array([0, 0, 0, 0, 1, 1], dtype=np.int64)
    assert texts_of(convert(local, "Europe/London", series=series))[4:] == ["2021-10-31 00:00", "2021-10-31 00:30"]


@settings(max_examples=80)
@given(st.sampled_from(ZONES), st.integers(1975, 2037), st.sampled_from([900, 1800, 3600]), st.data())
def test_every_change_of_the_clocks_comes_back_as_it_was(
    zone: str, year: int, step_s: int, data: st.DataObject
) -> None:
    changes = clock_changes(zone, year, year)
    assume(all(abs(c.before - c.after) >= step_s * 1_000_000 for c in changes))  # else nothing tells the passes apart
    middle = data.draw(st.sampled_from([c.at for c in changes] or [int(stamps_of(f"{year}-07-01")[0])]))
    grid = step_s * 1_000_000
    utc = (middle // grid + np.arange(-60, 60, dtype=np.int64)) * grid
    if data.draw(st.booleans()):
        utc = utc[::-1]
    chunk = data.draw(st.integers(10, 400))
    assert convert(local_of(utc, zone), zone, chunk=chunk).tolist() == utc.tolist()


@pytest.mark.parametrize("year", [1996, 2012, 2021, 2030])
def test_every_half_hour_of_a_british_year_comes_back(year: int) -> None:
    start, end = stamps_of(f"{year}-01-01", f"{year + 1}-01-01")
    utc = np.arange(start, end, 1800 * 1_000_000, dtype=np.int64)
    for chunk in (17, 5000):
        assert (convert(local_of(utc, "Europe/London"), "Europe/London", chunk=chunk) == utc).all()


def test_british_clocks_change_twice_a_year() -> None:
    spring, autumn = clock_changes("Europe/London", 2021, 2021)
    assert texts_of(np.array([spring.at, spring.local_from, spring.local_to])) == [
        "2021-03-28 01:00", "2021-03-28 01:00", "2021-03-28 02:00",
    ]  # fmt: skip
    assert (autumn.before, autumn.after) == (3_600_000_000, 0)
    assert clock_changes("UTC", 1970, 2030) == ()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "Europe/Lond\x00n"])
def test_an_unknown_zone_is_refused_by_name(zone: str) -> None:
    with pytest.raises(InvalidInput, match="There is no time zone") as refused:
        load_zone(zone)
    assert refused.value.next_step == "Use a name such as UTC or Europe/London."


@given(st.integers(-(2**62), 2**62))
def test_any_stamp_at_all_may_be_asked_about(stamp: int) -> None:
    LocalClock("Europe/London").to_utc(np.array([stamp], dtype=np.int64))
