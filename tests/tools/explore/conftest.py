from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from django.http import HttpResponse
from django.test import Client

ADDRESS = "/tools/explore/"


@dataclass
class Answer:
    """What a callback answered: the props of each component."""

    props: dict[str, dict[str, Any]]
    search: str = ""

    def text(self, name: str) -> str:
        """All words of a component's children."""
        return " ".join(_words(self.props[name].get("children")))

    @property
    def figure(self) -> dict[str, Any]:
        figure: dict[str, Any] = self.props["chart"]["figure"]
        return figure

    def lines(self) -> dict[str, dict[str, Any]]:
        """The figure's lines by name, without bands and times."""
        return {t["name"]: t for t in self.figure["data"] if "name" in t and t["name"] != "Local time"}

    def links(self, name: str) -> dict[str, str]:
        return {" ".join(_words(node)): node["props"]["href"] for node in _nodes(self.props[name]) if _is_link(node)}


def numbers(packed: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype=f"<{packed['dtype']}")


def _nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for part in node for found in _nodes(part)]
    if isinstance(node, dict):
        below = node.get("props", node).get("children")
        return ([node] if "type" in node else []) + _nodes(below)
    return []


def _is_link(node: dict[str, Any]) -> bool:
    return node["type"] == "A"


def _words(node: Any) -> list[str]:
    if isinstance(node, list):
        return [word for part in node for word in _words(part)]
    if isinstance(node, dict):
        return _words(node.get("props", {}).get("children"))
    return [] if node is None else [str(node).strip()]


@dataclass
class Explorer:
    """The tool as a browser uses it: it keeps the address, and sends what its controls hold."""

    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    search: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    dependencies: list[dict[str, Any]] = field(default_factory=list)

    def open(self, search: str = "") -> Answer:
        self.search = search
        self.values = {"zone.value": "local", "band.checked": True, "from.value": "", "to.value": ""}
        self.client.get(ADDRESS)
        self.dependencies = self.client.get(f"{ADDRESS}_dash-dependencies").json()
        return self.call("chart.figure", ["url.search", "theme.data"])

    def use(self, control: str, value: object) -> Answer:
        self.values[control] = value
        return self.call("chart.figure", [control])

    def drag(self, start: str, end: str) -> Answer:
        return self.use("drag.data", {"xaxis.range[0]": start, "xaxis.range[1]": end, "count": 1})

    def table(self, clicks: str, count: int = 1) -> Answer:
        self.values[clicks] = count
        return self.call("table.children", [clicks])

    def call(self, output: str, changed: list[str]) -> Answer:
        response = self.send(output, changed)
        assert response.status_code == 200, response.content
        body = response.json()
        props = body.get("response", {})
        for name, values in {**props, **body.get("sideUpdate", {})}.items():
            props.setdefault(name, {}).update(values)
            self.values |= {f"{name}.{prop}": value for prop, value in values.items()}
        self.search = props.get("url", {}).get("search", self.search)
        return Answer(props, self.search)

    def send(self, output: str, changed: list[str]) -> HttpResponse:
        found = next(d for d in self.dependencies if output in d["output"].strip(".").split("..."))
        names = found["output"].strip(".").split("...")
        outputs = [dict(zip(("id", "property"), name.split("."), strict=True)) for name in names]
        held = {"theme.data": "light"} | self.values | {"url.search": self.search}
        body = {
            "output": found["output"],
            "outputs": outputs if found["output"].startswith("..") else outputs[0],
            "inputs": [i | {"value": held.get(f"{i['id']}.{i['property']}")} for i in found["inputs"]],
            "state": [s | {"value": held.get(f"{s['id']}.{s['property']}")} for s in found["state"]],
            "changedPropIds": changed,
        }
        return self.client.post(
            f"{ADDRESS}_dash-update-component",
            json.dumps(body),
            content_type="application/json",
            headers={"X-CSRFToken": self.client.cookies["csrftoken"].value},
        )


@pytest.fixture
def explorer(db: None) -> Explorer:
    return Explorer()
