"""Accounts from the command line, and memberships that follow from an organisation's own sign-in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from fairwatt.core.errors import InvalidInput, NotAllowed, NotFound
from fairwatt.records.models import AuditEvent, Membership, User
from fairwatt.services.accounts import join_by_sign_on, make_account, make_manager
from fairwatt.services.actors import Actor
from fairwatt.services.projects import sync_project

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def project() -> None:
    sync_project(at=AT)


def test_an_account_is_verified_and_belongs_where_it_should() -> None:
    user = make_account(
        actor=Actor.system(), email="Ada@TCC.example", name="Ada", password="a-long-word", organization="tcc", at=AT
    )

    assert user.check_password("a-long-word")
    assert EmailAddress.objects.get(user=user).verified
    assert [(m.organization.code, m.role) for m in user.memberships.all()] == [("TCC", "member")]
    assert AuditEvent.objects.get(verb="person.added").subject_id == str(user.pk)


def test_making_it_again_changes_the_role_and_keeps_the_password() -> None:
    for role, password in (("member", "a-long-word"), ("steward", "another-word")):
        make_account(
            actor=Actor.system(),
            email="ada@tcc.example",
            name="Ada",
            password=password,
            organization="TCC",
            role=role,
            at=AT,
        )

    user = User.objects.get()
    assert user.check_password("a-long-word")
    assert Membership.objects.get().role == "steward"


def test_people_who_are_no_managers_make_no_accounts() -> None:
    with pytest.raises(NotAllowed):
        make_account(actor=Actor.anonymous(), email="x@y.example", name="", at=AT)

    assert User.objects.count() == 0


@pytest.mark.parametrize(
    ("email", "organization", "error"), [("nobody", "", InvalidInput), ("a@b.example", "ZZZ", NotFound)]
)
def test_wrong_words_make_nothing(email: str, organization: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        make_account(actor=Actor.system(), email=email, name="", organization=organization, at=AT)

    assert User.objects.count() == 0


def test_a_first_manager_chooses_a_password_at_the_printed_address(client: Client) -> None:
    address = make_manager(email="morgan@tcc.example", at=timezone.now())

    page = client.get(address.replace("http://127.0.0.1:8000", ""), follow=True)

    assert User.objects.get().is_manager
    assert page.status_code == 200
    assert 'name="password1"' in page.content.decode()


def test_whoever_comes_through_an_organisations_sign_in_joins_it_once() -> None:
    user = User.objects.create_user("ada@tcc.example")

    join_by_sign_on(user=user, organization="tcc", at=AT)
    join_by_sign_on(user=user, organization="TCC", at=AT)
    join_by_sign_on(user=user, organization="unknown", at=AT)

    assert [(m.organization.code, m.role) for m in user.memberships.all()] == [("TCC", "member")]
    assert AuditEvent.objects.filter(verb="person.joined").count() == 1
