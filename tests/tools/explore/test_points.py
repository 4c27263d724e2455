from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from fairwatt.tools.explore.points import take_points

START = datetime(2021, 5, 5, tzinfo=UTC)


def columns(seconds: list[float], values: list[float | None]) -> dict[str, np.ndarray]:
    found = np.array(values, dtype=np.float64)
    starts = np.datetime64(START.replace(tzinfo=None), "us") + (np.array(seconds) * 1e6).astype("timedelta64[us]")
    return {"start": starts, "a_min": found, "a_mean": found, "a_max": found, "a_count": (~np.isnan(found)).astype(int)}


def test_a_missing_value_breaks_the_line() -> None:
    points = take_points(columns([0, 5, 10, 15], [1.0, None, 3.0, 4.0]), "a", step_s=5)
    assert points.stretches == [(0, 1), (2, 4)]
    assert points.gaps == [(START + timedelta(seconds=5), START + timedelta(seconds=10))]


def test_rows_that_belong_to_another_channels_grid_break_nothing() -> None:
    rows = columns([0, 1, 2, 3, 4, 5, 6], [1.0, None, None, 2.0, None, None, 3.0])
    points = take_points(rows, "a", step_s=3)
    assert points.mean.tolist() == [1.0, 2.0, 3.0]
    assert points.gaps == []


def test_a_reading_that_comes_late_breaks_the_line_even_without_a_row_between() -> None:
    points = take_points(columns([0, 5, 30, 35], [1.0, 2.0, 3.0, 4.0]), "a", step_s=5)
    assert points.stretches == [(0, 2), (3, 5)]
    assert np.isnan(points.mean[2])


def test_a_gap_lasts_from_the_end_of_a_reading_to_the_next() -> None:
    """Readings at 0 and 1 s, then 900 missing, then at 902 s: a quarter of an hour, and not a second more."""
    points = take_points(columns([0, 1, 902, 903], [1.0, 2.0, 3.0, 4.0]), "a", step_s=1)
    ((begin, end),) = points.gaps
    assert (begin, end - begin) == (START + timedelta(seconds=2), timedelta(minutes=15))


def test_a_gap_begins_and_ends_within_the_buckets_at_its_edges() -> None:
    """Readings each second in buckets of ten minutes; 900 are missing, from 18 to 33 minutes after the hour."""
    rows = columns([0, 600, 1800, 2400], [1.0, 2.0, 3.0, 4.0]) | {"a_count": np.array([600, 480, 420, 600])}
    ((begin, end),) = take_points(rows, "a", step_s=600, every_s=1).gaps
    assert (begin, end) == (START + timedelta(minutes=18), START + timedelta(minutes=33))


def test_buckets_of_several_meters_move_no_gaps_edge() -> None:
    rows = columns([0, 600, 1800], [1.0, 2.0, 3.0]) | {"a_count": np.array([1200, 1200, 1200])}
    ((begin, end),) = take_points(rows, "a", step_s=600, every_s=1).gaps
    assert (begin, end) == (START + timedelta(minutes=20), START + timedelta(minutes=30))


def test_without_a_usual_step_every_empty_row_is_a_break() -> None:
    points = take_points(columns([0, 1, 100], [1.0, None, 3.0]), "a", step_s=None)
    assert points.stretches == [(0, 1), (2, 3)]


def test_nothing_at_all_is_no_stretch_and_no_gap() -> None:
    points = take_points(columns([], []), "a", step_s=5)
    assert (len(points), points.stretches, points.gaps) == (0, [], [])
