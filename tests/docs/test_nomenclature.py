"""The pages of words and findings hold what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from fairwatt.core.units import QUANTITIES, UNITS

ROOT = Path(__file__).resolve().parents[2]
READING = ("src/fairwatt/core/files", "src/fairwatt/lake")


def test_every_quantity_and_unit_is_listed() -> None:
    page = (ROOT / "docs" / "nomenclature.md").read_text(encoding="utf-8")
    quantities = [f"| `{q.code}` | {q.label} | `{q.default_unit}` |" for q in QUANTITIES.values()]
    units = [
        f"| `{u.code}` | {u.symbol or '–'} | {u.label} | {QUANTITIES[u.quantity].label.lower()} |"
        for u in UNITS.values()
    ]
    assert [row for row in (*quantities, *units) if row not in page] == []


def test_every_finding_of_reading_is_explained() -> None:
    page = (ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for folder in READING for path in (ROOT / folder).rglob("*.py")]
    codes = {code for text in sources for code in re.findall(r'Finding\(\s*code="([a-z-]+)"', text)}
    assert len(codes) > 10
    assert {code for code in codes if f"`{code}`" not in page} == set()
