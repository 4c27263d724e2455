"""The examples in the docstrings of the core do what they say."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "units", "periods", "identifiers", "files.meaning", "files.local_time", "files.regularity",
    "alignment.shifts", "cleaning.leo_labels",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"fairwatt.core.{name}"))

    assert result.failed == 0
    assert result.attempted > 0
