"""Dates, periods and sizes as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from fairwatt.core.metadata.words import iso_instant, say_bytes, say_date, say_instant, say_period
from tests.core.metadata.examples import instants


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2019-11-18T11:45:43Z", "2019-11-18T14:56:58Z", "18 Nov 2019, 11:45:43 to 14:56:58 GMT"),
        ("2019-11-18T00:00:00Z", "2019-11-19T00:00:00Z", "18 Nov 2019, 00:00 to 19 Nov 2019, 00:00 GMT"),
        ("2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "26 Oct 2025, 01:30 BST to 01:30 GMT"),
        ("2020-03-28T00:00:00Z", "2020-03-29T23:00:00Z", "28 Mar 2020, 00:00 GMT to 30 Mar 2020, 00:00 BST"),
    ],
)
def test_a_period_is_said_in_the_zones_own_clock(start: str, end: str, text: str) -> None:
    said = say_period(datetime.fromisoformat(start), datetime.fromisoformat(end), zone="Europe/London")
    assert said == text


def test_an_unknown_period_is_empty() -> None:
    assert say_period(None, None) == ""


def test_a_date_and_an_instant_are_said_in_full() -> None:
    at = datetime(2027, 5, 1, 13, 30, tzinfo=UTC)
    assert (say_date(at), say_instant(at, zone="Europe/London")) == ("1 May 2027", "1 May 2027, 14:30 BST")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (999_700, "1.0 MB"),
        (1_120_000_000, "1.1 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_a_size_is_said_in_decimal_units(size: int, text: str) -> None:
    assert say_bytes(size) == text


@given(instants)
def test_an_instant_in_iso_reads_back(at: datetime) -> None:
    assert datetime.fromisoformat(iso_instant(at)) == at.astimezone(UTC)
    assert iso_instant(at).endswith("Z")
