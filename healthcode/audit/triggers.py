"""The triggers that make append-only tables append-only, on both engines, side by side."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from healthcode.audit.models import AppendOnly

POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
    """CREATE OR REPLACE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
       FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
       FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
)
SQLITE = (
    """CREATE TRIGGER IF NOT EXISTS {table}_no_update BEFORE UPDATE ON {table}
       BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    """CREATE TRIGGER IF NOT EXISTS {table}_no_delete BEFORE DELETE ON {table}
       BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    # INSERT OR REPLACE deletes without firing the DELETE trigger
    """CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table}
       WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
       BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
)
NAMES = {
    "postgresql": ("{table}_no_change", "{table}_no_truncate"),
    "sqlite": ("{table}_no_update", "{table}_no_delete", "{table}_no_replace"),
}
INSTALLED = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the append-only tables that exist."""
    declared = {model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)}
    return sorted(declared & set(connection.introspection.table_names()))


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place; those that stand are left as they are."""
    statements = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    with connection.cursor() as cursor:
        for table in tables(connection):
            for statement in statements:
                cursor.execute(statement.format(table=table))


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger away: for the database's owner, and for tests that empty tables."""
    with connection.cursor() as cursor:
        for table, name in _expected(connection):
            suffix = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that should stand and do not."""
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED[connection.vendor])
        standing = {name for (name,) in cursor.fetchall()}
    return [name for _, name in _expected(connection) if name not in standing]


def reinstall(*, using: str, **_: Any) -> None:
    """Install after migrate (a post_migrate receiver)."""
    install(connections[using])


def _expected(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    for table in tables(connection):
        for name in NAMES[connection.vendor]:
            yield table, name.format(table=table)
