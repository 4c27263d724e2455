"""Import profiles through the API: listed, saved, handed out, removed, given to a deposit's file."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import File, LoggerProfile, User
from fairwatt.services import import_profiles
from fairwatt.services.actors import Actor
from tests.api.conftest import MakeToken
from tests.services import entries
from tests.services.test_import_profiles import confirmed, log, received, saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(db: None) -> Actor:
    return entries.partner()


@pytest.fixture
def profile(actor: Actor) -> LoggerProfile:
    return saved(actor, confirmed(actor, entries.entry(actor)))


@pytest.fixture
def headers(actor: Actor, bearer: MakeToken) -> dict[str, str]:
    assert isinstance(actor.user, User)
    return bearer(actor.user)


def _post(ask: Client, path: str, headers: dict[str, str], **payload: str) -> object:
    return ask.post(path, json.dumps(payload), content_type="application/json", headers=headers)


def test_profiles_are_listed_and_read_with_their_documents(
    ask: Client, profile: LoggerProfile, headers: dict[str, str]
) -> None:
    listed = ask.get("/api/v1/profiles", headers=headers).json()
    [item] = listed["items"]
    assert (item["name"], item["organization"]["code"], item["sha256"], item["version"], item["columns"]) == (
        "Outram logger", "LCH", profile.digest, 2, 3,
    )  # fmt: skip
    one = ask.get(f"/api/v1/profiles/{item['id']}", headers=headers).json()
    assert one["profile"] == profile.profile
    toml = ask.get(f"/api/v1/profiles/{item['id']}/document?format=toml", headers=headers)
    assert (toml["Content-Type"], toml.content.decode()) == (
        "application/toml; charset=utf-8",
        import_profiles.write_document(profile, "toml"),
    )
    assert ask.get("/api/v1/profiles").status_code == 401
    assert ask.get(f"/api/v1/profiles/{item['id']}/document?form=toml", headers=headers).status_code == 422


def test_a_document_is_saved_and_removed(ask: Client, profile: LoggerProfile, headers: dict[str, str]) -> None:
    document = import_profiles.write_document(profile, "json")
    made = _post(ask, "/api/v1/profiles", headers, document=document, name="Copy")
    assert made.status_code == 201
    assert made.json()["sha256"] == profile.digest
    address = made["Location"]
    assert ask.get(address, headers=headers).json()["name"] == "Copy"
    again = _post(ask, "/api/v1/profiles", headers, document=document, name="copy")
    assert (again.status_code, again.json()["where"]) == (422, {"field": "name"})
    assert ask.delete(address, headers=headers).status_code == 204
    assert ask.get(address, headers=headers).status_code == 404


def test_a_file_is_read_by_a_saved_profile_or_a_document_and_any_question_can_be_answered(
    ask: Client, actor: Actor, profile: LoggerProfile, headers: dict[str, str]
) -> None:
    deposit = entries.entry(actor)
    one, two = received(actor, deposit, log(7), "july.csv"), received(actor, deposit, log(8), "august.csv")
    document = import_profiles.write_document(profile, "toml")
    assert _post(ask, f"/api/v1/files/{one.key}/profile", headers, profile=str(profile.pk)).status_code == 200
    assert _post(ask, f"/api/v1/files/{two.key}/profile", headers, document=document).status_code == 200
    assert _post(ask, f"/api/v1/files/{two.key}/profile", headers).status_code == 422
    entries.read_all(timezone.now())
    for file in (one, two):
        assert File.objects.get(pk=file.pk).state == "read"
        answer = ask.get(f"/api/v1/files/{file.key}/profile?format=json", headers=headers)
        assert answer.json()["timestamp"]["time_zone"] == "Europe/London"
    said = {"answers": {"statistic:load": "max", "leave_out:voltage_v": "true"}}
    answered = ask.post(f"/api/v1/files/{one.key}/answers", json.dumps(said), "application/json", headers=headers)
    assert answered.status_code == 200
    entries.read_all(timezone.now())
    assert [(c.field, c.statistic) for c in File.objects.get(pk=one.pk).channels.all()] == [("load", "max")]
    wrong = {"answers": {"statistic:load": "median"}}
    refused = ask.post(f"/api/v1/files/{one.key}/answers", json.dumps(wrong), "application/json", headers=headers)
    assert (refused.status_code, refused.json()["where"]["field"]) == (422, "statistic:load")


def test_what_does_not_fit_is_refused_with_the_reason(
    ask: Client, actor: Actor, profile: LoggerProfile, headers: dict[str, str]
) -> None:
    other = received(actor, entries.entry(actor), log(7, head="time,Load,Strom (A)"), "other.csv")
    refused = _post(ask, f"/api/v1/files/{other.key}/profile", headers, profile=str(profile.pk))
    assert refused.status_code == 422
    assert "‘Voltage (V)’ in column 3" in refused.json()["detail"]
