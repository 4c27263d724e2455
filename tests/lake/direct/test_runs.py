"""What is noted of a part's rows gives the rows back; rows split by month are the same rows."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.lake.direct import splitting
from fairwatt.lake.direct.names import Codes
from fairwatt.lake.direct.order import Order
from fairwatt.lake.direct.runs import RunRows, Runs
from fairwatt.lake.direct.splitting import split_by_month

BLOCKS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(-5, 40), st.sampled_from([1, 1, 1, 7, 0]), st.integers(1, 30)),
    min_size=1,
    max_size=12,
)
MONTHS = tuple(int(datetime(2021, month, 1, tzinfo=UTC).timestamp()) * 1_000_000 for month in (1, 2, 3, 4))


def rows_of(blocks: list[tuple[str, int, int, int]]) -> list[tuple[str, int]]:
    return [(name, first + n * step) for name, first, step, count in blocks for n in range(count)]


def noted(rows: list[tuple[str, int]], size: int, *, is_named: bool) -> Runs | None:
    """What is noted of rows that come in blocks of ``size``."""
    order = Order("only")
    for at in range(0, len(rows), size):
        some = rows[at : at + size]
        names = tuple(dict.fromkeys(name for name, _ in some))
        codes = np.array([names.index(name) for name, _ in some], dtype=np.int32)
        starts = np.array([start for _, start in some], dtype=np.int64)
        order.note(starts, Codes(codes, names) if is_named else None)
    return order.runs


@settings(deadline=None)
@given(parts=st.lists(BLOCKS, min_size=1, max_size=3), size=st.integers(1, 40), data=st.data(), is_named=st.booleans())
def test_runs_give_the_rows_back(
    parts: list[list[tuple[str, int, int, int]]], size: int, data: st.DataObject, *, is_named: bool
) -> None:
    written = [rows_of(blocks) for blocks in parts]
    runs = [one for rows in written if (one := noted(rows, size, is_named=is_named)) is not None]
    rows = [row for own in written for row in own]
    found = RunRows(runs, long=5)
    assert len(found) == len(rows)
    begin = data.draw(st.integers(0, len(rows) - 1))
    end = data.draw(st.integers(begin + 1, len(rows)))
    stamps, codes = found.rows(begin, end)
    assert stamps.tolist() == [start for _, start in rows[begin:end]]
    if is_named and codes is not None:
        assert [found.names[code] for code in codes] == [name for name, _ in rows[begin:end]]
        groups = [name for name, _ in groupby(name for name, _ in rows)]
        is_ascending = all(b[0] != a[0] or b[1] > a[1] for a, b in pairwise(rows))
        assert found.is_stepwise == (len(groups) == len(set(groups)) and is_ascending)
    stamp, _, left, _ = found.run_at(begin)
    assert stamp == rows[begin][1]
    assert begin + left <= len(rows)


def test_a_time_twice_in_blocks_of_a_row_is_no_run() -> None:
    runs = noted([("m", 0), ("m", 0), ("m", 1), ("m", 2)], 1, is_named=False)
    assert runs is not None
    assert RunRows([runs], long=5).rows(0, 4)[0].tolist() == [0, 0, 1, 2]


def test_rows_too_irregular_for_runs_are_not_noted() -> None:
    rows = [("m", n * n) for n in range(15_000)]
    assert noted(rows, 4_000, is_named=False) is None


@settings(max_examples=15, deadline=None)
@given(
    meters=st.integers(1, 4),
    days=st.integers(1, 75),
    cut=st.integers(1, 200),
    missing=st.integers(0, 5),
    workers=st.integers(1, 3),
)
def test_rows_split_by_month_are_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, *, meters: int, days: int, cut: int, missing: int, workers: int
) -> None:
    folder = tmp_path_factory.mktemp("split")
    value = f"CASE WHEN (i + m) % 7 < {missing} THEN NULL ELSE (i * 37 % 1001 / 10.0)::DECIMAL(18,1) END AS kw"
    rows = (
        f"SELECT 'm' || m AS series, TIMESTAMPTZ '2021-01-15 00:00:00+00' + i * INTERVAL 6 HOUR AS start, {value}, "
        f"(i / 3)::DOUBLE AS pf FROM range({meters}) a(m), range({days * 4}) b(i) ORDER BY 1, 2"
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE made AS {rows}")
        paths = [folder / "a.parquet", folder / "b.parquet"]
        connection.execute(f"COPY (FROM made LIMIT {cut}) TO '{paths[0]}' (FORMAT parquet)")
        connection.execute(f"COPY (FROM made OFFSET {cut}) TO '{paths[1]}' (FORMAT parquet)")
        targets = [folder / f"month-{n}.parquet" for n in range(1, 5)]
        read = sum(split_by_month(paths, list(MONTHS), targets, workers=workers))
        there = [path for path in targets if path.exists()]
        assert read == meters * days * 4
        first = datetime(2021, 1, 15, tzinfo=UTC)
        months = {(first + timedelta(hours=6 * n)).month for n in range(days * 4)}
        assert [path.name for path in there] == [f"month-{month}.parquet" for month in sorted(months)]
        for path in there:
            own = connection.sql(f"FROM read_parquet('{path}')")
            month = int(path.stem[-1])
            meant = connection.sql(f"FROM made WHERE month(start) = {month}")
            assert told(own) == told(meant)
            assert [str(kind) for kind in own.types] == [
                "VARCHAR", "TIMESTAMP WITH TIME ZONE", "DECIMAL(18,1)", "DOUBLE",
            ]  # fmt: skip


def test_a_split_that_is_given_up_leaves_nobody_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "_READ_ROWS", 100)
    path = tmp_path / "a.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "COPY (SELECT 'm' AS series, TIMESTAMPTZ '2021-01-15 00:00:00+00' + i * INTERVAL 1 HOUR AS start, "
            f"1.5::DECIMAL(18,1) AS kw FROM range(1_500) t(i)) TO '{path}' (FORMAT parquet)"
        )
    targets = [tmp_path / f"month-{n}.parquet" for n in range(1, 5)]
    split = split_by_month([path], list(MONTHS), targets, workers=2)
    assert next(split) == 100
    split.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("lake-month")]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(splitting.Packer, "add", full)
    with pytest.raises(OSError, match="No space"):
        list(split_by_month([path], list(MONTHS), targets, workers=2))


def told(rows: duckdb.DuckDBPyRelation) -> list[tuple[object, ...]]:
    return rows.project("* REPLACE (CAST(start AS VARCHAR) AS start)").fetchall()


LIGHT = """
import sys
from pathlib import Path
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake
folder = Path(sys.argv[1])
lines = ["meter,time,kw", *(f"m{m},2021-05-{d:02d} {h:02d}:00:00,{h}.5" for m in "ab" for d in range(1, 31)
         for h in range(24))]
(folder / "a.csv").write_text("\\n".join(lines) + "\\n")
profile = ImportProfile.model_validate({
    "dialect": {"delimiter": ","}, "columns": 3, "series_column": 0,
    "timestamp": {"columns": (1,), "format": "%Y-%m-%d %H:%M:%S", "time_zone": "UTC"},
    "channels": [{"name": "kw", "field": "kw", "column": 2, "decimals": 1}],
})
rows = Lake(folder / "lake").ingest(folder / "a.csv", profile, table="t", source="s", name="a.csv").rows
print(rows, [name for name in ("pandas", "polars") if name in sys.modules])
"""


def test_reading_a_file_loads_no_other_frames(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(tmp_path)], capture_output=True, text=True, check=True, timeout=600
    )
    assert done.stdout.split("\n")[-2] == "1440 []"


@given(blocks=BLOCKS, is_named=st.booleans())
def test_rows_run_forward_where_each_series_stands_together_and_no_time_of_it_comes_twice(
    blocks: list[tuple[str, int, int, int]], is_named: bool
) -> None:
    rows = [(name if is_named else "only", at) for name, at in rows_of(blocks)]
    runs = noted(rows, 7, is_named=is_named)
    if runs is None:
        return
    groups = [name for name, _ in groupby(name for name, _ in rows)]
    together = len(groups) == len(set(groups))
    is_forward = all(a[0] != b[0] or a[1] < b[1] for a, b in pairwise(rows))
    assert RunRows([runs], long=5).is_forward == (together and is_forward)
