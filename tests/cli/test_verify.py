"""``fairwatt verify``: what a person downloaded, told to be the certified file or not, with nobody asked."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from typer.testing import CliRunner

from fairwatt.cli.app import app
from fairwatt.core.metadata.signing import load_private, parse_jwks, sign_text
from fairwatt.records.models import Dataset
from tests.portal.pages_stock import file_of, published
from tests.portal.test_downloads import body

pytestmark = pytest.mark.django_db  # so that the tests' database is made

CERTIFIED, DIFFERS, UNREADABLE, UNSIGNED, NOT_FOUND = 0, 1, 2, 3, 4
FORGER = load_private("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")


def _fetch(client: Client, folder: Path, dataset: Dataset) -> Path:
    """Everything that a reader downloads, in one folder."""
    page = f"/datasets/{dataset.key}"
    for name, address in {
        f"{dataset.key}.certificate.json": f"{page}.certificate.json",
        f"{dataset.key}.certificate.jws": f"{page}.certificate.jws",
        "jwks.json": "/.well-known/jwks.json",
        "readings.csv": f"{page}/readings.csv",
        "readings.parquet": f"{page}/readings.parquet",
        "readings.arrow": f"{page}/readings.arrow",
        "school.csv": f"/files/{file_of(dataset).key}/original",
        "school.toml": f"/files/{file_of(dataset).key}/profile.toml",
    }.items():
        (folder / name).write_bytes(body(client.get(address)))
    return folder


@pytest.fixture(scope="module")
def downloaded(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: what is done with the files afterwards needs no database."""
    with django_db_blocker.unblock(), transaction.atomic():
        folder = _fetch(Client(), tmp_path_factory.mktemp("downloaded"), published())
        transaction.set_rollback(True)
    return folder


@pytest.fixture
def folder(downloaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(downloaded, tmp_path / "downloads"))


def _verify(*words: object) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["verify", *map(str, words), "--json"])
    return done.exit_code, json.loads(done.stdout)


def _certificate(folder: Path) -> Path:
    return next(folder.glob("*.certificate.json"))


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("school.csv", "raw"),
        ("readings.csv", "readings"),
        ("readings.parquet", "readings"),
        ("readings.arrow", "readings"),
    ],
)
def test_each_download_is_told_to_be_the_certified_one(folder: Path, name: str, step: str) -> None:
    code, told = _verify(folder / name)
    assert (code, told["verified"], told["link"]["step"], told["signature"]["genuine"]) == (CERTIFIED, True, step, True)


def test_the_chain_is_walked_with_what_lies_beside(folder: Path) -> None:
    _, told = _verify(folder / "readings.parquet")
    assert [(link["step"], link["at_hand"]) for link in told["chain"]] == [
        ("raw", True), ("profile", True), ("readings", True),
    ]  # fmt: skip
    (folder / "school.csv").unlink()
    (folder / "school.toml").unlink()
    _, told = _verify(folder / "readings.parquet")
    assert [link["at_hand"] for link in told["chain"]] == [False, False, True]


def test_people_are_told_in_words(folder: Path) -> None:
    done = CliRunner().invoke(app, ["verify", str(folder / "school.csv")])
    assert done.exit_code == CERTIFIED
    assert done.stdout.splitlines()[0] == "✓ school.csv is school.csv, byte for byte as it was received."
    assert "Signature    Signed on 31 May 2026, 12:00 UTC by the key " in done.stdout
    assert f"The public keys are from {folder / 'jwks.json'}." in done.stdout


@pytest.mark.parametrize("name", ["school.csv", "readings.csv"])
def test_one_changed_digit_is_not_the_certified_file(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"4.7", b"4.8"))
    code, told = _verify(path)
    assert (code, told["verified"], told["link"], told["signature"]["genuine"]) == (DIFFERS, False, None, True)
    assert told["reason"].startswith(f"{name} ")


def test_an_altered_certificate_is_refused_however_well_the_file_fits(folder: Path) -> None:
    path = _certificate(folder)
    path.write_text(path.read_text().replace("School load", "Church load"))
    code, told = _verify(folder / "school.csv")
    assert (code, told["link"]["step"], told["signature"]["genuine"]) == (DIFFERS, "raw", False)
    assert told["reason"].startswith("The certificate is refused. The signature does not fit")


def test_a_certificate_that_somebody_else_signed_is_refused(folder: Path) -> None:
    path = _certificate(folder)
    (key,) = parse_jwks((folder / "jwks.json").read_text())
    at = key.valid_from
    path.with_suffix(".jws").write_text(sign_text(path.read_text(), FORGER, kid=key.kid, at=at))
    code, told = _verify(folder / "school.csv")
    assert (code, told["signature"]["genuine"]) == (DIFFERS, False)
    path.with_suffix(".jws").write_text(sign_text(path.read_text(), FORGER, kid="another", at=at))
    code, told = _verify(folder / "school.csv")
    assert (code, told["signature"]["reason"]) == (
        DIFFERS,
        "The signature names the key another, which is not known.",
    )


@pytest.mark.parametrize("missing", ["jwks.json", "*.jws"])
def test_without_a_signature_or_a_key_that_is_left_open(folder: Path, missing: str) -> None:
    next(folder.glob(missing)).unlink()
    code, told = _verify(folder / "school.csv")
    assert (code, told["verified"], told["signature"]["genuine"]) == (UNSIGNED, False, None)
    assert told["signature"]["reason"].startswith("Not checked: ")


def test_certificate_signature_and_keys_may_lie_elsewhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    papers = tmp_path_factory.mktemp("papers")
    for path in (_certificate(folder), _certificate(folder).with_suffix(".jws"), folder / "jwks.json"):
        path.rename(papers / path.name)
    assert _verify(folder / "readings.csv")[0] == NOT_FOUND
    code, _ = _verify(folder / "readings.csv", "--certificate", _certificate(papers))
    assert code == CERTIFIED
    (papers / "jwks.json").rename(papers / "pinned.json")
    code, told = _verify(
        folder / "readings.csv", "--certificate", _certificate(papers), "--keys", papers / "pinned.json"
    )
    assert (code, told["signature"]["keys_from"]) == (CERTIFIED, str(papers / "pinned.json"))


def test_a_pretty_printed_certificate_is_the_same_certificate(folder: Path) -> None:
    path = _certificate(folder)
    path.write_text(json.dumps(json.loads(path.read_text()), indent=4))
    assert _verify(folder / "school.csv")[0] == CERTIFIED


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.certificate.json", "{"), ("x.certificate.json", '{"kind": "dataset"}'), ("jwks.json", "no keys")],
    ids=["cut", "without-fields", "keys"],
)
def test_papers_that_cannot_be_read_are_said_to_be_so(folder: Path, name: str, content: str) -> None:
    path = _certificate(folder) if name.startswith("x") else folder / name
    path.write_text(content)
    code, told = _verify(folder / "school.csv")
    assert code == UNREADABLE
    assert "error" in told


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    assert _verify(tmp_path / "nothing.csv")[0] == UNREADABLE


def _package(folder: Path, *names: str) -> Path:
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as package:
        for name in (*names, _certificate(folder).name, _certificate(folder).with_suffix(".jws").name, "jwks.json"):
            package.write(folder / name, f"data/{name}")
        package.writestr("README.md", "What this is.")
    return path


def test_a_package_is_checked_file_by_file(folder: Path) -> None:
    code, told = _verify(_package(folder, "school.csv", "readings.csv"))
    assert (code, told["reason"]) == (CERTIFIED, "package.zip is a package of 2 certified files, under 1 certificates.")
    assert told["members"] == [
        {"name": "data/school.csv", "certified": True},
        {"name": "data/readings.csv", "certified": True},
        {"name": "README.md", "certified": False},
    ]


def test_a_package_with_an_altered_file_is_not_certified(folder: Path) -> None:
    (folder / "school.csv").write_text("start,kw\n")
    code, told = _verify(_package(folder, "school.csv", "readings.csv"))
    assert (code, told["reason"]) == (
        DIFFERS,
        "data/school.csv has the name of a certified file, but not its bytes.",
    )
