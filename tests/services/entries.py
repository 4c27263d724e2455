"""Entries of the Data Sharing Log for tests: made, answered, filled and read by the services themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fairwatt.records.models import Deposit, File, Membership
from fairwatt.services import deposits, uploads
from fairwatt.services.actors import Actor
from fairwatt.services.projects import sync_project
from fairwatt.services.worker import run_pending
from tests.services import stock

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FOREGROUND: Mapping[str, Mapping[str, Any]] = {
    "origin": {"origin": "foreground"},
    "trial": {"trial": "A1.2.1"},
    "procedures": {"procedures": ["P1", "P11"]},
    "procedure-p1": {"asset": "Battery inverter"},
    "procedure-p11": {"event_start": "2020-09-01T17:00", "instructed_power": "16"},
    "about": {"title": "School battery in September", "description": "A logger at the inverter."},
    "access": {"licence": "CC-BY-4.0", "public": "now"},
}
BACKGROUND: Mapping[str, Mapping[str, Any]] = {
    "origin": {"origin": "background"},
    "parties": {"provider": "MET", "receiver": "TCC"},
    "about": {"title": "Weather of 2020", "description": "Hourly temperatures."},
    "source": {"source": "link", "link": "https://weather.example/2020"},
    "access": {"licence": "OGL-UK-3.0", "public": "never", "partner": "now"},
}
READABLE = b"start time,power (kW)\n" + b"".join(
    f"2020-09-01T{h:02}:{m:02}:00Z,{h + m / 100:.2f}\n".encode() for h in range(24) for m in (0, 30)
)


def partner(code: str = "LCH", name: str = "pat", *, role: str = "member") -> Actor:
    """Somebody of an organisation of the project."""
    sync_project(at=AT)
    user = stock.person(name)
    Membership.objects.create(user=user, organization=stock.organization(code), role=role)
    return Actor(user=user, address="192.0.2.1")


def manager() -> Actor:
    return Actor(user=stock.person("mel", is_manager=True))


def entry(actor: Actor, answers: Mapping[str, Mapping[str, Any]] = FOREGROUND, *, without: str = "") -> Deposit:
    """A draft with all its steps answered, but one."""
    deposit = deposits.start_deposit(actor=actor, at=AT)
    for slug, values in answers.items():
        if slug != without:
            deposit = deposits.save_step(actor=actor, code=deposit.code, step=slug, answers=values, at=AT)
    return deposit


def hand_in(actor: Actor, deposit: Deposit, content: bytes = READABLE, name: str = "meter.csv") -> File:
    """A file of an entry, received but not read."""
    return uploads.deposit_file(actor=actor, code=deposit.code, filename=name, chunks=[content], at=AT)


def read_all(at: datetime = AT) -> int:
    """Do all the queued work here and now."""
    return run_pending(clock=lambda: at)


def received(actor: Actor, deposit: Deposit, content: bytes, name: str = "meter.csv") -> File:
    """A file of an entry, received and read."""
    file = hand_in(actor, deposit, content, name)
    read_all()
    return File.objects.get(pk=file.pk)


def submitted(actor: Actor, *, content: bytes = READABLE, name: str = "meter.csv") -> Deposit:
    """An entry with a file that has been read, waiting for review."""
    deposit = entry(actor)
    hand_in(actor, deposit, content, name)
    read_all()
    return deposits.submit_deposit(actor=actor, code=deposit.code, at=AT + HOUR)


def pieces(content: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The content cut into pieces of these sizes, the last one whatever is left."""
    place = 0
    for size in sizes:
        yield content[place : place + size]
        place += size
    yield content[place:]
