"""A survey says what a table's rows hold: all of them, or an estimate from whole lines of an excerpt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

from fairwatt.core.files import ChannelRule, Dialect, ImportProfile, TimestampRule
from fairwatt.core.findings import Finding
from fairwatt.lake.extracting import Place, TextTable, containers
from fairwatt.lake.looking import look_at_file
from fairwatt.lake.surveying import count_rows, layout_of, placed, survey_table

HALF_HOUR = timedelta(minutes=30)


def profile(encoding: str = "utf-8", *, zone: str | None = "UTC", stamp: str = "start") -> ImportProfile:
    return ImportProfile(
        dialect=Dialect(encoding=encoding, null_texts=("n/a",)),
        columns=2,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone=zone, stamp=stamp),
        channels=(ChannelRule(name="kW", column=1, field="kw", decimals=1),),
        resolution_s=1800.0,
    )


def write(path: Path, count: int, *, encoding: str = "utf-8", end: str = "\n") -> TextTable:
    begin = datetime.fromisoformat("2010-01-01")
    rows = [f"{begin + i * HALF_HOUR:%Y-%m-%d %H:%M},{i % 7 / 2:.1f}" for i in range(count)]
    path.write_bytes(end.join(["Time,kW", *rows, ""]).encode(encoding))
    return TextTable(path)


def test_a_small_table_is_read_whole(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", 100)

    found = survey_table(table, profile(), name="t.csv", work=tmp_path / "work")

    assert (found.rows, found.readings, found.is_exact, found.resolution_s) == (100, 100, True, 1800.0)
    assert (found.start, found.end) == (datetime(2010, 1, 1, tzinfo=UTC), datetime(2010, 1, 3, 2, tzinfo=UTC))
    assert found.findings == ()
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("stamp", "start", "end"),
    [
        ("start", datetime.fromisoformat("2010-01-01"), datetime.fromisoformat("2010-01-03 02:00")),
        ("end", datetime.fromisoformat("2009-12-31 23:30"), datetime.fromisoformat("2010-01-03 01:30")),
    ],
)
def test_without_a_zone_the_period_is_what_the_clock_shows(
    tmp_path: Path, stamp: str, start: datetime, end: datetime
) -> None:
    table = write(tmp_path / "t.csv", 100)
    unknown = profile(zone=None, stamp=stamp)

    found = survey_table(table, unknown, name="t.csv", work=tmp_path, zone="Europe/London")

    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_of_a_large_table_whole_lines_are_read_in_every_encoding(tmp_path: Path, encoding: str, end: str) -> None:
    count = 150_000
    table = write(tmp_path / "t.csv", count, encoding=encoding, end=end)

    found = survey_table(table, profile(encoding), name="t.csv", work=tmp_path, whole_bytes=1_000_000)

    assert not found.is_exact
    assert abs(found.rows - count) < count * 0.001
    assert found.readings == found.rows  # no line was cut in two
    assert found.start == datetime(2010, 1, 1, tzinfo=UTC)
    assert found.end == datetime(2010, 1, 1, tzinfo=UTC) + count * HALF_HOUR
    assert found.resolution_s == 1800.0
    assert found.findings == ()


def test_words_for_missing_are_those_found(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", 48)
    table.path.write_text(table.path.read_text().replace(",1.5\n", ",n/a\n", 1).replace(",2.0\n", ",oops\n", 1))

    found = survey_table(table, profile(), name="t.csv", work=tmp_path)

    assert found.null_texts == ("n/a",)
    assert {(f.code, f.where) for f in found.findings} >= {("missing-values", ("line 5", "line 6"))}


def test_places_are_those_of_the_received_file(tmp_path: Path) -> None:
    table = TextTable(tmp_path / "t.csv", places=(Place(2, 7, "sheet ‘Jan’"), Place(40, 7, "sheet ‘Feb’")))
    finding = Finding(
        code="not-a-number",
        where=("line 3", "line 1,041 (2021-01-01)"),
        message="Row 3 of book.xlsx: 'x' is no number.",
    )

    (found,) = placed([finding], table, name="book.xlsx")

    assert found.where == ("sheet ‘Jan’, row 8", "sheet ‘Feb’, row 1,008 (2021-01-01)")
    assert found.message == "Sheet ‘Jan’, row 8 of book.xlsx: 'x' is no number."


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
def test_rows_of_a_list_are_counted_whatever_ends_them(tmp_path: Path, end: str) -> None:
    path = tmp_path / "sites.csv"
    rows = ["Site,Note", *(f'Site {i},"two\nlines"' if i % 2 and end == "\n" else f"Site {i},one" for i in range(20))]
    path.write_bytes(end.join([*rows, ""]).encode())
    table = TextTable(path)

    layout = layout_of(table, name="sites.csv")

    assert layout is not None
    assert count_rows(table, layout) == 20


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_large_file_of_columns_is_surveyed_by_an_excerpt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    count = 40_000
    begin, path = datetime(2010, 1, 1, tzinfo=UTC), tmp_path / f"t.{form}"
    times = pa.array([begin + i * HALF_HOUR for i in range(count)], pa.timestamp("ms", "UTC"))
    table = pa.table({"time": times, "kW": [i % 7 / 2 for i in range(count)]})
    if form == "parquet":
        pq.write_table(table, path, row_group_size=5_000)
    else:
        with pa.OSFile(str(path), "wb") as file, ipc.new_file(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=5_000)
    monkeypatch.setattr(containers, "EXCERPT_CELLS", 10_000)

    with look_at_file(path, name=path.name, work=tmp_path / "work", is_excerpt=True) as look:
        assert look.main is not None
        assert look.main.inspection.profile is not None
        text, profile = look.main.table, look.main.inspection.profile
        found = survey_table(text, profile, name=path.name, work=tmp_path / "work")
    with look_at_file(path, name=path.name, work=tmp_path / "work") as whole:
        assert whole.main is not None
        read = survey_table(whole.main.table, profile, name=path.name, work=tmp_path / "work")

    assert (text.rows_in_all, found.rows, found.is_exact, found.findings) == (count, count, False, ())
    assert (found.start, found.end, found.resolution_s) == (begin, begin + count * HALF_HOUR, 1800.0)
    assert (whole.main.table.rows_in_all, read.rows, read.is_exact) == (None, count, True)
    assert (read.start, read.end) == (found.start, found.end)


def test_rows_behind_a_quote_that_is_never_closed_are_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,2\n3,"4' + "x" * 200_000)
    table = TextTable(path)
    layout = layout_of(table, name="t.csv")
    assert layout is not None
    assert count_rows(table, layout) is None
