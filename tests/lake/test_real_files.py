"""The real files of UK projects, read as they came, come out as their publishers meant them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from fairwatt.core.files import ImportProfile, apply_answers, inspect_file
from fairwatt.lake import IngestResult, Lake, sample_file

pytestmark = pytest.mark.real_data
Read = Callable[[str], IngestResult]


@pytest.fixture
def read(lake: Lake, real_data: Path) -> Read:
    """Inspect a real file, answer its questions as guessed, and ingest it."""

    def inspect_and_ingest(name: str) -> IngestResult:
        path = real_data / name
        inspection = inspect_file(sample_file(path), name=path.name)
        assert isinstance(inspection.profile, ImportProfile)
        answers = {question.id: question.guess for question in inspection.questions}
        profile = apply_answers(inspection.profile, answers, inspection.questions)
        return lake.ingest(path, profile, table="t", source="s", name=path.name)

    return inspect_and_ingest


def counts(result: IngestResult) -> dict[str, int]:
    found: dict[str, int] = {}
    for finding in result.findings:
        found[finding.code] = found.get(finding.code, 0) + finding.count
    return found


def test_the_logger_of_a_leo_trial(read: Read, lake: Lake, real_data: Path) -> None:
    name = "leo/MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt"
    result = read(name)
    assert (result.rows, len(result.channels), result.resolution_s) == (2_295, 141, 5.0)
    assert (result.first, result.last) == (
        datetime(2019, 11, 18, 11, 45, 43, tzinfo=UTC), datetime(2019, 11, 18, 14, 56, 53, tzinfo=UTC),
    )  # fmt: skip
    assert (result.readings, result.missing_count, result.findings) == (2_295 * 141, 0, ())
    # Every cell of the file, as text, is the value that comes back.
    lines = (real_data / name).read_text().splitlines()
    texts = [line.split("\t")[2:143] for line in lines[1:]]
    frame = pl.concat([pl.DataFrame(b) for b in lake.batches("t", fields=list(lake.fields("t")))]).drop("start")
    for at, field in enumerate(frame.columns):
        assert [float(v) for v in frame[field].to_list()] == [float(row[at]) for row in texts]


def test_the_second_by_second_day_with_faults(read: Read) -> None:
    result = read("leo/error_testing.csv")
    assert (result.rows, result.resolution_s, result.first) == (
        86_460, 1.0, datetime(2019, 11, 17, 23, 59, 4, tzinfo=UTC),
    )  # fmt: skip
    assert (result.missing_count, result.missing_rows) == (81, 78)
    assert counts(result) == {"not-a-number": 8, "missing-values": 81}
    [text] = [finding for finding in result.findings if finding.code == "not-a-number"]
    assert text.message == (
        "Row 53,886 of error_testing.csv: 'n/a' is not a number in Peak Voltage L1N Avg. "
        "They are kept as missing (8 such cells). Nothing was dropped."
    )
    assert result.period_end - result.first == timedelta(seconds=86_460)


def test_the_home_as_first_published_keeps_its_duplicates_and_its_odd_stamp(read: Read, lake: Lake) -> None:
    result = read("lcl/MAC000002_as_published.csv")
    assert (result.rows, result.series, result.resolution_s) == (24_158, ("MAC000002",), 1_800.0)
    assert result.duplicate_count == 17
    assert counts(result) == {
        "duplicate-stamps": 17, "off-grid-stamps": 1, "gaps": result.gap_count, "not-a-number": 1, "missing-values": 1,
    }  # fmt: skip
    assert lake.window("t", fields=list(lake.fields("t")), points=10).total == 24_158


@pytest.mark.parametrize("home", ["MAC000002", "MAC000003", "MAC000004", "MAC000005", "MAC000007"])
def test_single_homes(read: Read, home: str) -> None:
    result = read(f"lcl/single_home_files/{home}.csv")
    assert (result.series, result.resolution_s) == ((home,), 1_800.0)
    assert 17_517 <= result.rows <= 17_520
    assert result.rows + counts(result).get("gaps", 0) == 17_520


@pytest.mark.parametrize(
    ("name", "rows", "missing"),
    [("stentaway_demand", 46_704, 0), ("stentaway_pv", 46_704, 216), ("geevor_half_hourly_mw", 34_315, 0),
     ("staplegrove_half_hourly_mw_august", 1_488, 0)],
)  # fmt: skip
def test_feeders_and_substations(read: Read, name: str, rows: int, missing: int) -> None:
    result = read(f"wpd/{name}.csv")
    assert (result.rows, result.missing_count, result.resolution_s) == (rows, missing, 1_800.0)
    assert (result.gap_count, result.duplicate_count) == (0, 0)


def test_floats_with_sixteen_decimals_come_back_bit_by_bit(read: Read, lake: Lake, real_data: Path) -> None:
    read("wpd/staplegrove_half_hourly_mw_august.csv")
    lines = (real_data / "wpd/staplegrove_half_hourly_mw_august.csv").read_text().splitlines()[1:]
    frame = pl.concat([pl.DataFrame(b) for b in lake.batches("t", fields=["value"])])
    assert [float(v) for v in frame["value"].to_list()] == [float(line.split(",")[1]) for line in lines]


def test_prices_of_a_day(read: Read, lake: Lake) -> None:
    assert read("leo/Price_session2.csv").rows == 48
    [field] = lake.fields("t")
    assert next(lake.batches("t", fields=[field])).column(1)[0].as_py() == Decimal("55.62")
