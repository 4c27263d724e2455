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
    clock.to_utc(stamps_of("2021-10-31T01:00", "2021-10-31T01:30"))
    (finding,) = clock.findings()
    assert (finding.code, finding.severity, finding.count) == ("repeated-local-times", "info", 2)


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
