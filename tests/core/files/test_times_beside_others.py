"""Which column holds the readings' times where others look like times too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.core.files.samples import csv, profile_of


@pytest.mark.parametrize(
    "heads",
    ["Date,Day,Night", "Reading date,Day (R1),Night (R2)", "Taken at,Day reading,Night reading"],
    ids=["day", "register", "reading"],
)
def test_a_register_of_the_day_is_no_time_beside_a_date(heads: str) -> None:
    days = [date(2026, 5, 1) + timedelta(days=i) for i in range(40)]
    rows = [f"{day:%d/%m/%Y},{45_210 + 9 * i},{12_010 + 4 * i}" for i, day in enumerate(days)]
    found = profile_of(csv(heads, *rows))
    assert found.timestamp.columns == (0,)
    assert [channel.column for channel in found.channels] == [1, 2]
