"""Which way energy flows, by a column's name and its values' signs."""

from __future__ import annotations

import numpy as np
import pytest

from fairwatt.core.files import apply_answers
from fairwatt.core.files.among import read_among
from fairwatt.core.files.directions import find_flow
from fairwatt.core.files.meaning import read_name, words_of
from fairwatt.core.files.signs import guess_sign
from tests.core.files.samples import csv, half_hours, inspect, profile_of

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


# Names of one file; what each is: its quantity and direction, and whether somebody is asked.
AMONG = """
Energy In kWh > energy import asked | Energy Out kWh > energy export asked
Energy in kWh > energy import asked | Energy out kWh > energy export asked
kWh_in > energy import asked | kWh_out > energy export asked
gridIn > - import asked | gridOut > - export asked
Power I (kW) > power import asked | Power E (kW) > power export asked
Fwd kWh > energy import asked | Rev kWh > energy export asked
House A AI > energy import | House A AE > energy export
House B RI > reactive_energy import | House B RE > reactive_energy export
House B AI > energy import | House B AE > energy export | House C AI (kWh) > energy import asked
RI kvarh > reactive_energy import | RE kvarh > reactive_energy export
Site AI > - - | Tank AI > - -
Energy In kWh > energy import asked | Volts > voltage -
Energy in kWh > energy - | Power in kW > power -
Temperature in > temperature - | Temperature out > temperature -
kWh (+) TOT > energy import asked | kWh (-) TOT > energy export asked
Energy+ (kWh) > energy import asked | Energy- (kWh) > energy export asked
PacToGrid(W) > power export | Non-export kWh > energy -
Mewnforio (kWh) > energy import | Allforio (kWh) > energy export
Energy Delivered-Received (kWh) > energy net asked | Teruglevering kWh > energy export
Grid draw kWh > energy import | Grid feed kWh > energy export
EA+ (kWh) > energy import | EA- (kWh) > energy export
Energy from network kWh > energy import | Energy to network kWh > energy export
Grid to home kWh > energy import | Solar to home kWh > energy -
Pimp kW > power import | Pexp kW > power export | Surplus kWh > energy export asked
House In/Out kWh > energy net asked | Grid (+) kW > power import asked | Grid (-) kW > power export asked
Battery in kWh > energy - | Battery out kWh > energy -
Net kWh > energy net asked | Net demand kW > power net
Output kW > power - | Returned kWh > energy export asked
kvarh delivered > reactive_energy import asked | Active energy > energy -
"""
_FILES = AMONG.strip().splitlines()


@pytest.mark.parametrize("line", _FILES)
def test_opposite_words_among_a_files_names_tell_ways_of_flow_and_all_but_settlements_are_asked(line: str) -> None:
    said = [tuple(part.strip() for part in one.split(">")) for one in line.split("|")]
    names = ["time", *(name for name, _ in said)]
    for name, expected in said:
        found = read_among(name, names)
        asked = " asked" if found.direction and found.flow_why else ""
        assert f"{found.quantity or '-'} {found.direction or '-'}{asked}" == expected


def test_ways_that_only_opposite_words_tell_are_asked_of_totals_and_of_channels_without_a_unit_too() -> None:
    rows = [f"{row},{10 + i}.0,{i / 2}" for i, row in enumerate(row[:-5] for row in half_hours(60))]
    found = inspect(csv("time,Meter reading in kWh delivered,Grid out", *rows))
    guesses = {question.id: question.guess for question in found.questions}
    assert found.profile is not None
    assert found.profile.channels[0].is_register
    assert guesses["direction:meter_reading_in_kwh_delivered"] == "import"
    assert guesses["direction:grid_out"] == "export"


def test_places_of_a_recorder_are_asked_about_one_by_one_and_things_of_a_kind_together() -> None:
    cells = [",".join(f"{(i * 7 + c) % 11 / 4}" for c in range(4)) for i in range(60)]
    rows = [f"{row[:-5]},{cell}" for row, cell in zip(half_hours(60), cells, strict=True)]
    found = inspect(csv("time,Point_1,Point_2,House 1,House 2", *rows))
    assert [q.id for q in found.questions if q.id.startswith("unit")] == [
        "unit:point_1",
        "unit:point_2",
        "unit:house_1",
    ]


def test_totals_whose_names_differ_by_their_sign_alone_are_asked_and_answered_one_by_one() -> None:
    rows = [f"{row},{100 + i / 2},{7 + i / 8}" for i, row in enumerate(row[:-5] for row in half_hours(120))]
    found = inspect(csv("time,kWh (+) TOT,kWh (-) TOT", *rows))
    assert found.profile is not None
    ways = {q.id: q.guess for q in found.questions if q.id.startswith("direction")}
    assert ways == {"direction:kwh_tot_plus": "import", "direction:kwh_tot_minus": "export"}
    turned = apply_answers(found.profile, {"direction:kwh_tot_plus": "export", "direction:kwh_tot_minus": "import"})
    assert [channel.direction for channel in turned.channels] == ["export", "import"]


def test_the_letters_of_settlement_tell_ways_in_a_row_for_each_value_as_in_columns_of_their_own() -> None:
    stamps = [row.split(",")[0] for row in half_hours(60)]
    rows = [f"{stamp},House {house} {way},{i % 9 / 4},kWh" for i, stamp in enumerate(stamps)
            for house in "AB" for way in ("AI", "AE")]  # fmt: skip
    profile = profile_of(csv("time,register,value,unit", *rows))
    assert {channel.name: channel.direction for channel in profile.channels} == {
        "House A AI": "import",
        "House A AE": "export",
        "House B AI": "import",
        "House B AE": "export",
    }


@pytest.mark.parametrize(
    ("name", "is_turned"),
    [
        ("Power kW (export shown as negative)", False),
        ("Power kW (import shown as negative)", True),
        ("Power exported kW (negative when importing)", True),
        ("Meter kW: -ve import, +ve export", True),
        ("Power kW, negative if exporting", False),
    ],
)
def test_a_name_that_says_when_values_are_negative_says_which_way_is_plus(name: str, *, is_turned: bool) -> None:
    meaning = read_name(name)
    assert (meaning.unit, meaning.direction, meaning.is_turned, meaning.is_sign_sure) == ("kw", "net", is_turned, True)


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("kWh Q1+Q4", "import"),
        ("kWh Q2+Q3", "export"),
        ("kvarh Q1 + Q2", "import"),
        ("kvarh Q3+Q4", "export"),
        ("Active energy Q1 and Q4 (kWh)", "import"),
        ("kvarh Q1", ""),
        ("Q1+Q3 kWh", ""),
        ("Sales Q1 2026 kWh", ""),
    ],
)
def test_pairs_of_quadrants_say_which_way(name: str, direction: str) -> None:
    assert read_name(name).direction == direction
