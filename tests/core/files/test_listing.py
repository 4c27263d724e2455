"""Lists of files, assets, contacts, prices and events are kept as tables; readings at odd times stay readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from tests.core.files.samples import csv, inspect

Line = Callable[[int, datetime], str]
SOURCES = ("Third party damage", "Asset failure", "Weather, wind")


def at_odd_times(count: int, *, days: bool) -> Iterator[datetime]:
    """Times in order without a step."""
    moment = datetime.fromisoformat("2021-03-04 08:00")
    for number in range(count):
        odd = 1 + number * 7919 % 41
        moment += timedelta(days=odd) if days else timedelta(seconds=odd * 1_733)
        yield moment


def table(heading: str, line: Line, *, days: bool = True, count: int = 60) -> bytes:
    return csv(heading, *(line(n, moment) for n, moment in enumerate(at_odd_times(count, days=days))))


LISTS: dict[str, tuple[bytes, str]] = {
    "files": (
        table(
            "key,uploaded,size,etag",
            lambda n, t: f"usage/{n}.csv,{t:%Y-%m-%dT%H:%M:%S.}{n:03}Z,{806081571 + n * 9973},{n * 7919:016x}",
            days=False,
        ),
        "key",
    ),
    "files of each day": (
        csv(
            "name,modified,size,etag",
            *(f"day-{n}.csv,2024-01-{n:02}T06:00:00Z,{9_000_000 + n * 17},{n * 7919:08x}" for n in range(1, 29)),
        ),
        "name",
    ),
    "assets": (
        table(
            "Asset ID,Name,Type,Commissioned,Capacity (kW),Voltage (kV)",
            lambda n, t: f"A{n:04},Mill Lane {n},{'PV' if n % 3 else 'Wind'},{t:%d/%m/%Y},{3 + n * 7 % 90},11",
        ),
        "Asset ID",
    ),
    "incidents": (
        table(
            "Incident,Start,Restored,Customers affected,Cause",
            lambda n, t: (
                f"INC{n:05},{t:%d/%m/%Y %H:%M},{t + timedelta(hours=2):%d/%m/%Y %H:%M},{n * 7},{SOURCES[n % 2]}"
            ),
            days=False,
        ),
        "Incident",
    ),
    "events": (
        table(
            "Timestamp,Source,Duration (s),Message",
            lambda n, t: f"{t:%Y-%m-%d %H:%M:%S},inv{n % 3},{n % 4 + 1},Relay {n % 23} opened by its operator",
            days=False,
        ),
        "Message",
    ),
    "tariffs": (
        table(
            "Tariff,Valid from,Unit rate (p/kWh),Standing charge (p/day)",
            lambda n, t: f"Fixed {n},{t:%d/%m/%Y},{20 + n / 7:.2f},{40 + n / 3:.2f}",
            count=12,
        ),
        "Tariff",
    ),
}


@pytest.mark.parametrize(("data", "about"), LISTS.values(), ids=LISTS)
def test_a_list_is_kept_as_a_table_and_says_why(data: bytes, about: str) -> None:
    found = inspect(data)
    assert (found.kind, found.profile, found.questions) == ("table", None, ())
    assert [(f.code, f.channel) for f in found.findings] == [("list-of-things", about)]


READINGS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a logger that reports changes": (
        table(
            "messageId,enqueuedTime,temperature,humidity",
            lambda n, t: f"{n * 7919:016x},{t:%Y-%m-%dT%H:%M:%SZ},{10 + n % 9}.5,{60 + n % 7}.1",
            days=False,
        ),
        ("text", "temperature", "humidity"),
    ),
    "charging": (
        table(
            "Session ID,Charger,Start,End,Energy (kWh)",
            lambda n, t: f"S{n:05},CH{n % 4},{t:%d/%m/%Y %H:%M},{t + timedelta(minutes=33):%d/%m/%Y %H:%M},{n % 40}.2",
            days=False,
        ),
        ("text", "text", "energy"),
    ),
    "readings with notes": (
        table("Date,Reading,Notes", lambda n, t: f"{t:%d/%m/%Y},{100 + n * 137 % 90},{f'note {n}' if n % 3 else ''}"),
        ("energy", "text"),  # a guess, which is asked about
    ),
    "dial readings by hand": (
        table("Date,Reading (kWh),Read by", lambda n, t: f"{t:%d/%m/%Y},{10_000 + n * 137},{'AB' if n % 2 else 'CD'}"),
        ("energy", "text"),
    ),
}


@pytest.mark.parametrize(("data", "quantities"), READINGS.values(), ids=READINGS)
def test_what_was_measured_at_odd_times_stays_readings(data: bytes, quantities: tuple[str, ...]) -> None:
    found = inspect(data)
    assert found.profile is not None, found.findings
    assert tuple(rule.quantity or rule.kind for rule in found.profile.channels) == quantities
