"""The first rows as they will be read, and the lines above them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fairwatt.core.errors import InvalidInput, UnreadableFile
from fairwatt.core.files import Dialect, FileSample, ImportProfile, apply_answers, inspect_file
from fairwatt.lake.previewing import PreviewRow, read_head, read_rows


def _profile(text: str, **answers: str) -> ImportProfile:
    found = inspect_file(FileSample.of(text.encode()), name="meter.csv").profile
    assert found is not None
    return apply_answers(found, answers)


def _rows(text: str, mark: str = ",", most: int = 4) -> list[list[str]]:
    return [line.split(mark) for line in text.splitlines()[1 : 1 + most]]


TEXT = "time,Import (kWh),Flow (kW)\n" + "".join(
    f"{1 + h // 24:02}/07/2020 {h % 24:02}:00,{h / 8:.3f},{'n/a' if h == 2 else -h}\n" for h in range(400)
)


def test_rows_come_in_utc_with_their_values_and_the_row_they_are_from(tmp_path: Path) -> None:
    profile = _profile(TEXT, time_zone="Europe/London", day_first="true")
    assert read_rows(_rows(TEXT), profile, work=tmp_path) == [
        PreviewRow(0, datetime(2020, 6, 30, 23, tzinfo=UTC), "", (Decimal("0.000"), 0)),
        PreviewRow(1, datetime(2020, 7, 1, 0, tzinfo=UTC), "", (Decimal("0.125"), -1)),
        PreviewRow(2, datetime(2020, 7, 1, 1, tzinfo=UTC), "", (Decimal("0.250"), None)),
        PreviewRow(3, datetime(2020, 7, 1, 2, tzinfo=UTC), "", (Decimal("0.375"), -3)),
    ]


def test_an_answer_shows_at_once(tmp_path: Path) -> None:
    answers = {"day_first": "true", "time_zone": "UTC", "stamp": "end"}
    profile = _profile(TEXT, **answers, **{"direction:flow_kw": "net_export", "leave_out:import_kwh": "true"})
    rows = read_rows(_rows(TEXT), profile, work=tmp_path)
    assert rows[1] == PreviewRow(1, datetime(2020, 7, 1, 0, tzinfo=UTC), "", (1,))
    assert rows[0].start == datetime(2020, 6, 30, 23, tzinfo=UTC)


def test_a_row_without_a_time_is_shown_as_such_and_short_rows_are_filled_up(tmp_path: Path) -> None:
    profile = _profile(TEXT, time_zone="UTC", day_first="true")
    rows = [["01/07/2020 00:00", "1.5"], ["Total", "9", "9"]]
    assert read_rows(rows, profile, work=tmp_path) == [
        PreviewRow(0, datetime(2020, 7, 1, tzinfo=UTC), "", (Decimal("1.500"), None)),
        PreviewRow(1, None, "", (Decimal("9.000"), 9)),
    ]


def test_a_day_in_a_row_becomes_its_half_hours(tmp_path: Path) -> None:
    heads = [f"{n // 2:02}:{n % 2 * 30:02}" for n in range(48)]
    text = "date," + ",".join(heads) + "\n"
    text += "".join(f"2020-07-{d:02}," + ",".join(str(d * 100 + n) for n in range(48)) + "\n" for d in range(1, 20))
    rows = read_rows(_rows(text, most=2), _profile(text, time_zone="UTC", counts="elapsed"), work=tmp_path)
    assert len(rows) == 96
    assert (rows[1].row, rows[1].start, rows[1].values) == (0, datetime(2020, 7, 1, 0, 30, tzinfo=UTC), (101,))
    assert (rows[48].row, rows[48].start, rows[48].values) == (1, datetime(2020, 7, 2, tzinfo=UTC), (200,))


def test_without_a_clock_or_a_time_there_is_nothing_to_show_and_it_is_said_why(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="which clock"):
        read_rows(_rows(TEXT), _profile(TEXT), work=tmp_path)
    with pytest.raises(UnreadableFile, match="None of the 1 rows"):
        read_rows([["yesterday", "1", "2"]], _profile(TEXT, time_zone="UTC"), work=tmp_path)
    with pytest.raises(UnreadableFile, match="no rows"):
        read_rows([], _profile(TEXT, time_zone="UTC"), work=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_the_lines_above_the_rows_are_the_header_its_units_and_the_preamble(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes('Site: Rose Hill\r\n\r\nDate;"Power;\nmean"\r\n;kW\r\n2020-01-01;1\r\n'.encode("utf-16"))
    dialect = Dialect(encoding="utf-16", delimiter=";", skip_lines=2, header_lines=3)
    assert read_head(path, dialect) == [["Site: Rose Hill"], ["Date", "Power;\nmean"], ["", "kW"]]
    assert read_head(path, dialect, most=1) == [["", "kW"]]
    assert read_head(path, Dialect(encoding="utf-16", header_lines=0)) == []
