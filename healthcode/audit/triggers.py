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
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
       BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
       BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    # INSERT OR REPLACE deletes without firing the DELETE trigger, by the key or by any other unique columns
    """CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
       WHEN {taken}
       BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
)
TAKEN = "EXISTS (SELECT 1 FROM {rows} WHERE {where})"
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
    """Put every trigger in place, as this version of the tables needs it."""
    statements = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    with connection.cursor() as cursor:
        for _, name in _expected(connection):
            if connection.vendor == "sqlite":  # its CREATE knows no OR REPLACE
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        for table in tables(connection):
            taken = _taken(cursor, table) if connection.vendor == "sqlite" else ""
            for statement in statements:
                cursor.execute(statement.format(table=table, taken=taken))


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


def _taken(cursor: Any, table: str) -> str:
    """Return the SQLite condition that a new row would take an old one's place, in whatever unique index."""
    cursor.execute(
        "SELECT list.name, coalesce(master.sql, '') FROM pragma_index_list(%s) AS list"
        ' LEFT JOIN sqlite_master AS master ON master.name = list.name WHERE list."unique"',
        [table],
    )
    conditions = [TAKEN.format(rows=table, where="id = NEW.id")]
    for name, created in cursor.fetchall():
        cursor.execute("SELECT name FROM pragma_index_info(%s)", [name])
        columns = [column for (column,) in cursor.fetchall()]
        same = " AND ".join(f'"{column}" = NEW."{column}"' for column in columns)
        _, partial, where = created.partition(" WHERE ")
        if partial:  # both rows have to be of those the index holds
            cursor.execute("SELECT name FROM pragma_table_info(%s)", [table])
            new = ", ".join(f'NEW."{column}" AS "{column}"' for (column,) in cursor.fetchall())
            old = TAKEN.format(rows=table, where=f"{same} AND {where}")
            conditions.append(f"({old} AND {TAKEN.format(rows=f'(SELECT {new})', where=where)})")
        else:
            conditions.append(TAKEN.format(rows=table, where=same))
    return " OR ".join(conditions)


def _expected(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    for table in tables(connection):
        for name in NAMES[connection.vendor]:
            yield table, name.format(table=table)
