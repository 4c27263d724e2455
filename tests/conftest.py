"""Fixtures for every test: the real data files, and a data folder of one's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("FAIRWATT_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
IN_CI = os.environ.get("CI", "").lower() == "true"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real energy files; skipped where it is absent, a failure in CI."""
    if REAL_DATA.is_dir():
        return REAL_DATA
    message = f"the real data folder {REAL_DATA} is absent; set FAIRWATT_REAL_DATA to it"
    if IN_CI:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(autouse=True)
def fairwatt_home(tmp_path: Path, settings: object) -> Iterator[Path]:
    """A data folder for this test alone: its lake and uploads are gone when it ends."""
    home = tmp_path / "home"
    home.mkdir()
    settings.FAIRWATT_HOME = home  # type: ignore[attr-defined]
    yield home
    shutil.rmtree(home, ignore_errors=True)
