"""Rows with a start and an end of their own: events, or intervals that follow one another."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate

import pytest

from fairwatt.core.files import Inspection
from tests.core.files.samples import csv, inspect

FIRST = datetime(2022, 11, 1, 7)
LENGTHS = [37, 205, 512, 61, 340, 15, 118, 77, 490, 260, 33, 145]  # minutes


def said(start: datetime, minutes: int, head: str = "") -> str:
    end = start + timedelta(minutes=minutes)
    return f"{head}{start:%d/%m/%Y %H:%M},{end:%d/%m/%Y %H:%M},{minutes / 10}"


def codes(found: Inspection) -> set[str]:
    return {finding.code for finding in found.findings}


@pytest.mark.parametrize("head", ["Start,End,Energy (kWh)", "Started,Finished,Energy (kWh)", "From,To,Delivered (MWh)"])
def test_sessions_are_events_and_no_readings(head: str) -> None:
    rows = [said(FIRST + timedelta(hours=17 * n, minutes=7 * n * n % 60), m) for n, m in enumerate(LENGTHS)]
    found = inspect(csv(head, *rows))
    assert (found.kind, found.profile, "events" in codes(found)) == ("table", None, True)


def test_intervals_of_different_lengths_in_a_chain_are_readings_and_told() -> None:
    starts = accumulate(LENGTHS, initial=0)
    rows = [said(FIRST + timedelta(minutes=at), m) for at, m in zip(starts, LENGTHS, strict=False)]
    found = inspect(csv("Start,End,Energy (kWh)", *rows))
    assert (found.kind, "varying-intervals" in codes(found)) == ("readings", True)


def test_even_intervals_with_gaps_between_are_readings() -> None:
    rows = [said(FIRST + timedelta(minutes=30 * n), 15) for n in range(48)]
    found = inspect(csv("Start,End,Energy (kWh)", *rows))
    assert (found.kind, codes(found) & {"events", "varying-intervals"}) == ("readings", set())
