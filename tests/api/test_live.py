"""Live readings over HTTP: who may send them, what is taken, what is said of what is not, and what is read back."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.api.ratelimits import limits
from fairwatt.records.models import ApiToken, Channel, Dataset, File, FileFinding, LiveFeed, User
from fairwatt.services.actors import Actor
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_draining import drain_now
from fairwatt.services.live_feeds import close_live_feed, make_deploy_token, open_live_feed
from tests.services import stock

BEGIN = datetime(2026, 5, 1, 12, tzinfo=UTC)
Send = Callable[..., Any]


@pytest.fixture
def dataset(partner: User) -> Dataset:
    """A dataset of the partner's, open to everyone, with a live feed."""
    owner = stock.dataset("Roof of the school", created_by=partner, release={"public": stock.NOW - stock.DAY})
    open_live_feed(actor=Actor(user=partner), dataset_key=owner.key, at=timezone.now())
    return owner


@pytest.fixture
def secret(dataset: Dataset, partner: User) -> str:
    return make_deploy_token(
        actor=Actor(user=partner), dataset_key=dataset.key, name="logger", days=30, at=timezone.now()
    )[1]


@pytest.fixture
def send(ask: Client, dataset: Dataset, secret: str) -> Send:
    """Send readings as the logger does."""

    def post(body: object, kind: str = "application/json", query: str = "", **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return ask.post(
            f"/api/v1/datasets/{dataset.key}/readings{query}",
            data,
            content_type=kind,
            headers={"Authorization": f"Bearer {secret}", **headers},
        )

    return post


def _record(minute: int = 0, **values: object) -> dict[str, object]:
    return {"start": (BEGIN + timedelta(minutes=minute)).isoformat(), **(values or {"power_kw": minute + 0.5})}


def _read(ask: Client, dataset: Dataset, query: str = "") -> list[dict[str, Any]]:
    answer = ask.get(f"/api/v1/datasets/{dataset.key}/readings?format=json{query}")
    found: list[dict[str, Any]] = json.loads(answer.getvalue() if not answer.streaming else b"".join(answer))
    return found


def test_readings_that_were_acknowledged_are_read_back_as_they_came_without_a_commit_to_the_table(
    send: Send, ask: Client, dataset: Dataset
) -> None:
    answer = send([_record(0, power_kw=1.25, state="on"), _record(1, power_kw=2, voltage_v=240.1)])

    assert (answer.status_code, answer.json()) == (202, {"points": 2, "readings": 4})
    done = drain_now(at=timezone.now())
    assert done.folded == ()
    assert _read(ask, dataset) == [
        {"start": "2026-05-01T12:00:00Z", "power_kw": 1.25, "state": "on", "voltage_v": None},
        {"start": "2026-05-01T12:01:00Z", "power_kw": 2.0, "state": None, "voltage_v": 240.1},
    ]
    drain_now(at=timezone.now(), fold_all=True)
    assert [row["power_kw"] for row in _read(ask, dataset)] == [1.25, 2.0]


def test_the_page_says_how_to_connect_and_shows_a_tokens_secret_once(
    client: Client, partner: User, dataset: Dataset, send: Send
) -> None:
    send([_record(0)])
    drain_now(at=timezone.now())
    client.force_login(partner)
    made = client.post(f"/datasets/{dataset.key}/live/", {"name": "roof", "days": "30"}).content.decode()
    again = client.get(f"/datasets/{dataset.key}/live/").content.decode()

    shown = ApiToken.objects.get(name="roof")
    assert made.count(shown.prefix) == 2
    assert again.count(shown.prefix) == 1
    assert f"/api/v1/datasets/{dataset.key}/readings" in again
    assert "1 May 2026" in again
    client.post(f"/datasets/{dataset.key}/live/tokens/{shown.pk}/revoke/")
    client.post(f"/datasets/{dataset.key}/live/close/")
    shown.refresh_from_db()
    assert shown.revoked_at is not None
    assert LiveFeed.objects.get().closed_at is not None
    assert "Live feed" in client.get(f"/datasets/{dataset.key}/").content.decode()
    assert send([_record(1)]).status_code == 409
