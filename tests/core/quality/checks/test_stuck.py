"""Stuck runs are found; nights, standby and quantised values are none."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.quality.made import SECOND, codes_of, load, rows_of, scan, times


@pytest.mark.parametrize("length", [6, 12, 48, 200])
def test_a_held_value_is_found(length: int) -> None:
    values = load(17_520)
    values[5_000 : 5_000 + length] = values[5_000]
    assert rows_of(scan(values), "stuck-values") == list(range(5_000, 5_000 + length))


def test_nights_without_sun_are_not_stuck_and_a_dead_day_is() -> None:
    hours = np.arange(60 * 48) / 2 % 24
    sun = np.maximum(0, np.sin(2 * np.pi * (hours - 6) / 24)) * np.random.default_rng(1).uniform(0.4, 1, len(hours))
    sun = np.round(4 * sun, 3)
    assert "stuck-values" not in codes_of(scan(sun))
    sun[30 * 48 : 33 * 48] = 0
    found = rows_of(scan(sun), "stuck-values")
    assert set(range(30 * 48, 33 * 48)) <= set(found)


def test_rounded_values_repeat_by_themselves() -> None:
    values = np.round(load(86_400, SECOND) / 10)
    found = scan(values, times(86_400, SECOND))
    assert "stuck-values" not in codes_of(found)
    values[40_000:41_200] = values[40_000]
    assert set(range(40_000, 41_200)) <= set(rows_of(scan(values, times(86_400, SECOND)), "stuck-values"))


def test_a_constant_channel_is_told_of_as_such() -> None:
    assert codes_of(scan(np.full(100, 5.0))) == {"constant-channel"}
