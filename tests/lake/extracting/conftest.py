"""Fixtures of the extraction's tests: look at some bytes, and see each table's text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from fairwatt.core.files import apply_answers
from fairwatt.lake.converting import Target, convert_file
from fairwatt.lake.looking import FileLook, look_at_file

Look = Callable[..., FileLook]


@dataclass(frozen=True)
class Read:
    """What came of a file: the ids that were asked, codes of findings, units by channel, step and stamp, readings."""

    asked: tuple[str, ...]
    codes: frozenset[str]
    units: dict[str, str]
    resolution: tuple[float | None, int]
    rows: list[tuple[object, ...]]

    def column(self, place: int) -> list[object]:
        """One value of each reading: the series, the start in ISO form, then the channels'."""
        return [row[place] for row in self.rows]


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Look]:
    """Look at bytes under a name; what was written out for it stays until the test ends."""
    with ExitStack() as stack:

        def look_at(data: bytes, name: str) -> FileLook:
            path = tmp_path / "received"
            path.write_bytes(data)
            return stack.enter_context(look_at_file(path, name=name, work=tmp_path / "work"))

        yield look_at
    assert not list((tmp_path / "work").glob("*")), "nothing stays behind"


@pytest.fixture
def texts(look: Look) -> Callable[..., dict[str, list[str]]]:
    """The lines of each table's text, by the table's title, in the order of the look."""

    def lines_of(data: bytes, name: str) -> dict[str, list[str]]:
        return {one.title: one.table.path.read_text().splitlines() for one in look(data, name).tables}

    return lines_of


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Look at bytes, answer what is asked as guessed (but for ``answers``), and convert them."""

    def read_bytes(data: bytes | str, name: str, **answers: str) -> Read:
        path, work = tmp_path / "received", tmp_path / "work"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        work.mkdir(exist_ok=True)
        with look_at_file(path, name=name, work=work) as found:
            inspection = found.inspection_of(found.chosen(answers))
        assert inspection.profile is not None, [finding.message for finding in inspection.findings]
        said = {one.id: answers.get(one.id, one.guess) for one in inspection.questions if one.id != "table"}
        profile = apply_answers(inspection.profile, said)
        target = tmp_path / "read.parquet"
        result = convert_file(path, profile, target=Target(target), name=name, work=work)
        frame = pl.read_parquet(target).with_columns(pl.col("start").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        codes = frozenset(finding.code for finding in (*inspection.findings, *result.findings))
        units = {channel.name: channel.unit for channel in profile.channels}
        asked = tuple(one.id for one in inspection.questions)
        return Read(asked, codes, units, (profile.resolution_s, profile.calendar_months), frame.rows())

    return read_bytes
