"""Attacks that were tried, and stay without effect."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from fairwatt.cli.home import make_home
from fairwatt.portal import plain_uploads
from fairwatt.portal.sign_on_adapter import SignOnAdapter
from fairwatt.records.models import AuditEvent, Deposit, User
from fairwatt.services.actors import Actor
from fairwatt.services.pages import Position
from fairwatt.services.tokens import create_token
from tests.portal.pages_stock import file_of, published, signed_in
from tests.portal.test_downloads import body
from tests.services import stock

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "headers",
    [{"range": "bytes=1-"}, {"range": "bytes=-999999999"}, {"range": "bytes= 00-"}, {"if-none-match": '"another"'}],
    ids=lambda headers: next(iter(headers.values())),
)
@pytest.mark.parametrize("address", ["/files/{}/original", "/api/v1/files/{}/content"])
def test_nobody_downloads_a_file_past_the_audit_log(client: Client, address: str, headers: dict[str, str]) -> None:
    file = file_of(published())

    body(client.head(address.format(file.key)))
    events = AuditEvent.objects.filter(verb="file.downloaded", subject_id=file.key)
    assert not events.exists()

    body(client.get(address.format(file.key), headers=headers))
    assert events.count() == 1


def test_the_further_ranges_of_a_download_are_no_events_of_their_own(client: Client) -> None:
    file = file_of(published())

    for wanted in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
        body(client.get(f"/files/{file.key}/original", headers={"range": wanted}))

    assert AuditEvent.objects.filter(verb="file.downloaded", subject_id=file.key).count() == 1


def test_each_asker_is_named_in_the_audit_log_though_another_began_the_same_download(client: Client) -> None:
    file, other = file_of(published()), Client()
    signed_in(other, stock.person("ann"))

    for browser in (client, other):
        body(browser.get(f"/files/{file.key}/original", headers={"range": "bytes=5-"}))

    assert AuditEvent.objects.filter(verb="file.downloaded", subject_id=file.key).count() == 2


def test_a_get_that_calls_itself_a_post_begins_no_upload() -> None:
    browser = signed_in(Client(enforce_csrf_checks=True), stock.person("pat", organization=stock.organization()))

    answer = browser.get("/api/uploads/", headers={"tus-resumable": "1.0.0", "x-http-method-override": "POST"})

    assert answer.status_code == 405


def test_a_form_of_somebody_unknown_is_refused_by_its_length_before_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda *_, **__: pytest.fail("it was written to the disk"))
    file = SimpleUploadedFile("a.csv", b"a" * 3_000_000)

    browser = Client(enforce_csrf_checks=True)
    browser.get("/accounts/login/")  # which gives the cookie that has the form looked at

    answer = browser.post("/accounts/login/", {"file": file})

    assert (answer.status_code, b"not a request that this site knows" in answer.content) == (400, True)


def test_a_form_of_somebody_signed_in_has_room_for_files_and_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed_in(Client(), stock.person("ann"))

    assert (
        browser.post("/account/", {"name": "Ann", "file": SimpleUploadedFile("a.csv", b"a" * 3_000_000)}).status_code
        == 302
    )
    monkeypatch.setattr(plain_uploads, "SIGNED_IN_BYTES", 4_000_000)
    assert (
        browser.post("/account/", {"name": "Ann", "file": SimpleUploadedFile("a.csv", b"a" * 5_000_000)}).status_code
        == 400
    )


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/catalogue/?period=²", 200),
        ("/catalogue/?provider=%00", 400),
        ("/people/%00/", 400),
        ("/api/v1/datasets?facets=true&period=²", 200),
        (f"/api/v1/datasets?sort=title&cursor={Position('title', chr(0xD800), 1)}", 422),
        (f"/catalogue/?sort=title&cursor={Position('title', chr(0), 1)}", 422),
    ],
)
def test_an_address_that_nobody_writes_by_hand_breaks_nothing(client: Client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


@pytest.mark.parametrize("before", ["²", "9" * 5_000])
def test_the_audit_log_is_shown_from_its_end_where_the_place_is_none(client: Client, before: str) -> None:
    signed_in(client, stock.person("mia", is_manager=True))

    assert client.get("/audit/", {"before": before}).status_code == 200


@pytest.mark.parametrize(
    ("proxy", "address"), [(None, "127.0.0.1"), (("HTTP_X_FORWARDED_PROTO", "https"), "203.0.113.9")]
)
def test_only_a_proxy_of_ours_says_where_a_request_comes_from(
    client: Client, settings: Any, proxy: tuple[str, str] | None, address: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = proxy
    file = file_of(published())

    body(client.get(f"/files/{file.key}/original", headers={"x-forwarded-for": "198.51.100.7, 203.0.113.9"}))

    assert AuditEvent.objects.get(verb="file.downloaded").address == address


def test_a_token_that_may_only_manage_is_answered_after_it_has_published() -> None:
    manager, dataset = stock.person("mia", is_manager=True), published()
    dataset.state, dataset.published_at = "draft", None
    dataset.save()
    deposit = Deposit.objects.create(
        code="D-AAAA-AAAA",
        dataset=dataset,
        created_by=manager,
        state="submitted",
        created_at=stock.NOW,
        updated_at=stock.NOW,
        submitted_at=stock.NOW,
    )
    _, secret = create_token(actor=Actor(user=manager), name="m", scopes=["manage"], days=1, at=timezone.now())

    answer = Client().post(
        f"/api/v1/deposits/{deposit.code}/approve",
        {"note": ""},
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}"},
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "approved")


@pytest.mark.parametrize(
    ("organization", "is_manager", "opens"),
    [("TCC", False, True), ("tcc", False, True), ("NWS", False, False), ("", False, False), ("TCC", True, False)],
)
def test_an_organisations_sign_in_opens_the_accounts_of_its_own_people_only(
    organization: str, is_manager: bool, opens: bool
) -> None:
    place = stock.organization(organization.upper()) if organization else None
    user: User = stock.person("pat", organization=place, is_manager=is_manager)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    app = SimpleNamespace(settings={"organization": "TCC"})
    login: Any = SimpleNamespace(provider=SimpleNamespace(app=app))

    assert SignOnAdapter().can_authenticate_by_email(login, user.email) is opens


def test_a_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    home = make_home(tmp_path / "somewhere" / "data")

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
