"""Trials by the API: what a program is told, and what it may change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import TrialEvent
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import create_token
from tests.services import stock
from tests.services.trial_stock import CODE, logged, trial

pytestmark = pytest.mark.django_db
EVENTS = f"/api/v1/trials/{CODE}/events"
GIVEN = {"name": "Event 1", "start": "2020-06-16T17:00:00Z", "end": "2020-06-16T20:00:00+01:00"}


def program(*scopes: str, is_manager: bool = True) -> Client:
    user = stock.person("prog", is_manager=is_manager)
    _, secret = create_token(actor=Actor(user=user), name="t", scopes=list(scopes), days=1, at=timezone.now())
    return Client(headers={"authorization": f"Bearer {secret}"})


def post(client: Client, values: dict[str, Any]) -> Any:
    return client.post(EVENTS, json.dumps(values), content_type="application/json")


def test_a_trial_says_what_it_has_and_what_is_missing(client: Client) -> None:
    dataset = logged()
    (found,) = client.get("/api/v1/trials").json()["items"]
    details = client.get(f"/api/v1/trials/{CODE}").json()
    missing = details.pop("missing")
    assert found == details
    assert (found["code"], found["datasets"], found["events"]) == (CODE, [dataset.key], 0)
    assert found["procedures"][0] == {
        "code": "P1",
        "title": "Baseline the site",
        "partners": ["TCC"],
        "datasets": [dataset.key],
        "files": 1,
    }
    assert (found["missing_total"], found["withdrawn"]) == (2, [])
    assert [lack["kind"] for lack in missing] == ["no-event", "nothing-logged"]
    assert missing[0]["page"].endswith(f"/trials/{CODE}/#events")
    assert found["package"].endswith(f"/trials/{CODE}/package.zip")


def test_a_program_adds_lists_and_removes_events(client: Client) -> None:
    trial()
    manager = program("manage")
    made = post(manager, GIVEN)
    assert made.status_code == 201
    assert {**made.json(), "id": 0} == {
        "id": 0,
        "name": "Event 1",
        "start": "2020-06-16T17:00:00Z",
        "end": "2020-06-16T19:00:00Z",
        "asset": "",
        "in_project_file": False,
    }
    assert client.get(EVENTS).json() == {"items": [made.json()], "next": None}
    assert post(manager, GIVEN).status_code == 409
    assert manager.delete(f"{EVENTS}/{made.json()['id']}").status_code == 204
    assert client.get(EVENTS).json() == {"items": [], "next": None}


def test_a_program_changes_of_an_event_what_it_names(client: Client) -> None:
    trial()
    manager = program("manage")
    made = post(manager, GIVEN).json()

    def change(values: dict[str, Any], client: Client = manager) -> tuple[int, Any]:
        answer = client.patch(f"{EVENTS}/{made['id']}", json.dumps(values), content_type="application/json")
        return answer.status_code, answer.json()

    assert change({"asset": "Battery", "end": "2020-06-16T21:00:00+01:00"}) == (
        200,
        {**made, "asset": "Battery", "end": "2020-06-16T20:00:00Z"},
    )
    assert change({"asset": ""})[1]["asset"] == ""
    refused: list[dict[str, Any]] = [{"end": "2020-06-16T17:00:00Z"}, {"name": ""}, {"start": "soon"}]
    assert [change(values)[0] for values in refused] == [422] * 3
    assert (change({"name": "Mine"}, client)[0], change({"name": "Mine"}, program("read"))[0]) == (401, 403)
    other = f"/api/v1/trials/{stock.trial('T9.2', {}).code}/events/{made['id']}"
    assert manager.patch(other, "{}", content_type="application/json").status_code == 404
    assert TrialEvent.objects.get().name == "Event 1"


def test_events_and_what_is_missing_come_a_page_at_a_time(client: Client) -> None:
    logged()
    manager = program("manage")
    for name in ("A", "B", "C"):
        post(manager, {**GIVEN, "name": name, "asset": "Pool"})
    for address, key in ((EVENTS, "name"), (f"/api/v1/trials/{CODE}/missing?kind=asset-not-logged", "where")):
        first = client.get(f"{address}{'&' if '?' in address else '?'}limit=2").json()
        second = client.get(first["next"]).json()
        assert [item[key][:1] for item in (*first["items"], *second["items"])] == ["A", "B", "C"]
        assert second["next"] is None
    kinds = [lack["kind"] for lack in client.get(f"/api/v1/trials/{CODE}/missing").json()["items"]]
    assert kinds == ["nothing-logged", *["asset-not-logged"] * 3]


@pytest.mark.parametrize(
    ("values", "status"),
    [({"start": "2020-06-16T17:00:00"}, 422), ({"end": "2020-06-16T17:00:00Z"}, 422), ({"name": ""}, 422)],
    ids=["naive", "empty", "nameless"],
)
def test_what_can_be_no_event_is_a_problem(values: dict[str, str], status: int) -> None:
    trial()
    answer = post(program("manage"), GIVEN | values)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_those_who_may_not_are_refused(client: Client) -> None:
    logged()
    assert post(client, GIVEN).status_code == 401
    assert post(program("read"), GIVEN).status_code == 403
    assert post(program("deposit", is_manager=False), GIVEN).status_code == 403
    assert not TrialEvent.objects.exists()
    assert client.get("/api/v1/trials/NONE").status_code == 404
