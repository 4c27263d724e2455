"""Lines before a header that would lead the reader of rows astray."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fairwatt.core.files.profile import Dialect
from fairwatt.lake.plain import has_odd_head, write_plain
from tests.lake.extracting.conftest import Read

Reader = Callable[..., Read]

ROWS = [f"2022-01-0{1 + n // 24} {n % 24:02}:00" for n in range(72)]


@pytest.mark.parametrize(
    ("head", "line_end"),
    [
        ('# {"units":{"time":"UTC","electricity":"kW"},"params":{"lat":51.75}}\n# Renewables model\n', "\n"),
        ("sep=,\nVersion CSV1|Tool Portal\r\n", "\r\n"),
    ],
    ids=["quotes that pair with commas inside", "another line end"],
)
def test_odd_lines_before_the_header_cost_no_row(read: Reader, head: str, line_end: str) -> None:
    lines = ["time (UTC),electricity (kW)", *(f"{time},{n / 10}" for n, time in enumerate(ROWS))]
    found = read(head + line_end.join(lines) + line_end, "model.csv")
    assert found.column(2) == [n / 10 for n in range(72)]
    assert found.column(1)[:2] == ["2022-01-01T00:00:00Z", "2022-01-01T01:00:00Z"]


@pytest.mark.parametrize(
    ("head", "line_end"),
    [
        ('"Interval start\n(UTC)","Power\n(kW)"\n', "\n"),
        ('"Interval start\n\n(UTC)","Power (kW)"\n', "\n"),
        ('Interval start (UTC),"Power\n(kW)"\r\n', "\r\n"),
        ('"Interval start\r\n(UTC)","Power\r\n(kW)"\r\n', "\r\n"),
        ('Mill Lane,\n\nInterval start (UTC),"Power\n(kW)"\n', "\n"),
    ],
    ids=["both names", "two breaks in one", "breaks as Excel writes them", "breaks as lines end", "below a preamble"],
)
def test_names_over_several_lines_cost_no_row(read: Reader, head: str, line_end: str) -> None:
    rows = [f"{time},{n / 10}" for n, time in enumerate(ROWS)]
    found = read(head + line_end.join([*rows, ""]), "report.csv")
    assert found.column(1)[:2] == ["2022-01-01T00:00:00Z", "2022-01-01T01:00:00Z"]
    assert found.column(2) == [n / 10 for n in range(72)]
    assert found.units == {"Power (kW)": "kw"}


def test_every_line_keeps_its_number(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b'a "quote\nb\r\nc,d\r\n"1",2\r\n')
    dialect = Dialect(line_end="\r\n", skip_lines=2, header_lines=0)
    assert has_odd_head(source, dialect)
    assert not has_odd_head(source, Dialect(line_end="\r\n", skip_lines=0, header_lines=0))
    write_plain(source, target, dialect, name="source")
    assert target.read_bytes() == b'\n\nc,d\n"1",2\n'


def test_carriage_returns_within_quoted_cells_are_no_part_of_a_state(read: Reader) -> None:
    states = ["Normal", "High", "Low"]
    rows = [f'"{time}:00","{states[n % 3]}\r"' for n, time in enumerate(ROWS)]
    found = read("\n".join(["TariffDateTime,Tariff", *rows, ""]), "tariffs.csv")
    assert found.column(2) == [states[n % 3] for n in range(72)]
