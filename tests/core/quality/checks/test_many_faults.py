"""A worse file is never called a better one: however many faults of a kind there are, they are told of."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.quality.made import SECOND, load, rows_of, scan, times


@pytest.mark.parametrize("share", [0.001, 0.02, 0.05, 0.2, 0.35])
def test_glitches_beyond_the_channels_reach_are_found_at_any_share(share: float) -> None:
    values, random = load(20_000, 60 * SECOND), np.random.default_rng(7)
    rows = np.sort(random.choice(20_000, int(share * 20_000), replace=False))
    values[rows] += np.ptp(values) * random.uniform(3, 10, len(rows))
    found = scan(values, times(20_000, 60 * SECOND))
    assert rows_of(found, "outliers") == rows.tolist()
    assert found.report.scores.validity.good == 20_000 - len(rows)


def test_a_glitch_each_hour_is_told_of_though_it_keeps_hours() -> None:
    values = load(20_000, 60 * SECOND)
    rows = np.arange(0, 20_000, 60)
    values[rows] = np.random.default_rng(3).uniform(900, 1_000, len(rows))
    assert rows_of(scan(values, times(20_000, 60 * SECOND)), "outliers") == rows.tolist()


def test_a_value_that_is_implausible_for_two_reasons_counts_once() -> None:
    values = load(43_200, 60 * SECOND)
    values[14_400:24_480] *= -1  # a week of 30 days
    report = scan(values, times(43_200, 60 * SECOND), quantity="power", unit="kw", direction="import").report
    assert {one.code for one in report.findings} >= {"negative-flow", "sign-flip"}
    assert (report.channels[0].implausible, report.scores.plausibility.total) == (10_080, 43_200)


@pytest.mark.parametrize("held", [None, 0.0])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8])
def test_a_logger_that_held_one_value_is_told_of_at_any_share(share: float, held: float | None) -> None:
    values, size = load(20_000, 60 * SECOND), int(share * 20_000)
    values[1_000 : 1_000 + size] = values[1_000] if held is None else held
    found = scan(values, times(20_000, 60 * SECOND))
    assert rows_of(found, "stuck-values") == list(range(1_000, 1_000 + size))
    assert found.report.scores.validity.good == 20_000 - size
