"""Fixtures of the extraction's tests: look at some bytes, and see each table's text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fairwatt.lake.looking import FileLook, look_at_file

Look = Callable[..., FileLook]


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
