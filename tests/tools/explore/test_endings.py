"""Numbers at the ends of lines: clear of each other, in the lines' order, moved no more than needed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.tools.explore.endings import HEIGHT_PX, Limits, find_limits, spread_out

HEIGHT = 230.0


@given(st.lists(st.floats(0, HEIGHT), max_size=8))
def test_numbers_stand_clear_of_each_other_in_the_order_of_their_lines(depths: list[float]) -> None:
    placed = spread_out(depths, HEIGHT)
    order = sorted(range(len(depths)), key=lambda at: depths[at])
    assert all(-1e-9 <= place <= HEIGHT + 1e-9 for place in placed)
    assert all(placed[after] - placed[before] >= HEIGHT_PX - 1e-9 for before, after in pairwise(order))


@given(st.lists(st.integers(0, 7), unique=True, max_size=8))
def test_numbers_that_are_clear_already_stay_where_they_are(steps: list[int]) -> None:
    depths = [step * 25.0 for step in steps]
    assert spread_out(depths, HEIGHT) == depths


def test_more_numbers_than_fit_are_spread_evenly() -> None:
    assert spread_out([0.0, 0.0, 0.0], 20, apart=16) == [0.0, 10.0, 20.0]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([[np.nan], []], None),
        ([[0.0, 100.0], [np.nan, -100.0]], Limits(-110.0, 110.0)),
        ([[240.0, 240.0]], Limits(228.0, 252.0)),
        ([[-2.0]], Limits(-2.1, -1.9)),
    ],
)
def test_limits_leave_some_room_around_what_is_there(values: list[list[float]], found: Limits | None) -> None:
    assert find_limits([np.array(part, dtype=np.float64) for part in values]) == found


def test_a_depth_is_counted_from_the_head() -> None:
    assert [Limits(0.0, 10.0).depth(value) for value in (10.0, 7.5, 0.0)] == [0.0, 0.25, 1.0]
