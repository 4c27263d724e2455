"""A server in a thread, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from fairwatt.api.ratelimits import limits
from fairwatt.client import Client
from fairwatt.client.uploads import Memory
from fairwatt.records.models import User
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import create_token
from tests.services import stock


@pytest.fixture(autouse=True)
def _full_buckets() -> Iterator[None]:
    limits.reset()
    yield
    limits.reset()


@pytest.fixture
def partner(transactional_db: None) -> User:
    return stock.person("pat", organization=stock.organization("TCC"))


@pytest.fixture
def token(partner: User) -> str:
    _, secret = create_token(
        actor=Actor(user=partner), name="test", scopes=("read", "deposit"), days=1, at=timezone.now()
    )
    return secret


@pytest.fixture
def client(live_server: LiveServer, token: str) -> Iterator[Client]:
    with Client(live_server.url, token, sleep=lambda _: None) as client:
        yield client


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "uploads.json")
