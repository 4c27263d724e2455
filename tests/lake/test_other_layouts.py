"""A block of rows with another number of cells is another table, and refused; strays are left out and told of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
BEGINS = datetime(2026, 1, 1)


def _row(number: int, *cells: str) -> str:
    return ",".join([f"{BEGINS + timedelta(minutes=30 * number)}", *cells])


@pytest.mark.parametrize("cells", [("1.5", "L1", "x"), ("L1", "2.5", "3"), ()], ids=["more behind", "more", "fewer"])
def test_a_file_that_goes_on_with_other_cells_is_refused_with_the_line(
    ingest: Ingest, make_profile: MakeProfile, cells: tuple[str, ...]
) -> None:
    rows = [_row(n, "1.5") if n < 300 else _row(n, *cells) for n in range(360)]
    with pytest.raises(UnreadableFile, match=r"From line 302 of .* on, 60 rows do not have the 2 cells") as refused:
        ingest(["time,kw", *rows], make_profile(["kw"], decimals=1))
    assert "Split the file there" in refused.value.next_step


@pytest.mark.parametrize("every", [7, 2], ids=["some", "every second"])
def test_rows_here_and_there_are_left_out(ingest: Ingest, make_profile: MakeProfile, every: int) -> None:
    rows = [_row(n, "1.5", "x") if n > 100 and n % every == 0 else _row(n, "1.5") for n in range(360)]
    result = ingest(["time,kw", *rows], make_profile(["kw"], decimals=1))
    assert [f.count for f in result.findings if f.code == "ragged-row"] == [sum(r.endswith("x") for r in rows)]


def test_a_long_note_below_the_rows_is_left_out(ingest: Ingest, make_profile: MakeProfile) -> None:
    notes = [f"Note {n}, of the logger, about this" for n in range(60)]
    result = ingest(["time,kw", *(_row(n, "1.5") for n in range(300)), *notes], make_profile(["kw"], decimals=1))
    assert (result.rows, [f.count for f in result.findings if f.code == "ragged-row"]) == (300, [60])


def test_a_short_block_is_left_out(ingest: Ingest, make_profile: MakeProfile) -> None:
    rows = [_row(n, "1.5", "x") if 100 <= n < 140 else _row(n, "1.5") for n in range(360)]
    result = ingest(["time,kw", *rows], make_profile(["kw"], decimals=1))
    assert [f.count for f in result.findings if f.code == "ragged-row"] == [40]
