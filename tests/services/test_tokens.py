"""Tokens of programs: what they may be, what they stand for, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.records.models import ApiToken, AuditEvent
from fairwatt.services import tokens
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import authenticate_token, create_token, list_tokens, revoke_token
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db


def _make(actor: Actor, *scopes: str, days: int = 30) -> tuple[ApiToken, str]:
    return create_token(actor=actor, name="logger", scopes=scopes or ("read",), days=days, at=NOW)


def test_a_token_is_shown_once_and_stored_as_a_digest() -> None:
    actor = stock.actor(stock.person())
    token, secret = _make(actor, "deposit", "read")
    assert secret.startswith("fwt_")
    assert len(secret) == 47
    row = ApiToken.objects.get(pk=token.pk)
    assert (row.scopes, row.prefix, row.expires_at) == (["read", "deposit"], secret[:10], NOW + 30 * DAY)
    assert secret not in str(ApiToken.objects.values().get(pk=token.pk))
    event = AuditEvent.objects.get(verb="token.created")
    assert secret not in str(event.detail) + event.subject_label


def test_a_token_stands_for_its_person_within_its_scopes() -> None:
    user = stock.person()
    _, secret = _make(stock.actor(user), "read")
    actor = authenticate_token(secret=secret, at=NOW, scopes=["read"], address="192.0.2.1")
    assert (actor.user, actor.scopes, actor.address) == (user, frozenset({"read"}), "192.0.2.1")
    assert actor.may("read")
    assert not actor.may("deposit")
    with pytest.raises(NotAllowed, match="does not carry the scope “deposit”"):
        authenticate_token(secret=secret, at=NOW, scopes=["deposit"])


def test_unknown_expired_and_revoked_tokens_and_closed_accounts_are_nobody() -> None:
    user = stock.person()
    token, secret = _make(stock.actor(user), days=1)
    for wrong in ("", "fwt_", secret[:-1], secret + "x", "é" * 40, "\ud800", "fwt_\0"):
        with pytest.raises(NotSignedIn, match="not known"):
            authenticate_token(secret=wrong, at=NOW)
    assert authenticate_token(secret=secret, at=NOW + DAY - timedelta(microseconds=1)).user == user
    with pytest.raises(NotSignedIn, match="no longer works"):
        authenticate_token(secret=secret, at=NOW + DAY)
    user.is_active = False
    user.save()
    with pytest.raises(NotSignedIn, match="no longer works"):
        authenticate_token(secret=secret, at=NOW)
    user.is_active = True
    user.save()
    revoke_token(actor=stock.actor(user), token_id=token.pk, at=NOW)
    with pytest.raises(NotSignedIn, match="no longer works"):
        authenticate_token(secret=secret, at=NOW)


def test_its_last_use_is_noted_at_most_once_a_minute() -> None:
    token, secret = _make(stock.actor(stock.person()))
    seen = []
    for second in (0, 30, 59, 61, 100, 122):
        authenticate_token(secret=secret, at=NOW + timedelta(seconds=second))
        token.refresh_from_db()
        seen.append((token.last_used_at - NOW).total_seconds())
    assert seen == [0, 0, 0, 61, 61, 122]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["manage"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"name": " \0 "}, "name"),
        ({"name": "x" * 81}, "name"),
    ],
)
def test_what_a_token_may_not_be_is_said(fields: dict[str, object], field: str) -> None:
    values = {"name": "logger", "scopes": ["read"], "days": 30} | fields
    with pytest.raises(InvalidInput) as refusal:
        create_token(actor=stock.actor(stock.person()), at=NOW, **values)
    assert refusal.value.where["field"] == field
    assert not ApiToken.objects.exists()


def test_a_managers_token_manages_only_while_they_are_a_manager() -> None:
    user = stock.person(is_manager=True)
    _, secret = _make(stock.actor(user), "manage")
    assert authenticate_token(secret=secret, at=NOW, scopes=["manage"]).may("manage")
    user.is_manager = False
    user.save()
    with pytest.raises(NotAllowed):
        authenticate_token(secret=secret, at=NOW, scopes=["manage"])


def test_tokens_make_no_tokens_and_nobody_makes_fifty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    user = stock.person()
    with pytest.raises(NotAllowed, match="can't make tokens"):
        _make(stock.actor(user, "read", "deposit"))
    with pytest.raises(NotSignedIn):
        _make(Actor.anonymous())
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    _make(stock.actor(user))
    with pytest.raises(Conflict, match="1 working tokens"):
        _make(stock.actor(user))


def test_owners_their_stewards_and_managers_revoke_and_others_know_of_nothing() -> None:
    home, away = stock.organization("LCH"), stock.organization("TCC")
    owner = stock.person("owner", organization=home)
    people = {name: stock.person(name) for name in ("steward", "colleague", "stranger", "foreign steward")}
    home.memberships.create(user=people["steward"], role="steward")
    home.memberships.create(user=people["colleague"], role="member")
    away.memberships.create(user=people["foreign steward"], role="steward")
    for allowed in (owner, people["steward"], stock.person("mel", is_manager=True)):
        token, secret = _make(stock.actor(owner))
        revoked = revoke_token(actor=stock.actor(allowed), token_id=token.pk, at=NOW)
        assert (revoked.revoked_at, revoked.revoked_by) == (NOW, allowed)
        with pytest.raises(NotSignedIn):
            authenticate_token(secret=secret, at=NOW)
        assert token in list_tokens(actor=stock.actor(allowed), user=owner)
    token, secret = _make(stock.actor(owner))
    for name in ("colleague", "stranger", "foreign steward"):
        with pytest.raises(NotFound):
            revoke_token(actor=stock.actor(people[name]), token_id=token.pk, at=NOW)
        with pytest.raises(NotAllowed):
            list_tokens(actor=stock.actor(people[name]), user=owner)
    with pytest.raises(NotFound):
        revoke_token(actor=stock.actor(people["steward"], "read"), token_id=token.pk, at=NOW)
    assert authenticate_token(secret=secret, at=NOW).user == owner
