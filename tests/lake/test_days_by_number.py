"""Days as Matlab and astronomers count them, where a column is called so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from fairwatt.core.files import apply_answers, inspect_file
from fairwatt.core.files.sampling import FileSample
from fairwatt.lake import IngestResult

# Days from the first of January of the year 1 (1 there) to each count's own beginning.
BEGINNINGS = {"datenum": 366.0, "JulianDay": 1_721_424.5, "MJD": -678_576.0}


def rows(head: str, decimals: int) -> bytes:
    begins = datetime(2026, 3, 28)
    days = (begins + timedelta(minutes=30 * n) for n in range(200))
    numbers = (at.toordinal() + (at.hour + at.minute / 60) / 24 + BEGINNINGS[head] for at in days)
    lines = [f"{head},Import kWh", *(f"{number:.{decimals}f},{n % 17 / 4}" for n, number in enumerate(numbers))]
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize("decimals", [6, 10])
@pytest.mark.parametrize(
    ("head", "form"),
    [("datenum", "matlab_datenum"), ("JulianDay", "julian_day"), ("MJD", "modified_julian_day")],
    ids=["Matlab", "Julian", "modified Julian"],
)
def test_counts_of_days_are_read_to_the_half_hour(
    ingest: Callable[..., IngestResult],
    read_all: Callable[..., pl.DataFrame],
    head: str,
    form: str,
    decimals: int,
) -> None:
    data = rows(head, decimals)
    found = inspect_file(FileSample(head=data, tail=b"", middles=(), size=len(data), complete=True), name="days.csv")
    assert found.profile is not None
    assert found.profile.timestamp.format == form
    assert "time_zone" in {question.id for question in found.questions}
    answers = {question.id: question.guess for question in found.questions} | {"time_zone": "UTC", "stamp": "start"}
    ingest(data, apply_answers(found.profile, answers))
    starts = read_all()["start"].to_list()
    assert starts == [datetime(2026, 3, 28, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(200)]


def test_numbers_of_that_size_under_another_name_are_no_times() -> None:
    data = rows("datenum", 6).replace(b"datenum", b"Meter reading")
    found = inspect_file(FileSample(head=data, tail=b"", middles=(), size=len(data), complete=True), name="dial.csv")
    assert found.kind == "table"
