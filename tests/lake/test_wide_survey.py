"""A table of thousands of columns is surveyed with the memory that its rows need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fairwatt.core.files.profile import ChannelRule, Dialect, ImportProfile, TimestampRule
from fairwatt.lake import surveying
from fairwatt.lake.extracting import TextTable


class StoppedError(Exception):
    """Far enough."""


@pytest.mark.parametrize(("columns", "given"), [(100, ("400MB", 2)), (3_900, ("1365MB", 1))])
def test_memory_grows_with_the_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, given: tuple[str, int]
) -> None:
    asked: list[tuple[str, int]] = []

    def stage(*_: Any, memory_limit: str, threads: int, **__: Any) -> None:
        asked.append((memory_limit, threads))
        raise StoppedError

    monkeypatch.setattr(surveying, "stage_file", stage)
    (tmp_path / "wide.csv").write_text("time,kW\n2020-01-01 00:00,1\n")
    rule = TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC")
    profile = ImportProfile(
        dialect=Dialect(), columns=columns, timestamp=rule, channels=(ChannelRule(column=1, name="kW", field="kw"),)
    )

    with pytest.raises(StoppedError):
        surveying.survey_table(TextTable(tmp_path / "wide.csv"), profile, name="wide.csv", work=tmp_path / "work")

    assert asked == [given]
