"""A lake with a dataset that came a day at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fairwatt.lake import Lake
from tests.lake.upkeep.daily import DAYS, Daily


@pytest.fixture
def empty(tmp_path: Path) -> Daily:
    """No day yet."""
    return Daily(Lake(tmp_path / "lake", memory_limit="200MB", threads=2), tmp_path)


@pytest.fixture(scope="session")
def _days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    daily = Daily(Lake(folder / "lake", memory_limit="200MB", threads=2), folder)
    for day in range(DAYS):
        daily.add(day)
    return folder / "lake"


@pytest.fixture
def daily(_days: Path, tmp_path: Path) -> Daily:
    """Eight days, over the end of a month: a copy that a test may spoil."""
    shutil.copytree(_days, tmp_path / "lake")
    return Daily(Lake(tmp_path / "lake", memory_limit="200MB", threads=2), tmp_path)
