"""Energy of intervals beside a running total: what is filled adds up to what the total grew by."""

from __future__ import annotations

import numpy as np
import pytest

from fairwatt.core.cleaning import clean
from fairwatt.core.cleaning.meters import Meter, find_meters
from fairwatt.core.quality import Channel, ReadingsInMemory
from tests.core.cleaning.made import outcome_of, without
from tests.core.quality.made import load, times

QUARTER = 4_320
ENERGY = Channel("e", quantity="energy", unit="wh", direction="import")
TOTAL = Channel("r", quantity="energy", unit="kwh", direction="import", is_register=True)


def _read(*, is_begin: bool) -> tuple[np.ndarray, np.ndarray]:
    """Interval energy [Wh], and the meter's reading [kWh] at the begin or at the end of each interval."""
    energy = np.round(load(QUARTER) * 5)
    after = 1_000 + np.cumsum(energy) / 1_000
    return energy, np.round(after - energy / 1_000 if is_begin else after, 3)


@pytest.mark.parametrize("is_begin", [True, False], ids=["begin", "end"])
def test_the_running_total_of_the_same_flow_is_found(is_begin: bool) -> None:
    energy, total = _read(is_begin=is_begin)
    assert find_meters((ENERGY, TOTAL), {"e": energy, "r": total}) == {"e": Meter("r", 1_000.0, is_begin)}


def test_a_total_of_another_flow_is_none() -> None:
    energy, total = _read(is_begin=True)
    export = Channel("r", quantity="energy", unit="kwh", direction="export", is_register=True)
    assert find_meters((ENERGY, export), {"e": energy, "r": total}) == {}
    assert find_meters((ENERGY, TOTAL), {"e": energy, "r": total * 1.1}) == {}


@pytest.mark.parametrize("is_begin", [True, False], ids=["begin", "end"])
def test_filled_energy_adds_up_to_what_the_meter_counted(is_begin: bool) -> None:
    energy, total = _read(is_begin=is_begin)
    blank = without(energy, (600, 610), (1_000, 1_001), (2_400, 2_448))
    keep = np.delete(np.arange(QUARTER), np.r_[3_000:3_020])
    readings = ReadingsInMemory((ENERGY, TOTAL), times(QUARTER)[keep], {"e": blank[keep], "r": total[keep]})
    found = outcome_of(clean(readings), "e")
    for begin, end in ((600, 610), (1_000, 1_001), (2_400, 2_448), (3_000, 3_020)):
        assert found.cleaned[begin:end].sum() == pytest.approx(energy[begin:end].sum(), abs=2)
        assert (found.cleaned[begin:end] >= 0).all()
