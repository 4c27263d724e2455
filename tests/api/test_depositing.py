"""Sharing data by program: a token that may only deposit does all that its entry needs, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import Deposit
from fairwatt.services import uploads
from fairwatt.services.actors import Actor
from fairwatt.services.worker import run_pending
from tests.api.conftest import MakeToken
from tests.services import entries

NAIVE = b"start time,power (kW)\n" + b"".join(
    f"2020-09-01 {h:02}:{m:02}:00,{h + m / 100:.2f}\n".encode() for h in range(24) for m in (0, 30)
)


class Program:
    """A program with a token."""

    def __init__(self, ask: Client, headers: dict[str, str]) -> None:
        self._ask, self._headers = ask, headers

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """The status and what was answered."""
        answer = self._ask.generic(
            method, f"/api/v1{path}", json.dumps(body), "application/json", headers=self._headers
        )
        return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def depositor(db: None) -> Actor:
    return entries.partner("LCH", "pat")


@pytest.fixture
def program(ask: Client, depositor: Actor, bearer: MakeToken) -> Program:
    assert depositor.user is not None
    return Program(ask, bearer(depositor.user, "deposit"))


def hand_in(depositor: Actor, code: str, content: bytes, name: str) -> str:
    file = uploads.deposit_file(actor=depositor, code=code, filename=name, chunks=[content], at=timezone.now())
    run_pending()
    return str(file.key)


def test_a_token_that_may_only_deposit_finishes_its_entry(program: Program, depositor: Actor) -> None:
    status, begun = program.send("POST", "/deposits", {"origin": "foreground", "answers": dict(entries.FOREGROUND)})
    assert status == 201
    code = begun["code"]
    asked_of = hand_in(depositor, code, NAIVE, "meter.csv")
    mistaken = hand_in(depositor, code, entries.READABLE, "wrong.csv")

    status, seen = program.send("GET", f"/deposits/{code}")
    questions = {file["id"]: [question["id"] for question in file["questions"]] for file in seen["files"]}
    assert (status, questions[asked_of]) == (200, ["time_zone"])
    status, step = program.send("GET", f"/deposits/{code}/steps/access")
    assert (status, step["answers"]["licence"]) == (200, "CC-BY-4.0")
    assert next(f["initial"] for f in step["fields"] if f["name"] == "partner") == "now"
    assert [item["code"] for item in program.send("GET", "/deposits")[1]["items"]] == [code]
    assert program.send("POST", f"/files/{asked_of}/answers", {"answers": {"time_zone": "UTC"}})[0] == 200
    run_pending()
    assert program.send("DELETE", f"/files/{mistaken}")[0] == 204
    status, sent = program.send("POST", f"/deposits/{code}/submit")

    assert (status, sent["state"], [file["state"] for file in sent["files"]]) == (200, "submitted", ["read"])


def test_it_neither_reads_data_nor_reviews(program: Program, depositor: Actor) -> None:
    deposit = entries.submitted(depositor)
    for path in (f"/datasets/{deposit.dataset.key}", f"/datasets/{deposit.dataset.key}/readings", "/reviews"):
        status, problem = program.send("GET", path)
        assert status == 403, path
        assert "does not carry the scope" in problem["detail"] or "may not read" in problem["detail"]


def test_a_token_that_may_only_read_changes_nothing(ask: Client, depositor: Actor, bearer: MakeToken) -> None:
    deposit = entries.entry(depositor)
    assert depositor.user is not None
    program = Program(ask, bearer(depositor.user, "read"))
    key = hand_in(depositor, deposit.code, NAIVE, "meter.csv")

    assert program.send("GET", f"/deposits/{deposit.code}")[0] == 200
    for method, path, body in (
        ("POST", f"/files/{key}/answers", {"answers": {"time_zone": "UTC"}}),
        ("DELETE", f"/files/{key}", None),
        ("POST", f"/deposits/{deposit.code}/submit", None),
        ("DELETE", f"/deposits/{deposit.code}", None),
    ):
        assert program.send(method, path, body)[0] == 403, path
    assert Deposit.objects.get().state == "draft"


def test_a_token_without_either_scope_is_told_both(ask: Client, depositor: Actor, bearer: MakeToken) -> None:
    manager = entries.manager().user
    assert manager is not None
    program = Program(ask, bearer(manager, "manage"))

    status, problem = program.send("GET", "/deposits")

    assert status == 403
    assert problem["detail"] == "This token does not carry the scope “read” or “deposit”."
