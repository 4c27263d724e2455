"""Who hands data in, and the entry it is handed in to."""

from __future__ import annotations

import pytest

from fairwatt.records.models import Deposit
from fairwatt.services.actors import Actor
from tests.services import entries


@pytest.fixture
def actor() -> Actor:
    return entries.partner()


@pytest.fixture
def deposit(actor: Actor) -> Deposit:
    return entries.entry(actor)
