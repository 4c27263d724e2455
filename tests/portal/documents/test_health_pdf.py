"""The health report on paper: tagged, whole, with every finding, whatever its names are."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pypdf import PdfReader

from fairwatt.core.quality import Channel, ReadingsInMemory, scan_health
from fairwatt.portal.documents.health_pdf import write_health_pdf


def _text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("name", ["Demand (kW)", "需求 [kW]", "#let x = *1*"])
def test_scores_findings_and_channels_stand_on_paper(name: str) -> None:
    times = np.arange(400, dtype=np.int64) * 1_800_000_000
    values = np.round(10 + np.sin(np.arange(400.0)), 2)
    values[100:120] = np.nan
    found = scan_health(ReadingsInMemory((Channel("x", name),), times, {"x": values}), name="meter.csv")

    text = _text(write_health_pdf(found.report))

    assert "Health of meter.csv" in text
    assert "95.00 %" in text
    assert "20 values are missing in 1 place" in text
    assert name[:2] in text


def test_no_rows_make_a_page_too() -> None:
    empty = ReadingsInMemory((), np.zeros(0, dtype=np.int64), {})
    assert "Nothing was found." in _text(write_health_pdf(scan_health(empty).report))
