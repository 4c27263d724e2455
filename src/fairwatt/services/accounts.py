"""Accounts that are made from the command line: the first data manager, and a demo's people.

Everybody else comes in through the portal: by an invitation, or by signing up as an outsider.
"""

from __future__ import annotations

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from fairwatt.core.errors import InvalidInput, NotAllowed, NotFound
from fairwatt.records.models import Membership, Organization, User
from fairwatt.services.actors import Actor
from fairwatt.services.audit import record_event
from fairwatt.services.links import absolute


@transaction.atomic
def make_account(
    *,
    actor: Actor,
    email: str,
    name: str,
    at: datetime,
    password: str | None = None,
    is_manager: bool = False,
    organization: str = "",
    role: str = Membership.Role.MEMBER,
) -> User:
    """Make a person whose address counts as verified, or bring an existing one up to date.

    Parameters
    ----------
    password
        None for an account that can't be signed in to until a password is chosen; an existing one's stays.
    organization, role
        Code of the organisation the person belongs to, "" for none; ``member`` or ``steward``.

    Raises
    ------
    NotAllowed
        Unless the actor is a manager or the platform itself.
    InvalidInput, NotFound
        Where the address can't be used, or there is no such organisation.
    """
    if not actor.is_manager:
        raise NotAllowed("Only data managers make accounts.", next_step="Ask a data manager for an invitation.")
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput(f"“{email[:80]}” is no e-mail address.", where={"field": "email"}) from error
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name, is_manager=is_manager)
    elif is_manager and not user.is_manager:
        user.is_manager = True
        user.save(update_fields=["is_manager"])
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    if organization:
        place = Organization.objects.filter(code__iexact=organization).first()
        if place is None:
            raise NotFound(f"There is no organisation {organization}.", next_step="Name it in the project file first.")
        Membership.objects.update_or_create(user=user, organization=place, defaults={"role": role})
    record_event(
        actor=actor,
        verb="person.added",
        subject=user,
        at=at,
        detail={"manager": is_manager, "organization": organization, "role": role if organization else ""},
    )
    return user


def make_manager(*, email: str, at: datetime) -> str:
    """Make somebody a data manager on the machine's owner's word, and answer with the address at which they choose
    their password.
    """
    user = make_account(actor=Actor.system(), email=email, name="", at=at, is_manager=True)
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, _, token = key.partition("-")
    return absolute(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}))


@transaction.atomic
def join_by_sign_on(*, user: User, organization: str, at: datetime) -> None:
    """Make a person who signed in through an organisation's own sign-in a member of it, once.

    An organisation that the project file does not name is passed over: the sign-in itself stays good.
    """
    place = Organization.objects.filter(code__iexact=organization).first()
    if place is None:
        return
    membership, is_new = Membership.objects.get_or_create(user=user, organization=place)
    if is_new:
        record_event(
            actor=Actor(user=user),
            verb="person.joined",
            subject=membership,
            at=at,
            detail={"organization": place.code, "by": "single sign-on"},
        )
