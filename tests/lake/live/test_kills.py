"""kill -9 at random moments of live writing, sifting and folding: what was acknowledged is there once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[3]
KILLS = 10


def test_after_ten_kills_every_acknowledged_reading_is_there_once_and_nothing_is_left_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.lake.live.killed", str(tmp_path / "lake"), str(KILLS), "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=2 * PATIENCE_S)

    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    numbers = [n for n, _ in found["rows"]]
    assert len(numbers) == len(set(numbers))
    assert set(range(found["last"] + 1)) <= set(numbers)
    assert found["last"] > 50
    assert all(half == n / 2 for n, half in found["rows"])
    assert found["left"] == []
