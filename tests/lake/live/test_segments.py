"""Records of the log: whole ones are read back, torn and damaged ones are told from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.lake.live.segments import Record, pack, read_segment

RECORDS = [Record(order, 7 * order, "t", "k1", b"payload %d" % order) for order in range(1, 6)]


def _segment(folder: Path, data: bytes) -> Path:
    path = folder / "1-a.wal"
    path.write_bytes(data)
    return path


def _told(records: tuple[Record, ...]) -> list[tuple[int, int, str, str, bytes]]:
    return [(one.order, one.received_ns, one.table, one.source, one.payload) for one in records]


@given(cut=st.integers(min_value=0, max_value=sum(len(pack(one)) for one in RECORDS)))
def test_a_segment_cut_anywhere_gives_back_the_records_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    data = b"".join(map(pack, RECORDS))
    ends = [sum(len(pack(one)) for one in RECORDS[: n + 1]) for n in range(len(RECORDS))]
    whole = sum(end <= cut for end in ends)
    path = _segment(tmp_path_factory.mktemp("log"), data[:cut])

    found = read_segment(path, 0, most_bytes=1 << 20, is_over=True)

    assert _told(found.records) == _told(tuple(RECORDS[:whole]))
    assert found.end == cut
    assert found.damaged == cut - ([0, *ends][whole])


def test_a_record_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    data = b"".join(map(pack, RECORDS))
    path = _segment(tmp_path, data[:-3])

    found = read_segment(path, 0, most_bytes=1 << 20)

    assert len(found.records) == 4
    assert (found.end, found.damaged, found.is_whole) == (len(data) - len(pack(RECORDS[-1])), 0, False)
    path.write_bytes(data)
    assert _told(read_segment(path, found.end, most_bytes=1 << 20).records) == _told((RECORDS[-1],))


@pytest.mark.parametrize("place", range(0, len(pack(RECORDS[2])), 7))
def test_a_flipped_bit_costs_its_own_record_and_no_other(tmp_path: Path, place: int) -> None:
    packed = [bytearray(pack(one)) for one in RECORDS]
    packed[2][place] ^= 0x10
    path = _segment(tmp_path, b"".join(packed))

    found = read_segment(path, 0, most_bytes=1 << 20, is_over=True)

    assert [one.order for one in found.records] == [1, 2, 4, 5]
    assert found.damaged == len(packed[2])


def test_reading_stops_at_an_order_and_at_a_number_of_bytes_and_goes_on_from_there(tmp_path: Path) -> None:
    path = _segment(tmp_path, b"".join(map(pack, RECORDS)))
    met: list[int] = []
    at = 0
    for _ in range(10):
        found = read_segment(path, at, most_bytes=len(pack(RECORDS[0])) + 5, last_order=4)
        met += [one.order for one in found.records]
        at = found.end

    assert met == [1, 2, 3, 4]
    assert [one.order for one in read_segment(path, at, most_bytes=9, last_order=9).records] == [5]
