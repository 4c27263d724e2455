"""What would be unsafe on a public host, each with what to do about it."""

from __future__ import annotations

import stat

from django.conf import settings
from django.core import checks
from django.core.mail import get_connection

from fairwatt.core.errors import FairwattError
from fairwatt.services.lakes import check_store
from fairwatt.services.projects import get_project
from fairwatt.services.signing import KEY_FILE

MINIMUM_KEY_LENGTH = 50


def find_problems() -> list[str]:
    """Every unsafe or missing setting, as a sentence with the way out; empty where all is well."""
    problems = [*_address(), *_secrets(), *_mail(), *_storage(), *_store()]
    deployment = checks.run_checks(include_deployment_checks=True)
    known = {
        "security.W004",
        "security.W008",
        "security.W009",
        "security.W012",
        "security.W016",
        "security.W018",
    }
    problems += [f"{c.msg} {c.hint or ''}".strip() for c in deployment if c.level >= checks.ERROR and c.id not in known]
    return problems


def _address() -> list[str]:
    found = []
    if not settings.IS_PUBLIC:
        found.append(
            f"The public address is {settings.BASE_URL}: identifiers and mails would point to this machine. "
            "Set FAIRWATT_BASE_URL=https://your.host"
        )
    elif not settings.IS_HTTPS:
        found.append(f"{settings.BASE_URL} is not encrypted: serve it behind TLS and set FAIRWATT_BASE_URL=https://…")
    if settings.IS_HTTPS and settings.SECURE_PROXY_SSL_HEADER is None:
        found.append("No proxy is declared: set FAIRWATT_BEHIND_PROXY=1 where one ends TLS in front of the server.")
    if "*" in settings.ALLOWED_HOSTS:
        found.append("Any Host header is accepted: name your hosts in FAIRWATT_ALLOWED_HOSTS.")
    return found


def _secrets() -> list[str]:
    found = []
    if settings.DEBUG:
        found.append("Debug pages show secrets: unset FAIRWATT_DEBUG.")
    if len(settings.SECRET_KEY) < MINIMUM_KEY_LENGTH:
        found.append(
            f"The secret key has {len(settings.SECRET_KEY)} characters; at least {MINIMUM_KEY_LENGTH} are safe."
        )
    found += [
        f"Others on this machine can read {key}: chmod 600 {key}"
        for key in (settings.FAIRWATT_HOME / "secret_key", settings.FAIRWATT_HOME / KEY_FILE)
        if key.exists() and key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if (settings.FAIRWATT_HOME / "demo_accounts.json").exists():
        found.append("This data folder is a demo's: its passwords are in demo_accounts.json. Begin with a new one.")
    return found


def _mail() -> list[str]:
    backend = type(get_connection()).__module__
    if backend.endswith(("console", "locmem", "dummy", "filebased")):
        return [
            "Mail goes to the console: set FAIRWATT_EMAIL_URL=smtp://user:password@host:587 so that people are told."
        ]
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        return ["Mail would come from localhost: set FAIRWATT_FROM_EMAIL=data@your.host"]
    return []


def _store() -> list[str]:
    try:
        check_store()
    except FairwattError as error:
        return [str(error)]
    if "endpoint=http://" in settings.FAIRWATT_STORE:
        return ["Readings travel to their store unencrypted: give FAIRWATT_STORE an endpoint with https://."]
    return []


def _storage() -> list[str]:
    found = []
    home = settings.FAIRWATT_HOME
    if not home.is_dir():
        found.append(f"The data folder {home} does not exist: `fairwatt start --home {home}` makes it.")
    project = get_project()
    if project.identifiers.naan == "99999":
        found.append(
            "Identifiers use the test number 99999: ask the ARK Alliance for your own and set identifiers.naan."
        )
    return found
