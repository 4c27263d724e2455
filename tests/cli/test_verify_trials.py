"""``fairwatt verify`` on the data package of a trial: the certified one, member by member, or not."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from typer.testing import CliRunner

from fairwatt.cli.app import app
from fairwatt.core.metadata.package_certificate import canonical_package_json, parse_package_certificate
from fairwatt.core.metadata.signing import load_private, public_key_of, sign_text
from tests.portal.test_downloads import body
from tests.services import stock
from tests.services.trial_stock import CODE, logged

pytestmark = pytest.mark.django_db  # so that the tests' database is made
CERTIFIED, DIFFERS, UNREADABLE, UNSIGNED = 0, 1, 2, 3
FORGER = load_private("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")


@pytest.fixture(scope="module")
def downloaded(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: what is done with the package afterwards needs no database."""
    folder = tmp_path_factory.mktemp("trial")
    with django_db_blocker.unblock(), transaction.atomic():
        logged()
        logged("Closed load", procedure="P5", release={})
        (folder / "package.zip").write_bytes(body(Client().get(f"/trials/{CODE}/package.zip")))
        (folder / "jwks.json").write_bytes(Client().get("/.well-known/jwks.json").content)
        transaction.set_rollback(True)
    return folder


def verify(path: Path, keys: Path | None = None) -> tuple[int, dict[str, Any]]:
    asked = ["verify", str(path), "--json", *(["--keys", str(keys)] if keys else [])]
    found = CliRunner().invoke(app, asked)
    return found.exit_code, json.loads(found.stdout)


def rewritten(path: Path, folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same package with its members changed."""
    with zipfile.ZipFile(path) as found:
        members = {info.filename: found.read(info) for info in found.infolist() if not info.is_dir()}
    change(members)
    made = folder / "changed.zip"
    with zipfile.ZipFile(made, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)
    return made


def test_the_package_as_it_came_is_the_certified_one(downloaded: Path) -> None:
    code, found = verify(downloaded / "package.zip", downloaded / "jwks.json")
    assert (code, found["verified"]) == (CERTIFIED, True)
    assert "is the certified package of trial T9.1" in found["reason"]
    assert {member["certified"] for member in found["members"]} == {True}
    names = {member["name"].rsplit("/", 1)[-1] for member in found["members"]}
    assert {"README.html", "ro-crate-metadata.json", "school.csv", "readings.parquet"} <= names
    assert found["certificate"]["title"] == "Data package of trial T9.1: Trial T9.1"


def test_packed_anew_it_is_the_same_and_keys_from_inside_prove_nothing(downloaded: Path, tmp_path: Path) -> None:
    made = rewritten(downloaded / "package.zip", tmp_path, lambda _members: None)
    assert verify(made, downloaded / "jwks.json")[0] == CERTIFIED
    assert verify(made)[0] == UNSIGNED


def _alter(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        path = next(path for path in members if path.endswith(name))
        members[path] += b" "

    return change


@pytest.mark.parametrize(
    "name",
    ["README.html", "ro-crate-metadata.json", "school.csv", "readings.parquet", "channels.csv", "certificate.html"],
)
def test_any_file_that_was_altered_is_told(downloaded: Path, tmp_path: Path, name: str) -> None:
    made = rewritten(downloaded / "package.zip", tmp_path, _alter(name))
    code, found = verify(made, downloaded / "jwks.json")
    assert (code, found["verified"]) == (DIFFERS, False)
    assert f"{name} is not what the package’s certificate names." in found["reason"]
    assert [m["name"].rsplit("/", 1)[-1] for m in found["members"] if not m["certified"]] == [name]


def test_a_file_that_was_added_or_taken_away_is_told(downloaded: Path, tmp_path: Path) -> None:
    def add(members: dict[str, bytes]) -> None:
        members["datasets/more.csv"] = b"1"

    def take(members: dict[str, bytes]) -> None:
        del members["README.html"]

    for change, said in ((add, "names datasets/more.csv"), (take, "README.html is named by the package’s certificate")):
        code, found = verify(rewritten(downloaded / "package.zip", tmp_path, change), downloaded / "jwks.json")
        assert (code, said in found["reason"]) == (DIFFERS, True)


def test_a_certificate_that_was_altered_or_signed_by_another_is_refused(downloaded: Path, tmp_path: Path) -> None:
    def widen(members: dict[str, bytes]) -> None:
        text = members["package.certificate.json"].decode()
        members["package.certificate.json"] = text.replace('"audience":"public"', '"audience":"partner"').encode()

    def forge(members: dict[str, bytes]) -> None:
        widen(members)
        certificate = parse_package_certificate(members["package.certificate.json"])
        kid = public_key_of(FORGER, valid_from=stock.NOW).kid
        text = canonical_package_json(certificate)
        members["package.certificate.jws"] = sign_text(text, FORGER, kid=kid, at=stock.NOW).encode()

    for change, said in ((widen, "does not fit"), (forge, "which is not known")):
        code, found = verify(rewritten(downloaded / "package.zip", tmp_path, change), downloaded / "jwks.json")
        assert (code, said in found["reason"]) == (DIFFERS, True)


def test_a_certificate_of_a_package_that_is_none_is_unreadable(downloaded: Path, tmp_path: Path) -> None:
    def spoil(members: dict[str, bytes]) -> None:
        members["package.certificate.json"] = b"{}"

    made = rewritten(downloaded / "package.zip", tmp_path, spoil)
    assert CliRunner().invoke(app, ["verify", str(made)]).exit_code == UNREADABLE
    shutil.rmtree(tmp_path)


def test_a_package_whose_signature_nobody_vouches_for_is_not_called_the_certified_one(
    downloaded: Path, tmp_path: Path
) -> None:
    def strip(members: dict[str, bytes]) -> None:
        del members["package.certificate.jws"]

    unsigned = rewritten(downloaded / "package.zip", tmp_path, strip)
    for path, keys in ((downloaded / "package.zip", None), (unsigned, downloaded / "jwks.json")):
        code, found = verify(path, keys)
        assert (code, found["verified"]) == (UNSIGNED, False)
        assert "is the certified package" not in found["reason"]
        assert "agrees with the certificate in it, which nobody vouches for" in found["reason"]


@pytest.mark.parametrize("size", [4, 30_000, -1], ids=["its first bytes", "in the middle", "all but a byte"])
def test_a_download_that_broke_off_is_called_that(downloaded: Path, tmp_path: Path, size: int) -> None:
    part = tmp_path / "part.zip"
    part.write_bytes((downloaded / "package.zip").read_bytes()[:size])
    found = CliRunner().invoke(app, ["verify", str(part)])
    assert found.exit_code == UNREADABLE
    assert f"part.zip is a zip that breaks off after {part.stat().st_size:,} bytes" in found.output
