"""The OpenAPI document is true: whatever is sent, the answer is one that it declares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks

from fairwatt.api.ratelimits import limits
from fairwatt.api.v1.api import api
from fairwatt.records.models import User
from fairwatt.records.search import index_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.deposits import start_deposit
from tests.api.conftest import MakeToken, store
from tests.services import stock

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = 6
document = api.get_openapi_schema(path_prefix="/api/v1/")
OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]


@pytest.fixture
def seeded(partner: User, manager: User) -> dict[str, Any]:
    """One of each kind of dataset, a draft with a file, and names of what exists for the paths."""
    opened = stock.dataset("School load", release={"public": stock.NOW - stock.DAY})
    file, _ = store(opened, b"time,kW\n2019-11-18T11:00:00Z,1\n")
    stock.channel(file)
    stock.finding(file)
    stock.dataset("Feeder load", provider=stock.organization("GRID"))
    stock.dataset("Embargoed", origin="background", release={"public": stock.NOW + 3650 * stock.DAY})
    index_datasets()
    deposit = start_deposit(actor=Actor(user=partner), origin="foreground", at=timezone.now())
    received = stock.file(deposit.dataset, "new.csv", state="questions", questions=[QUESTION])
    return {"dataset": opened.key, "file": file.key, "received": received.key, "code": deposit.code}


QUESTION = {
    "id": "time_zone",
    "text": "In which time zone are the times?",
    "guess": "UTC",
    "why": "Most loggers of this kind write UTC.",
    "confidence": 0.6,
    "choices": [["UTC", "UTC"], ["Europe/London", "British time"]],
}


@pytest.fixture
def headers_of(partner: User, manager: User, bearer: MakeToken) -> dict[str, dict[str, str]]:
    return {
        "nobody": {},
        "partner": bearer(partner, "read", "deposit"),
        "manager": bearer(manager, "read", "deposit", "manage"),
    }


@pytest.fixture
def _unlimited(settings: Any) -> Iterator[None]:
    settings.FAIRWATT_API_REQUESTS_PER_MINUTE = 1_000_000
    limits.reset()
    yield
    limits.reset()


def place(case: schemathesis.Case, names: dict[str, Any]) -> None:
    """Let most cases be about things that exist."""
    parameters = case.path_parameters or {}
    if "code" in parameters and len(str(parameters["code"])) % 4:
        parameters["code"] = names["code"]
    if "slug" in parameters and len(str(parameters["slug"])) % 3:
        parameters["slug"] = ("about", "origin", "trial", "access", "nonsense")[len(str(parameters["slug"])) % 5]
    if "key" in parameters and len(str(parameters["key"])) % 4:
        kind = "dataset" if case.path.startswith("/api/v1/datasets") else "file"
        is_deposits = case.path.endswith("/answers") or case.method == "DELETE"
        parameters["key"] = names["received" if is_deposits else kind]


@pytest.mark.usefixtures("_unlimited")
@pytest.mark.parametrize("who", ["nobody", "partner", "manager"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_one_that_the_document_declares(
    operation: Any, who: str, seeded: dict[str, Any], headers_of: dict[str, dict[str, str]]
) -> None:
    application = get_wsgi_application()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
    )
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        place(case, seeded)
        answer = case.call(app=application, headers=headers_of[who])
        case.validate_response(answer, checks=CHECKS, excluded_checks=[])

    ask()


def test_the_document_names_every_operation_once_and_declares_its_problems() -> None:
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["description"]
            assert {} in operation["security"] or {"token": []} in operation["security"]
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]
    json.dumps(document)


def test_the_document_is_served(ask: Client, db: None) -> None:
    answer = ask.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Fairwatt"
