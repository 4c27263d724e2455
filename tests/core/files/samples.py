"""Small files for tests, made here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fairwatt.core.files import FileSample, ImportProfile, Inspection, inspect_file


def csv(*lines: str, end: str = "\n", encoding: str = "utf-8") -> bytes:
    """The bytes of some lines."""
    return (end.join(lines) + end).encode(encoding)


def half_hours(
    count: int,
    *,
    start: str = "2021-01-04 00:00",
    form: str = "%Y-%m-%d %H:%M:%S",
    minutes: float = 30,
    cells: Iterable[str] = ("1.25",),
    delimiter: str = ",",
) -> list[str]:
    """Rows of evenly spaced times with the same cells."""
    begin = datetime.fromisoformat(start)
    rest = delimiter.join(cells)
    return [f"{(begin + i * timedelta(minutes=minutes)).strftime(form)}{delimiter}{rest}" for i in range(count)]


def inspect(data: bytes, name: str = "meter.csv", *, max_columns: int = 4_000) -> Inspection:
    """Inspect some bytes as a whole file."""
    return inspect_file(FileSample.of(data), name=name, max_columns=max_columns)


def profile_of(data: bytes, name: str = "meter.csv") -> ImportProfile:
    """The profile of a file of readings."""
    found = inspect(data, name)
    assert found.kind == "readings", found.findings
    assert found.profile is not None
    return found.profile


def cut(data: bytes, *, head: int, piece: int, middles: int = 3) -> FileSample:
    """A sample of a file that is larger than its head."""
    step = (len(data) - head - piece) // (middles + 1)
    places = [head + step * (i + 1) for i in range(middles)]
    return FileSample(
        head=data[:head],
        tail=data[-piece:],
        middles=tuple((at, data[at : at + piece]) for at in places),
        size=len(data),
        complete=False,
    )
