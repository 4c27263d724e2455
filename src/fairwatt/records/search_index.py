"""The database's own full-text index over the search words: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

The index follows the table by itself: by triggers on SQLite, as a generated column on PostgreSQL.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "records_searchtext"
INDEX = "records_searchtext_fts"
_FIELDS = "names, subjects, description, parts"
_NEW = "new.dataset_id, new.names, new.subjects, new.description, new.parts"
_OLD = "'delete', old.dataset_id, old.names, old.subjects, old.description, old.parts"
_ADD = f"INSERT INTO {INDEX}(rowid, {_FIELDS}) VALUES ({_NEW});"  # noqa: S608 - names of ours
_DROP = f"INSERT INTO {INDEX}({INDEX}, rowid, {_FIELDS}) VALUES ({_OLD});"  # noqa: S608 - names of ours
_OPTIONS = f"content='{TABLE}', content_rowid='dataset_id', tokenize='unicode61 remove_diacritics 2', prefix='2 3'"

_SQLITE = (
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5({_FIELDS}, {_OPTIONS})",
    f"CREATE TRIGGER {INDEX}_added AFTER INSERT ON {TABLE} BEGIN {_ADD} END",
    f"CREATE TRIGGER {INDEX}_removed AFTER DELETE ON {TABLE} BEGIN {_DROP} END",
    f"CREATE TRIGGER {INDEX}_changed AFTER UPDATE ON {TABLE} BEGIN {_DROP} {_ADD} END",
)
_SQLITE_BACK = (
    f"DROP TRIGGER IF EXISTS {INDEX}_added",
    f"DROP TRIGGER IF EXISTS {INDEX}_removed",
    f"DROP TRIGGER IF EXISTS {INDEX}_changed",
    f"DROP TABLE IF EXISTS {INDEX}",
)
_WEIGHED = " || ".join(
    f"setweight(to_tsvector('simple'::regconfig, {field}), '{weight}')"
    for field, weight in zip(_FIELDS.split(", "), "ABCD", strict=True)
)
_POSTGRESQL = (
    f"ALTER TABLE {TABLE} ADD COLUMN document tsvector GENERATED ALWAYS AS ({_WEIGHED}) STORED",
    f"CREATE INDEX {TABLE}_document ON {TABLE} USING gin (document)",
)
_POSTGRESQL_BACK = (f"DROP INDEX IF EXISTS {TABLE}_document", f"ALTER TABLE {TABLE} DROP COLUMN IF EXISTS document")


def create_index(connection: BaseDatabaseWrapper) -> None:
    """Create the full-text index in the dialect of the database."""
    _execute(connection, {"sqlite": _SQLITE, "postgresql": _POSTGRESQL})


def drop_index(connection: BaseDatabaseWrapper) -> None:
    """Drop the full-text index; the words stay."""
    _execute(connection, {"sqlite": _SQLITE_BACK, "postgresql": _POSTGRESQL_BACK})


def _execute(connection: BaseDatabaseWrapper, statements: dict[str, tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
