"""Many rows of a NetCDF file are written in bulk: the same as row by row."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fairwatt.lake.extracting.apart import arrays
from tests.lake.extracting.conftest import Read


@pytest.mark.parametrize("units", ["hours since 2019-12-31 23:00", "seconds since 2020-01-01 00:00:00.25"])
def test_rows_written_in_bulk_are_those_written_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, units: str
) -> None:
    path = tmp_path / "in.nc"
    with netCDF4.Dataset(path, "w") as data:
        for name, size in (("time", 40), ("site", 2)):
            data.createDimension(name, size)
        times = data.createVariable("time", "f8", ("time",))
        times.units = units
        times[:] = np.arange(40)
        names = data.createVariable("name", str, ("site",))
        names[:] = np.array(["Hall, north", 'The "shed"'], dtype=object)
        for name, kind in (("exact", "f8"), ("single", "f4"), ("whole", "i4")):
            values = data.createVariable(name, kind, ("time", "site"), fill_value=-1)
            values.units = "kW"
            values[:] = (np.arange(80).reshape(40, 2) * 0.1).astype(kind)
            values[3, 0] = np.ma.masked
        data["exact"][5, 1] = 0.1 + 0.2
        data["exact"][6, 1] = np.nan
        data["exact"][7, 1] = 1e-7
        data["exact"][8, 1] = np.inf

    rows = {}
    for most in (0, 1_000_000):
        monkeypatch.setattr(arrays, "MANY_CELLS", most)
        folder = tmp_path / f"{most}"
        folder.mkdir()
        told = arrays.main(path, folder, 10_000)
        tables = told["tables"]
        assert isinstance(tables, list)
        assert [table["rows"] for table in tables] == [79], "a row without a value is left out"
        with (folder / "0.txt").open(encoding="utf-8", newline="") as file:
            head, *found = csv.reader(file)
        assert head == ["series", "time", "exact (kW)", "single (kW)", "whole (kW)"]
        rows[most] = [(*row[:2], *(float(cell) if cell else None for cell in row[2:])) for row in found]
    assert rows[0] == rows[1_000_000]
    assert rows[0][0][0] == "Hall, north"
    assert [row[2] for row in rows[0] if row[0] == 'The "shed"'][5:9] == [0.3, None, 1e-7, None]


@pytest.mark.parametrize(
    ("middle", "units"),
    [(0.0, ""), (0.5, ""), (1.0, ""), (0.5, "hours since 2019-12-31 00:00")],
    ids=["starts", "middles", "ends", "units of their own"],
)
def test_bounds_of_intervals_say_where_they_start(
    read: Callable[..., Read], tmp_path: Path, middle: float, units: str
) -> None:
    path = tmp_path / "in.nc"
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("time", 96)
        data.createDimension("nv", 2)
        times = data.createVariable("time", "f8", ("time",))
        times.units, times.bounds = "hours since 2020-01-01 00:00", "time_bnds"
        bounds = data.createVariable("time_bnds", "f8", ("time", "nv"))
        bounds[:] = np.stack([np.arange(96) / 2, np.arange(96) / 2 + 0.5], axis=1) + (24 if units else 0)
        if units:
            bounds.units = units
        times[:] = (np.arange(96) + middle) / 2
        power = data.createVariable("power", "f8", ("time",))
        power.units, power.cell_methods = "kW", "time: mean"
        power[:] = np.arange(96) / 4
    found = read(path.read_bytes(), "in.nc")
    assert found.asked == ()
    starts = [datetime(2020, 1, 1) + timedelta(minutes=30 * number) for number in range(96)]
    assert found.column(1) == [f"{start:%Y-%m-%dT%H:%M:%SZ}" for start in starts]
    assert found.column(2) == [number / 4 for number in range(96)]
