"""Places of a harvest as texts: read again by who sealed them, and by nobody else."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings

from fairwatt.api.places import read_place, sign_place
from fairwatt.core.errors import InvalidInput
from fairwatt.services.harvests import Place

PLACE = Place(datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC), 4_711)


def test_a_place_is_read_as_it_was_written_and_by_its_own_list_alone() -> None:
    token = sign_place(PLACE, salt="oai.ListRecords", p="oai_dc", t=9)
    assert read_place(token, salt="oai.ListRecords") == (PLACE, {"p": "oai_dc", "t": 9})
    for salt, given in (
        ("oai.ListIdentifiers", token),
        *(("oai.ListRecords", text) for text in (token[:-1], token[1:], token + "x", token.swapcase(), "é", "")),
    ):
        with pytest.raises(InvalidInput):
            read_place(given, salt=salt)


def test_a_place_does_not_show_which_row_it_is() -> None:
    token = sign_place(PLACE, salt="atom")
    assert token.replace("-", "").replace("_", "").isalnum()  # stands in an address as it is
    shown = token.encode() + urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"4711" not in shown
    assert b"2026" not in shown


def test_a_place_outlives_a_change_of_the_secret(settings: Settings) -> None:
    token = sign_place(PLACE, salt="atom")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert read_place(token, salt="atom") == (PLACE, {})
