"""Readings placed straight from their files: what a query would have placed, for decimals and floats alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
FIRST = datetime(2021, 1, 31, 22, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
DECIMALS = {("m", 0): "1.250", ("m", 1): "", ("m", 5): "-0.001", ("n", 2): "9007199254740.993", ("n", 7): "0"}
FLOATS = {("m", 0): "1.25e-30", ("m", 1): "", ("m", 5): "-7", ("n", 2): "3e200", ("n", 7): "0"}


@pytest.mark.parametrize("texts", [DECIMALS, FLOATS], ids=["decimals", "floats"])
@pytest.mark.parametrize("window", [(0, 8), (1, 6)], ids=["whole", "part"])
def test_each_reading_of_several_months_is_in_its_cell(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake, texts: dict[tuple[str, int], str], window: tuple[int, int]
) -> None:
    lines = [f"{FIRST + slot * HALF_HOUR:%Y-%m-%d %H:%M:%S},{name},{text}" for (name, slot), text in texts.items()]
    profile = make_profile(["kw"], series_column=1, decimals=None if texts is FLOATS else 3)
    ingest(["time,meter,kw", *lines], profile.model_copy(update={"resolution_s": 1800}))
    begin, end = window

    found = lake.matrix("t", field="kw", start=FIRST + begin * HALF_HOUR, end=FIRST + end * HALF_HOUR)

    expected = np.full((end - begin, 2), np.nan)
    for (name, slot), text in texts.items():
        if begin <= slot < end and text:
            expected[slot - begin, "mn".index(name)] = float(text)
    assert found.series == ("m", "n")
    np.testing.assert_array_equal(found.values, expected)


def test_one_source_or_one_meter_has_its_own_readings_alone(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    for source in ("a", "b"):
        lines = [f"{FIRST + slot * HALF_HOUR:%Y-%m-%d %H:%M:%S},{source},{slot}" for slot in range(4)]
        ingest(["time,meter,kw", *lines], make_profile(["kw"], series_column=1), source=source)

    whole = lake.matrix("t", field="kw")
    one = lake.matrix("t", field="kw", series=["b"])
    mine = lake.matrix("t", field="kw", sources=["a"])

    assert whole.values.tolist() == [[slot, slot] for slot in range(4)]
    assert one.values.tolist() == [[slot] for slot in range(4)]
    assert (mine.series, mine.values.tolist()) == (("a",), [[slot] for slot in range(4)])
