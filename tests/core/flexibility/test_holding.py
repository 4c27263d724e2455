"""What a dataset holds of an event's hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fairwatt.core.flexibility.counting import Gap, SeriesCount, Window
from fairwatt.core.flexibility.holding import Holding, holding_of

START = datetime(2025, 11, 18, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVENT = Window(START, START + 2 * HOUR)
AROUND = Window(START - HOUR, START + 9 * HOUR)
WITHIN = Window(START - HOUR, START + HOUR)
STEADY = SeriesCount(field="p_kw", name="Power", resolution_s=1800, expected=4, present=4)
UNEVEN = SeriesCount(field="state", name="State", present=7)
DAILY = SeriesCount(field="e_kwh", name="Energy", resolution_s=86_400, expected=0)
SHORT = STEADY.model_copy(update={"present": 3, "gaps": (Gap(start=START, end=START + HOUR / 2, missing=1),)})


@pytest.mark.parametrize(
    ("period", "rows", "holding"),
    [
        (None, [STEADY], Holding.NONE),
        (Window(START - HOUR, START), [STEADY], Holding.NONE),
        (Window(EVENT.end, EVENT.end + HOUR), None, Holding.NONE),
        (AROUND, None, Holding.NOT_COUNTED),
        (AROUND, [], Holding.NO_NUMBERS),
        (AROUND, [STEADY, STEADY], Holding.WHOLE),
        (AROUND, [STEADY, SHORT, DAILY], Holding.GAPS),
        (AROUND, [STEADY, DAILY], Holding.TOO_COARSE),
        (AROUND, [STEADY, UNEVEN], Holding.UNEVEN),
        (EVENT, [UNEVEN], Holding.UNEVEN),
        (WITHIN, [UNEVEN], Holding.PART),
    ],
    ids=[
        "no period",
        "ends as it begins",
        "begins as it ends",
        "not counted",
        "no numbers",
        "whole",
        "gaps",
        "coarse",
        "uneven",
        "just its hours",
        "part",
    ],
)
def test_the_worst_of_a_datasets_series_says_what_it_holds(
    period: Window | None, rows: list[SeriesCount] | None, holding: Holding
) -> None:
    assert holding_of(period, EVENT, rows) == holding


def test_each_has_words_and_only_what_nothing_is_missing_of_is_good() -> None:
    assert [one for one in Holding if not one.label] == []
    assert {one for one in Holding if one.is_good} == {Holding.WHOLE, Holding.UNEVEN}
