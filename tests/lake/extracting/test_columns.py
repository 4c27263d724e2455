"""Parquet, Arrow, SQLite and NetCDF: each value is written so that it reads back as what it was."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from fairwatt.core.errors import UnreadableFile
from fairwatt.lake.extracting.apart import columns
from fairwatt.lake.looking import FileLook

Look = Callable[..., FileLook]
Texts = Callable[..., dict[str, list[str]]]
START = datetime(2021, 3, 28, tzinfo=UTC)
MOMENTS = [START + n * timedelta(minutes=30) for n in range(48)]


def table_of(**columns: Any) -> pa.Table:
    times = pa.array(MOMENTS, pa.timestamp("ns", "Europe/London"))
    return pa.table({"when": times, **{name: pa.array(values) for name, values in columns.items()}})


def parquet(table: pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def arrow(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    feather.write_feather(table, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("pack", [parquet, arrow], ids=["Parquet", "Arrow"])
def test_groups_of_fields_are_columns_of_their_own(texts: Texts, pack: Callable[[pa.Table], bytes]) -> None:
    readings = [{"kw": n / 2, "of": {"v": 230 + n % 3}, "flags": [1]} for n in range(48)]
    [lines] = texts(pack(table_of(meter=["A"] * 48, reading=readings)), "a.parquet").values()
    assert lines[:2] == ['"when","meter","reading.kw","reading.of.v"', '2021-03-28 00:00:00Z,"A",0,230']
    assert len(lines) == 49


@pytest.mark.parametrize("pack", [parquet, arrow], ids=["Parquet", "Arrow"])
def test_values_of_every_type_are_written_exactly(look: Look, pack: Callable[[pa.Table], bytes]) -> None:
    table = table_of(
        local=pa.array([m.replace(tzinfo=None) for m in MOMENTS], pa.timestamp("us")),
        f8=[0.1 + 0.2] * 48,
        f4=pa.array([0.1] * 48, pa.float32()),
        dec=[Decimal("1.50")] * 48,
        big=[2**53 + 1] * 48,
        gap=pa.array([None, float("nan"), float("inf"), 1.5] * 12),
        meter=pa.array(['a "b",\nc'] * 48).dictionary_encode(),
        on=[True, None] * 24,
        inside=[[1, 2]] * 48,
    )
    found = look(pack(table), "a.parquet")
    [one] = found.tables
    lines = one.table.path.read_text().splitlines()
    assert lines[0] == '"when","local","f8","f4","dec","big","gap","meter","on"'
    assert lines[1:5] == [
        '2021-03-28 00:00:00Z,2021-03-28 00:00:00,0.30000000000000004,0.1,1.50,9007199254740993,,"a ""b"", c",true',
        '2021-03-28 00:30:00Z,2021-03-28 00:30:00,0.30000000000000004,0.1,1.50,9007199254740993,,"a ""b"", c",',
        '2021-03-28 01:00:00Z,2021-03-28 01:00:00,0.30000000000000004,0.1,1.50,9007199254740993,,"a ""b"", c",true',
        '2021-03-28 01:30:00Z,2021-03-28 01:30:00,0.30000000000000004,0.1,1.50,9007199254740993,1.5,"a ""b"", c",',
    ]
    assert (len(lines), one.table.place_of(2), found.description["rows"]) == (49, "row 1", 48)
    assert one.inspection.profile is not None
    assert (one.inspection.profile.timestamp.time_zone, one.inspection.profile.resolution_s) == ("UTC", 1800.0)


def test_fractions_of_a_second_are_kept_where_there_are_any(texts: Texts) -> None:
    times = pa.array([START.replace(microsecond=1_500 * (n % 2)) + n * timedelta(seconds=1) for n in range(40)])
    [lines] = texts(parquet(pa.table({"t": times, "v": range(40)})), "a.parquet").values()
    assert lines[1:3] == ["2021-03-28 00:00:00.000000Z,0", "2021-03-28 00:00:01.001500Z,1"]


def test_a_parquet_of_boundaries_is_spatial(look: Look) -> None:
    geo = {
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "bbox": [-1.5, 51.5, -1.0, 52.0], "geometry_types": ["Polygon"]}},
    }
    table = pa.table({"name": ["a"], "geometry": [b"\x01"]}).replace_schema_metadata({"geo": json.dumps(geo)})
    found = look(parquet(table), "areas.parquet")
    assert (found.main, found.inspection.kind, found.inspection.format) == (None, "spatial", "Parquet")
    assert found.inspection.extent == {
        "crs": "EPSG:4326",
        "bounds": [-1.5, 51.5, -1.0, 52.0],
        "features": 1,
        "geometry_types": ["Polygon"],
        "fields": {"name": "string"},
    }


@pytest.mark.parametrize("begin", [4, 500])
def test_a_parquet_that_is_damaged_is_told(look: Look, begin: int) -> None:
    data = parquet(table_of(kW=[1.5] * 48))
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(data[:begin], "a.parquet")


@pytest.mark.real_data
def test_the_homes_of_london(look: Look, real_data: Path) -> None:
    found = look((real_data / "lcl/homes_2013_half_hourly.parquet").read_bytes(), "homes.parquet")
    [table] = found.tables
    with table.table.path.open() as file:
        assert [next(file) for _ in range(2)] == ['"home_id","tstp","kwh"\n', '"MAC000002",2013-01-01 00:00:00,0.219\n']
        assert sum(1 for _ in file) == 1_119_836 - 1
    profile = table.inspection.profile
    assert profile is not None
    assert (profile.series_column, profile.timestamp.time_zone, profile.resolution_s) == (0, None, 1800.0)


def test_the_tables_of_a_database(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        'CREATE TABLE readings ("read at" TEXT, kwh REAL, raw BLOB); CREATE TABLE meters (id INTEGER, name TEXT);'
        "CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n;"
        "INSERT INTO meters VALUES (1, 'first'), (2, 'se\ncond');"
    )
    connection.executemany("INSERT INTO readings VALUES (?, ?, x'00')", [(str(m)[:19], 0.1) for m in MOMENTS])
    connection.commit()
    connection.close()
    found = look(path.read_bytes(), "meters.sqlite")
    texts = {one.title: one.table.path.read_text().splitlines() for one in found.tables}
    assert list(texts) == ["readings", "meters"]
    assert texts["readings"][:2] == ["read at,kwh,raw", "2021-03-28 00:00:00,0.1,"]
    assert texts["meters"] == ["id,name", "1,first", "2,se cond"]
    assert (found.format, found.inspection.kind, found.description) == (
        "SQLite", "readings", {"tables": ["meters", "readings"]},
    )  # fmt: skip


def test_a_database_cut_off_is_told(look: Look) -> None:
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(b"SQLite format 3\x00" + bytes(200), "meters.db")


def netcdf(path: Path, form: str) -> bytes:
    with netCDF4.Dataset(path, "w", format=form) as data:
        for name, size in (("time", 48), ("station", 2), ("length", 4)):
            data.createDimension(name, size)
        time = data.createVariable("time", "f8", ("time",))
        time.units, time[:] = "hours since 2021-03-28 00:00:00", np.arange(48) / 2
        temperature = data.createVariable("temp", "i2", ("time", "station"), fill_value=-999)
        temperature.units, temperature.scale_factor = "degC", 0.01
        temperature[:] = np.ma.masked_equal(np.arange(96).reshape(48, 2) / 100, 0.03)
        wind = data.createVariable("wind", "f4", ("station", "time"))
        wind.units, wind[:] = "m/s", np.full((2, 48), 0.1)
        names = data.createVariable("station_name", "S1", ("station", "length"))
        names[:] = netCDF4.stringtochar(np.array(["EAST", "WEST"], "S4"))
    return path.read_bytes()


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF4"])
def test_series_of_stations_are_rows_in_utc(look: Look, tmp_path: Path, form: str) -> None:
    found = look(netcdf(tmp_path / "made.nc", form), "weather.nc")
    [table] = found.tables
    lines = table.table.path.read_text().splitlines()
    assert (lines[0], lines[1:3], lines[49:51], len(lines)) == (
        "series,time,temp (degC),wind (m/s)",
        ["EAST,2021-03-28 00:00:00Z,0.0,0.1", "EAST,2021-03-28 00:30:00Z,0.02,0.1"],
        ["WEST,2021-03-28 00:00:00Z,0.01,0.1", "WEST,2021-03-28 00:30:00Z,,0.1"],
        97,
    )
    profile = table.inspection.profile
    assert profile is not None
    assert (profile.format, profile.series_column, profile.timestamp.time_zone) == ("NetCDF", 0, "UTC")
    assert found.description["dimensions"] == {"time": 48, "station": 2, "length": 4}


@pytest.mark.parametrize(
    ("units", "values", "told"),
    [
        ("seconds since 1970-01-01", [0, 1800], ("1970-01-01 00:00:00Z", "1970-01-01 00:30:00Z")),
        ("minutes since 2021-01-01T00:00:00+01:00", [0, 30], ("2020-12-31 23:00:00Z", "2020-12-31 23:30:00Z")),
        ("days since 2021-01-01", [0.0, 1 / 48 - 1e-10], ("2021-01-01 00:00:00Z", "2021-01-01 00:30:00Z")),
    ],
)
def test_times_of_the_convention_are_utc(
    texts: Texts, tmp_path: Path, units: str, values: list[float], told: tuple[str, str]
) -> None:
    path = tmp_path / "made.nc"
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as data:
        data.createDimension("t", 2)
        time = data.createVariable("t", "f8", ("t",))
        time.units, time[:] = units, values
        data.createVariable("p", "f8", ("t",))[:] = [1.0, 2.0]
    [lines] = texts(path.read_bytes(), "a.nc").values()
    assert lines == ["t,p", f"{told[0]},1.0", f"{told[1]},2.0"]


def test_a_netcdf_that_is_damaged_is_told(look: Look, tmp_path: Path) -> None:
    data = netcdf(tmp_path / "made.nc", "NETCDF4")
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(data[:3_000], "weather.nc")


@pytest.mark.parametrize("groups", [1, 12], ids=["one group of rows", "twelve groups"])
def test_an_excerpt_has_the_first_rows_some_between_and_the_last_in_file_order(tmp_path: Path, groups: int) -> None:
    rows = 300_000
    path = tmp_path / "long.parquet"
    pq.write_table(pa.table({"n": pa.array(range(rows))}), path, row_group_size=rows // groups)
    columns.run([str(path), str(tmp_path), "1000"])
    (written,) = json.loads((tmp_path / "manifest.json").read_text())["tables"]
    numbers = [int(line) for line in (tmp_path / "0.txt").read_text().split()[1:]]
    assert (len(numbers), rows) == (written["rows_written"], written["rows"])
    assert len(numbers) < rows
    assert numbers == sorted(set(numbers))
    assert numbers[:1_000] == list(range(1_000))
    assert numbers[-columns.LAST_ROWS :] == list(range(rows - columns.LAST_ROWS, rows))
    assert {number * 7 // rows for number in numbers} >= {0, 2, 4, 6}
