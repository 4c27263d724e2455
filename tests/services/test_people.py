"""Organisations' people: invitations by mail, roles, and leaving."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.records.models import AuditEvent, Invitation, Membership, User
from fairwatt.services import people
from fairwatt.services.actors import Actor
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward() -> Actor:
    user = stock.person("stella")
    stock.organization("LCH").memberships.create(user=user, role="steward")
    return Actor(user=user)


def _invite(
    actor: Actor, mailoutbox: list, capture: object, email: str = "new@people.example", role: str = "member"
) -> str:
    """Invite somebody; the secret of the link in the mail."""
    with capture(execute=True):
        people.invite_person(actor=actor, email=email, organization="LCH", role=role, at=NOW)
    assert mailoutbox[-1].to == [email.strip().lower()]
    return re.search(r"/invitations/([\w-]+)/", mailoutbox[-1].body)[1]


def _newcomer(email: str = "new@people.example") -> Actor:
    return Actor(user=User.objects.create_user(email))


def test_an_invited_person_joins_by_the_link_in_the_mail(
    steward: Actor, mailoutbox: list, django_capture_on_commit_callbacks: object, settings: object
) -> None:
    secret = _invite(steward, mailoutbox, django_capture_on_commit_callbacks, " New@People.example ", "steward")
    assert f"{settings.BASE_URL}/invitations/{secret}/" in mailoutbox[0].body
    assert secret not in str(list(Invitation.objects.values()))
    assert secret not in str(list(AuditEvent.objects.values()))
    assert people.find_invitation(secret=secret, at=NOW).email == "new@people.example"
    newcomer = _newcomer()
    membership = people.accept_invitation(actor=newcomer, secret=secret, at=NOW + DAY)
    assert (membership.user, membership.organization.code, membership.role) == (newcomer.user, "LCH", "steward")
    with pytest.raises(NotFound, match="no longer works"):
        people.accept_invitation(actor=newcomer, secret=secret, at=NOW + DAY)
    assert people.find_invitation(secret=secret, at=NOW + DAY) is None
    assert set(AuditEvent.objects.values_list("verb", flat=True)) == {"person.invited", "person.joined"}


def test_an_invitation_is_good_for_two_weeks_for_one_address_and_until_revoked(
    steward: Actor, mailoutbox: list, django_capture_on_commit_callbacks: object
) -> None:
    secret = _invite(steward, mailoutbox, django_capture_on_commit_callbacks)
    newcomer = _newcomer()
    with pytest.raises(NotAllowed, match="another address"):
        people.accept_invitation(actor=_newcomer("else@people.example"), secret=secret, at=NOW)
    with pytest.raises(NotSignedIn):
        people.accept_invitation(actor=Actor.anonymous(), secret=secret, at=NOW)
    with pytest.raises(NotFound):
        people.accept_invitation(actor=newcomer, secret=secret, at=NOW + timedelta(days=14))
    with pytest.raises(NotFound):
        people.accept_invitation(actor=newcomer, secret="wrong", at=NOW)
    [open_one] = people.list_invitations(actor=steward, organization="lch", at=NOW)
    people.revoke_invitation(actor=steward, invitation_id=open_one.pk, at=NOW)
    with pytest.raises(NotFound):
        people.accept_invitation(actor=newcomer, secret=secret, at=NOW)
    assert not Membership.objects.filter(user=newcomer.user).exists()


def test_a_second_invitation_replaces_the_first(
    steward: Actor, mailoutbox: list, django_capture_on_commit_callbacks: object
) -> None:
    first = _invite(steward, mailoutbox, django_capture_on_commit_callbacks)
    second = _invite(steward, mailoutbox, django_capture_on_commit_callbacks)
    newcomer = _newcomer()
    with pytest.raises(NotFound):
        people.accept_invitation(actor=newcomer, secret=first, at=NOW)
    people.accept_invitation(actor=newcomer, secret=second, at=NOW)
    with pytest.raises(Conflict, match="belongs to"):
        _invite(steward, mailoutbox, django_capture_on_commit_callbacks)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"email": "nobody"}, "email"), ({"email": "a@b\0.example"}, "email"), ({"role": "king"}, "role")],
)
def test_what_an_invitation_may_not_be_is_said(steward: Actor, fields: dict[str, str], field: str) -> None:
    values = {"email": "new@people.example", "organization": "LCH", "role": "member"} | fields
    with pytest.raises(InvalidInput) as refusal:
        people.invite_person(actor=steward, at=NOW, **values)
    assert refusal.value.where["field"] == field


def test_only_stewards_of_the_place_and_managers_invite(steward: Actor) -> None:
    stock.organization("TCC")
    colleague = stock.actor(stock.person("col", organization=stock.organization("LCH")))
    manager = Actor(user=stock.person("mel", is_manager=True))
    invite = {"email": "new@people.example", "role": "member", "at": NOW}
    for actor, code, refusal in (
        (steward, "TCC", NotAllowed),
        (steward, "NONE", NotFound),
        (colleague, "LCH", NotAllowed),
        (Actor.anonymous(), "LCH", NotSignedIn),
        (Actor(user=steward.user, scopes=frozenset({"deposit"})), "LCH", NotAllowed),
        (Actor(user=manager.user, scopes=frozenset({"deposit"})), "LCH", NotAllowed),
    ):
        with pytest.raises(refusal):
            people.invite_person(actor=actor, organization=code, **invite)
        with pytest.raises(refusal):
            people.list_invitations(actor=actor, organization=code, at=NOW)
    assert people.invite_person(actor=manager, organization="TCC", **invite).organization.code == "TCC"
    assert [place.code for place in people.list_managed(actor=steward)] == ["LCH"]
    assert {place.code for place in people.list_managed(actor=manager)} == {"LCH", "TCC"}


def test_members_are_listed_for_members_and_managers(steward: Actor) -> None:
    member = stock.person("col", organization=stock.organization("LCH"))
    names = [m.user for m in people.list_members(actor=Actor(user=member), organization="LCH")]
    assert names == sorted([member, steward.user], key=lambda user: user.email)
    with pytest.raises(NotAllowed):
        people.list_members(actor=Actor(user=stock.person()), organization="LCH")


def test_roles_change_and_the_last_steward_stays_unless_a_manager_says_otherwise(steward: Actor) -> None:
    home = stock.organization("LCH")
    member = Membership.objects.create(user=stock.person("col"), organization=home)
    own = Membership.objects.get(user=steward.user)
    with pytest.raises(Conflict, match="without a steward"):
        people.change_role(actor=steward, membership_id=own.pk, role="member", at=NOW)
    with pytest.raises(Conflict, match="without a steward"):
        people.remove_member(actor=steward, membership_id=own.pk, at=NOW)
    with pytest.raises(NotFound):
        people.change_role(actor=Actor(user=member.user), membership_id=own.pk, role="member", at=NOW)
    assert people.change_role(actor=steward, membership_id=member.pk, role="steward", at=NOW).role == "steward"
    people.remove_member(actor=steward, membership_id=own.pk, at=NOW)
    people.change_role(actor=Actor(user=stock.person(is_manager=True)), membership_id=member.pk, role="member", at=NOW)
    assert list(home.memberships.values_list("user", "role")) == [(member.user_id, "member")]
    event = AuditEvent.objects.filter(verb="person.role-changed").latest("pk")
    assert event.detail == {"before": "steward", "after": "member"}


def test_members_leave_by_themselves_and_can_not_send_others_away(steward: Actor) -> None:
    home = stock.organization("LCH")
    one = Membership.objects.create(user=stock.person("one"), organization=home)
    two = Membership.objects.create(user=stock.person("two"), organization=home)
    with pytest.raises(NotFound):
        people.remove_member(actor=Actor(user=one.user), membership_id=two.pk, at=NOW)
    people.remove_member(actor=Actor(user=one.user), membership_id=one.pk, at=NOW)
    assert set(home.memberships.values_list("user", flat=True)) == {two.user_id, steward.user.pk}
