"""The people of these tests, each with a browser session of their own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from fairwatt.records.models import Deposit, User
from fairwatt.services.actors import Actor
from tests.services import entries, stock


@dataclass(frozen=True)
class Person:
    """Somebody with an open session."""

    client: Client
    actor: Actor

    @property
    def user(self) -> User:
        assert self.actor.user is not None
        return self.actor.user


def with_session(actor: Actor) -> Person:
    """Sign somebody in."""
    client = Client()
    if actor.user is not None:
        client.force_login(actor.user, backend="django.contrib.auth.backends.ModelBackend")
    return Person(client, actor)


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every page reads the database."""


@pytest.fixture
def partner() -> Person:
    """Whose entry it is: a steward of LCH."""
    return with_session(entries.partner("LCH", "pat", role="steward"))


@pytest.fixture
def cast(partner: Person) -> dict[str, Person]:
    """One of each kind."""
    return {
        "anonymous": Person(Client(), Actor.anonymous()),
        "partner": partner,
        "colleague": with_session(entries.partner("LCH", "cora")),
        "other": with_session(entries.partner("GRID", "olaf")),
        "outsider": with_session(Actor(user=stock.person("ola"))),
        "manager": with_session(entries.manager()),
    }


@pytest.fixture
def manager() -> Person:
    """A data manager."""
    return with_session(entries.manager())


@pytest.fixture
def draft(partner: Person) -> Deposit:
    """An entry with all its answers and no file yet."""
    return entries.entry(partner.actor)


@pytest.fixture
def waiting(partner: Person) -> Deposit:
    """An entry with a file, waiting for review."""
    return entries.submitted(partner.actor)
