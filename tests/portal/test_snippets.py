"""The code that a dataset's page offers runs as it stands, and fetches all of the readings."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from fairwatt.records.models import Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import create_token
from tests.portal.pages_stock import PARTNERS_ONLY, published
from tests.services import stock

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGES = ["curl", "pandas", "polars", "r", "power-query"]


@pytest.fixture
def served(live_server: LiveServer, settings: LazySettings) -> LiveServer:
    """A server whose pages name its own address."""
    settings.BASE_URL = live_server.url
    return live_server


def snippets(client: Client, address: str) -> dict[str, str]:
    page = client.get(address).content.decode()
    found = re.findall(r'<pre id="code-([a-z-]+)" tabindex="0"><code>(.*?)</code></pre>', page, re.DOTALL)
    return {name: html.unescape(code) for name, code in found}


def run(code: str) -> Any:
    names: dict[str, Any] = {}
    exec(code, names)
    return names["readings"]


def total(readings: Any) -> tuple[int, float]:
    return len(readings), round(float(readings["active_power_l1_kw"].sum()), 6)


def test_code_for_an_open_dataset_runs_as_it_stands(served: LiveServer, client: Client, tmp_path: Path) -> None:
    dataset = published()

    code = snippets(client, f"/datasets/{dataset.key}/")

    assert list(code) == LANGUAGES
    assert all(served.url in text for text in code.values())
    assert total(run(code["pandas"])) == (48, 112.8)
    assert total(run(code["polars"])) == (48, 112.8)
    subprocess.run(code["curl"], shell=True, check=True, cwd=tmp_path, capture_output=True)
    assert len((tmp_path / f"{dataset.key}.csv").read_text().splitlines()) == 49


def test_code_for_a_shared_dataset_takes_its_token_from_the_environment(
    served: LiveServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = published(release=PARTNERS_ONLY)
    partner = stock.person(organization=stock.organization("LCH"))
    _, secret = create_token(
        actor=Actor(user=partner), name="notebook", scopes=["read"], days=30, at=stock.NOW + 3650 * stock.DAY
    )
    monkeypatch.setenv("FAIRWATT_TOKEN", secret)

    code = snippets(client, f"/datasets/{dataset.key}/")

    assert total(run(code["pandas"])) == (48, 112.8)
    assert total(run(code["polars"])) == (48, 112.8)
    subprocess.run(code["curl"], shell=True, check=True, cwd=tmp_path, capture_output=True)
    assert len((tmp_path / f"{dataset.key}.csv").read_text().splitlines()) == 49


def test_code_for_a_file_fetches_that_file_alone(served: LiveServer, client: Client) -> None:
    dataset: Dataset = published()
    stock.half_hours(stock.file(dataset, "other.csv"), days=2)

    code = snippets(client, f"/files/{file_of_name(dataset, 'school.csv')}/")

    assert total(run(code["polars"])) == (48, 112.8)
    assert served.url in code["pandas"]


def file_of_name(dataset: Dataset, name: str) -> str:
    return str(dataset.files.get(name=name).key)
