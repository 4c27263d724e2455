"""The commands read the real files right; what is expected was written down by looking at the files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cli.reading import run

pytestmark = pytest.mark.real_data


def table_of(path: Path, *answers: str) -> dict[str, Any]:
    answer = run("inspect", path, "--json", *(part for one in answers for part in ("--answer", one)))
    assert answer.code in {0, 3}
    found = answer.report["tables"][0]
    assert isinstance(found, dict)
    return found


def test_a_home_as_published(real_data: Path) -> None:
    table = table_of(real_data / "lcl" / "MAC000002_as_published.csv", "time_zone=UTC", "stamp=start")

    assert (table["rows"], table["rows_exact"], table["questions"]) == (24_158, True, [])
    times = table["timestamp"]
    assert (times["columns"], times["resolution"]) == (["DateTime"], "PT30M")
    assert (times["start"], times["end"]) == ("2012-10-12T00:30:00Z", "2014-02-28T00:30:00Z")
    assert (table["series"]["column"], table["series"]["names"], table["nulls"]) == ("LCLid", ["MAC000002"], ["Null"])
    counts = {finding["code"]: finding["count"] for finding in table["findings"]}
    assert (counts["duplicate-stamps"], counts["off-grid-stamps"], counts["missing-values"]) == (17, 1, 1)
    (channel,) = table["channels"]
    assert (channel["quantity"], channel["unit"], channel["statistic"]) == ("energy", "kWh", "sum")


def test_the_late_null_text_is_found_and_kept_as_missing(real_data: Path, tmp_path: Path) -> None:
    path, out = real_data / "leo" / "error_testing.csv", tmp_path / "voltages.parquet"

    answer = run("convert", path, "--out", out, "--answer", "time_zone=UTC", "--json")

    assert answer.code == 0
    assert answer.report["written"]["rows"] == 86_460
    (odd,) = [finding for finding in answer.report["findings"] if finding["code"] == "not-a-number"]
    assert (odd["where"][0], odd["count"], odd["channel"]) == ("line 53,886", 8, "Peak Voltage L1N Avg")
    table = pq.read_table(out)
    assert table.num_rows == 86_460
    assert table["start"][0].as_py() == datetime(2019, 11, 17, 23, 59, 4, tzinfo=UTC)
    assert table["peak_voltage_l1n_avg"].null_count == 31


def test_a_series_of_the_networks_interface(real_data: Path, tmp_path: Path) -> None:
    path, out = real_data / "api_captures" / "TimeSeries_10.json", tmp_path / "primary.parquet"

    table = table_of(path)
    answer = run("convert", path, "--out", out)

    assert (table["rows"], table["timestamp"]["resolution"]) == (1_000, "PT30M")
    assert table["timestamp"]["start"] == "2026-03-05T12:30:00Z"
    (power,) = [channel for channel in table["channels"] if channel["kind"] == "number"]
    assert (power["quantity"], power["unit"]) == ("power", "MW")
    assert answer.code == 0
    assert pq.read_table(out).num_rows == 1_000


def test_prices_that_end_at_midnight(real_data: Path, tmp_path: Path) -> None:
    path, out = real_data / "leo" / "Price_session2.csv", tmp_path / "prices.parquet"
    lines = path.read_text(encoding="utf-8").splitlines()

    answer = run("convert", path, "--out", out, "--answer", "time_zone=Europe/London", "--answer", "stamp=end")

    assert answer.code == 0
    table = pq.read_table(out)
    assert table["start"][0].as_py() == datetime(2019, 1, 23, tzinfo=UTC)
    assert table["start"][-1].as_py() == datetime(2019, 1, 23, 23, 30, tzinfo=UTC)
    assert table["price_gbp_per_mwh"].to_pylist() == [float(line.rpartition(",")[2]) for line in lines[1:]]


def test_a_year_of_days_of_which_one_stands_elsewhere_has_no_gaps(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "api_captures" / "constraint_breakdown_2020_2021.json"

    answer = run("convert", path, "--out", tmp_path / "costs.parquet", "--accept-guesses", "--json")

    # The record of 5 January stands between those of 2 and 3 November; all days from 1 April to 31 March are there.
    assert answer.report["written"]["rows"] == 365
    found = {finding["code"]: finding for finding in answer.report["findings"]}
    assert "gaps" not in found
    assert (found["out-of-order"]["count"], found["out-of-order"]["where"]) == (
        1, ["record 218 (2020-11-03 00:00:00 UTC)"]
    )  # fmt: skip
