"""Licences in one plain sentence each."""

from __future__ import annotations

import pytest

from fairwatt.core.metadata import Licensing, find_licensing, say_licence


@pytest.mark.parametrize("code", ["CC-BY-4.0", "CC0-1.0", "OGL-UK-3.0", "CC-BY-SA-4.0", "ODbL-1.0", "ODC-By-1.0"])
def test_a_known_open_licence_has_title_address_and_sentence(code: str) -> None:
    found = find_licensing(code)
    assert found is not None
    assert found.is_open
    assert found.address.startswith("http")
    assert say_licence(found).startswith("You may use, change and share these data for any purpose")


@pytest.mark.parametrize(
    ("code", "registered"),
    [
        ("OGL-UK-3.0", "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"),
        ("ODC-By-1.0", "https://opendatacommons.org/licenses/by/1.0/"),
        ("ODbL-1.0", "http://www.opendatacommons.org/licenses/odbl/1.0/"),
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("DSA", "https://own.example/agreement"),
    ],
)
def test_programs_are_told_the_address_that_spdx_has_registered(code: str, registered: str) -> None:
    assert Licensing(code=code, url="https://own.example/agreement").address == registered


def test_an_unknown_code_is_not_made_up() -> None:
    assert find_licensing("XYZ-1") is None


@pytest.mark.parametrize(
    ("licensing", "sentence"),
    [
        (Licensing(), "No licence has been stated: ask the provider before you use these data."),
        (
            Licensing(code="DSA", title="the Data Sharing Agreement"),
            "Use is governed by the Data Sharing Agreement: only as agreed with the provider.",
        ),
        (Licensing(code="X", title="Licence X", is_open=True), "You may use these data under Licence X."),
    ],
)
def test_other_licences_are_said_as_far_as_they_are_known(licensing: Licensing, sentence: str) -> None:
    assert say_licence(licensing) == sentence
