"""The Level of Provenancing: worked out, with what is missing for the next level."""

from __future__ import annotations

from typing import Any

import pytest

from fairwatt.core.metadata import AccessTerms, Licensing, Provenance, Validity, assess_provenance, list_requirements
from tests.core.metadata.examples import CHANNEL, FILE, NOW, certificate


def test_a_full_certificate_reaches_the_highest_level() -> None:
    assessed = assess_provenance(certificate())
    assert (assessed.level, assessed.missing, assessed.label) == (4, (), "4 of 4, machine-readable")


@pytest.mark.parametrize(
    ("changes", "level", "missing"),
    [
        ({"provider": None}, 0, "Name the organisation that provides the data."),
        ({"licensing": Licensing()}, 0, "Choose a licence: the right to share must be stated."),
        (
            {"access": AccessTerms(sensitivity="IB1-C")},
            0,
            "Give the sensitivity class, and the reason where it is not open.",
        ),
        (
            {"files": (FILE.model_copy(update={"kind": "document"}),)},
            0,
            "Add a file that a machine can read as data (CSV, Parquet, GeoJSON…), or the address of the source.",
        ),
        ({"place": ""}, 1, "Say where the data were measured."),
        (
            {"date_of_data_validity": Validity()},
            1,
            "Answer the questions about the files, so that the period covered is known.",
        ),
        ({"data_description": "Short."}, 2, "Describe the content in at least a sentence (40 characters)."),
        (
            {"files": (FILE.model_copy(update={"import_profile": ""}),)},
            2,
            "Let the platform read 'MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt', so that how is on record.",
        ),
        (
            {"channels": (CHANNEL.model_copy(update={"quantity": ""}),) * 3},
            2,
            "Say which quantity 'Active Power L1N Avg' and 2 more measures.",
        ),
        (
            {"licensing": Licensing(code="DSA", title="Agreement")},
            3,
            "Choose a licence that has an address of its own.",
        ),
        (
            {"channels": (CHANNEL.model_copy(update={"unit": "", "unit_uri": ""}),)},
            3,
            "Say in which unit 'Active Power L1N Avg' is.",
        ),
        (
            {"channels": (CHANNEL.model_copy(update={"quantity_uri": "", "unit_uri": ""}),)},
            3,
            "Add a channel whose quantity or unit has an address in QUDT, or a layer with a coordinate system.",
        ),
    ],
)
def test_what_is_missing_holds_the_level_and_is_named(changes: dict[str, Any], level: int, missing: str) -> None:
    assessed = assess_provenance(certificate(**changes))
    assert (assessed.level, assessed.missing) == (level, (missing,))


def test_everything_missing_for_the_next_level_is_listed_at_once() -> None:
    assessed = assess_provenance(certificate(data_provenance=Provenance(), place=""))
    assert assessed.level == 1
    assert len(assessed.missing) == 4


def test_a_background_link_needs_no_file() -> None:
    linked = certificate(
        files=(),
        channels=(),
        data_provenance=Provenance(source="https://source.example/", statement="s", quality="q", logged_at=NOW),
    )
    assert assess_provenance(linked).level == 3


def test_every_level_from_one_to_four_asks_for_something() -> None:
    assert {requirement.level for requirement in list_requirements(certificate())} == {1, 2, 3, 4}
