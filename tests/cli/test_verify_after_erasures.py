"""``fairwatt verify`` after parts were erased: of what was downloaded before, and of what is there now."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from typer.testing import CliRunner

from fairwatt.cli import verifying_online
from fairwatt.cli.app import app
from fairwatt.core.metadata import parse_certificate
from fairwatt.records.models import Dataset, FormerIssue
from fairwatt.services.certificates import issue_version
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.erasures import confirmation_of, order_erasure
from fairwatt.services.worker import run_pending
from tests.portal.test_downloads import body
from tests.services import stock
from tests.services.entries import manager
from tests.services.test_erasures import PROFILE, SECRET, WHY, content

pytestmark = pytest.mark.django_db

CERTIFIED, DIFFERS = 0, 1
AT, DONE = stock.NOW + timedelta(hours=1), stock.NOW + timedelta(hours=2)
AGAIN = "Parts were erased on 1 Jun 2026: the certificate was issued anew for what is left."


@pytest.fixture
def homes() -> Dataset:
    """A day of two meters, open to everyone."""
    dataset = stock.dataset("Homes", release={"public": stock.NOW - stock.DAY}, identifier="LEOD7")
    stock.fill_lake(stock.file(dataset, "zebra.csv"), PROFILE, content(0, (SECRET, "b")))
    update_totals(dataset, at=stock.NOW)
    issue_version(actor=manager(), dataset=dataset, at=stock.NOW)
    return dataset


def download(client: Client, dataset: Dataset, folder: Path) -> Path:
    """The readings with their certificate and signature, and the portal's keys kept elsewhere."""
    folder.mkdir()
    page = f"/datasets/{dataset.key}"
    for ending in ("certificate.json", "certificate.jws"):
        (folder / f"{dataset.key}.{ending}").write_bytes(body(client.get(f"{page}.{ending}")))
    (folder / "readings.csv").write_bytes(body(client.get(f"{page}/readings.csv")))
    (folder.parent / "kept.json").write_bytes(body(client.get("/.well-known/jwks.json")))
    return folder / "readings.csv"


def erase_meter(dataset: Dataset) -> None:
    words = confirmation_of(dataset, "series", SECRET)
    order_erasure(
        actor=manager(), dataset_key=dataset.key, kind="series", target=SECRET, reason=WHY, confirmation=words, at=AT
    )
    run_pending(worker="tests", clock=lambda: DONE)


def verify(file: Path, *words: object) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["verify", str(file), *map(str, words), "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_what_is_there_now_is_certified_anew_and_what_was_there_is_told_to_be_of_before(
    homes: Dataset, client: Client, tmp_path: Path
) -> None:
    before = download(client, homes, tmp_path / "before")
    assert verify(before, "--keys", tmp_path / "kept.json")[0] == CERTIFIED
    erase_meter(homes)
    after = download(client, homes, tmp_path / "after")

    code, told = verify(after, "--keys", tmp_path / "kept.json")
    assert (code, told["signature"]["genuine"], told["standing"]) == (CERTIFIED, True, AGAIN)
    assert (told["certificate"]["version"], told["certificate"]["issue"]) == (1, 2)
    assert len(told["chain"]) == 2, "how it was read, and the readings: the original is gone"

    papers = next((tmp_path / "after").glob("*.certificate.json"))
    code, told = verify(before, "--certificate", papers, "--keys", tmp_path / "kept.json")
    assert code == DIFFERS
    assert AGAIN in told["reason"]
    assert told["reason"].endswith(f"Delete it, and have what is left from http://127.0.0.1:8000/datasets/{homes.key}/")


def test_whoever_asks_the_portal_is_told_what_is_gone_though_the_old_papers_are_genuine(
    homes: Dataset, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = download(client, homes, tmp_path / "before")
    erase_meter(homes)
    monkeypatch.setattr(verifying_online, "_client", lambda portal: through(client, portal))

    code, told = verify(before, "--online", "https://data.example")
    assert (code, told["signature"]["genuine"], told["certificate"]["issue"]) == (DIFFERS, True, 1)
    gone = "readings.csv was certified, and is not any more: it was erased since. Delete it."
    assert (told["verified"], told["standing"], told["reason"]) == (False, AGAIN, gone)
    now = download(client, homes, tmp_path / "now")
    assert verify(now, "--online", "https://data.example")[0] == CERTIFIED

    alone = tmp_path / "alone" / "readings.csv"
    alone.parent.mkdir()
    alone.write_bytes(before.read_bytes())
    code, told = verify(alone, "--online", "https://data.example")
    assert (code, told["signature"]["genuine"], told["certificate"]["issue"], told["standing"]) == (
        DIFFERS, True, 1, AGAIN,
    )  # fmt: skip


def through(client: Client, portal: str) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        found = client.get(request.url.raw_path.decode(), headers={"accept": "*/*"})
        return httpx.Response(found.status_code, content=body(found), headers={"Content-Type": found["Content-Type"]})

    return httpx.Client(base_url=portal, transport=httpx.MockTransport(answer))


def test_what_is_kept_of_before_is_signed_tells_no_values_and_is_nobodys_who_may_not_know_of_it(
    homes: Dataset, client: Client
) -> None:
    erase_meter(homes)
    issues = FormerIssue.objects.all()
    assert {bool(issue.version) for issue in issues} == {True, False}
    addresses: list[Callable[[str], str]] = [
        lambda ending: f"/datasets/{homes.key}.{ending}",
        lambda ending: f"/files/{homes.files.get().key}.{ending}",
    ]
    for issue in issues:
        certificate = parse_certificate(issue.certificate)
        assert not certificate.tells_values
        address, another = addresses if issue.version else addresses[::-1]
        shown = client.get(address("certificate.json"), {"sha256": issue.digest}).content
        assert sha256(shown).hexdigest() == issue.digest
        assert client.get(address("certificate.jws"), {"sha256": issue.digest}).status_code == 200
        assert client.get(another("certificate.json"), {"sha256": issue.digest}).status_code == 404
    digest = issues[0].digest
    Dataset.objects.filter(pk=homes.pk).update(metadata_withheld=True)
    assert client.get(addresses[0]("certificate.json"), {"sha256": digest}).status_code == 404
    assert client.get("/verify/", {"sha256": digest, "format": "json"}).json() == {"found": []}


def test_a_second_erasure_is_a_third_issue_and_a_new_version_begins_with_the_first(homes: Dataset) -> None:
    stock.fill_lake(stock.file(homes, "okapi.csv"), PROFILE, content(1, ("c",)))
    update_totals(homes, at=stock.NOW)
    issue_version(actor=manager(), dataset=homes, at=stock.NOW, note="A day more.")
    erase_meter(homes)
    file = homes.files.get(name="okapi.csv")
    words = confirmation_of(homes, "file", file.key)
    order_erasure(
        actor=manager(), dataset_key=homes.key, kind="file", target=file.key, reason=WHY, confirmation=words, at=DONE
    )
    run_pending(worker="tests", clock=lambda: DONE)

    first, second = (parse_certificate(row.certificate) for row in homes.versions.order_by("number"))
    assert (first.issue, second.issue) == (3, 3)
    assert (first.readings_sha256, len(second.readings_sha256)) == ("", 64)
    assert ([entry.name for entry in second.files], second.rows) == (["zebra.csv"], 144)
    assert second.erasure is not None
    assert (second.erasure.at, second.erasure.orders) == (DONE, 2)

    third = issue_version(actor=manager(), dataset=homes, at=DONE + stock.DAY, note="What is left.")
    assert (parse_certificate(third.certificate).issue, parse_certificate(third.certificate).erasure) == (1, None)
