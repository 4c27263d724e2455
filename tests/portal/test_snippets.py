"""The code that a dataset's page offers runs as it stands, and fetches all of the readings.

Python, the shell and R are run. Power Query runs in Excel and Power BI alone: its code is read here, and what it
fetches is fetched with the address, the headers and the options that it names.
"""

from __future__ import annotations

import csv
import html
import io
import os
import re
import shutil
import subprocess
import urllib.request
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

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
LANGUAGES = ["curl", "pandas", "polars", "r", "power-query"]
R_SAYS = """
cat(nrow(readings), format(sum(readings$active_power_l1_kw), digits = 6), class(readings$start)[1],
    format(readings$start[2], "%Y-%m-%d %H:%M:%S", tz = "UTC"), attr(readings$start, "tzone"), sep = "|")
"""
R_EXPECTED = "48|112.8|POSIXct|2020-06-01 00:30:00|UTC"


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


def run_r(code: str) -> str:
    """Run R, which make test installs; skipped where it is absent, a failure in CI."""
    program = shutil.which("Rscript")
    if program is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("R is absent: .ci/system installs it")
        pytest.skip("R is absent: .ci/system installs it")
    done = subprocess.run([program, "-"], input=code + R_SAYS, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def read_m(code: str) -> tuple[dict[str, str], str]:
    """The steps of a Power Query expression by name, and which is answered with; brackets and texts must be closed."""
    bare = re.sub(r'"(?:[^"]|"")*"', "T", code)
    assert '"' not in bare
    open_ones: list[str] = []
    for sign in bare:
        if sign in "([{":
            open_ones.append(sign)
        elif sign in ")]}":
            assert open_ones.pop() + sign in {"()", "[]", "{}"}
    assert open_ones == []
    match = re.fullmatch(r"let\n(.*)\nin\n {4}(\w+)", code, re.DOTALL)
    assert match is not None
    steps = dict(re.findall(r"^ {4}(\w+) = (.*?)(?:,\n(?= {4}\w)|\Z)", match[1], re.DOTALL | re.MULTILINE))
    names = list(steps)
    for place, text in enumerate(steps.values()):  # each step knows only those before it
        assert set(re.findall(r"(?<![.\w])(?:Source|Named|Readings|Token)(?!\w)", re.sub(r'"[^"]*"', "", text))) <= {
            *names[:place], "Token",
        }  # fmt: skip
    return steps, match[2]


def fetch_as_m_says(code: str, *, token: str = "") -> list[dict[str, str]]:
    """What a Power Query expression answers with, by its own address, headers, delimiter and encoding."""
    steps, answer = read_m(code)
    source = re.fullmatch(
        r'Csv\.Document\(Web\.Contents\("([^"]+)"(?:,\s*\[Headers = \[Authorization = Token\]\])?\), '
        r'\[Delimiter = "(.)", Encoding = 65001\]\)',
        steps["Source"],
    )
    assert source is not None
    assert ("Headers" in steps["Source"]) == bool(token)
    assert steps.get("Token", '"Bearer fwt_…"') == '"Bearer fwt_…"'
    assert steps["Named"] == "Table.PromoteHeaders(Source, [PromoteAllScalars = true])"
    assert steps["Readings"] == 'Table.TransformColumnTypes(Named, {{"start", type datetimezone}}, "en-GB")'
    assert answer == "Readings"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(source[1], headers=headers)) as sent:
        text = sent.read().decode("utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter=source[2]))


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
    rows = fetch_as_m_says(code["power-query"])
    assert (len(rows), list(rows[0])) == (48, ["start", "active_power_l1_kw"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[0]["start"])  # a datetimezone to Power Query


def test_code_in_r_runs_as_it_stands(served: LiveServer, client: Client) -> None:
    dataset = published()

    code = snippets(client, f"/datasets/{dataset.key}/")["r"]

    assert run_r(code) == R_EXPECTED


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
    assert len(fetch_as_m_says(code["power-query"], token=secret)) == 48
    assert run_r(code["r"]) == R_EXPECTED


def test_code_for_a_file_fetches_that_file_alone(served: LiveServer, client: Client) -> None:
    dataset: Dataset = published()
    stock.half_hours(stock.file(dataset, "other.csv"), days=2)

    code = snippets(client, f"/files/{file_of_name(dataset, 'school.csv')}/")

    assert total(run(code["polars"])) == (48, 112.8)
    assert served.url in code["pandas"]


def file_of_name(dataset: Dataset, name: str) -> str:
    return str(dataset.files.get(name=name).key)
