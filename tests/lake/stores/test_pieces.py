"""Just the bytes that a question needs of a Parquet file are asked for, and remembered within a bound."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.lake.engine import micros_of
from fairwatt.lake.stores.pieces import GAP, Pieces, footer_length, merged, ranges_of, read_footer, tail_of
from fairwatt.lake.stores.protocol import Wanted

ROWS, GROUP = 20_000, 2_048
HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of ten groups; the first column takes much more room than :data:`GAP`, the last none."""
    path = tmp_path_factory.mktemp("pieces") / "x.parquet"
    duckdb.sql(
        "COPY (SELECT 's' AS series, TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_seconds(i) AS start, "
        f"repeat(md5(i::VARCHAR) || md5((i + 1)::VARCHAR), 20) AS noise, 1.5::DECIMAL(18,1) AS kw FROM range({ROWS}) "
        f"t(i)) TO '{path}' (FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE {GROUP})"
    )
    return path


def test_the_footer_is_found_in_the_tail(parquet: Path) -> None:
    data = parquet.read_bytes()
    tail = data[-tail_of(len(data)) :]
    assert footer_length(tail) <= len(tail)
    assert read_footer(tail).num_rows == ROWS


def test_only_groups_of_the_span_and_columns_that_are_wanted_are_asked_for(parquet: Path) -> None:
    footer, begin = pq.read_metadata(parquet), micros_of(datetime(2020, 1, 1, 1, tzinfo=UTC))
    wanted = Wanted(parquet, parquet.stat().st_size, frozenset({"start", "kw"}), begin, begin + HOUR)
    found = ranges_of(footer, wanted)
    groups = range(3_600 // GROUP, 7_199 // GROUP + 1)
    kept = [footer.row_group(group).column(at) for group in groups for at in (1, 3)]
    starts = [chunk.dictionary_page_offset or chunk.data_page_offset for chunk in kept]
    assert all(
        any(a <= s and s + c.total_compressed_size <= b for a, b in found) for s, c in zip(starts, kept, strict=True)
    )
    assert found[0][0] == min(starts)
    assert all(later > earlier + GAP for (_, earlier), (later, _) in pairwise(found))
    nothing = Wanted(parquet, 1, frozenset({"kw"}), begin + 24 * HOUR, begin + 25 * HOUR)
    assert ranges_of(footer, nothing) == []


@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 10**6))))
def test_merged_ranges_hold_every_range_and_lie_apart(spans: list[tuple[int, int]]) -> None:
    ranges = [(start, start + length) for start, length in spans]
    found = merged(ranges)
    assert all(any(a <= start and end <= b for a, b in found) for start, end in ranges)
    assert all(later > earlier + GAP for (_, earlier), (later, _) in pairwise(found))
    assert all(any(start == a for start, _ in ranges) and any(end == b for _, end in ranges) for a, b in found)


def test_pieces_answer_for_parts_of_themselves_within_their_bound() -> None:
    pieces, path = Pieces(30), Path("x")
    pieces.keep(path, 100, bytes(range(20)))
    assert pieces.find(path, 105, 110) == bytes(range(5, 10))
    assert pieces.find(path, 115, 121) is None
    assert pieces.find(Path("y"), 105, 110) is None
    pieces.keep(path, 0, bytes(15))
    assert pieces.find(path, 105, 110) is None  # the older one made room
    assert pieces.find(path, 0, 15) == bytes(15)
    pieces.forget(path)
    assert pieces.find(path, 0, 15) is None
