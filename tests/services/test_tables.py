"""Servers and workers wait for the tables, and are told when those are not made."""

from __future__ import annotations

import itertools
import logging
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from fairwatt.core.errors import Conflict
from fairwatt.services import tables
from tests.waiting import PATIENCE_S

WAITING = """
import sys, time
from pathlib import Path
import django
django.setup()
from fairwatt.services import tables
tables.LOOKS_EVERY_S = 0.01
print("waits", flush=True)
print(tables.wait_for_tables(within_s=200), flush=True)
"""


@pytest.mark.django_db
def test_tables_of_this_version_are_not_waited_for() -> None:
    assert tables.wait_for_tables(within_s=0)


@pytest.mark.django_db
def test_tables_of_another_version_are_waited_for_then_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    newest = MigrationRecorder(connection).migration_qs.filter(app="records").latest("pk")
    newest.delete()
    monkeypatch.setattr(tables, "SAYS_SO_AFTER_S", 0.0)
    clock = itertools.count()  # a second goes by with each look at it
    monkeypatch.setattr(tables, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda _: None))

    with caplog.at_level(logging.WARNING), pytest.raises(Conflict) as raised:
        tables.wait_for_tables(within_s=3)

    assert str(raised.value).startswith("The tables are not those of this version.")
    assert "fairwatt start" in (raised.value.next_step or "")
    assert [record.getMessage()[:23] for record in caplog.records] == ["Waiting for the tables:"]


@pytest.mark.django_db
def test_a_process_that_is_told_to_stop_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    MigrationRecorder(connection).migration_qs.filter(app="records").latest("pk").delete()

    assert not tables.wait_for_tables(within_s=60, is_stopping=lambda: True)


def test_a_waiting_process_leaves_the_first_opening_of_an_empty_database_to_others(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("0" * 64)
    environment = {"FAIRWATT_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "fairwatt.portal.settings"}
    waiting = subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True, env=environment)
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "waits\n"
    database = tmp_path / "fairwatt.sqlite3"
    assert not database.exists()

    leaves = tables.MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes()
    with sqlite3.connect(database) as maker:
        maker.execute("PRAGMA journal_mode=WAL")
        maker.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TEXT)")
        maker.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-01-01')", leaves)
    maker.close()

    assert waiting.communicate(timeout=PATIENCE_S)[0] == "True\n"
