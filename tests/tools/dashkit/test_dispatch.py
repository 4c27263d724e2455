"""The contract with Dash's private methods: a release that changes them fails here, not in front of people."""

from __future__ import annotations

import gzip
import json
import logging

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.tools.dashkit.conftest import Caller


def test_a_callback_answers_with_the_person_who_asks(caller: Caller) -> None:
    assert caller.greet("Hello").json() == {
        "multi": True,
        "response": {"greeting": {"children": "Hello from Somebody not signed in by name"}},
    }
    user = get_user_model().objects.create_user(email="ada@example.org", name="Ada")
    caller.client.force_login(user)
    assert caller.greet("Hello").json()["response"]["greeting"]["children"] == "Hello from Ada by name"


def test_a_callback_with_several_outputs_answers_those_that_change(caller: Caller) -> None:
    body = {
        "output": "..twice.children...twice.hidden..",
        "outputs": [{"id": "twice", "property": "children"}, {"id": "twice", "property": "hidden"}],
        "inputs": [{"id": "greeting", "property": "children", "value": "Hi"}],
        "changedPropIds": ["greeting.children"],
    }
    assert caller.send(json.dumps(body)).json() == {"multi": True, "response": {"twice": {"children": "Hi Hi"}}}


def test_a_callback_that_declines_is_an_answer_without_content(caller: Caller) -> None:
    response = caller.greet("decline")
    assert (response.status_code, response.content) == (204, b"")


def test_an_error_of_the_house_becomes_a_message_in_the_page(caller: Caller) -> None:
    answer = caller.greet("refuse").json()
    assert "response" not in answer or "greeting" not in answer["response"]
    message = json.dumps(answer["sideUpdate"]["tool-message"])
    assert "You may not greet here." in message
    assert "Ask the provider." in message


def test_a_fault_is_logged_and_told_with_a_reference_but_no_detail(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="fairwatt.tools"):
        answer = caller.greet("fail")
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
    message = json.dumps(answer.json()["sideUpdate"]["tool-message"])
    assert record.args is not None
    assert str(record.args[0]) in message
    assert "secret detail" not in answer.content.decode()


def test_without_the_csrf_token_nothing_is_called(caller: Caller) -> None:
    caller.client.get("/tools/trial/")
    response = caller.client.post(caller.address, "{}", content_type="application/json")
    assert response.status_code == 403
    assert caller.send("{}", **{"X-CSRFToken": "x" * 32}).status_code == 403


@pytest.mark.parametrize("output", ["unknown.children", "", "..a.b...c.d..", "__class__", "greeting.children@x"])
def test_an_output_that_no_callback_has_is_not_found(caller: Caller, output: str) -> None:
    assert caller.greet("Hello", output=output).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"output": None},
        {"output": ["greeting.children"]},
        {"inputs": []},
        {"inputs": None},
        {"inputs": ["name"]},
        {"inputs": [{"id": "other", "property": "value", "value": 1}]},
        {"inputs": [{"id": "name", "property": "__class__", "value": 1}]},
        {"state": [{"id": "name", "property": "type"}] * 2},
        {"outputs": {"id": "other", "property": "children"}},
        {"outputs": "greeting"},
        {"outputs": []},
    ],
)
def test_a_forged_body_is_refused_and_not_run(caller: Caller, changes: dict[str, object]) -> None:
    assert caller.greet("Hello", **changes).status_code == 422


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "null", b"\xff\xfe"])
def test_a_body_that_is_no_json_object_is_refused(caller: Caller, body: str | bytes) -> None:
    assert caller.send(body).status_code == 422


@pytest.mark.parametrize("changed", [None, "name.value", [1, {"a": 2}], ["unknown.value"]])
def test_what_changed_may_be_anything_without_a_fault(caller: Caller, changed: object) -> None:
    assert caller.greet("Hello", changedPropIds=changed).status_code == 200


def test_large_answers_are_compressed_for_browsers_that_take_it(caller: Caller) -> None:
    caller.client.get("/tools/trial/")
    long = "x" * 5_000
    body = {
        "output": "greeting.children",
        "outputs": {"id": "greeting", "property": "children"},
        "inputs": [{"id": "name", "property": "value", "value": long}],
        "state": [{"id": "name", "property": "type", "value": "text"}],
    }
    response = caller.send(json.dumps(body), **{"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 500
    assert long in gzip.decompress(response.content).decode()
    assert "Content-Encoding" not in caller.send(json.dumps(body))


def test_get_is_no_way_to_call_a_callback(caller: Caller, client: Client) -> None:
    response = client.get(caller.address)
    assert (response.status_code, response["Allow"]) == (405, "POST")
