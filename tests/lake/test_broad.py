"""A file of very many columns is staged some at a time, and reads the same."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fairwatt.core.files import apply_answers
from fairwatt.lake import broad
from fairwatt.lake.converting import Target, convert_file
from fairwatt.lake.looking import look_at_file

HEAD = "time,meter,a_kw,b_kw,c_kw,d_kw,state,e_kw"


def lines() -> list[str]:
    """Two days of half-hours of two meters, with a text, a further digit, a bad time and a short row among them."""
    rows = [
        f"2024-03-{1 + n // 48:02}T{n % 48 // 2:02}:{n % 2 * 30:02}:00Z,{meter},{n}.25,{n}.5,{n / 4},{n},on,{n}.0"
        for meter in ("M1", "M2")
        for n in range(96)
    ]
    rows[10] = rows[10].replace(",10,on", ",n/a,on")
    rows[20] = rows[20].replace("20.5", "20.12345")
    rows[30] = rows[30].replace("2024-03-01", "soon")
    rows[40] = rows[40].rpartition(",")[0]
    return rows


@pytest.mark.parametrize("quotes", [False, True])
def test_columns_staged_some_at_a_time_read_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quotes: bool
) -> None:
    path = tmp_path / "in.csv"
    rows = [",".join(f'"{cell}"' for cell in row.split(",")) if quotes else row for row in lines()]
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    with look_at_file(path, name="in.csv", work=tmp_path) as look:
        found = look.inspection
    assert found.profile is not None
    profile = apply_answers(found.profile, {one.id: one.guess for one in found.questions})
    told = []
    for columns in (300, 3):
        monkeypatch.setattr(broad, "COLUMNS", columns)
        assert broad.is_broad(profile) is (columns == 3)
        target = tmp_path / f"{columns}.parquet"
        result = convert_file(path, profile, target=Target(target, as_decimals=True), name="in.csv", work=tmp_path)
        told.append((result.findings, result.channels, pl.read_parquet(target).to_dicts()))
    assert told[0] == told[1]
    findings, _, readings = told[1]
    assert {"bad-stamp", "ragged-row"} < {one.code for one in findings}
    assert len(readings) == 2 * 96 - 2
    assert str(readings[20]["b_kw"]) == "20.12345"
