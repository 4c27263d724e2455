"""Resumable uploads by tus 1.0: the protocol, request by request."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import md5, sha1, sha256
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import Deposit, File, Upload, User
from fairwatt.services.actors import Actor
from fairwatt.services.deposits import start_deposit
from fairwatt.services.projects import get_project
from fairwatt.services.uploads import expire_uploads
from tests.api.conftest import MakeToken
from tests.services import stock

CONTENT = b"time,kW\n2019-11-18T11:00:00Z,1.25\n" * 40
BODY_TYPE = "application/offset+octet-stream"
ENDPOINT = "/api/uploads/"


def metadata(**values: str) -> str:
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in values.items())


class Sender:
    """A tus client, one request at a time."""

    def __init__(self, ask: Client, headers: dict[str, str]) -> None:
        self.ask = ask
        self.headers = {"Tus-Resumable": "1.0.0", **headers}

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> HttpResponse:
        kind = headers.pop("content_type", BODY_TYPE if body else "application/octet-stream")
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {name: value for name, value in {**self.headers, **given}.items() if value}
        answer: Any = self.ask.generic(method, path, body, kind, headers=merged)
        return answer

    def create(self, code: str, size: int = len(CONTENT), name: str = "meter.csv", **more: Any) -> HttpResponse:
        return self.send(
            "POST",
            ENDPOINT,
            Upload_Length=str(size),
            Upload_Metadata=metadata(deposit=code, filename=name),
            **more,
        )


@pytest.fixture
def deposit(partner: User) -> Deposit:
    return start_deposit(actor=Actor(user=partner), origin="foreground", at=timezone.now())


@pytest.fixture
def sender(ask: Client, partner: User, bearer: MakeToken) -> Sender:
    return Sender(ask, bearer(partner, "deposit"))


@pytest.fixture
def upload_url(sender: Sender, deposit: Deposit) -> str:
    return sender.create(deposit.code)["Location"]


def test_options_says_what_the_server_can_do(ask: Client, db: None) -> None:
    answer = ask.options(ENDPOINT)
    assert answer.status_code == 204
    assert answer["Tus-Resumable"] == "1.0.0"
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,creation-with-upload,termination,checksum,expiration"
    assert answer["Tus-Checksum-Algorithm"] == "sha256,sha1,md5"
    assert answer["Tus-Max-Size"] == str(get_project().limits.file_bytes)


def test_a_file_sent_in_two_pieces_becomes_a_file_of_the_deposit(sender: Sender, deposit: Deposit) -> None:
    created = sender.create(deposit.code)
    assert created.status_code == 201
    assert created["Upload-Offset"] == "0"
    assert created["Location"].startswith(ENDPOINT)
    url = created["Location"]
    first = sender.send("PATCH", url, CONTENT[:700], Upload_Offset="0")
    assert (first.status_code, first["Upload-Offset"]) == (204, "700")
    asked = sender.send("HEAD", url)
    assert (asked.status_code, asked["Upload-Offset"]) == (200, "700")
    assert asked["Upload-Length"] == str(len(CONTENT))
    assert asked["Cache-Control"] == "no-store"
    last = sender.send("PATCH", url, CONTENT[700:], Upload_Offset="700")
    file = File.objects.get()
    assert last.status_code == 204
    assert last["Upload-Offset"] == str(len(CONTENT))
    assert last["Fairwatt-Deposit"] == deposit.code
    assert last["Fairwatt-File"] == file.key
    assert last["Fairwatt-Sha256"] == file.sha256 == sha256(CONTENT).hexdigest()
    assert "Upload-Expires" not in last.headers
    assert (file.dataset, file.name, file.size) == (deposit.dataset, "meter.csv", len(CONTENT))


def test_the_state_is_also_had_as_json(sender: Sender, deposit: Deposit, upload_url: str) -> None:
    sender.send("PATCH", upload_url, CONTENT, Upload_Offset="0")
    upload = Upload.objects.get()
    answer = sender.send("GET", f"/api/v1/uploads/{upload.pk}")
    assert answer.status_code == 200
    state = answer.json()
    assert state == {
        "id": str(upload.pk),
        "deposit": deposit.code,
        "filename": "meter.csv",
        "size": len(CONTENT),
        "offset": len(CONTENT),
        "is_finished": True,
        "expires_at": None,
        "file": File.objects.get().key,
        "sha256": sha256(CONTENT).hexdigest(),
        "upload_url": f"http://testserver{upload_url}",
    }


def test_a_small_file_goes_with_its_creation(sender: Sender, deposit: Deposit) -> None:
    answer = sender.send(
        "POST",
        ENDPOINT,
        CONTENT,
        Upload_Length=str(len(CONTENT)),
        Upload_Metadata=metadata(deposit=deposit.code, filename="m.csv"),
    )
    assert answer.status_code == 201
    assert answer["Upload-Offset"] == str(len(CONTENT))
    assert answer["Fairwatt-Sha256"] == sha256(CONTENT).hexdigest()


def test_an_empty_file_is_complete_at_once(sender: Sender, deposit: Deposit) -> None:
    answer = sender.create(deposit.code, size=0)
    assert answer.status_code == 201
    assert answer["Fairwatt-Sha256"] == sha256(b"").hexdigest()


def test_an_unfinished_upload_says_when_it_expires(sender: Sender, upload_url: str) -> None:
    expires = parsedate_to_datetime(sender.send("HEAD", upload_url)["Upload-Expires"])
    days = get_project().limits.upload_days
    assert abs(expires - (datetime.now(UTC) + timedelta(days=days))) < timedelta(minutes=5)
    expire_uploads(at=timezone.now() + timedelta(days=days + 1))
    assert sender.send("HEAD", upload_url).status_code == 404
    assert sender.send("PATCH", upload_url, CONTENT, Upload_Offset="0").status_code == 404


@pytest.mark.parametrize("offset", ["5", "200"])
def test_a_wrong_offset_is_a_conflict_that_says_the_right_one(sender: Sender, upload_url: str, offset: str) -> None:
    sender.send("PATCH", upload_url, CONTENT[:100], Upload_Offset="0")
    answer = sender.send("PATCH", upload_url, b"x", Upload_Offset=offset)
    assert answer.status_code == 409
    assert answer.json()["where"]["offset"] == 100
    assert sender.send("HEAD", upload_url)["Upload-Offset"] == "100"


@pytest.mark.parametrize(("name", "digest"), [("sha256", sha256), ("sha1", sha1), ("md5", md5)])
def test_a_right_checksum_is_taken(sender: Sender, upload_url: str, name: str, digest: Any) -> None:
    checksum = f"{name} {b64encode(digest(CONTENT).digest()).decode()}"
    answer = sender.send("PATCH", upload_url, CONTENT, Upload_Offset="0", Upload_Checksum=checksum)
    assert answer.status_code == 204


def test_a_wrong_checksum_keeps_nothing_of_the_piece(sender: Sender, upload_url: str) -> None:
    sender.send("PATCH", upload_url, CONTENT[:100], Upload_Offset="0")
    checksum = f"sha1 {b64encode(sha1(b'other').digest()).decode()}"
    answer = sender.send("PATCH", upload_url, CONTENT[100:], Upload_Offset="100", Upload_Checksum=checksum)
    assert answer.status_code == 460
    assert answer.reason_phrase == "Checksum Mismatch"
    assert sender.send("HEAD", upload_url)["Upload-Offset"] == "100"
    sender.send("PATCH", upload_url, CONTENT[100:], Upload_Offset="100")
    assert File.objects.get().sha256 == sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("checksum", ["crc32 AAAA", "sha1", "sha1 !!!", "sha256 é"])
def test_a_checksum_that_is_none_is_malformed(sender: Sender, upload_url: str, checksum: str) -> None:
    answer = sender.send("PATCH", upload_url, CONTENT, Upload_Offset="0", Upload_Checksum=checksum)
    assert answer.status_code in {400, 460}
    assert sender.send("HEAD", upload_url)["Upload-Offset"] == "0"


def test_more_than_was_announced_is_too_large(sender: Sender, upload_url: str) -> None:
    answer = sender.send("PATCH", upload_url, CONTENT + b"x", Upload_Offset="0")
    assert answer.status_code == 413
    assert sender.send("HEAD", upload_url)["Upload-Offset"] == "0"


def test_a_file_beyond_the_limit_is_refused_before_a_byte_is_sent(sender: Sender, deposit: Deposit) -> None:
    answer = sender.create(deposit.code, size=get_project().limits.file_bytes + 1)
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert not Upload.objects.exists()


def test_a_terminated_upload_is_gone(sender: Sender, upload_url: str) -> None:
    sender.send("PATCH", upload_url, CONTENT[:10], Upload_Offset="0")
    assert sender.send("DELETE", upload_url).status_code == 204
    assert sender.send("HEAD", upload_url).status_code == 404


def test_another_version_of_the_protocol_is_refused(sender: Sender, deposit: Deposit, upload_url: str) -> None:
    for version in ("0.2.2", ""):
        sender.headers["Tus-Resumable"] = version
        for answer in (sender.create(deposit.code), sender.send("HEAD", upload_url)):
            assert answer.status_code == 412
            assert answer["Tus-Version"] == "1.0.0"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload_Length": ""}, 400),
        ({"Upload_Length": "-1"}, 400),
        ({"Upload_Length": "1e3"}, 400),
        ({"Upload_Length": "9" * 30}, 400),
        ({"Upload_Metadata": ""}, 400),
        ({"Upload_Metadata": "filename !!!"}, 400),
        ({"Upload_Metadata": "filename bQ==,filename bQ=="}, 400),
        ({"Upload_Metadata": metadata(filename="m.csv")}, 400),
        ({"Upload_Metadata": metadata(deposit="D-NONE", filename="m.csv")}, 404),
        ({"Upload_Defer_Length": "1"}, 400),
    ],
)
def test_a_creation_that_can_not_be_read_is_refused(
    sender: Sender, deposit: Deposit, headers: dict[str, str], status: int
) -> None:
    given = {"Upload_Length": "10", "Upload_Metadata": metadata(deposit=deposit.code, filename="m.csv")}
    answer = sender.send("POST", ENDPOINT, **(given | headers))
    assert answer.status_code == status, answer.content
    assert not Upload.objects.exists()


def test_a_body_of_another_type_is_refused(sender: Sender, upload_url: str) -> None:
    answer = sender.send("PATCH", upload_url, CONTENT, Upload_Offset="0", content_type="text/csv")
    assert answer.status_code == 415


def test_a_client_that_can_not_patch_may_say_so_in_a_header(sender: Sender, upload_url: str) -> None:
    answer = sender.send("POST", upload_url, CONTENT, Upload_Offset="0", X_HTTP_Method_Override="PATCH")
    assert answer.status_code == 204


def test_other_methods_are_not_allowed(sender: Sender, upload_url: str) -> None:
    answer = sender.send("GET", upload_url)
    assert answer.status_code == 405
    assert answer["Allow"] == "DELETE, HEAD, OPTIONS, PATCH"
    assert sender.send("PUT", ENDPOINT).status_code == 405


def test_an_upload_is_its_owners_alone(ask: Client, bearer: MakeToken, upload_url: str) -> None:
    colleague = stock.person("cole", organization=stock.organization("TCC"))
    stranger = Sender(ask, bearer(colleague, "deposit"))
    assert stranger.send("HEAD", upload_url).status_code == 404
    assert stranger.send("PATCH", upload_url, CONTENT, Upload_Offset="0").status_code == 404
    assert stranger.send("DELETE", upload_url).status_code == 404
    nobody = Sender(ask, {})
    assert nobody.send("HEAD", upload_url).status_code == 401
    assert nobody.send("PATCH", upload_url, CONTENT, Upload_Offset="0").status_code == 401


def test_a_token_that_may_only_read_sends_nothing(
    ask: Client, partner: User, bearer: MakeToken, deposit: Deposit
) -> None:
    assert Sender(ask, bearer(partner, "read")).create(deposit.code).status_code == 403


def test_the_portals_session_sends_with_its_csrf_token(ask: Client, partner: User, deposit: Deposit) -> None:
    ask.force_login(partner)
    page = Sender(ask, {})
    assert page.create(deposit.code).status_code == 403
    ask.cookies["csrftoken"] = "a" * 32
    page.headers["X-CSRFToken"] = "a" * 32
    url = page.create(deposit.code)["Location"]
    assert page.send("PATCH", url, CONTENT, Upload_Offset="0").status_code == 204


def test_a_name_in_any_script_arrives_clean(sender: Sender, deposit: Deposit) -> None:
    sender.create(deposit.code, size=0, name="../../etc/Zähler 电表.csv")
    assert File.objects.get().name == "Zähler 电表.csv"


def test_asking_finishes_what_a_crash_left_unfinished(
    sender: Sender, upload_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fairwatt.services import uploads  # noqa: PLC0415

    def crash(*_: object) -> None:
        raise RuntimeError("the server was killed here")

    with monkeypatch.context() as patched:
        patched.setattr(uploads, "_finish", crash)
        assert sender.send("PATCH", upload_url, CONTENT, Upload_Offset="0").status_code == 500
    answer = sender.send("HEAD", upload_url)
    assert answer["Upload-Offset"] == str(len(CONTENT))
    assert answer["Fairwatt-Sha256"] == sha256(CONTENT).hexdigest()
