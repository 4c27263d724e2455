"""A programmer: a token of one's own, readings in every format, ranges, a deposit from the command line."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pyarrow as pa
from playwright.sync_api import Page, expect

from fairwatt.cli.demo import files
from tests.journeys.conftest import READ_WITHIN_S, Portal, looks_right, make_token

HEAT_PUMP = "School heat pump, ten-minute readings"
FEEDER = "Mill Lane feeder 3: current and voltage of three phases"
WINDOW = {"start": "2025-11-02T06:00:00Z", "end": "2025-11-02T08:00:00Z", "channels": "electrical_power_kw"}
ANSWERS: dict[str, dict[str, Any]] = {
    "trial": {"trial": "B2.1"},
    "procedures": {"procedures": ["P2"]},
    "procedure-p2": {"both_metered": "yes"},
    "about": {"title": "Trade, sent by a program", "description": "Half-hourly trade of three days."},
    "access": {"licence": "CC-BY-4.0", "public": "now"},
}


def api(portal: Portal, secret: str = "") -> httpx.Client:
    """The API as a program calls it."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.Client(base_url=f"{portal.url}/api/v1", headers=headers, timeout=READ_WITHIN_S)


def test_a_token_is_shown_once_works_shows_its_use_and_ends(
    enter: Callable[..., Page], portal: Portal, keys: dict[str, str], width: str, mark: str
) -> None:
    page = enter("partner", width)
    secret = make_token(page, f"Loader, {width} {mark}", check=looks_right)
    assert re.fullmatch(r"fwt_[\w-]{40,}", secret)
    looks_right(page)
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=f"Loader, {width} {mark}"))
    expect(row).to_contain_text("not used yet")

    with api(portal, secret) as client:
        assert client.get("/me").json()["email"] == portal.passwords["partner"][0]
        shared = f"/datasets/{keys[FEEDER]}/readings?format=csv&end=2025-11-05T00:01:00Z"
        assert client.get(shared).text.count("\n") == 1 + 6
        page.goto("/account/tokens/")
        assert secret not in page.content()
        expect(row).to_contain_text("last used")
        looks_right(page)

        row.locator("summary", has_text="Revoke").click()
        row.get_by_role("button", name="Yes, revoke it").click()
        expect(page.get_by_text("Tokens that no longer work")).to_be_visible()
        refused = client.get("/me")
    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert "no longer works" in refused.json()["detail"]


def test_open_readings_come_in_four_formats_and_half_open_windows(portal: Portal, keys: dict[str, str]) -> None:
    address = f"/datasets/{keys[HEAT_PUMP]}/readings"
    with api(portal) as client:
        answers = {name: client.get(address, params={**WINDOW, "format": name}) for name in FORMATS}
        means = client.get(address, params={**WINDOW, "format": "json", "resolution": "PT30M"}).json()
        naive = client.get(address, params={**WINDOW, "start": "2025-11-02T06:00:00"})

    values = {name: read(answers[name].content) for name, read in FORMATS.items()}
    assert len(values["csv"]) == 12  # 06:00 to 07:50: the reading of 08:00 is not part of it
    assert values["csv"] == values["json"] == values["parquet"] == values["arrow"]
    assert [row["electrical_power_kw_count"] for row in rows_of(means)] == [3, 3, 3, 3]
    assert naive.status_code == 422
    assert naive.json()["where"]["field"] == "start"


def rows_of(document: Any) -> list[dict[str, Any]]:
    """The rows of a JSON answer."""
    return document["items"] if isinstance(document, dict) and "items" in document else list(document)


def _read_json(content: bytes) -> list[float]:
    return [float(row["electrical_power_kw"]) for row in rows_of(json.loads(content))]


def _of(frame: pl.DataFrame) -> list[float]:
    return [float(value) for value in frame["electrical_power_kw"]]


FORMATS: dict[str, Callable[[bytes], list[float]]] = {
    "csv": lambda content: _of(pl.read_csv(content)),
    "json": _read_json,
    "parquet": lambda content: _of(pl.read_parquet(io.BytesIO(content))),
    "arrow": lambda content: _of(pl.DataFrame(pa.ipc.open_stream(content).read_all())),
}


def test_datasets_certificate_and_files_can_be_fetched_in_parts(portal: Portal, keys: dict[str, str]) -> None:
    with api(portal) as client:
        found = client.get("/datasets", params={"q": "heat pump", "quantity": "power"}).json()
        assert found["items"][0]["landing_page"] == f"{portal.url}/datasets/{keys[HEAT_PUMP]}/"
        certificate = client.get(f"/datasets/{keys[HEAT_PUMP]}/certificate")
        assert certificate.headers["content-type"].startswith("application/ld+json")
        assert certificate.json()["name"] == HEAT_PUMP

        pages, seen = "/datasets?limit=5", []
        while pages:
            listed = client.get(pages).json()
            seen += [entry["id"] for entry in listed["items"]]
            pages = listed["next"]
        assert len(seen) == len(set(seen)) == listed["total"]

        (file,) = client.get(f"/datasets/{keys[HEAT_PUMP]}/files").json()["items"]
        whole = client.get(file["content_url"])
        assert sha256(whole.content).hexdigest() == file["sha256"]
        part = client.get(file["content_url"], headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, whole.content[100:200])
        again = client.get(file["content_url"], headers={"If-None-Match": whole.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_deposit_is_made_sent_and_handed_in_by_programs(
    enter: Callable[..., Page], portal: Portal, tmp_path: Path
) -> None:
    page = enter("partner")
    secret = make_token(page, "Nightly upload")
    path = files.write_trade(tmp_path / "nightly-trade.csv", seed=5, start=files.winter(1, month=8), days=3)
    with api(portal, secret) as client:
        made = client.post("/deposits", json={"origin": "foreground", "answers": ANSWERS})
        assert made.status_code == 201
        code = made.json()["code"]

        said = run_cli(portal, secret, tmp_path, "upload", str(path), "--deposit", code)
        assert sha256(path.read_bytes()).hexdigest() in said
        assert f"{portal.url}/share/{code}/" in said

        file = wait_for(client, code, "questions")
        answered = client.post(f"/files/{file['id']}/answers", json={"answers": {"time_zone": "UTC"}})
        assert answered.status_code == 200, answered.text
        assert wait_for(client, code, "read")["rows"] == 3 * 48
        handed = client.post(f"/deposits/{code}/submit")
    assert (handed.status_code, handed.json()["state"]) == (200, "submitted")
    page.goto(f"/share/{code}/")
    expect(page.get_by_text("Waiting for review").first).to_be_visible()


def wait_for(client: httpx.Client, code: str, state: str) -> dict[str, Any]:
    """Wait until the only file of a deposit has come to a state."""
    deadline = time.monotonic() + READ_WITHIN_S
    while time.monotonic() < deadline:
        (file,) = client.get(f"/deposits/{code}").json()["files"]
        if file["state"] == state:
            return dict(file)
        time.sleep(0.3)
    raise AssertionError(file)


def run_cli(portal: Portal, secret: str, folder: Path, *arguments: str) -> str:
    """Run the command line as a partner's machine does, and answer with what it said."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FAIRWATT_", "DJANGO_"))}
    environment |= {"FAIRWATT_URL": portal.url, "FAIRWATT_TOKEN": secret, "HOME": str(folder)}
    command = [sys.executable, "-m", "fairwatt.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=READ_WITHIN_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
