"""Who asks, and what there is to ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone

from fairwatt.api.ratelimits import limits
from fairwatt.records.models import Dataset, File, User
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import create_token
from tests.services import stock

MakeToken = Callable[..., dict[str, str]]


@pytest.fixture(autouse=True)
def _full_buckets() -> Iterator[None]:
    """No test is refused because of what another has asked."""
    limits.reset()
    yield
    limits.reset()


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the test's own transaction open between requests, however they are made and closed."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def partner(db: None) -> User:
    return stock.person("pat", organization=stock.organization("TCC"))


@pytest.fixture
def manager(db: None) -> User:
    return stock.person("mia", is_manager=True)


@pytest.fixture
def bearer(db: None) -> MakeToken:
    """Make a token for somebody, as headers."""

    def make(user: User, *scopes: str, days: int = 30) -> dict[str, str]:
        _, secret = create_token(
            actor=Actor(user=user),
            name="test",
            scopes=scopes or ("read", "deposit"),
            days=days,
            at=timezone.now(),
        )
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def open_dataset(db: None) -> Dataset:
    """A published dataset that is open to everyone, with one file and one channel."""
    owner = stock.dataset("School load", release={"public": stock.NOW - stock.DAY})
    stock.channel(stock.file(owner))
    return owner


@pytest.fixture
def closed_dataset(db: None) -> Dataset:
    """A published dataset whose data nobody outside has."""
    owner = stock.dataset("Feeder load")
    stock.channel(stock.file(owner))
    return owner


@pytest.fixture
def stored_file(open_dataset: Dataset) -> tuple[File, bytes]:
    """A file of the open dataset whose bytes are in the store."""
    return store(open_dataset, b"time,kW\n2019-11-18T11:00:00Z,1\n" * 1000)


def store(dataset: Dataset, content: bytes, name: str = "meter.csv", **fields: Any) -> tuple[File, bytes]:
    """Put bytes into the store and give the dataset a file of them."""
    import tempfile  # noqa: PLC0415
    from hashlib import sha256  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from fairwatt.services.lakes import get_lake  # noqa: PLC0415

    with tempfile.NamedTemporaryFile(delete=False) as out:
        out.write(content)
    digest = sha256(content).hexdigest()
    get_lake().raw.add(Path(out.name), sha256=digest)
    return stock.file(dataset, name, sha256=digest, size=len(content), **fields), content


@pytest.fixture
def ask() -> Client:
    """A program without credentials; CSRF is enforced as for everybody."""
    return Client(enforce_csrf_checks=True)
