"""The triggers that keep the audit log append-only, for SQLite and PostgreSQL.

A migration that rebuilds ``records_auditevent`` on SQLite drops its triggers: it must call
:func:`install_guard` again.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "records_auditevent"
MESSAGE = "the audit log is append-only"

_SQLITE_INSTALL = tuple(
    f"CREATE TRIGGER IF NOT EXISTS audit_no_{action.lower()} BEFORE {action} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for action in ("UPDATE", "DELETE")
)
_SQLITE_REMOVE = tuple(f"DROP TRIGGER IF EXISTS audit_no_{action}" for action in ("update", "delete"))

_POSTGRES_INSTALL = (
    f"""
    CREATE OR REPLACE FUNCTION fairwatt_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    f"DROP TRIGGER IF EXISTS audit_no_change ON {TABLE}",
    f"""
    CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION fairwatt_refuse_audit_change()
    """,
    f"DROP TRIGGER IF EXISTS audit_no_truncate ON {TABLE}",
    f"""
    CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION fairwatt_refuse_audit_change()
    """,
)
_POSTGRES_REMOVE = (
    f"DROP TRIGGER IF EXISTS audit_no_change ON {TABLE}",
    f"DROP TRIGGER IF EXISTS audit_no_truncate ON {TABLE}",
)


def _run(connection: BaseDatabaseWrapper, statements: dict[str, tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)


def install_guard(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse UPDATE, DELETE and TRUNCATE on the audit log."""
    _run(connection, {"sqlite": _SQLITE_INSTALL, "postgresql": _POSTGRES_INSTALL})


def remove_guard(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for undoing the migration, and for emptying a test database."""
    _run(connection, {"sqlite": _SQLITE_REMOVE, "postgresql": _POSTGRES_REMOVE})
