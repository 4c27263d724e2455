"""One truth written with every habit of number writing comes back exactly, by inspection and ingest together."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from fairwatt.core.files import apply_answers, inspect_file
from fairwatt.lake import IngestResult, Lake, sample_file

START = datetime(2021, 1, 4, tzinfo=UTC)
TRUTH = [Decimal(round(2500 * math.sin(i / 9) * (1 + i % 5), 2)).quantize(Decimal("0.01")) for i in range(600)]


def european(value: Decimal) -> str:
    return f"{value:,.2f}".translate({ord(","): ".", ord("."): ","})


WAYS: dict[str, tuple[str, Callable[[Decimal], str]]] = {
    "plain": (",", lambda v: f"{v}"),
    "signed": (",", lambda v: f"{v:+}"),
    "padded": (",", lambda v: f"  {v}  "),
    "quoted": (",", lambda v: f'"{v}"'),
    "english thousands": (",", lambda v: f'"{v:,.2f}"'),
    "decimal comma": (";", lambda v: f"{v}".replace(".", ",")),
    "quoted decimal comma": (",", lambda v: f'"{v}"'.replace(".", ",")),
    "european thousands": (";", european),
    "blank thousands": (";", lambda v: f"{v:,.2f}".replace(",", " ")),
    "no-break thousands": (";", lambda v: f"{v:,.2f}".replace(",", "\u00a0").replace(".", ",")),
    "narrow thousands": ("\t", lambda v: f"{v:,.2f}".replace(",", "\u202f")),
    "swiss thousands": (",", lambda v: f"{v:,.2f}".replace(",", "’")),
    "brackets": (",", lambda v: f"({-v})" if v < 0 else f"{v}"),
    "minus after": (",", lambda v: f"{-v}-" if v < 0 else f"{v}"),
    "typographic minus": (",", lambda v: f"{v}".replace("-", "\u2212")),
    "unit": (",", lambda v: f"{v} kW"),
    "unit joined": (",", lambda v: f"{v}kW"),
    "unit with decimal comma": (";", lambda v: f"{v} kW".replace(".", ",")),
    "unit and thousands": (",", lambda v: f'"{v:,.2f} kW"'),
    "no-break blanks": (",", lambda v: f"\u00a0{v}\u00a0"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("null", ["", "n/a", "Comm Fail"])
def test_one_truth_comes_back_from_every_way_of_writing(way: str, null: str, lake: Lake, tmp_path: Path) -> None:
    delimiter, write = WAYS[way]
    missing = {17, 180, 599}
    cells = [null if i in missing else write(value) for i, value in enumerate(TRUTH)]
    stamps = [f"{START + i * timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}" for i in range(len(TRUTH))]
    path = tmp_path / "truth.csv"
    lines = [f"time{delimiter}Net power (kW)", *(f"{s}{delimiter}{c}" for s, c in zip(stamps, cells, strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result, frame = read(lake, path)
    assert [q for q in result[1] if not q.startswith("direction:")] == []
    values = [None if v is None else Decimal(str(v)) for v in frame["net_power_kw"].to_list()]
    assert values == [None if i in missing else value for i, value in enumerate(TRUTH)]
    assert result[0].missing_count == 3
    assert (result[0].rows, lake.fields("t")) == (600, {"net_power_kw": "DECIMAL(18,2)"})


def read(lake: Lake, path: Path) -> tuple[tuple[IngestResult, list[str]], pl.DataFrame]:
    found = inspect_file(sample_file(path), name=path.name)
    assert found.profile is not None, found.findings
    profile = apply_answers(found.profile, {q.id: q.guess for q in found.questions}, found.questions)
    result = lake.ingest(path, profile, table="t", source="s", name=path.name)
    frame = pl.concat([pl.DataFrame(batch) for batch in lake.batches("t", fields=list(lake.fields("t")))])
    return (result, [q.id for q in found.questions]), frame


def test_points_between_thousands_in_one_column_and_before_decimals_in_the_next_come_back(
    lake: Lake, tmp_path: Path
) -> None:
    truth = [(300 + 47 * (i * 11 % 83), Decimal(10 + i * 7 % 290) / 10) for i in range(100)]
    rows = [
        f"{START + i * timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ};{whole:,};{part:.1f}".replace(",", ".")
        for i, (whole, part) in enumerate(truth)
    ]
    path = tmp_path / "two.csv"
    path.write_text("\n".join(["time;A kW;B kW", *rows]) + "\n")
    (result, asked), frame = read(lake, path)
    assert [key for key in asked if key.startswith("decimal")] == ["decimal:a_kw"]
    assert [Decimal(str(v)) for v in frame["a_kw"].to_list()] == [whole for whole, _ in truth]
    assert [Decimal(str(v)) for v in frame["b_kw"].to_list()] == [part for _, part in truth]
    assert (result.rows, result.missing_count) == (100, 0)


def test_the_answer_about_the_decimal_mark_brings_its_decimals(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    rows = [f"{START + i * timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ};{1 + i % 9},{100 + i % 800}" for i in range(100)]
    path.write_text("\n".join(["time;kW", *rows]) + "\n")
    found = inspect_file(sample_file(path), name=path.name)
    assert found.profile is not None
    assert [q.id for q in found.questions] == ["decimal"]
    for mark, first in ((",", "1.100"), (".", "1100")):
        profile = apply_answers(found.profile, {"decimal": mark}, found.questions)
        lake.ingest(path, profile, table=f"t{ord(mark)}", source="s", name=path.name)
        value = next(iter(lake.batches(f"t{ord(mark)}", fields=["kw"]))).column(1)[0].as_py()
        assert str(value) == first


def test_a_number_that_breaks_the_habit_late_is_missing_with_its_text_and_line(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    cells = [f'"{1000 + i:,}"' for i in range(300)]
    cells[250] = '"12,34"'
    rows = [f"{START + i * timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ},{cell}" for i, cell in enumerate(cells)]
    path.write_text("\n".join(["time,kW", *rows]) + "\n")
    (result, _), _ = read(lake, path)
    [text] = [f for f in result.findings if f.code == "not-a-number"]
    assert (text.where, text.message.startswith("Row 252 of late.csv: '12,34' is not a number in kW.")) == (
        ("line 252",),
        True,
    )
