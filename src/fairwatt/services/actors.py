"""Who is asking: a person in the browser, a program with a token, nobody, or the platform itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from fairwatt.core.errors import NotAllowed, NotSignedIn
from fairwatt.records.models import Membership, Organization, User

READ = "read"
DEPOSIT = "deposit"
MANAGE = "manage"
WRITE = "write"  # live readings into one dataset: of deploy tokens, which carry nothing else
SCOPES = (READ, DEPOSIT, MANAGE)


@dataclass(frozen=True)
class Actor:
    """Somebody who asks a service for something.

    Attributes
    ----------
    user
        The person; None for somebody who has not signed in, and for the platform itself.
    scopes
        What a token allows of all that its person may do; None where no token is used.
    address
        The network address the question came from, for the audit log.
    is_system
        The platform itself, at work by its own rules.
    dataset_id
        The one dataset that a deploy token is for.
    """

    user: User | None = None
    scopes: frozenset[str] | None = None
    address: str | None = None
    is_system: bool = False
    dataset_id: int | None = None

    @classmethod
    def anonymous(cls, address: str | None = None) -> Actor:
        """Somebody who has not signed in."""
        return cls(address=address)

    @classmethod
    def system(cls) -> Actor:
        """The platform itself."""
        return cls(is_system=True)

    @property
    def is_signed_in(self) -> bool:
        """Whether there is an active person behind this."""
        return self.user is not None and self.user.is_active

    @property
    def is_manager(self) -> bool:
        """Whether this is a data manager. What a manager *does* needs ``may("manage")`` besides."""
        return self.is_system or (self.user is not None and self.user.is_active and self.user.is_manager)

    @property
    def label(self) -> str:
        """How the audit log names them."""
        if self.is_system:
            return "Fairwatt"
        return str(self.user)[:200] if self.user is not None else "Somebody not signed in"

    def may(self, scope: str) -> bool:
        """Whether this actor's token, where there is one, reaches as far as ``scope``.

        ``manage`` is for managers only; anybody may try to read, and the data's own rules decide.
        """
        if self.is_system:
            return True
        if self.scopes is not None and scope not in self.scopes:
            return False
        if scope == READ:
            return True
        return self.is_manager if scope == MANAGE else self.is_signed_in


def organizations(actor: Actor) -> QuerySet[Organization]:
    """The organisations the actor belongs to, partners of the project first."""
    if not actor.is_signed_in:
        return Organization.objects.none()
    return Organization.objects.filter(memberships__user=actor.user).order_by("-is_partner", "memberships__since", "pk")


def require_user(actor: Actor, scope: str = READ, *others: str) -> User:
    """The person behind the actor, whose token reaches as far as ``scope`` or one of ``others``.

    Raises
    ------
    NotSignedIn
        Where there is none.
    NotAllowed
        Where their token reaches none of them.
    """
    if actor.user is None or not actor.user.is_active:
        raise NotSignedIn("This is for people who have signed in.", next_step="Sign in and try again.")
    scopes = (scope, *others)
    if not any(actor.may(one) for one in scopes):
        if actor.scopes is None:
            raise NotAllowed("Only data managers may do this.", next_step="Ask one of the project's data managers.")
        raise NotAllowed(
            f"This token does not carry the scope {' or '.join(f'“{one}”' for one in scopes)}.",
            where={"scope": scope},
            next_step="Make a token with that scope on your account page.",
        )
    return actor.user


def require_manager(actor: Actor) -> User | None:
    """Raise unless the actor may manage; the manager, or None for the platform itself."""
    if actor.is_system:
        return None
    return require_user(actor, MANAGE)


def is_member(actor: Actor, organization: Organization | None) -> bool:
    """Whether the actor belongs to ``organization``."""
    if organization is None or not actor.is_signed_in:
        return False
    return Membership.objects.filter(user=actor.user, organization=organization).exists()


def is_steward(actor: Actor, organization: Organization | None) -> bool:
    """Whether the actor answers for ``organization``."""
    if organization is None or not actor.is_signed_in:
        return False
    return Membership.objects.filter(user=actor.user, organization=organization, role=Membership.Role.STEWARD).exists()
