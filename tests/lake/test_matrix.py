"""Many series as a matrix: every time there, missing is missing, and the numbers are the readings'."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwatt.core.errors import InsufficientData, InvalidInput, TooLarge
from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.resolutions import Resolution
from fairwatt.lake import IngestResult, Lake, matrix, wide

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
FIRST = datetime(2021, 3, 27, 12, tzinfo=UTC)  # the day before a clock change
HALF_HOUR = timedelta(minutes=30)
METERS = ("b", "a", "c")
ROWS = 100
Truth = dict[tuple[int, str], Decimal]


@pytest.fixture
def homes(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> Truth:
    """Three meters, half-hourly: some readings empty, some rows not there, "c" from a file of its own."""
    chance = random.Random(5)
    truth: Truth = {}
    for meters in (METERS[:2], METERS[2:]):
        lines = []
        for meter in meters:
            for row in range(ROWS):
                value = Decimal(chance.randrange(-50, 9_000)).scaleb(-3)
                if chance.random() < 0.1 and 0 < row < ROWS - 1:
                    continue
                is_empty = chance.random() < 0.1
                lines.append(f"{FIRST + row * HALF_HOUR:%Y-%m-%d %H:%M:%S},{meter},{'' if is_empty else value}")
                if not is_empty:
                    truth[row, meter] = value
        profile = make_profile(["kwh"], series_column=1, decimals=3)
        ingest(["time,meter,kwh", *lines], profile, source="-".join(meters))
    return truth


def cells(values: np.ndarray, series: tuple[str, ...]) -> dict[tuple[int, str], float]:
    return {
        (row, series[col]): float(values[row, col]) for row, col in zip(*np.nonzero(~np.isnan(values)), strict=True)
    }


def test_a_matrix_holds_each_reading_in_its_place_and_nan_elsewhere(homes: Truth, lake: Lake) -> None:
    found = lake.matrix("t", field="kwh")
    assert found.series == ("a", "b", "c")
    assert found.start.tolist() == [(FIRST + row * HALF_HOUR).replace(tzinfo=None) for row in range(ROWS)]
    assert found.values.shape == (ROWS, 3)
    assert cells(found.values, found.series) == {place: float(value) for place, value in homes.items()}


def test_an_exact_matrix_holds_whole_numbers_of_the_last_decimal(homes: Truth, lake: Lake) -> None:
    found = lake.matrix("t", field="kwh", series=["c", "nobody", "a"], is_exact=True)
    assert (found.scale, found.series, found.values.dtype) == (3, ("c", "nobody", "a"), np.int64)
    there = {
        (row, found.series[col]): Decimal(int(found.values[row, col])).scaleb(-3)
        for row, col in zip(*np.nonzero(found.values != matrix.MISSING), strict=True)
    }
    assert there == {place: value for place, value in homes.items() if place[1] != "b"}
    table = pl.DataFrame(found.to_arrow())
    assert table["c"].to_list() == [homes.get((row, "c")) for row in range(ROWS)]
    assert table["nobody"].null_count() == ROWS


@pytest.mark.parametrize("name", ["mean", "min", "max", "count", "sum"])
def test_local_days_are_gathered_by_a_statistic(homes: Truth, lake: Lake, name: str) -> None:
    days = Resolution(days=1, zone="Europe/London")
    found = lake.matrix("t", field="kwh", resolution=days, statistic=name, start=FIRST + HALF_HOUR)
    begins = [datetime(2021, 3, 27, tzinfo=UTC), datetime(2021, 3, 28, tzinfo=UTC)]
    begins += [datetime(2021, 3, 28, 23, tzinfo=UTC)]
    assert found.start.tolist() == [at.replace(tzinfo=None) for at in begins]
    for row, meter in np.ndindex(3, 3):
        end = begins[row + 1] if row < 2 else FIRST + timedelta(days=9)
        mine = [
            value
            for (slot, who), value in homes.items()
            if who == "abc"[meter] and slot and begins[row] <= FIRST + slot * HALF_HOUR < end
        ]
        made = {"mean": sum(mine) / len(mine), "min": min(mine), "max": max(mine), "count": len(mine)}
        want = float(made.get(name, sum(mine)))
        assert found.values[row, meter] == pytest.approx(want, rel=1e-14)


def test_readings_of_one_time_are_gathered_and_never_lost(homes: Truth, lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    path.write_text(f"time,meter,kwh\n{FIRST:%Y-%m-%d %H:%M:%S},a,3.000\n")
    stamp = {"columns": (0,), "format": "%Y-%m-%d %H:%M:%S", "time_zone": "UTC"}
    rule = {"name": "kwh", "field": "kwh", "column": 2, "decimals": 3}
    profile = ImportProfile.model_validate(
        {"columns": 3, "timestamp": stamp, "series_column": 1, "channels": [rule], "resolution_s": 1800}
    )
    lake.ingest(path, profile, table="t", source="again", name="again.csv")
    assert lake.matrix("t", field="kwh", statistic="sum").values[0, 0] == float(homes[0, "a"] + 3)
    exact = lake.matrix("t", field="kwh", statistic="sum", is_exact=True)
    assert exact.values[0, 0] == int((homes[0, "a"] + 3) * 1000)
    with pytest.raises(InvalidInput, match="several readings at one time"):
        lake.matrix("t", field="kwh", is_exact=True)


def test_what_makes_no_matrix_is_refused(
    homes: Truth, ingest: Ingest, make_profile: MakeProfile, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    del homes
    with pytest.raises(InvalidInput, match="no statistic 'median'"):
        lake.matrix("t", field="kwh", statistic="median")
    ingest(
        ["time,kw", *(f"2020-01-01 0{s},1" for s in ("0:00:00", "0:00:07", "3:11:00"))], make_profile(["kw"]), table="u"
    )
    with pytest.raises(InsufficientData, match="no usual step"):
        lake.matrix("u", field="kw")
    monkeypatch.setattr(matrix, "MOST_CELLS", 299)
    with pytest.raises(TooLarge, match="100 rows and 3 series"):
        lake.matrix("t", field="kwh")
    with pytest.raises(InvalidInput, match="JSON"):
        lake.wide_export("t", field="kwh", format="json")


def test_an_empty_window_is_a_matrix_without_rows(homes: Truth, lake: Lake) -> None:
    del homes
    found = lake.matrix("t", field="kwh", end=FIRST)
    assert (found.values.shape, found.series) == ((0, 3), ("a", "b", "c"))


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_a_wide_table_is_the_matrix_however_it_is_cut(
    homes: Truth, lake: Lake, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide, "PART_CELLS", 3 * 7)
    data = b"".join(lake.wide_export("t", field="kwh", format=form, zone="Europe/London").stream())
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        assert rows[25]["start"] == "2021-03-28T00:30:00+00:00"
        assert rows[26]["start"] == "2021-03-28T02:00:00+01:00"
        assert [[row[m] for m in "abc"] for row in rows] == [
            [str(homes.get((at, m), "")) for m in "abc"] for at in range(ROWS)
        ]
        return
    table = pq.read_table(io.BytesIO(data)) if form == "parquet" else pa.ipc.open_stream(data).read_all()
    frame = pl.DataFrame(table)
    assert frame["start"].to_list() == [FIRST + row * HALF_HOUR for row in range(ROWS)]
    assert [list(row) for row in frame.select("a", "b", "c").rows()] == [
        [homes.get((at, m)) for m in "abc"] for at in range(ROWS)
    ]


def test_a_wide_table_numbers_settlement_periods(homes: Truth, lake: Lake) -> None:
    del homes
    resolution = Resolution.parse("settlement-period")
    data = b"".join(lake.wide_export("t", field="kwh", format="csv", resolution=resolution).stream())
    rows = [line.split(",")[:3] for line in data.decode().splitlines()]
    assert rows[0] == ["start", "settlement_date", "settlement_period"]
    assert rows[1] == ["2021-03-27T12:00:00Z", "2021-03-27", "25"]
    assert rows[24:26] == [["2021-03-27T23:30:00Z", "2021-03-27", "48"], ["2021-03-28T00:00:00Z", "2021-03-28", "1"]]
    assert rows[71] == ["2021-03-28T23:00:00Z", "2021-03-29", "1"]
    assert max(int(row[2]) for row in rows[1:] if row[1] == "2021-03-28") == 46


def test_a_file_of_merged_ones_has_the_rows_of_its_own_period(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    """Once small files are merged, one of them ends where its own readings do."""
    for day, source in enumerate("ab"):
        lines = [f"{FIRST + (48 * day + row) * HALF_HOUR:%Y-%m-%d %H:%M:%S},{row}" for row in range(3)]
        ingest(["time,kw", *lines], make_profile(["kw"]).model_copy(update={"resolution_s": 1800}), source=source)
    before = lake.matrix("t", field="kw", sources=["a"])
    assert lake.upkeep.merge("t", least=2).files_after == 1

    found = lake.matrix("t", field="kw", sources=["a"])

    assert found.start.tolist() == before.start.tolist() == [
        (FIRST + row * HALF_HOUR).replace(tzinfo=None) for row in range(3)
    ]  # fmt: skip
    assert found.values.tolist() == [[0], [1], [2]]
