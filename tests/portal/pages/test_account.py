"""Names, tokens, invitations, notifications: what people do with their accounts."""

from __future__ import annotations

import re

from django.core import mail
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import ApiToken, AuditEvent, Invitation, Membership, Notification, User
from fairwatt.services.notifications import notify
from fairwatt.services.tokens import authenticate_token
from tests.portal.pages.conftest import Person, with_session
from tests.portal.pages.test_share import _text
from tests.services import entries, stock
from tests.services.entries import AT

WORDS = "three quiet herons"


def test_a_name_is_saved_and_recorded(partner: Person) -> None:
    answer = partner.client.post("/account/", {"name": "  Pat   Onyx "}, follow=True)
    assert "Your name is saved." in _text(answer)
    partner.user.refresh_from_db()
    assert partner.user.name == "Pat Onyx"
    event = AuditEvent.objects.get(verb="person.renamed")
    assert event.detail == {"before": "pat", "after": "Pat Onyx"}


def test_a_new_token_is_shown_once_and_works(partner: Person) -> None:
    made = partner.client.post("/account/tokens/", {"name": "Power BI", "scopes": ["read"], "days": "30"})
    found = re.search(r'id="secret">(fwt_[\w-]+)<', made.content.decode())
    assert found
    assert "no-store" in made["Cache-Control"]
    assert authenticate_token(secret=found[1], at=timezone.now(), scopes=["read"]).user == partner.user
    again = partner.client.get("/account/tokens/").content.decode()
    assert found[1] not in again
    assert "Power BI" in again
    token = ApiToken.objects.get()
    partner.client.post(f"/account/tokens/{token.pk}/revoke/")
    assert "Tokens that no longer work (1)" in _text(partner.client.get("/account/tokens/"))


def test_a_token_needs_a_name_and_a_scope_and_manages_for_managers_only(partner: Person, manager: Person) -> None:
    wrong = partner.client.post("/account/tokens/", {"name": "", "days": "30"})
    assert wrong.status_code == 422
    assert re.search(r'href="#id_scopes_0"', wrong.content.decode())
    refused = partner.client.post("/account/tokens/", {"name": "x", "scopes": ["manage"], "days": "30"})
    assert (refused.status_code, ApiToken.objects.count()) == (422, 0)
    assert "Manage:" in _text(manager.client.get("/account/tokens/"))


def _invite(partner: Person, email: str, django_capture_on_commit_callbacks: object) -> str:
    """Invite somebody through the page; the link that the mail holds."""
    with django_capture_on_commit_callbacks(execute=True):
        partner.client.post("/people/LCH/", {"email": email, "role": "member"})
    found = re.search(r"/invitations/[\w-]+/", mail.outbox[-1].body)
    assert found
    return found[0]


def test_an_invited_newcomer_signs_up_with_a_confirmed_address_and_joins(
    partner: Person, django_capture_on_commit_callbacks: object
) -> None:
    link = _invite(partner, "new@lch.example", django_capture_on_commit_callbacks)
    client = Client()
    page = client.get(link)
    assert "pat invites you to share data in its name, as a member." in _text(page)
    assert page["Referrer-Policy"] == "same-origin"  # with none, browsers send the form as from nowhere: refused
    signup = client.get("/accounts/signup/", {"next": link})
    assert 'value="new@lch.example"' in signup.content.decode()
    answers = {"name": "Nell", "email": "new@lch.example", "password1": WORDS, "password2": WORDS, "next": link}
    joined = client.post("/accounts/signup/", answers)
    assert joined["Location"] == link  # at once: whoever holds the link has read the mail
    done = client.post(link, follow=True)
    assert "Welcome to" in _text(done)
    newcomer = User.objects.get(email="new@lch.example")
    assert newcomer.name == "Nell"
    assert list(newcomer.memberships.values_list("organization__code", "role")) == [("LCH", "member")]
    assert client.get(link).status_code == 404


def test_an_invitation_is_for_its_address_only(partner: Person, django_capture_on_commit_callbacks: object) -> None:
    link = _invite(partner, "new@lch.example", django_capture_on_commit_callbacks)
    somebody = with_session(entries.partner("GRID", "olaf"))
    assert "Sign out, then open this link again" in _text(somebody.client.get(link))
    assert somebody.client.post(link).status_code == 403
    assert not Membership.objects.filter(user=somebody.user, organization__code="LCH").exists()


def test_an_invitation_that_was_taken_back_says_so(partner: Person, django_capture_on_commit_callbacks: object) -> None:
    link = _invite(partner, "new@lch.example", django_capture_on_commit_callbacks)
    invitation = Invitation.objects.get()
    assert "new@lch.example" in _text(partner.client.get("/people/LCH/"))
    partner.client.post(f"/people/invitations/{invitation.pk}/revoke/")
    answer = Client().get(link)
    assert answer.status_code == 404
    assert "This invitation no longer works" in _text(answer)


def test_an_outsider_signs_up_and_confirms_by_mail() -> None:
    client = Client()
    answers = {"name": "Ola", "email": "ola@elsewhere.example", "password1": WORDS, "password2": WORDS}
    client.post("/accounts/signup/", answers)
    assert client.get("/account/").status_code == 302
    link = re.search(r"/accounts/confirm-email/[^\s/]+/", mail.outbox[-1].body)
    assert link
    assert "Is ola@elsewhere.example yours?" in _text(client.get(link[0]))
    client.post(link[0])
    client.post("/accounts/login/", {"login": "ola@elsewhere.example", "password": WORDS})
    assert "You belong to no organisation yet" in _text(client.get("/account/"))


def test_people_are_given_roles_and_leave(partner: Person) -> None:
    colleague = with_session(entries.partner("LCH", "cora"))
    membership = Membership.objects.get(user=colleague.user)
    partner.client.post(f"/people/memberships/{membership.pk}/role/", {"role": "steward"})
    membership.refresh_from_db()
    assert membership.role == "steward"
    left = colleague.client.post(f"/people/memberships/{membership.pk}/remove/", follow=True)
    assert "You belong to no organisation yet" in _text(left)
    assert not Membership.objects.filter(pk=membership.pk).exists()


def test_the_last_steward_can_not_leave_and_is_told_why(partner: Person) -> None:
    membership = Membership.objects.get(user=partner.user)
    answer = partner.client.post(f"/people/memberships/{membership.pk}/remove/")
    assert answer.status_code == 409
    assert Membership.objects.filter(pk=membership.pk).exists()


def test_notifications_are_read_one_by_one_or_all_at_once(partner: Person) -> None:
    for number in (1, 2):
        notify(recipients=[partner.user], text=f"News {number}", url="/share/", at=AT, mail=False)
    assert "News 1" in _text(partner.client.get("/notifications/?show=unread"))
    newest = Notification.objects.first()
    assert newest is not None
    assert partner.client.post(f"/notifications/{newest.pk}/")["Location"] == "/share/"
    assert "News 2" not in _text(partner.client.get("/notifications/?show=unread"))
    partner.client.post("/notifications/read/")
    assert "You have read everything" in _text(partner.client.get("/notifications/?show=unread"))


def test_somebody_elses_notification_can_not_be_opened(partner: Person) -> None:
    rows = notify(recipients=[stock.person("cy")], text="Not yours", url="/share/", at=AT, mail=False)
    assert partner.client.post(f"/notifications/{rows[0].pk}/").status_code == 404
    rows[0].refresh_from_db()
    assert rows[0].read_at is None
