"""Tokens, sessions, CSRF, and how often one may ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from fairwatt.api.ratelimits import REFUSALS_BURST, Buckets, limits
from fairwatt.core.errors import TooManyRequests
from fairwatt.records.models import ApiToken, Dataset, User
from tests.api.conftest import MakeToken

DEPOSIT = {"origin": "foreground"}


def test_nobody_in_particular_reads_open_metadata(ask: Client, open_dataset: Dataset) -> None:
    answer = ask.get(f"/api/v1/datasets/{open_dataset.key}")
    assert answer.status_code == 200
    assert answer.json()["title"] == "School load"


def test_nobody_in_particular_is_told_to_sign_in(ask: Client, db: None) -> None:
    answer = ask.get("/api/v1/deposits")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="fairwatt"'
    assert answer["Content-Type"] == "application/problem+json"
    assert "token" in answer.json()["detail"]
    assert "account page" in answer.json()["next"]


def test_a_token_stands_for_its_person(ask: Client, partner: User, bearer: MakeToken) -> None:
    answer = ask.get("/api/v1/me", headers=bearer(partner, "read"))
    assert answer.json() == {
        "name": "pat",
        "email": partner.email,
        "is_signed_in": True,
        "is_manager": False,
        "scopes": ["read"],
        "organizations": [{"code": "TCC", "name": "The TCC organisation"}],
    }


@pytest.mark.parametrize(
    "header", ["Bearer fwt_unknown", "Bearer ", "Basic dXNlcjpwYXNz", "fwt_unknown", "Bearer \xff"]
)
def test_credentials_that_are_none_are_refused_even_for_open_data(
    ask: Client, open_dataset: Dataset, header: str
) -> None:
    answer = ask.get(f"/api/v1/datasets/{open_dataset.key}", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["type"].endswith("#problem-not-signed-in")


def test_a_token_that_is_over_or_revoked_no_longer_works(ask: Client, partner: User, bearer: MakeToken) -> None:
    expired, revoked = bearer(partner), bearer(partner)
    first, second = ApiToken.objects.order_by("pk")
    first.expires_at = timezone.now() - timedelta(seconds=1)
    first.save()
    second.revoked_at = timezone.now()
    second.save()
    for headers in (expired, revoked):
        assert ask.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("scope", ["read", "manage"])
def test_a_token_without_the_scope_is_refused(ask: Client, manager: User, bearer: MakeToken, scope: str) -> None:
    answer = ask.post("/api/v1/deposits", DEPOSIT, content_type="application/json", headers=bearer(manager, scope))
    assert answer.status_code == 403
    assert "deposit" in answer.json()["detail"]


def test_a_token_that_may_only_deposit_reads_no_data(
    ask: Client, partner: User, bearer: MakeToken, open_dataset: Dataset
) -> None:
    headers = bearer(partner, "deposit")
    for path in ("/api/v1/datasets", f"/api/v1/datasets/{open_dataset.key}", "/api/v1/reviews"):
        assert ask.get(path, headers=headers).status_code == 403, path


def test_a_session_changes_things_only_with_its_csrf_token(ask: Client, partner: User) -> None:
    ask.force_login(partner)
    assert ask.get("/api/v1/deposits").status_code == 200
    refused = ask.post("/api/v1/deposits", DEPOSIT, content_type="application/json")
    assert refused.status_code == 403
    assert "X-CSRFToken" in refused.json()["next"]
    ask.cookies["csrftoken"] = "a" * 32
    allowed = ask.post("/api/v1/deposits", DEPOSIT, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert allowed.status_code == 201


def test_a_token_needs_no_csrf_token_and_counts_before_the_session(
    ask: Client, partner: User, manager: User, bearer: MakeToken
) -> None:
    ask.force_login(manager)
    answer = ask.post("/api/v1/deposits", DEPOSIT, content_type="application/json", headers=bearer(partner))
    assert answer.status_code == 201
    assert answer.json()["organization"]["code"] == "TCC"


def test_who_asks_too_often_is_told_when_to_come_again(ask: Client, open_dataset: Dataset, settings: Settings) -> None:
    settings.FAIRWATT_API_REQUESTS_PER_MINUTE = 3
    limits.reset()
    answers = [ask.get(f"/api/v1/datasets/{open_dataset.key}") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 20
    assert answers[-1].json()["type"].endswith("#problem-too-many-requests")


def test_guessing_tokens_is_slowed_down_for_the_address(ask: Client, partner: User, bearer: MakeToken) -> None:
    wrong = {"Authorization": "Bearer fwt_wrong"}
    statuses = [ask.get("/api/v1/me", headers=wrong).status_code for _ in range(REFUSALS_BURST + 1)]
    assert statuses == [401] * REFUSALS_BURST + [429]
    assert ask.get("/api/v1/me", headers=bearer(partner)).status_code == 429
    assert ask.get("/api/v1/me").status_code == 200


def test_behind_our_own_proxy_the_last_hop_is_the_address(ask: Client, db: None, settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.FAIRWATT_API_REQUESTS_PER_MINUTE = 1
    limits.reset()
    statuses = [
        ask.get("/api/v1/me", headers={"X-Forwarded-For": f"10.0.0.9, {hop}"}).status_code
        for hop in ("192.0.2.1", "192.0.2.2", "192.0.2.1")
    ]
    assert statuses == [200, 200, 429]


def test_a_bucket_refills_with_time_and_never_beyond_its_burst() -> None:
    now = [0.0]
    buckets = Buckets(per_minute=60, burst=2, clock=lambda: now[0])
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(TooManyRequests) as refused:
        buckets.take("a")
    assert refused.value.retry_after_s == 1
    buckets.take("b")
    now[0] = 1000.0
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(TooManyRequests):
        buckets.check("a")
