"""The triggers that keep append-only tables and the rules of single rows, on both engines, side by side."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from healthcode.core.audit import guards
from healthcode.core.audit.models import AppendOnly, AppendOnlyError

# As PostgreSQL itself writes them, so that they can be compared with what stands.
APPEND_ONLY = {
    "postgresql": {
        "{table}_no_change": "CREATE TRIGGER {table}_no_change BEFORE DELETE OR UPDATE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "{table}_no_truncate": "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    },
    "sqlite": {
        "{table}_no_update": "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "{table}_no_delete": "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        # INSERT OR REPLACE deletes without firing the DELETE trigger, by the key or by any other unique columns
        "{table}_no_replace": "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    },
}
# Of a table that has rules: or one would be evaded by deleting a row and writing it anew.
KEPT = {
    "postgresql": {
        "{table}_no_delete": "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION audit_keep()",
        "{table}_no_truncate": "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_keep()",
    },
    "sqlite": {
        "{table}_no_delete": "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} loses no row'); END",
        "{table}_no_replace": "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken}"
        " BEGIN SELECT RAISE(ABORT, '{table} loses no row'); END",
    },
}
FUNCTIONS = {
    "audit_refuse": " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END ",
    "audit_keep": " BEGIN RAISE EXCEPTION '% loses no row', TG_TABLE_NAME; END ",
}
CREATE_FUNCTION = "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
TAKEN = "EXISTS (SELECT 1 FROM {rows} WHERE {where})"
# Name, table, what it does, as one text. A rule can swallow an INSERT as well as a trigger can.
STANDING = {
    "postgresql": r"""
        SELECT tgname, relname, pg_get_triggerdef(pg_trigger.oid, true)
               || CASE WHEN tgenabled IN ('O', 'A') THEN '' ELSE ' (switched off)' END
               || CASE WHEN proname LIKE 'audit\_%' THEN prosrc ELSE '' END
          FROM pg_trigger
          JOIN pg_class ON pg_class.oid = tgrelid
          JOIN pg_proc ON pg_proc.oid = tgfoid
         WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace
        UNION ALL
        SELECT rulename, tablename, definition FROM pg_rules WHERE schemaname = current_schema()
    """,
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
}


@dataclass(frozen=True)
class Fault:
    """A trigger that is not as it has to be: missing, altered (or switched off), or not ours."""

    kind: str
    name: str
    table: str


def tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the append-only tables that exist."""
    declared = {model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)}
    return sorted(declared & set(connection.introspection.table_names()))


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place, as this version of the tables needs it."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        drop(connection)
        for expected in _expected(connection):
            if expected.function:
                cursor.execute(CREATE_FUNCTION.format(name=expected.function, body=expected.body))
            cursor.execute(expected.statement)


def drop(connection: BaseDatabaseWrapper, *only: str) -> None:
    """Drop the triggers of all tables or of some: for tests that empty tables, and for `lifted`."""
    with connection.cursor() as cursor:
        for expected in _expected(connection):
            if not only or expected.table in only:
                _drop(cursor, connection.vendor, expected.name, expected.table)


def _drop(cursor: Any, vendor: str, name: str, table: str) -> None:
    suffix = f" ON {table}" if vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


@contextmanager
def lifted(connection: BaseDatabaseWrapper, table: str) -> Iterator[None]:
    """Take one table's triggers away for a block, in its transaction: for an erasure, or the end of a retention.

    Never of the ledger: what it holds is nobody's to erase.
    """
    if table.startswith("audit_"):
        raise AppendOnlyError(f"The triggers of {table} are never lifted.")
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # with deferred checks waiting it refuses to drop a trigger
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        drop(connection, table)
        yield
        with connection.cursor() as cursor:
            for expected in _expected(connection):
                if expected.table == table:
                    cursor.execute(expected.statement)
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def faults(connection: BaseDatabaseWrapper) -> list[Fault]:
    """Compare what stands with what should, body by body; name what is missing, altered, or not ours."""
    standing = _standing(connection)
    found = []
    for expected in _expected(connection):
        if expected.name not in standing:
            found.append(Fault("missing", expected.name, expected.table))
        elif standing.pop(expected.name) != (expected.table, expected.statement + expected.body):
            found.append(Fault("altered", expected.name, expected.table))
    return found + [Fault("foreign", name, table) for name, (table, _text) in sorted(standing.items())]


def _standing(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, str]]:
    """Return by name what stands on tables that have triggers of ours: the table, and what it does."""
    ours = {*tables(connection), *dict(guards.declared(connection))}
    with connection.cursor() as cursor:
        cursor.execute(STANDING[connection.vendor])
        return {name: (table, text) for name, table, text in cursor.fetchall() if table in ours}


def reinstall(*, using: str, **_: Any) -> None:
    """Install after migrate (a post_migrate receiver)."""
    install(connections[using])


def step_aside(*, using: str, **_: Any) -> None:
    """Take the triggers away before migrate (a pre_migrate receiver).

    SQLite rebuilds a table by dropping it, and refuses that while a trigger of another one reads it.
    """
    connection = connections[using]
    for name, (table, _text) in _standing(connection).items():
        if name.startswith(f"{table}_"):  # also one of ours that this version does not know any more
            with connection.cursor() as cursor:
                _drop(cursor, connection.vendor, name, table)


def _taken(connection: BaseDatabaseWrapper, table: str) -> str:
    """Return the SQLite condition that a new row would take an old one's place, in whatever unique index."""
    with connection.cursor() as cursor:
        return _conditions(cursor, table)


def _conditions(cursor: Any, table: str) -> str:
    cursor.execute("SELECT name FROM pragma_table_info(%s) WHERE pk", [table])
    ((key,),) = cursor.fetchall()
    cursor.execute(
        "SELECT list.name, coalesce(master.sql, '') FROM pragma_index_list(%s) AS list"
        ' LEFT JOIN sqlite_master AS master ON master.name = list.name WHERE list."unique"',
        [table],
    )
    conditions = [TAKEN.format(rows=table, where=f'"{key}" = NEW."{key}"')]
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


@dataclass(frozen=True)
class _Expected:
    """A trigger that has to stand, and on PostgreSQL the function that it calls."""

    table: str
    name: str
    statement: str
    function: str = ""
    body: str = ""


def _expected(connection: BaseDatabaseWrapper) -> Iterator[_Expected]:
    vendor, ruled = connection.vendor, dict(guards.declared(connection))
    append_only = tables(connection)
    for table in sorted({*append_only, *ruled}):
        templates = (APPEND_ONLY if table in append_only else KEPT)[vendor]
        taken = _taken(connection, table) if vendor == "sqlite" else ""
        for name, template in templates.items():
            statement = template.format(table=table, taken=taken)
            function = statement.rpartition(" ")[2].removesuffix("()") if vendor == "postgresql" else ""
            yield _Expected(table, name.format(table=table), statement, function, FUNCTIONS.get(function, ""))
        for name, statement, body in guards.statements(vendor, table, ruled.get(table, ())):
            yield _Expected(table, name, statement, f"audit_{name}" if body else "", body)
