"""``flush``, which empties every table, is for test databases only: the audit log is never emptied."""

from __future__ import annotations

from typing import Any

from django.core import mail
from django.core.management.base import CommandError
from django.core.management.commands import flush
from django.db import connections, transaction

from fairwatt.records.audit_guard import install_guard, remove_guard


class Command(flush.Command):
    """Empty a test database, its audit log included; refuse on any other."""

    def handle(self, **options: Any) -> None:
        """Flush.

        Raises
        ------
        CommandError
            Outside Django's test environment.
        """
        if not hasattr(mail, "outbox"):  # Django's own mark of a test environment
            raise CommandError("The audit log is never emptied. For a fresh start, make a new data folder.")
        connection = connections[options["database"]]
        with transaction.atomic(using=options["database"]):
            remove_guard(connection)
            super().handle(**options)
            install_guard(connection)
