"""Who asks, and what they may at all: the matrix of people, tokens and scopes."""

from __future__ import annotations

import pytest

from fairwatt.core.errors import NotAllowed, NotSignedIn
from fairwatt.services.actors import SCOPES, Actor, is_member, is_steward, organizations, require_manager, require_user
from tests.services import stock

pytestmark = pytest.mark.django_db


def _may(actor: Actor) -> str:
    return " ".join(scope for scope in SCOPES if actor.may(scope))


def test_what_each_kind_of_actor_may() -> None:
    person, manager = stock.person("ann"), stock.person("mel", is_manager=True)
    closed = stock.person("gone", is_manager=True, is_active=False)
    assert _may(Actor.anonymous()) == "read"
    assert _may(Actor.system()) == "read deposit manage"
    assert _may(Actor(user=person)) == "read deposit"
    assert _may(Actor(user=manager)) == "read deposit manage"
    assert _may(Actor(user=closed)) == "read"
    assert _may(Actor(user=person, scopes=frozenset({"deposit"}))) == "deposit"
    assert _may(Actor(user=person, scopes=frozenset({"manage"}))) == ""
    assert _may(Actor(user=manager, scopes=frozenset({"manage"}))) == "manage"
    assert _may(Actor(user=manager, scopes=frozenset())) == ""


def test_refusals_say_whether_to_sign_in_or_to_ask_for_more() -> None:
    person = stock.person("ann")
    with pytest.raises(NotSignedIn):
        require_user(Actor.anonymous())
    with pytest.raises(NotSignedIn):
        require_user(Actor(user=stock.person(is_active=False)))
    with pytest.raises(NotAllowed, match="scope “deposit”") as refusal:
        require_user(Actor(user=person, scopes=frozenset({"read"})), "deposit")
    assert refusal.value.where == {"scope": "deposit"}
    with pytest.raises(NotAllowed, match="Only data managers"):
        require_manager(Actor(user=person))
    with pytest.raises(NotSignedIn):
        require_manager(Actor.anonymous())
    assert require_manager(Actor.system()) is None
    assert require_user(Actor(user=person)) == person


def test_memberships_make_members_and_stewards() -> None:
    outside, home = stock.organization("MET", is_partner=False), stock.organization("LCH")
    user = stock.person("ann", organization=outside)
    home.memberships.create(user=user, role="steward")
    actor = Actor(user=user)
    assert [place.code for place in organizations(actor)] == ["LCH", "MET"], "the project's partners come first"
    assert (is_member(actor, outside), is_steward(actor, outside)) == (True, False)
    assert (is_member(actor, home), is_steward(actor, home)) == (True, True)
    for nobody in (Actor.anonymous(), Actor.system(), Actor(user=stock.person())):
        assert not organizations(nobody).exists()
        assert not is_member(nobody, home)
        assert not is_steward(nobody, home)
    assert not is_member(actor, None)
    assert not is_steward(actor, None)


def test_the_audit_log_can_name_everybody() -> None:
    assert Actor.anonymous().label == "Somebody not signed in"
    assert Actor.system().label == "Fairwatt"
    assert Actor(user=stock.person("Ann Example")).label == "Ann Example"
