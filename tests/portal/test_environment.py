"""Settings are read from a documented list of variables, and nothing secret has a default."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

import fairwatt
from fairwatt.portal.environment import VARIABLES, mail_settings
from fairwatt.portal.single_sign_on import read_providers

PROVIDER = """
[[providers]]
id = "wcc"
name = "Wrenshire County Council"
server_url = "https://login.wrenshire.example:8443/realm"
client_id = "fairwatt"
client_secret = "hush"
organization = "WCC"
"""


def test_every_variable_that_the_code_names_is_in_the_list() -> None:
    named = set()
    for path in Path(fairwatt.__file__).parent.rglob("*.py"):
        named |= set(re.findall(r"environ\S*?\[?\(?\"FAIRWATT_([A-Z_]+)\"", path.read_text(encoding="utf-8")))
        named |= set(re.findall(r"\bread(?:_flag|_list)?\(\"([A-Z_]+)\"\)", path.read_text(encoding="utf-8")))

    of_callers = {"TOKEN"}  # in the lines that pages show to those who call the API
    assert named - of_callers - {variable.name for variable in VARIABLES} == set()


def test_without_a_secret_key_nothing_starts_and_the_way_out_is_said(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "import fairwatt.portal.settings"],
        env={"PATH": "/usr/bin", "FAIRWATT_HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    assert "Run `fairwatt start --home DIR`, which makes the data folder and its key." in answer.stderr


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://me:p%40ss@mail.example", ("mail.example", 587, "p@ss", False, True)),
        ("smtps://mail.example", ("mail.example", 465, "", True, False)),
        ("smtp://localhost:2525", ("localhost", 2525, "", False, False)),
    ],
)
def test_a_mail_servers_address_becomes_settings(url: str, expected: tuple[object, ...]) -> None:
    found = mail_settings(url)

    keys = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_PASSWORD", "EMAIL_USE_SSL", "EMAIL_USE_TLS")
    assert tuple(found[key] for key in keys) == expected


def test_without_a_mail_server_mail_goes_to_the_log() -> None:
    assert mail_settings("") == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}


def test_a_wrong_mail_address_says_how_it_reads() -> None:
    with pytest.raises(ImproperlyConfigured, match="must read smtp://user:password@host:587"):
        mail_settings("mail.example:25")


def test_organisations_sign_on_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "sign_on.toml").write_text(PROVIDER)

    (provider,) = read_providers(tmp_path / "sign_on.toml")

    assert provider.origin == "https://login.wrenshire.example:8443"
    assert provider.as_app() == {
        "provider_id": "wcc",
        "name": "Wrenshire County Council",
        "client_id": "fairwatt",
        "secret": "hush",
        "settings": {"server_url": "https://login.wrenshire.example:8443/realm", "organization": "WCC"},
    }


def test_a_wrong_entry_is_named_without_its_secret(tmp_path: Path) -> None:
    (tmp_path / "sign_on.toml").write_text(PROVIDER.replace('"wcc"', '"W C C"'))

    with pytest.raises(ImproperlyConfigured, match=r"providers\.0\.id") as caught:
        read_providers(tmp_path / "sign_on.toml")

    assert "hush" not in str(caught.value)


def test_no_file_means_no_providers(tmp_path: Path) -> None:
    assert read_providers(tmp_path / "sign_on.toml") == ()
