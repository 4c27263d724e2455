"""Fixtures for every test: real data files, a data folder of one's own, a process's one browser and object stores."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django import DjangoDbBlocker

REAL_DATA = Path(os.environ.get("FAIRWATT_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# a slow, busy machine says nothing about the code: examples may take their time, to be made and to be run
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")
IN_CI = os.environ.get("CI", "").lower() == "true"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a test by the argument where its value is bytes: packed bytes hold the time, and workers must agree."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make the tests' database; at their end PostgreSQL lets go of what servers and threads of tests still hold.

    No job is renewed by a thread of its own: that does not see what a test's transaction holds, and would take a job
    that lasts, as on a slow machine, for one that was taken over.
    """
    from fairwatt.services import worker  # noqa: PLC0415 - many processes need no database

    del django_db_setup
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "BEAT_S", 3_600.0)
        yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real energy files; skipped where it is absent, a failure in CI."""
    if REAL_DATA.is_dir():
        return REAL_DATA
    message = f"the real data folder {REAL_DATA} is absent; set FAIRWATT_REAL_DATA to it"
    if IN_CI:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless: one for all tests of a process, each opens contexts of its own.

    Playwright keeps an event loop running in the tests' thread as long as it lives. Django takes that for code
    that must not wait for a database; it does no harm here, so that it is told to let it be.
    """
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - most processes need none

    from tests.browsing import PATIENCE_MS  # noqa: PLC0415 - the same

    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS, timeout=4 * PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def s3_gate() -> Iterator[servers.Gate]:
    """A gate in front of a server of S3 that enforces conditional puts; one for all tests of a process."""
    command, port = servers.moto()
    with servers.started(command, port), servers.gate_before(port) as gate:
        servers.make_bucket(port)
        yield gate


@pytest.fixture(scope="session")
def azure_gate() -> Iterator[servers.Gate]:
    """A gate in front of Azurite; one for all tests of a process."""
    if shutil.which("node") is None or not servers.AZURITE.is_dir():
        message = "Azurite is absent: `make system` installs it (it needs Node)"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    command, port = servers.azurite()
    with servers.started(command, port), servers.gate_before(port) as gate:
        servers.make_container(port)
        yield gate


@pytest.fixture(autouse=True)
def fairwatt_home(tmp_path: Path, settings: object) -> Iterator[Path]:
    """A data folder for this test alone: its lake and uploads are gone when it ends."""
    home = tmp_path / "home"
    home.mkdir()
    settings.FAIRWATT_HOME = home
    yield home
    shutil.rmtree(home, ignore_errors=True)
