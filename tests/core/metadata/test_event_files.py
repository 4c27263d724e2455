"""Events as a CSV file: what is written reads back, and what can't be read says where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata.event_files import EventValues, instant_of, read_events, write_events

LONDON = "Europe/London"
# names as they are kept: one line, no blanks at the ends, and much of what a spreadsheet could take for a formula
names = st.text(st.sampled_from("=+-@'\",;aé 1"), min_size=1, max_size=12).map(str.strip).filter(bool)
minutes = st.integers(0, 60 * 24 * 365 * 100).map(lambda n: datetime(1950, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


@given(st.lists(st.tuples(names, minutes, names), max_size=5))
def test_events_that_are_written_read_back_as_they_were(told: list[tuple[str, datetime, str]]) -> None:
    events = [EventValues(name, start, start + timedelta(hours=1), asset) for name, start, asset in told]
    document = write_events(events).encode()
    assert [values for _, values in read_events(document, zone=LONDON)] == events
    for line in document.decode().splitlines()[1:]:
        assert "Z,=" not in line
        assert "Z,@" not in line


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"begin,end,name\n", "no column start"),
        (b"", "no column start"),
        (b"start,end,name,name\n", "two columns name"),
        (b"start,end,name\n2020-13-01,2020-06-02,E\n", "Line 2: the start '2020-13-01' is no time"),
        (b"start,end,name\n2020-10-25 01:30,2020-10-25 03:00,E\n", "Line 2: The clock .* 01:30 twice"),
        (b"start,end,name\n2020-03-29 01:30,2020-03-29 03:00,E\n", "Line 2: The clock .* 01:30 never"),
        (b"start,end,name\n0001-01-01T00:00Z,0001-01-01T01:00Z,E\n", "Line 2: The year 1 is none"),
        (b"start,end,name\n0001-01-01 00:00+05:00,2020-06-02,E\n", "Line 2: The year 1 is none"),
        (b"start,end,name\n2020-06-01,9999-12-31 23:00-12:00,E\n", "Line 2: The year 9999 is none"),
        (b"start,end,name,asset\n2020-06-01,2020-06-02,Event 1, morning,Battery\n", "Line 2 has more cells"),
        (b'start,end,name\n2020-06-01,2020-06-02,"E\n', "can't be read as CSV"),
        ("start,end,name\n2020-06-01,2020-06-02,Ä\n".encode("utf-16"), "not UTF-8"),
        (b"x" * 1_000_001, "more than 1,000,000 bytes"),
        (b"start,end,name\n" + b"2020-06-01,2020-06-02,E\n" * 5_001, "more than 5,000 events"),
    ],
    ids=[
        "column", "empty", "two columns", "no time", "twice", "never", "first year", "first year with an offset",
        "last year", "more cells", "quotation mark", "encoding", "size", "rows",
    ],
)  # fmt: skip
def test_a_csv_file_that_is_none_says_where(document: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        list(read_events(document, zone=LONDON))


def test_semicolons_other_columns_and_a_byte_order_mark_do_no_harm() -> None:
    document = "\ufeffStart; End; Note; Name\n2020-06-01T10:00Z;2020-06-01T11:00Z;x;Größe\n\n".encode()
    start = datetime(2020, 6, 1, 10, tzinfo=UTC)
    assert list(read_events(document, zone="UTC")) == [(2, EventValues("Größe", start, start + timedelta(hours=1)))]


def test_a_time_without_an_offset_is_of_the_zones_clock() -> None:
    assert instant_of(datetime(2020, 6, 1, 12), zone=LONDON) == datetime(2020, 6, 1, 11, tzinfo=UTC)
