from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings


class Caller:
    """A browser that calls the callbacks of the tool for tests, with its CSRF token unless told otherwise."""

    address = "/tools/trial/_dash-update-component"

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)

    def greet(self, name: object, **changes: Any) -> HttpResponse:
        body: dict[str, Any] = {
            "output": "greeting.children",
            "outputs": {"id": "greeting", "property": "children"},
            "inputs": [{"id": "name", "property": "value", "value": name}],
            "state": [{"id": "name", "property": "type", "value": "text"}],
            "changedPropIds": ["name.value"],
        }
        return self.send(json.dumps(body | changes))

    def send(self, body: str | bytes, **headers: str) -> HttpResponse:
        if "csrftoken" not in self.client.cookies:
            self.client.get("/tools/trial/")
        token = self.client.cookies["csrftoken"].value
        headers = {"X-CSRFToken": token} | headers
        return self.client.post(self.address, body, content_type="application/json", headers=headers)


@pytest.fixture
def caller(settings: Settings, db: None) -> Caller:
    settings.ROOT_URLCONF = "tests.tools.dashkit.urls"
    return Caller()
