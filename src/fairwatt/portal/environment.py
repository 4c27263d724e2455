"""The environment variables that steer an instance: each named once, with what it is for.

docs/reference/settings.md is written from this list; settings.py reads through it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_YES = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True)
class Variable:
    """One variable: its name without the prefix ``FAIRWATT_``, its default as text, and what it is for."""

    name: str
    default: str
    what: str


VARIABLES: tuple[Variable, ...] = (
    Variable("HOME", "fairwatt-data", "The data folder: tables, readings, raw files, secret key."),
    Variable(
        "SECRET_KEY", "", "Signs cookies and links. Without it the key is read from `secret_key` in the data folder."
    ),
    Variable(
        "SIGNING_KEY",
        "",
        "Signs certificates: an Ed25519 key as PEM, or its 32 bytes in base64. Without it the key is `signing_key.pem` "
        "in the data folder, which is made when the first certificate is issued.",
    ),
    Variable(
        "DATACITE_PASSWORD", "", "The password of the repository account at DataCite that the project file names."
    ),
    Variable("PROJECT_FILE", "", "The project file, where it is not `project.toml` in the data folder."),
    Variable("BASE_URL", "http://127.0.0.1:8000", "The public address. Identifiers, mails and links carry it."),
    Variable("ALLOWED_HOSTS", "", "Further host names that requests may come for, with commas between them."),
    Variable("BEHIND_PROXY", "", "`1` where a proxy of yours ends TLS and sets `X-Forwarded-Proto`."),
    Variable("DATABASE_URL", "", "`postgresql://user:password@host/name`; without it, SQLite in the data folder."),
    Variable(
        "EMAIL_URL",
        "",
        "`smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`; without it, mail goes to the log.",
    ),
    Variable("FROM_EMAIL", "fairwatt@localhost", "The address that mail comes from."),
    Variable("SIGN_ON_FILE", "", "Organisations' single sign-on, where it is not `sign_on.toml` in the data folder."),
    Variable("API_REQUESTS_PER_MINUTE", "600", "How many requests a minute a person or program may make of the API."),
    Variable(
        "ENGINE",
        "duckdb",
        "Who does bulk work (`fairwatt scan`): `duckdb` on this machine, a Spark master (`spark://host:7077`, `yarn`, "
        "`k8s://…`), or `sc://host:port` for Spark Connect. Needs the extra `spark`.",
    ),
    Variable(
        "DOWNLOADS_AT_ONCE",
        "5",
        "How many long downloads each server process sends at a time, half of them (rounded up) to one asker; keep it "
        "below its threads (`--threads`, 8), so that pages are answered however slowly people download.",
    ),
    Variable(
        "KEPT_EXPORTS_GB",
        "2",
        "How much disk finished downloads of readings may take up, so that they need not be made twice; `0` for none.",
    ),
    Variable(
        "STORE",
        "",
        "Where originals and readings are kept, if not in the data folder: `s3://bucket/prefix?region=…&endpoint=…` or "
        "`az://container/prefix?account=…`. Never a key or a token: those come from `AWS_*` or `AZURE_*` in the "
        "platform's environment, or from the machine's identity.",
    ),
    Variable("STORE_CACHE_GB", "20", "How much disk copies of what is kept there may take up on this machine."),
    Variable("DEBUG", "", "`1` shows errors in full. Never on a public host."),
)
_BY_NAME = {variable.name: variable for variable in VARIABLES}


def read(name: str) -> str:
    """Read a variable by its name without the prefix; its default where it is not set or blank."""
    return os.environ.get(f"FAIRWATT_{name}", "").strip() or _BY_NAME[name].default


def read_flag(name: str) -> bool:
    """Read a variable that is on or off."""
    return read(name).lower() in _YES


def read_list(name: str) -> list[str]:
    """Read a variable with commas between its values."""
    return [part.strip() for part in read(name).split(",") if part.strip()]


def mail_settings(url: str) -> Mapping[str, Any]:
    """Turn an address of a mail server into Django's settings.

    Raises
    ------
    ImproperlyConfigured
        Where the address is neither ``smtp://`` nor ``smtps://``.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("FAIRWATT_EMAIL_URL must read smtp://user:password@host:587 or smtps://…:465")
    is_encrypted = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if is_encrypted else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_encrypted,
        "EMAIL_USE_TLS": not is_encrypted and parts.hostname not in {"localhost", "127.0.0.1"},
        "EMAIL_TIMEOUT": 20,
    }
