"""Which way energy flows, by a column's name and its values' signs."""

from __future__ import annotations

import numpy as np
import pytest

from fairwatt.core.files.directions import find_flow
from fairwatt.core.files.meaning import words_of
from fairwatt.core.files.signs import guess_sign
from tests.core.files.samples import csv, half_hours, inspect

NAMES = """
Grid import (kWh) | import |
Ins Netz eingespeist (kWh) | export |
Vom Netz bezogen (kWh) | import |
Netzbezug kWh | import |
Export to grid kWh | export |
Active energy import (+A) | import |
Import positive active energy | import |
Export - Import kWh | net | asked, plus is export
Net export MW | net | asked, plus is export
Net (export - import) kWh | net | asked, plus is export
Net generation kWh | net | asked, plus is export
Net import kW | net |
Import / Export kWh | net | asked
Exported from grid kWh | import | asked
Imported to grid kWh | export | asked
Export(+)/import(-) kW | net | said, plus is export
Power export(+)/import(-) kW | net | said, plus is export
Import -ve / export +ve | net | said, plus is export
Grid power [kW] import negative | net | said, plus is export
Power (+ = export) | net | said, plus is export
import (+) / export (-) | net | said
Power (+ve = import) | net | said
Consumption(+)/generation(-) kW | net | said
PV generation kWh | | asked, plus is export
"""
CASES = [tuple(cell.strip() for cell in line.split("|")) for line in NAMES.strip().splitlines()]
_EXAMPLES = [pytest.param(*case, id=case[0]) for case in CASES]


@pytest.mark.parametrize(("name", "direction", "more"), _EXAMPLES)
def test_a_name_says_which_way_is_plus_or_that_somebody_must(name: str, direction: str, more: str) -> None:
    found = find_flow(name, words_of(name))
    assert found.direction == direction
    assert found.is_sure == more.startswith("said")
    assert found.is_turned == more.endswith("plus is export")
    assert bool(found.why) == (more.startswith("asked") or found.is_turned)


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [-1.0, 2.0, -3.0, -4.0]], ids=["plus alone", "both signs"])
@pytest.mark.parametrize("name", ["Net export MW", "Export - Import kWh", "Net generation kWh"])
def test_a_net_export_is_asked_about_whatever_its_values(name: str, values: list[float]) -> None:
    flow = find_flow(name, words_of(name))
    found = guess_sign(np.array(values), "energy", flow.direction, flow.why, is_turned=flow.is_turned)
    assert found is not None
    assert found.value == "net_export"


def test_what_is_generated_has_no_way_and_is_asked_about_only_where_it_falls_below_nothing() -> None:
    flow = find_flow("PV generation kWh", words_of("PV generation kWh"))
    assert guess_sign(np.array([0.0, 2.0, 3.0]), "energy", "", flow.why, is_turned=flow.is_turned) is None
    found = guess_sign(np.array([-1.0, 2.0, 3.0]), "energy", "", flow.why, is_turned=flow.is_turned)
    assert found is not None
    assert found.value == "net_export"


def test_signs_are_turned_where_the_name_says_that_plus_is_fed_in_and_that_is_told() -> None:
    stamps = [row.split(",")[0] for row in half_hours(96)]
    rows = [f"{stamp},{5 + i % 7 / 2}" for i, stamp in enumerate(stamps)]
    found = inspect(csv("time,Export(+)/import(-) kW", *rows))
    assert found.profile is not None
    channel = found.profile.channels[0]
    assert (channel.unit, channel.direction, channel.multiplier) == ("kw", "net", -1.0)
    assert not any(question.id.startswith("direction") for question in found.questions)
    assert "turned-signs" in {finding.code for finding in found.findings}
