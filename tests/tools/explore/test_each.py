"""One point for each settlement period, day or month: by the clock, exactly, and never more than fit."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client

from fairwatt.tools.explore import reading
from tests.tools.explore import stock
from tests.tools.explore.conftest import Explorer, numbers


def test_days_are_those_of_the_clock_that_is_shown(explorer: Explorer) -> None:
    """The logger's day in UTC is 23 hours of 5 May and one of 6 May in London."""
    dataset = stock.logger(release=stock.open_to_all())
    explorer.open(f"?dataset={dataset.key}")

    local = explorer.use("each.value", "P1D")

    assert "each=P1D" in local.search
    assert local.text("status") == "8,280 readings shown as 2 days (min, max, mean)."
    line = local.lines()["Active Power"]
    assert line["x"] == ["2021-05-05T00:00:00", "2021-05-05T23:00:00"]
    first = [stock.values(row)[0] for row in range(8_280) if row not in stock.GAP]
    last = [stock.values(row)[0] for row in range(8_280, 8_640)]
    assert numbers(line["y"]).tolist() == pytest.approx([np.mean(first), np.mean(last)])
    utc = explorer.use("zone.value", "utc")
    assert utc.text("status") == "8,280 readings shown as 1 day (min, max, mean)."
    assert "each=P1D" in utc.search


def test_settlement_periods_are_numbered_in_the_table_and_have_their_file(explorer: Explorer, client: Client) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    answer = explorer.open(f"?dataset={dataset.key}&each=settlement-period")
    assert answer.text("status") == "8,280 readings shown as 46 settlement periods (min, max, mean)."
    assert answer.props["each"]["value"] == "settlement-period"

    table = explorer.table("table-toggle.n_clicks").text("table")

    assert "Minimum, mean and maximum of the readings of settlement periods: rows 1 to 25 of 46" in table
    assert "5 May 2021, 01:00 BST (period 3 of 5 May)" in table
    assert "CSV of these 46 settlement periods" in answer.text("links")
    address = next(
        link["props"]["href"]
        for link in answer.props["links"]["children"]
        if "settlement" in str(link["props"]["children"])
    )
    lines = b"".join(client.get(address)).decode().splitlines()
    assert lines[0].startswith("start,settlement_date,settlement_period,active_power_kw_mean")
    assert lines[1].startswith("2021-05-05T01:00:00+01:00,2021-05-05,3,")
    assert len(lines) == 47


def test_more_points_than_fit_are_said_and_the_finest_shown(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    monkeypatch.setattr(reading, "MOST_POINTS", 40)
    answer = explorer.open(f"?dataset={dataset.key}&each=settlement-period")
    assert "more than 40 settlement periods; the finest points that fit are shown" in answer.text("tool-message")
    assert "8,280 readings shown (min, max, mean)" in answer.text("status")
    assert "each=settlement-period" in answer.search


def test_an_unknown_kind_of_point_is_said_and_the_finest_shown(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    answer = explorer.open(f"?dataset={dataset.key}&each=fortnight")
    assert "There is no point for each “fortnight”" in answer.text("tool-message")
    assert "each" not in answer.search
    assert answer.props["each"]["value"] == "finest"
