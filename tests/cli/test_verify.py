"""``fairwatt verify``: what a person downloaded, told to be the certified file or not, with nobody asked."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import transaction
from django.test import Client
from typer.testing import CliRunner

from fairwatt.cli import verifying_online
from fairwatt.cli.app import app
from fairwatt.core.metadata import canonical_json, parse_certificate
from fairwatt.core.metadata.signing import load_private, parse_jwks, public_key_of, sign_text, to_jwks
from fairwatt.records.models import Dataset
from tests.portal.pages_stock import file_of, published
from tests.portal.test_downloads import body

pytestmark = pytest.mark.django_db  # so that the tests' database is made

CERTIFIED, DIFFERS, UNREADABLE, UNSIGNED, NOT_FOUND, NO_ANSWER = 0, 1, 2, 3, 4, 7
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
    shutil.copy(downloaded / "jwks.json", tmp_path / "kept.json")
    return Path(shutil.copytree(downloaded, tmp_path / "downloads"))


def _verify(file: Path, *words: object) -> tuple[int, dict[str, Any]]:
    """Verify with the portal's keys, had before the data and kept elsewhere."""
    return _verify_alone(file, *words, "--keys", file.parent.parent / "kept.json")


def _verify_alone(*words: object) -> tuple[int, dict[str, Any]]:
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
    done = CliRunner().invoke(app, ["verify", str(folder / "school.csv"), "--keys", str(folder.parent / "kept.json")])
    assert done.exit_code == CERTIFIED
    assert done.stdout.splitlines()[0] == "✓ school.csv is school.csv, byte for byte as it was received."
    assert "Signature    Signed on 31 May 2026, 12:00 UTC by the key " in done.stdout
    assert f"The public keys are from {folder.parent / 'kept.json'}." in done.stdout


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
    code, told = _verify_alone(folder / "school.csv")
    assert (code, told["verified"], told["signature"]["genuine"]) == (UNSIGNED, False, None)
    assert told["signature"]["reason"].startswith("Not checked: ")


def test_certificate_signature_and_keys_may_lie_elsewhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    papers = tmp_path_factory.mktemp("papers")
    for path in (_certificate(folder), _certificate(folder).with_suffix(".jws"), folder / "jwks.json"):
        path.rename(papers / path.name)
    assert _verify(folder / "readings.csv")[0] == NOT_FOUND
    certificate = _certificate(papers)
    code, told = _verify_alone(folder / "readings.csv", "--certificate", certificate)
    assert (code, told["signature"]["keys_from"]) == (UNSIGNED, str(papers / "jwks.json"))
    code, told = _verify(folder / "readings.csv", "--certificate", certificate)
    assert (code, told["signature"]["keys_from"]) == (CERTIFIED, str(folder.parent / "kept.json"))


def _forge(folder: Path) -> None:
    """What anybody can do: alter data, certify that, sign it with a key of one's own, and put that beside it."""
    received = folder / "school.csv"
    before = sha256(received.read_bytes()).hexdigest()
    received.write_bytes(received.read_bytes().replace(b"4.7", b"4.8"))
    path, at = _certificate(folder), datetime(2026, 5, 31, 12, tzinfo=UTC)
    path.write_text(path.read_text().replace(before, sha256(received.read_bytes()).hexdigest()))
    public = public_key_of(FORGER, valid_from=at)
    text = canonical_json(parse_certificate(path.read_text()))
    path.with_suffix(".jws").write_text(sign_text(text, FORGER, kid=public.kid, at=at))
    (folder / "jwks.json").write_text(json.dumps(to_jwks([public])))


@pytest.mark.parametrize("is_package", [False, True], ids=["beside", "in-a-package"])
def test_keys_that_came_with_the_data_prove_nothing(folder: Path, is_package: bool) -> None:
    _forge(folder)
    path = _package(folder, "school.csv") if is_package else folder / "school.csv"
    code, told = _verify_alone(path)
    signature = told["signature"]
    assert (code, told["verified"], signature["genuine"], signature["fits"]) == (UNSIGNED, False, None, True)
    assert signature["reason"].startswith("The signature fits, but by a key from the same place")
    code, told = _verify(path)
    assert (code, told["verified"], told["signature"]["genuine"]) == (DIFFERS, False, False)
    assert told["reason"].startswith("The certificate is refused. The signature names the key ")


@pytest.fixture
def portal(downloaded: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A portal on the web: what it answers at each path, and HTML elsewhere."""
    certificate = _certificate(downloaded)
    named = {"certificate": "https://data.example/c.json", "signature": "https://data.example/c.jws"}
    answers = {
        "/.well-known/jwks.json": (downloaded / "jwks.json").read_bytes(),
        "/verify/": json.dumps({"found": [named]}).encode(),
        "/c.json": certificate.read_bytes(),
        "/c.jws": certificate.with_suffix(".jws").read_bytes(),
    }
    web = httpx.MockTransport(
        lambda asked: httpx.Response(200, content=answers.get(asked.url.path, b"<!doctype html>"))
    )
    monkeypatch.setattr(verifying_online, "_client", lambda portal: httpx.Client(base_url=portal, transport=web))
    return answers


def test_the_portal_is_asked_for_its_keys_whatever_lies_beside(folder: Path, portal: dict[str, bytes]) -> None:
    online = ("--online", "https://data.example")
    code, told = _verify_alone(_package(folder, "school.csv"), *online)
    assert (code, told["signature"]["keys_from"]) == (CERTIFIED, "https://data.example")
    _forge(folder)
    assert _verify_alone(folder / "school.csv", *online)[0] == DIFFERS
    assert _verify_alone(_package(folder, "school.csv"), *online)[0] == DIFFERS


def test_the_portal_is_asked_for_the_certificate_too(folder: Path, portal: dict[str, bytes]) -> None:
    _certificate(folder).unlink()
    code, told = _verify_alone(folder / "readings.parquet", "--online", "https://data.example")
    assert (code, told["verified"], told["link"]["step"]) == (CERTIFIED, True, "readings")


@pytest.mark.parametrize(
    "answer", [b"<!doctype html>", b"[1]", b'{"found": [{}]}', b'{"found": "x"}', b"\xff"],
    ids=["html", "list", "nothing", "text", "bytes"],
)  # fmt: skip
def test_a_site_that_is_no_portal_is_said_to_be_none(folder: Path, portal: dict[str, bytes], answer: bytes) -> None:
    _certificate(folder).unlink()
    portal["/verify/"] = answer
    code, told = _verify_alone(folder / "school.csv", "--online", "https://data.example")
    assert (code, told["error"]["what"]) == (NO_ANSWER, "https://data.example did not answer as a portal does.")
    portal["/.well-known/jwks.json"] = answer
    assert _verify_alone(folder / "school.csv", "--online", "https://data.example")[0] == UNREADABLE


def test_an_address_that_is_none_is_said_to_be_so(folder: Path) -> None:
    for address in ("data.example", "http://a:b"):
        code, told = _verify_alone(folder / "school.csv", "--online", address)
        assert (code, told["error"]["what"]) == (UNREADABLE, f"'{address}' is no address of a portal.")


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
    code, told = _verify_alone(folder / "school.csv")
    assert code == UNREADABLE
    assert "error" in told


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    assert _verify(tmp_path / "nothing.csv")[0] == UNREADABLE


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../school.csv", "a" * 5_000], ids=["empty", "root", "up", "long"])
def test_names_in_a_certificate_are_never_opened(folder: Path, name: str) -> None:
    path = _certificate(folder)
    path.write_text(path.read_text().replace('"name":"school.csv"', f'"name":"{name}"'))
    code, told = _verify_alone(folder / "school.csv")
    assert (code, told["link"]["name"], told["signature"]["genuine"]) == (DIFFERS, name, False)


def test_names_in_a_certificate_cannot_move_the_cursor(folder: Path) -> None:
    path = _certificate(folder)
    path.write_text(path.read_text().replace('"name":"school.csv"', '"name":"\\u001b[1A\\u001b[2K✓ fine"'))
    done = CliRunner().invoke(app, ["verify", str(folder / "school.csv")])
    assert done.exit_code == DIFFERS
    assert "\x1b" not in done.stdout
    assert "�[1A�[2K✓ fine" in done.stdout


def test_what_verify_prints_says_its_version_as_errors_do(folder: Path) -> None:
    assert _verify(folder / "school.csv")[1]["schema_version"] == 1
    assert _verify(folder / "nothing.csv")[1]["schema_version"] == 1


def _package(folder: Path, *names: str, **more: bytes) -> Path:
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as package:
        for name in (*names, _certificate(folder).name, _certificate(folder).with_suffix(".jws").name, "jwks.json"):
            package.write(folder / name, f"data/{name}")
        for name, content in more.items():
            package.writestr(name, content)
    return path


def test_a_package_is_checked_file_by_file(folder: Path) -> None:
    names = ("school.csv", "readings.csv", "readings.parquet", "readings.arrow", "school.toml")
    code, told = _verify(_package(folder, *names))
    assert (code, told["reason"]) == (CERTIFIED, "package.zip is a package of 5 certified files, under 1 certificate.")
    assert told["members"] == [{"name": f"data/{name}", "certified": True} for name in names]


def test_a_package_with_an_altered_original_is_not_certified(folder: Path) -> None:
    (folder / "school.csv").write_text("start,kw\n")
    code, told = _verify(_package(folder, "school.csv", "readings.csv"))
    assert (code, told["reason"]) == (
        DIFFERS,
        "data/school.csv has the name of a certified file, but not its bytes.",
    )


def test_a_package_with_anything_that_is_not_certified_is_not(folder: Path) -> None:
    (folder / "readings.csv").write_bytes((folder / "readings.csv").read_bytes().replace(b"4.7", b"4.8"))
    (folder / "readings.parquet").write_bytes((folder / "readings.csv").read_bytes())
    package = _package(
        folder, "school.csv", "readings.csv", "readings.parquet", **{"run_me.exe": b"MZ", "x.certificate.jws": b"MZ"}
    )
    code, told = _verify(package)
    assert (code, told["verified"], [one["certified"] for one in told["members"]]) == (
        DIFFERS, False, [True, False, False, False, False],
    )  # fmt: skip
    assert told["reason"] == (
        "No certificate in the package names data/readings.csv, data/readings.parquet, run_me.exe, x.certificate.jws."
    )


def test_a_certified_file_under_another_ones_name_is_not_certified(folder: Path) -> None:
    """Both originals are certified: who swaps their names gives one house the other's readings."""
    path, other = _certificate(folder), b"start,kw\n2019-01-01,1\n"
    written = json.loads(path.read_text())
    (first,) = written["files"]
    written["files"].append({**first, "name": "church.csv", "sha256": sha256(other).hexdigest()})
    path.write_text(json.dumps(written))
    path.with_suffix(".jws").unlink()
    code, told = _verify(_package_unsigned(folder, {"school.csv": other}))
    assert (code, told["reason"]) == (DIFFERS, "school.csv has the name of a certified file, but not its bytes.")
    assert _verify(_package_unsigned(folder, {"church.csv": other}))[0] == UNSIGNED


def _package_unsigned(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.write(_certificate(folder), "certificate.json")
        for name, content in members.items():
            package.writestr(name, content)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_package_with_two_files_of_one_name_is_not_read(folder: Path) -> None:
    path = _package(folder, "school.csv")
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(f"data/{_certificate(folder).name}", "{}")
    code, told = _verify(path)
    assert (code, told["error"]["what"]) == (
        UNREADABLE,
        f"The package holds 2 files called data/{_certificate(folder).name}.",
    )
