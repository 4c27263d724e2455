"""Keys for programs: named, scoped, expiring, stored as a digest, shown once, revocable."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.records.models import ApiToken, Dataset, Membership, User
from fairwatt.services.actors import MANAGE, SCOPES, WRITE, Actor, require_user
from fairwatt.services.audit import record_event

MARK = "fwt_"
PREFIX_LENGTH = 10
MOST_DAYS = 365
MOST_TOKENS = 50
USE_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_token(*, actor: Actor, name: str, scopes: Iterable[str], days: int, at: datetime) -> tuple[ApiToken, str]:
    """Make a token for the actor; the secret is returned once and never stored.

    Parameters
    ----------
    scopes
        Some of ``read``, ``deposit`` and ``manage``; the last for managers only.
    days
        How long it works, 1 to 365.

    Raises
    ------
    InvalidInput
        Where name, scopes or days can't be used.
    NotAllowed
        Where a token asks for another: tokens are made by people in the portal.
    """
    user = require_user(actor)
    if actor.scopes is not None:
        raise NotAllowed(
            "A token can't make tokens.", next_step="Sign in to the portal and make it on your account page."
        )
    return _make(actor, user, name=name, scopes=_check_scopes(actor, scopes), days=days, at=at)


@transaction.atomic
def create_deploy_token(*, actor: Actor, dataset: Dataset, name: str, days: int, at: datetime) -> tuple[ApiToken, str]:
    """Make a token that can do one thing: write live readings into one dataset.

    It works for as long as its maker may; the caller has asked whether that is so now.

    Raises
    ------
    InvalidInput, NotAllowed
        As :func:`create_token` does.
    """
    user = require_user(actor)
    if actor.scopes is not None:
        raise NotAllowed("A token can't make tokens.", next_step="Sign in to the portal and make it there.")
    return _make(actor, user, name=name, scopes=[WRITE], days=days, at=at, dataset=dataset)


def _make(
    actor: Actor, user: User, *, name: str, scopes: list[str], days: int, at: datetime, dataset: Dataset | None = None
) -> tuple[ApiToken, str]:
    name = _check_name(name)
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"A token works for 1 to {MOST_DAYS} days, not {days}.", where={"field": "days"})
    User.objects.select_for_update().get(pk=user.pk)
    if ApiToken.objects.filter(user=user, revoked_at__isnull=True, expires_at__gt=at).count() >= MOST_TOKENS:
        raise Conflict(f"You have {MOST_TOKENS} working tokens.", next_step="Revoke those you no longer need.")
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=_digest(secret),
        scopes=scopes,
        dataset=dataset,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    detail = {"scopes": scopes, "days": days} | ({"dataset": dataset.key} if dataset is not None else {})
    record_event(actor=actor, verb="token.created", subject=token, at=at, detail=detail)
    return token, secret


def _check_scopes(actor: Actor, scopes: Iterable[str]) -> list[str]:
    wanted = set(scopes)
    if unknown := sorted(wanted - set(SCOPES)):
        raise InvalidInput(f"There is no scope “{unknown[0]}”.", where={"field": "scopes"})
    if not wanted:
        raise InvalidInput("Choose what the token may do.", where={"field": "scopes"})
    if MANAGE in wanted and not actor.is_manager:
        raise InvalidInput("Only data managers can make tokens that manage.", where={"field": "scopes"})
    return [scope for scope in SCOPES if scope in wanted]


def _check_name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not 1 <= len(name) <= 80:  # noqa: PLR2004 - the column's width
        raise InvalidInput("Give the token a name of at most 80 characters.", where={"field": "name"})
    return name


def list_tokens(*, actor: Actor, user: User | None = None) -> list[ApiToken]:
    """The actor's tokens, latest first; with ``user`` that person's, for those who may revoke them."""
    me = require_user(actor)
    if user is not None and user.pk != me.pk and not _answers_for(actor, user):
        raise NotAllowed("You may see your own tokens only.")
    return list(ApiToken.objects.filter(user=user or me))


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: int, at: datetime) -> ApiToken:
    """Stop a token from working, at once; by its owner, a steward of their organisation, or a manager.

    Raises
    ------
    NotFound
        Where there is none that the actor may revoke.
    """
    user = require_user(actor)
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("user").filter(pk=token_id).first()
    if token is None or not (token.user_id == user.pk or _answers_for(actor, token.user)):
        raise NotFound("There is no such token.", where={"token": token_id})
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = at, user
        token.save(update_fields=["revoked_at", "revoked_by"])
        record_event(actor=actor, verb="token.revoked", subject=token, at=at, detail={"owner": token.user_id})
    return token


def authenticate_token(*, secret: str, at: datetime, scopes: Sequence[str] = (), address: str | None = None) -> Actor:
    """The actor a token stands for.

    Raises
    ------
    NotSignedIn
        Where the token is unknown, revoked or out of date, or its owner's account is closed.
    NotAllowed
        Where it carries none of ``scopes``.
    """
    token = ApiToken.objects.select_related("user").filter(digest=_digest(secret)).first()
    if token is None or not secret.startswith(MARK):
        raise NotSignedIn("This token is not known.", next_step="Make one on your account page.")
    if token.revoked_at is not None or token.expires_at <= at or not token.user.is_active:
        raise NotSignedIn("This token no longer works.", next_step="Make a new one on your account page.")
    actor = Actor(user=token.user, scopes=frozenset(token.scopes), address=address, dataset_id=token.dataset_id)
    if scopes:
        require_user(actor, *scopes)
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at <= at - USE_NOTED_EVERY:
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=at)
    return actor


def _answers_for(actor: Actor, owner: User) -> bool:
    if actor.may(MANAGE):
        return True
    if actor.scopes is not None:
        return False
    mine = Membership.objects.filter(user=actor.user, role=Membership.Role.STEWARD).values("organization")
    return Membership.objects.filter(user=owner, organization__in=mine).exists()


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
