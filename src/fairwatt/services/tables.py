"""Whether the tables are those of this version: one process brings them up to date, the others wait for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from fairwatt.core.errors import Conflict

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 0.1
SAYS_SO_AFTER_S = 10.0
MADE_WITHIN_S = 600.0


def wait_for_tables(*, within_s: float = MADE_WITHIN_S, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """Wait until another process has brought the tables up to date; False where ``is_stopping`` came first.

    Raises
    ------
    Conflict
        They are not so after ``within_s`` [s].
    """
    wanted = MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes()
    begun = time.monotonic()
    said = False
    while not _has(wanted):
        waited = time.monotonic() - begun
        if is_stopping():
            return False
        if waited > within_s:
            raise Conflict(
                "The tables are not those of this version.",
                next_step="`fairwatt start` brings them up to date, then serves.",
            )
        if waited > SAYS_SO_AFTER_S and not said:
            log.warning("Waiting for the tables: `fairwatt start` brings them up to date.")
            said = True
        time.sleep(LOOKS_EVERY_S)
    return True


def _has(wanted: list[tuple[str, str]]) -> bool:
    """Whether these migrations have been applied; a database that can't be asked yet has none."""
    if not _is_begun():
        return False
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError:
        return False
    finally:
        connection.close()
    return all(migration in applied for migration in wanted)


def _is_begun() -> bool:
    """Whether whoever makes the tables has been first at the database.

    The first connection to an empty SQLite file turns on its write-ahead log, which fails while another has it open.
    """
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return True
    path = Path(name)
    return path.is_file() and path.stat().st_size > 0
