"""Gaps, duplicates, stamps off the grid and order, found chunk by chunk."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fairwatt.core.files.local_time import LocalClock
from fairwatt.core.files.presence import SeenStamps
from fairwatt.core.files.regularity import StampScan, usual_step
from fairwatt.core.files.stamp_report import StampReport
from fairwatt.core.files.zones import ClockWitness

START = 1_600_000_000_000_000  # 2020-09-13 12:26:40
SECOND = 1_000_000
HALF_HOUR = 1800 * SECOND
Stamps = NDArray[np.int64]


def scan(
    stamps: Stamps, series: Stamps | None = None, *, chunk: int = 10**9, resolution_s: float | None = None
) -> StampReport:
    scanner = StampScan(resolution_s)
    for begin in range(0, len(stamps), chunk):
        codes = None if series is None else series[begin : begin + chunk]
        scanner.update(stamps[begin : begin + chunk], codes, first_line=2 + begin)
    return scanner.result()


def half_hours(count: int) -> Stamps:
    return START + np.arange(count, dtype=np.int64) * HALF_HOUR


def test_a_regular_file_has_no_findings() -> None:
    report = scan(half_hours(1000))
    assert report.findings == ()
    assert (report.rows, report.series_count, report.resolution_s) == (1000, 1, 1800.0)
    assert report.first == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
    assert report.coverage == (1.0,) * 60


def test_a_gap_is_counted_in_missing_readings_and_placed() -> None:
    report = scan(np.delete(half_hours(1000), [10, 11, 12, 500]))
    assert (report.gap_count, report.missing_rows) == (2, 4)
    (finding,) = report.findings
    assert finding.code == "gaps"
    assert finding.count == 2
    assert finding.where == ("after 2020-09-13 16:56:40 UTC (3 readings)", "after 2020-09-23 21:56:40 UTC (1 reading)")
    assert finding.message == (
        "There are 2 gaps in the readings: with one every 30 minutes, 4 are missing (1 of a single reading, the "
        "longest lasts 1 hour 30 minutes). Charts show gaps as breaks; nothing was filled in."
    )


def test_duplicates_are_reported_with_their_lines() -> None:
    report = scan(np.repeat(half_hours(100), [2 if i in {3, 50} else 1 for i in range(100)]))
    (finding,) = report.findings
    assert (report.duplicate_count, finding.code) == (2, "duplicate-stamps")
    assert finding.where == ("line 6 (2020-09-13 13:56:40 UTC)", "line 54 (2020-09-14 13:26:40 UTC)")


def test_one_stamp_off_the_grid_is_reported_and_makes_no_gap() -> None:
    stamps = half_hours(1000)
    stamps[7] += 447 * SECOND
    report = scan(stamps)
    (finding,) = report.findings
    assert (report.off_grid_count, report.gap_count, finding.code) == (1, 0, "off-grid-stamps")
    assert finding.message == (
        "There is 1 row at a time that does not fall on the usual steps of 30 minutes. It is kept as it came."
    )


def test_a_clock_that_was_reset_is_suspected() -> None:
    stamps = half_hours(1000)
    stamps[500:] += 100 * SECOND
    (finding,) = scan(stamps).findings
    assert "clock was probably reset or drifts" in finding.message


def test_an_overlap_is_found_exactly_though_it_is_far_apart() -> None:
    stamps = np.concatenate([half_hours(5000), half_hours(6000)[4000:]])
    report = scan(stamps, chunk=700)
    assert (report.duplicate_count, report.out_of_order_count, report.gap_count) == (1000, 1, 0)
    assert [f.code for f in report.findings] == ["duplicate-stamps", "out-of-order"]


def test_a_gap_that_later_rows_fill_is_none() -> None:
    stamps = half_hours(3000)
    report = scan(np.concatenate([stamps[:1000], stamps[2000:], stamps[1000:2000]]), chunk=333)
    assert (report.gap_count, report.missing_rows, report.out_of_order_count) == (0, 0, 1)


def test_newest_first_is_information_only() -> None:
    report = scan(half_hours(500)[::-1])
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("out-of-order", "info")
    assert finding.message.startswith("The file runs from the newest reading to the oldest.")
    assert report.gap_count == 0


def test_readings_on_change_have_no_resolution_and_no_gaps() -> None:
    steps = np.random.default_rng(5).choice([1, 2, 3, 7], size=2000, p=[0.5, 0.2, 0.2, 0.1])
    report = scan(START + np.cumsum(steps).astype(np.int64) * SECOND)
    assert (report.resolution_s, report.gap_count, report.findings) == (None, 0, ())


def test_series_are_told_apart() -> None:
    stamps = np.repeat(half_hours(200), 3)
    codes = np.tile(np.arange(3, dtype=np.int64), 200)
    report = scan(stamps, codes, chunk=91)
    assert (report.series_count, report.findings, report.coverage) == (3, (), (1.0,) * 60)


def test_daily_local_midnights_in_utc_are_on_the_grid() -> None:
    days = np.arange(365, dtype=np.int64) * 86_400 * SECOND
    days[86:303] -= 3600 * SECOND
    report = scan(START + days)
    assert (report.resolution_s, report.findings) == (86_400.0, ())


def test_missing_stamps_are_skipped_and_lines_still_right() -> None:
    stamps = np.insert(half_hours(50), 20, np.iinfo(np.int64).min)
    stamps[30] = stamps[29]
    report = scan(stamps)
    assert report.rows == 50
    assert report.duplicate_places[0].line == 32


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_rows_are_no_trouble(count: int) -> None:
    report = scan(half_hours(count))
    assert report.rows == count
    assert report.findings == ()
    assert report.resolution_s == (1800.0 if count == 2 else None)
    assert len(report.coverage) == 60


def test_a_known_resolution_is_believed() -> None:
    assert scan(half_hours(10), resolution_s=900).missing_rows == 9


def test_beyond_its_memory_it_says_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwatt.core.files.presence._MOST_BLOCKS", 1)
    stamps = np.concatenate([half_hours(9000), half_hours(9000)])
    report = scan(stamps, chunk=1000)
    assert not report.exact
    assert 0 < report.duplicate_count < 9000
    assert report.findings[0].message.startswith("There are at least ")


def test_coverage_shows_where_readings_are() -> None:
    report = scan(np.delete(half_hours(600), np.arange(100, 200)))
    assert report.coverage == (1.0,) * 10 + (0.0,) * 10 + (1.0,) * 40


def midnights(first: str, days: int) -> Stamps:
    """The starts of days on British clocks."""
    begin = np.datetime64(first, "us").astype(np.int64)
    return LocalClock("Europe/London").to_utc(begin + np.arange(days, dtype=np.int64) * 86_400 * SECOND)


@pytest.mark.parametrize("first", ["2020-04-01", "2020-11-01"])
def test_days_of_a_clock_that_changes_have_no_gaps_though_a_row_stands_elsewhere(first: str) -> None:
    days = midnights(first, 365)
    moved = np.insert(np.delete(days, 279), 216, days[279])

    report = scan(moved, resolution_s=86_400)

    assert (report.gap_count, report.missing_rows, report.duplicate_count, report.off_grid_count) == (0, 0, 0, 0)
    assert report.out_of_order_count == 1


@settings(max_examples=30)
@given(
    gone=st.sets(st.integers(1, 363), max_size=8),
    twice=st.sets(st.integers(0, 364), max_size=4),
    seed=st.integers(0, 99),
)
def test_days_that_are_missing_or_there_twice_are_counted_whatever_the_order(
    gone: set[int], twice: set[int], seed: int
) -> None:
    days = midnights("2021-01-01", 365)
    kept = [n for n in range(365) if n not in gone] + [n for n in twice if n not in gone]
    np.random.default_rng(seed).shuffle(kept)

    report = scan(days[kept], resolution_s=86_400)

    assert report.missing_rows == len(gone)
    assert report.duplicate_count == len(twice - gone)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9000)), min_size=2, max_size=120),
    st.integers(1, 50),
)
def test_counts_are_those_of_the_plainest_way(rows: list[tuple[int, int]], chunk: int) -> None:
    series = np.array([s for s, _ in rows], dtype=np.int64)
    stamps = START + np.array([t for _, t in rows], dtype=np.int64) * SECOND
    report = scan(stamps, series, chunk=chunk, resolution_s=1)
    assert report.duplicate_count == sum(n - 1 for n in Counter(rows).values())
    last: dict[int, int] = {}
    backwards = 0
    for s, t in rows:
        backwards += s in last and t < last[s]
        last[s] = t
    assert report.out_of_order_count == backwards
    present = {s: sorted({t for code, t in rows if code == s}) for s in last}
    missing = sum(b - a - 1 for ts in present.values() for a, b in pairwise(ts))
    assert report.missing_rows == missing
    assert all(0 <= share <= 1 for share in report.coverage)


@settings(max_examples=40)
@given(st.integers(1, 700), st.integers(1, 10**6))
def test_chunks_do_not_matter(chunk: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    stamps = START + np.cumsum(rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 1, 5], size=2000)).astype(np.int64) * SECOND
    assert scan(stamps, chunk=chunk) == scan(stamps)


@given(st.lists(st.integers(-5000, 5000), max_size=60), st.integers(1, 7))
def test_seen_stamps_are_a_set(stamps: list[int], step: int) -> None:
    seen = SeenStamps(step)
    known: set[int] = set()
    for begin in range(0, len(stamps), 7):
        part = np.array(stamps[begin : begin + 7], dtype=np.int64)
        zeros = np.zeros(len(part), dtype=np.int64)
        expected = []
        for stamp in part.tolist():
            expected.append(stamp in known)
            known.add(stamp)
        assert seen.add(part, zeros, zeros).tolist() == expected


def test_the_usual_step_needs_a_clear_majority() -> None:
    assert usual_step(np.array([5, 5, 5, 7], dtype=np.int64)) == 5
    assert usual_step(np.array([5, 5, 7, 8], dtype=np.int64)) is None
    assert usual_step(np.array([0, 0], dtype=np.int64)) is None


@settings(deadline=None)
@given(
    runs=st.lists(
        st.tuples(st.sampled_from([1, 2, 3, 700, 9_000]), st.sampled_from([0, 1, 2, 50, -20])), min_size=1, max_size=6
    ),
    step_s=st.sampled_from([1, 60, 1_800]),
    start=st.sampled_from([START, 0, -10_000_000 * SECOND, 1_603_500_000 * SECOND, START + 500_000]),
)
def test_a_run_taken_at_once_is_found_as_its_rows_are(runs: list[tuple[int, int]], step_s: int, start: int) -> None:
    step, at, line = step_s * SECOND, start, 2
    one, all_at_once, forward = StampScan(), StampScan(), StampScan(is_forward=True)
    witness, quick_witness = ClockWitness(), ClockWitness()
    for count, jump in runs:
        stamps = at + step * np.arange(count, dtype=np.int64)
        one.update(stamps, None, line)
        forward.update(stamps, None, line)
        witness.add(stamps)
        all_at_once.update(stamps[:1], None, line)
        quick_witness.add(stamps[:1])
        if count > 1 and all_at_once.advance(step, count - 1):
            quick_witness.add_run(at + step, step, count - 1)
        elif count > 1:
            all_at_once.update(stamps[1:], None, line + 1)
            quick_witness.add(stamps[1:])
        at, line = int(stamps[-1]) + step * jump, line + count
    assert all_at_once.result() == one.result()
    assert any(jump < 1 for _, jump in runs[:-1]) or forward.result() == one.result()
    assert quick_witness.finding("UTC", step=step) == witness.finding("UTC", step=step)
