"""Who may open which page: every work page against everybody there is."""

from __future__ import annotations

from collections.abc import Callable

from fairwatt.records.models import Deposit, Job, Membership
from fairwatt.services.people import invite_person
from fairwatt.services.tokens import create_token
from tests.portal.pages.conftest import Person
from tests.services import entries
from tests.services.entries import AT

Cast = dict[str, Person]
SIGNED_IN = {"partner": 200, "colleague": 200, "other": 200, "outsider": 200, "manager": 200}
MINE = {"partner": 200, "colleague": 200, "other": 404, "outsider": 404, "manager": 200}
MANAGERS = {"partner": 403, "colleague": 403, "other": 403, "outsider": 403, "manager": 200}
MEMBERS = {"partner": 200, "colleague": 200, "other": 403, "outsider": 403, "manager": 200}


def _file(deposit: Deposit) -> str:
    file = deposit.dataset.files.first()
    assert file is not None
    return file.key


def _job(deposit: Deposit) -> int:
    job = Job.objects.filter(dataset=deposit.dataset).first()
    assert job is not None
    return job.pk


PAGES: dict[str, tuple[Callable[[Deposit], str], dict[str, int]]] = {
    "share": (lambda d: "/share/", SIGNED_IN),
    "entry": (lambda d: f"/share/{d.code}/", MINE),
    "receipt": (lambda d: f"/share/{d.code}/receipt/", MINE),
    "file": (lambda d: f"/share/{d.code}/files/{_file(d)}/", MINE),
    "file list": (lambda d: f"/share/{d.code}/files/list/", MINE),
    "discarding": (lambda d: f"/share/{d.code}/discard/", MINE),
    "queue": (lambda d: "/review/", MANAGERS),
    "review": (lambda d: f"/review/{d.code}/", MANAGERS),
    "edit": (lambda d: f"/review/{d.code}/edit/", MANAGERS),
    "audit": (lambda d: "/audit/", MANAGERS),
    "audit as CSV": (lambda d: "/audit/?format=csv", MANAGERS),
    "job": (lambda d: f"/jobs/{_job(d)}/", MINE),
    "account": (lambda d: "/account/", SIGNED_IN),
    "tokens": (lambda d: "/account/tokens/", SIGNED_IN),
    "notifications": (lambda d: "/notifications/", SIGNED_IN),
    "organisation": (lambda d: "/people/LCH/", MEMBERS),
}


def test_each_page_opens_for_those_it_is_for_and_nobody_else(cast: Cast, waiting: Deposit) -> None:
    anonymous = cast.pop("anonymous")
    found = {
        name: {role: person.client.get(address(waiting)).status_code for role, person in cast.items()}
        for name, (address, _) in PAGES.items()
    }
    assert found == {name: expected for name, (_, expected) in PAGES.items()}
    for address, _ in PAGES.values():
        asked = anonymous.client.get(address(waiting))
        assert (asked.status_code, asked["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_the_steps_of_a_draft_open_for_its_organisation_and_managers_only(cast: Cast, draft: Deposit) -> None:
    del cast["anonymous"]
    for step in ("trial", "procedure-p1", "about", "access", "files", "check"):
        url = f"/share/{draft.code}/{step}/"
        assert {role: person.client.get(url).status_code for role, person in cast.items()} == MINE, step


def test_a_step_that_is_not_on_the_path_does_not_exist(partner: Person, draft: Deposit) -> None:
    found = {slug: partner.client.get(f"/share/{draft.code}/{slug}/").status_code for slug in ("parties", "nonsense")}
    assert found == {"parties": 404, "nonsense": 404}


def test_only_managers_decide(cast: Cast, waiting: Deposit) -> None:
    for role in ("partner", "colleague", "other", "outsider"):
        client = cast[role].client
        for deed, data in (("approve", {"note": ""}), ("return", {"comment": "No."}), ("comment", {"text": "Hm."})):
            assert client.post(f"/review/{waiting.code}/{deed}/", data).status_code == 403
        assert client.post(f"/review/{waiting.code}/edit/", {"title": "Mine"}).status_code == 403
    waiting.refresh_from_db()
    assert (waiting.state, waiting.dataset.title) == ("submitted", "School battery in September")


def test_nobody_else_writes_to_an_entry(cast: Cast, draft: Deposit) -> None:
    file = entries.hand_in(cast["partner"].actor, draft)
    for role in ("other", "outsider"):
        client = cast[role].client
        answers = [
            client.post(f"/share/{draft.code}/about/", {"title": "Mine", "description": "Mine"}),
            client.post(f"/share/{draft.code}/check/"),
            client.post(f"/share/{draft.code}/discard/"),
            client.post(f"/share/{draft.code}/comment/", {"text": "Mine"}),
            client.post(f"/share/{draft.code}/files/{file.key}/remove/"),
            client.post(f"/share/{draft.code}/files/{file.key}/again/"),
            client.post(f"/share/{draft.code}/files/{file.key}/document/"),
        ]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
    draft.refresh_from_db()
    assert (draft.state, draft.dataset.title, draft.dataset.files.count()) == (
        "draft",
        "School battery in September",
        1,
    )


def test_a_file_is_not_reached_through_another_entry(cast: Cast, draft: Deposit) -> None:
    file = entries.hand_in(cast["partner"].actor, draft)
    theirs = entries.entry(cast["other"].actor)
    answer = cast["other"].client.get(f"/share/{theirs.code}/files/{file.key}/")
    assert answer.status_code == 404


def test_outsiders_are_told_how_to_share_data_and_may_not_begin(cast: Cast) -> None:
    outsider = cast["outsider"].client
    shown = outsider.get("/share/")
    assert "You belong to no organisation yet" in shown.content.decode()
    assert "Log foreground data" not in shown.content.decode()
    assert outsider.post("/share/", {"origin": "foreground"}).status_code == 403


def test_people_are_looked_after_by_stewards_and_managers_only(cast: Cast) -> None:
    membership = Membership.objects.get(user=cast["colleague"].user)
    invitation = invite_person(
        actor=cast["partner"].actor, email="new@example.org", organization="LCH", role="member", at=AT
    )
    deeds = [
        ("/people/LCH/", {"email": "x@example.org", "role": "member"}),
        (f"/people/memberships/{membership.pk}/role/", {"role": "steward"}),
        (f"/people/memberships/{membership.pk}/remove/", {}),
        (f"/people/invitations/{invitation.pk}/revoke/", {}),
    ]
    for role in ("other", "outsider"):
        statuses = [cast[role].client.post(url, data).status_code for url, data in deeds]
        assert all(status in {403, 404} for status in statuses), (role, statuses)
    membership.refresh_from_db()
    invitation.refresh_from_db()
    assert (membership.role, invitation.revoked_at) == ("member", None)


def test_a_token_is_revoked_by_its_owner_or_a_manager_only(cast: Cast) -> None:
    token, _ = create_token(actor=cast["colleague"].actor, name="logger", scopes=["read"], days=7, at=AT)
    url = f"/account/tokens/{token.pk}/revoke/"
    assert [cast[role].client.post(url).status_code for role in ("other", "outsider")] == [404, 404]
    assert cast["colleague"].client.post(url).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_pages_that_change_something_do_not_answer_to_get(cast: Cast, waiting: Deposit) -> None:
    for url in (
        f"/review/{waiting.code}/approve/",
        f"/review/{waiting.code}/return/",
        f"/share/{waiting.code}/comment/",
        "/notifications/read/",
        f"/jobs/{_job(waiting)}/cancel/",
    ):
        assert cast["manager"].client.get(url).status_code == 405


def test_forms_without_their_token_are_refused(cast: Cast, waiting: Deposit) -> None:
    client = cast["manager"].client
    client.handler.enforce_csrf_checks = True
    assert client.post(f"/review/{waiting.code}/approve/", {"note": ""}).status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "submitted"
