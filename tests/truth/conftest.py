"""What all tests of known truths share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting import containers, workbook


def _run_here(
    program: str, path: Path, folder: Path, *arguments: str, name: str, kind: str, patient: Patient
) -> dict[str, Any]:
    """Run a program that opens containers without a process of its own."""
    del kind, patient
    folder.mkdir(parents=True, exist_ok=True)
    module = import_module(f"fairwatt.lake.extracting.apart.{program}")
    assert module.run([str(path), str(folder), *arguments]) == 0
    told: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "error" not in told, f"{name}: {told}"
    return told


@pytest.fixture(autouse=True, scope="module")  # no longer: tests of other folders follow in the same process
def containers_are_opened_here() -> Iterator[None]:
    """Starting a process for each container takes longer than all reading; tests/lake/extracting try those."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(containers, "run_apart", _run_here)
        changed.setattr(workbook, "run_apart", _run_here)
        yield
