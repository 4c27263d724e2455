from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from fairwatt.tools.explore.points import take_points

START = datetime(2021, 5, 5, tzinfo=UTC)


def frame(seconds: list[float], values: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "start": [START + timedelta(seconds=s) for s in seconds],
            "a_min": values,
            "a_mean": values,
            "a_max": values,
            "a_count": [0 if value is None else 1 for value in values],
        },
        schema={
            "start": pl.Datetime("us", "UTC"),
            "a_min": pl.Float64,
            "a_mean": pl.Float64,
            "a_max": pl.Float64,
            "a_count": pl.Int64,
        },
    )


def test_a_missing_value_breaks_the_line() -> None:
    points = take_points(frame([0, 5, 10, 15], [1.0, None, 3.0, 4.0]), "a", step_s=5)
    assert points.stretches == [(0, 1), (2, 4)]
    assert points.gaps == [(START, START + timedelta(seconds=10))]


def test_rows_that_belong_to_another_channels_grid_break_nothing() -> None:
    rows = frame([0, 1, 2, 3, 4, 5, 6], [1.0, None, None, 2.0, None, None, 3.0])
    points = take_points(rows, "a", step_s=3)
    assert points.mean.tolist() == [1.0, 2.0, 3.0]
    assert points.gaps == []


def test_a_reading_that_comes_late_breaks_the_line_even_without_a_row_between() -> None:
    points = take_points(frame([0, 5, 30, 35], [1.0, 2.0, 3.0, 4.0]), "a", step_s=5)
    assert points.stretches == [(0, 2), (3, 5)]
    assert np.isnan(points.mean[2])


def test_without_a_usual_step_every_empty_row_is_a_break() -> None:
    points = take_points(frame([0, 1, 100], [1.0, None, 3.0]), "a", step_s=None)
    assert points.stretches == [(0, 1), (2, 3)]


def test_nothing_at_all_is_no_stretch_and_no_gap() -> None:
    points = take_points(frame([], []), "a", step_s=5)
    assert (len(points), points.stretches, points.gaps) == (0, [], [])
