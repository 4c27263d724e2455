"""What is told of rows without a time: headers among them by their own name, and not as times that can't be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files import apply_answers, inspect_file
from fairwatt.lake import Lake, sample_file

HEADS = {"one column": ("time,kW", "{at},1.5"), "two columns": ("Date,Time,kW", "{day},{clock},1.5")}


@pytest.mark.parametrize("form", HEADS)
@pytest.mark.parametrize("has_other", [False, True], ids=["headers alone", "and a row without a time"])
def test_headers_among_the_rows_are_told_as_such(form: str, has_other: bool, lake: Lake, tmp_path: Path) -> None:
    head, row = HEADS[form]
    rows = []
    for i in range(300):
        day, clock = f"2021-01-{4 + i // 48:02}", f"{i % 48 // 2:02}:{i % 2 * 30:02}"
        rows.append(row.format(at=f"{day} {clock}", day=day, clock=clock))
    rows.insert(250, head)
    rows.insert(200, head)
    if has_other:
        rows.insert(100, row.format(at="later", day="later", clock="later"))
    path = tmp_path / "meter.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    found = inspect_file(sample_file(path), name=path.name)
    assert found.profile is not None
    profile = apply_answers(found.profile, {q.id: q.guess for q in found.questions}, found.questions)
    result = lake.ingest(path, profile, table="t", source="s", name=path.name)
    told = {f.code: (f.count, f.where) for f in result.findings if f.code in {"bad-stamp", "repeated-header"}}
    later = 1 if has_other else 0
    expected = {"repeated-header": (2, (f"line {202 + later}", f"line {253 + later}"))}
    assert told == ({**expected, "bad-stamp": (1, ("line 102",))} if has_other else expected)
    assert result.rows == 300


@pytest.mark.parametrize(
    ("second", "is_read"),
    [
        ("Time,Import kWh,Export kWh", True),
        ("time , import kwh,Export kWh", True),
        ("Time,Export kWh,Import kWh", False),
        ("Time,Import Wh,Export Wh", False),
        ("When,Export kWh,Import kWh", False),
    ],
    ids=["the same", "other letters", "another order", "other units", "another order, times called otherwise"],
)
def test_a_header_deep_in_a_file_stops_its_reading_where_it_names_other_columns(
    second: str, is_read: bool, lake: Lake, tmp_path: Path
) -> None:
    moments = [datetime(2021, 1, 4) + timedelta(minutes=30 * i) for i in range(9_000)]
    rows = [f"{at:%Y-%m-%d %H:%M},{i % 7 / 4},{i % 5 / 4}" for i, at in enumerate(moments)]
    at = 5_500  # among no sampled rows
    path = tmp_path / "meter.csv"
    path.write_text("\n".join(["Time,Import kWh,Export kWh", *rows[:at], second, *rows[at:]]) + "\n")
    found = inspect_file(sample_file(path), name=path.name)
    assert found.profile is not None
    profile = apply_answers(found.profile, {q.id: q.guess for q in found.questions}, found.questions)
    if is_read:
        assert lake.ingest(path, profile, table="t", source="s", name=path.name).rows == len(rows)
        return
    with pytest.raises(UnreadableFile, match=f"A header in line {at + 2:,} of meter.csv has ‘"):
        lake.ingest(path, profile, table="t", source="s", name=path.name)
