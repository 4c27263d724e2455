"""Totals of energy: each settlement period, day and month by the clock, and what they lack is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.periods import Period
from fairwatt.tools.explore.points import Points
from fairwatt.tools.explore.totals import add_up, adds_up, energy_of, is_full, say_filled
from tests.tools.explore import stock
from tests.tools.explore.conftest import Answer, Explorer, numbers

LONDON = ZoneInfo("Europe/London")
TOTALS = [48.0, 92.0, 141.0, 192.0, 250.0, 288.0]
FILLED = ["48 of 48", "46 of 46", "47 of 48", "48 of 48", "50 of 50", "48 of 48"]


@pytest.fixture
def days(explorer: Explorer) -> Answer:
    dataset = stock.home_through_clock_changes()
    return explorer.open(f"?dataset={dataset.key}&channels=energy&each=P1D")


def test_energy_is_added_up_in_days_of_23_24_and_25_hours(days: Answer) -> None:
    bars = days.lines()["Energy"]

    assert days.text("status") == "287 readings shown as 6 days (totals)."
    assert (bars["type"], bars["customdata"]) == ("bar", FILLED)
    assert numbers(bars["y"]).tolist() == pytest.approx(TOTALS)
    assert bars["x"][:3] == ["2021-03-27T00:00:00", "2021-03-28T00:00:00", "2021-03-28T23:00:00"]
    assert [round(width / 0.86 / 3_600_000, 6) for width in bars["width"]] == [24, 23, 24, 24, 25, 24]
    assert [opacity == 1 for opacity in bars["marker"]["opacity"]] == [True, True, False, True, True, True]
    assert days.figure["layout"]["annotations"][0]["text"] == "Energy, total of each day [kWh]"


def test_the_words_say_the_sum_and_leave_what_lacks_readings_out_of_least_and_most(days: Answer) -> None:
    said = days.text("summary")

    assert "1,011\u00a0kWh in all; least 48\u00a0kWh in the day from 27 March 2021, 00:00 GMT" in said.replace(
        "Mar ", "March "
    )
    assert "mean 174\u00a0kWh a day; most 288\u00a0kWh in the day from 1 Nov" in said
    assert "287 readings, one gap" in said
    assert "One day lacks readings: its total is too low, and least, mean and most leave it out." in said


def test_the_table_and_the_file_have_the_same_totals(days: Answer, explorer: Explorer, client: Client) -> None:
    table = explorer.table("table-toggle.n_clicks").text("table")
    address = days.links("links")["CSV of these 6 days"]
    lines = b"".join(client.get(address)).decode().split()

    assert "Totals of days: rows 1 to 6 of 6" in table
    assert "total readings 27 Mar 2021, 00:00 GMT 48 48 of 48" in table
    assert "31 Oct 2021, 00:00 BST 250 50 of 50" in table
    assert lines == [
        "start,energy_sum,energy_count",
        "2021-03-27T00:00:00+00:00,48.0,48",
        "2021-03-28T00:00:00+00:00,92.0,46",
        "2021-03-29T00:00:00+01:00,141.0,47",
        "2021-10-30T00:00:00+01:00,192.0,48",
        "2021-10-31T00:00:00+01:00,250.0,50",
        "2021-11-01T00:00:00+00:00,288.0,48",
    ]


def test_months_and_settlement_periods_have_theirs(days: Answer, explorer: Explorer) -> None:
    months = explorer.use("each.value", "P1M")
    bars = months.lines()["Energy"]

    assert numbers(bars["y"]).tolist() == pytest.approx([281, 442, 288])
    assert bars["customdata"] == ["141 of 1,486", "98 of 1,490", "48 of 1,440"]
    assert "3 months lack readings: their totals are too low" in months.text("summary")
    explorer.drag("2021-10-30 23:00:00", "2021-11-01 00:00:00")
    periods = explorer.use("each.value", "settlement-period")
    assert periods.text("status") == "50 readings shown as 50 settlement periods (totals)."
    assert set(periods.lines()["Energy"]["customdata"]) == {"1 of 1"}
    assert "31 Oct 2021, 01:30 GMT (period 6 of 31 Oct) 5 1 of 1" in explorer.table("table-toggle.n_clicks").text(
        "table"
    )


def test_a_register_is_not_added_up_and_mean_power_says_what_it_makes(explorer: Explorer, client: Client) -> None:
    dataset = stock.home_through_clock_changes()
    days = explorer.open(f"?dataset={dataset.key}&channels=energy,power,register&each=P1D")
    kinds = {name: line["type"] for name, line in days.lines().items()}
    said = {item.split(":")[0]: item for item in days.text("summary").replace("Power", "|Power").split("|")}

    assert kinds == {"Energy": "bar", "Power": "scatter", "Register": "scatter"}
    assert days.text("status") == "287 readings shown as 6 days (energy: totals; others: min, max, mean)."
    assert "Over the time that has readings that makes 1,011\u00a0kWh." in said["Power "]
    assert "Totals of energy; minimum, mean and maximum of other readings of days" in explorer.table(
        "table-toggle.n_clicks"
    ).text("table")
    address = days.links("links")["CSV of these 6 days"]
    heading = b"".join(client.get(address)).decode().split()[0]
    assert heading.split(",")[:6] == ["start", "energy_sum", "energy_mean", "energy_min", "energy_max", "energy_count"]


def test_all_meters_together_are_added_up(explorer: Explorer) -> None:
    dataset = stock.two_homes()
    both = explorer.open(f"?dataset={dataset.key}&meter=*&each=P1D&zone=utc")

    assert numbers(both.lines()["Energy"]["y"]).tolist() == [110]
    assert both.lines()["Energy"]["customdata"][0].startswith("8")


@given(
    day=st.dates(date(2000, 1, 1), date(2049, 12, 30)),
    missing=st.integers(0, 5),
    cut=st.integers(0, 40),
    meters=st.sampled_from([1, 3, None]),
)
def test_a_day_is_full_when_each_half_hour_of_its_clock_is_there(
    day: date, missing: int, cut: int, meters: int | None
) -> None:
    begin, end = (datetime.combine(one, time(), LONDON).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    window = Period(begin + cut * timedelta(minutes=30), end)
    fits = round((end - begin) / timedelta(minutes=30)) * (meters or 1)
    count = np.array([float(max(1, fits - missing))])
    one = np.array([2.0])
    start = np.array([window.start.timestamp() * 1000])
    total = add_up(Points(start, one, one, one, count, None, 1_800_000.0), "P1D", LONDON, window, meters=meters)

    assert total.mean.tolist() == [2 * count[0]]
    assert is_full(total).tolist() == [missing == 0 or meters is None]
    assert say_filled(total, 0) == (f"{count[0]:.0f}" if meters is None else f"{count[0]:.0f} of {fits}")
    assert total.spans_ms is not None
    assert total.spans_ms.tolist() == [(end - window.start).total_seconds() * 1000]


@pytest.mark.parametrize(
    ("quantity", "statistic", "expected"),
    [
        ("energy", "", True),
        ("reactive_energy", "sum", True),
        ("energy", "last", False),
        ("energy", "mean", False),
        ("power", "mean", False),
    ],
)
def test_only_amounts_add_up(quantity: str, statistic: str, *, expected: bool) -> None:
    assert adds_up(quantity, statistic) is expected


def test_power_makes_energy_only_where_no_time_counts_twice() -> None:
    window = Period(stock.BEGIN, stock.BEGIN + timedelta(hours=1))
    mean, count = np.array([3.0, np.nan]), np.array([2.0, 0.0])

    assert energy_of(mean, count, "W", every_s=1_800, window=window) == (3.0, "Wh")
    assert energy_of(mean, 2 * count, "W", every_s=1_800, window=window) is None
    assert energy_of(mean, count, "V", every_s=1_800, window=window) is None
