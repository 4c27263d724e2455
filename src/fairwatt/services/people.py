"""Organisations' people: invitations, roles, leaving. Stewards look after their own, managers after all."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from fairwatt.records.models import Invitation, Membership, Organization
from fairwatt.services.actors import MANAGE, Actor, is_member, is_steward, require_user
from fairwatt.services.audit import record_event
from fairwatt.services.links import absolute, invitation_path
from fairwatt.services.notifications import notify, send_mails, stewards

INVITED_FOR = timedelta(days=14)


@transaction.atomic
def invite_person(*, actor: Actor, email: str, organization: str, role: str, at: datetime) -> Invitation:
    """Invite somebody by mail to join an organisation; an earlier open invitation is replaced.

    Parameters
    ----------
    organization
        Its code.
    role
        ``member`` or ``steward``.

    Raises
    ------
    NotAllowed
        Unless the actor is a steward of the organisation or a manager.
    InvalidInput, Conflict
        Where the address or role can't be used, or the person is a member already.
    """
    place = _managed_organization(actor, organization)
    email, role = _check_email(email), _check_role(role)
    if Membership.objects.filter(organization=place, user__email__iexact=email).exists():
        raise Conflict(f"{email} belongs to {place.name} already.", where={"field": "email"})
    Invitation.objects.filter(
        organization=place, email__iexact=email, accepted_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=at)
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        organization=place,
        role=role,
        digest=_digest(secret),
        invited_by=actor.user,
        created_at=at,
        expires_at=at + INVITED_FOR,
    )
    record_event(actor=actor, verb="person.invited", subject=invitation, at=at, detail={"role": role})
    body = (
        f"{actor.label} invites you to join {place.name} as a {role}.\n\n"
        f"Sign in or sign up with this address ({email}), then open\n{absolute(invitation_path(secret))}\n\n"
        f"The invitation is good until {invitation.expires_at:%-d %B %Y}."
    )
    transaction.on_commit(lambda: send_mails([email], f"Join {place.name}", body), robust=True)
    return invitation


def find_invitation(*, secret: str, at: datetime) -> Invitation | None:
    """The open invitation behind a link, or None."""
    return (
        Invitation.objects.select_related("organization", "invited_by")
        .filter(digest=_digest(secret), accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)
        .first()
    )


@transaction.atomic
def accept_invitation(*, actor: Actor, secret: str, at: datetime) -> Membership:
    """Join the organisation of an invitation; only for the signed-in person with the invited address.

    Raises
    ------
    NotFound
        Where the link is unknown, used, revoked or out of date.
    NotAllowed
        Where it was sent to another address.
    """
    user = require_user(actor)
    invitation = Invitation.objects.select_for_update().filter(digest=_digest(secret)).first()
    if (
        invitation is None
        or invitation.accepted_at is not None
        or invitation.revoked_at is not None
        or invitation.expires_at <= at
    ):
        raise NotFound("This invitation no longer works.", next_step="Ask whoever invited you for a new one.")
    if invitation.email.casefold() != user.email.casefold():
        raise NotAllowed(
            "This invitation was sent to another address than the one you signed in with.",
            next_step="Sign in with the address the invitation was sent to.",
        )
    membership, made = Membership.objects.get_or_create(
        user=user, organization=invitation.organization, defaults={"role": invitation.role}
    )
    if not made and invitation.role == Membership.Role.STEWARD and membership.role != invitation.role:
        membership.role = invitation.role
        membership.save(update_fields=["role"])
    invitation.accepted_at, invitation.accepted_by = at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record_event(actor=actor, verb="person.joined", subject=membership, at=at, detail={"role": membership.role})
    notify(
        recipients=[s for s in stewards(invitation.organization) if s.pk != user.pk],
        text=f"{user} has joined {invitation.organization.name} as a {membership.role}.",
        url="/people/",
        at=at,
        mail=False,
    )
    return membership


@transaction.atomic
def revoke_invitation(*, actor: Actor, invitation_id: int, at: datetime) -> Invitation:
    """Take back an invitation that has not been accepted."""
    require_user(actor)
    invitation = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    if invitation is None or not _manages(actor, invitation.organization):
        raise NotFound("There is no such invitation.", where={"invitation": invitation_id})
    if invitation.accepted_at is not None:
        raise Conflict("This invitation has been accepted.", next_step="Remove the member instead.")
    if invitation.revoked_at is None:
        invitation.revoked_at = at
        invitation.save(update_fields=["revoked_at"])
        record_event(actor=actor, verb="invitation.revoked", subject=invitation, at=at)
    return invitation


def list_managed(*, actor: Actor) -> list[Organization]:
    """The organisations whose people the actor looks after: a manager all, a steward their own."""
    user = require_user(actor)
    if actor.may(MANAGE):
        return list(Organization.objects.all())
    return list(Organization.objects.filter(memberships__user=user, memberships__role=Membership.Role.STEWARD))


def list_members(*, actor: Actor, organization: str) -> list[Membership]:
    """An organisation's people with their roles, for its members and for managers."""
    require_user(actor)
    place = _find_organization(organization)
    if not (actor.may(MANAGE) or is_member(actor, place)):
        raise NotAllowed(f"Only people of {place.name} may see who belongs to it.")
    return list(
        Membership.objects.filter(organization=place).select_related("user", "organization").order_by("user__email")
    )


def list_invitations(*, actor: Actor, organization: str, at: datetime) -> list[Invitation]:
    """An organisation's open invitations, for its stewards and for managers."""
    place = _managed_organization(actor, organization)
    return list(
        Invitation.objects.filter(
            organization=place, accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at
        ).select_related("organization", "invited_by")
    )


@transaction.atomic
def change_role(*, actor: Actor, membership_id: int, role: str, at: datetime) -> Membership:
    """Make a member a steward or a steward a member; the last steward stays one unless a manager says so."""
    membership = _managed_membership(actor, membership_id)
    role = _check_role(role)
    if membership.role == role:
        return membership
    if role != Membership.Role.STEWARD:
        _check_not_last_steward(actor, membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    record_event(
        actor=actor, verb="person.role-changed", subject=membership, at=at, detail={"before": before, "after": role}
    )
    return membership


@transaction.atomic
def remove_member(*, actor: Actor, membership_id: int, at: datetime) -> None:
    """End a membership: a steward's or manager's to end, or one's own."""
    membership = _managed_membership(actor, membership_id, own=True)
    _check_not_last_steward(actor, membership)
    record_event(
        actor=actor,
        verb="person.removed",
        subject=membership,
        at=at,
        detail={"person": membership.user_id, "organization": membership.organization.code, "role": membership.role},
    )
    membership.delete()


def _manages(actor: Actor, organization: Organization) -> bool:
    return actor.may(MANAGE) or (actor.scopes is None and is_steward(actor, organization))


def _find_organization(code: str) -> Organization:
    found = Organization.objects.filter(code__iexact=code).first()
    if found is None:
        raise NotFound(f"There is no organisation “{code}”.", where={"organization": code})
    return found


def _managed_organization(actor: Actor, code: str) -> Organization:
    if not actor.is_system:
        require_user(actor)
    place = _find_organization(code)
    if not _manages(actor, place):
        raise NotAllowed(
            f"Only stewards of {place.name} and data managers may do this.",
            where={"organization": place.code},
            next_step=f"Ask a steward of {place.name}.",
        )
    return place


def _managed_membership(actor: Actor, membership_id: int, *, own: bool = False) -> Membership:
    user = require_user(actor)
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user", "organization")
        .filter(pk=membership_id)
        .first()
    )
    mine = membership is not None and own and membership.user_id == user.pk and actor.scopes is None
    if membership is None or not (mine or _manages(actor, membership.organization)):
        raise NotFound("There is no such membership.", where={"membership": membership_id})
    return membership


def _check_not_last_steward(actor: Actor, membership: Membership) -> None:
    if membership.role != Membership.Role.STEWARD or actor.may(MANAGE):
        return
    Organization.objects.select_for_update().get(pk=membership.organization_id)
    others = Membership.objects.filter(organization=membership.organization, role=Membership.Role.STEWARD).exclude(
        pk=membership.pk
    )
    if not others.exists():
        raise Conflict(
            f"{membership.organization.name} would be left without a steward.",
            next_step="Make somebody else a steward first, or ask a data manager.",
        )


def _check_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput(f"“{email[:80]}” is no e-mail address.", where={"field": "email"}) from error
    return email


def _check_role(role: str) -> str:
    if role not in Membership.Role.values:
        raise InvalidInput("A role is member or steward.", where={"field": "role"})
    return role


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
