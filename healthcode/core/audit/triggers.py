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
        # UPDATE OR REPLACE does likewise: only where a unique index has a column that changes is it asked.
        "{table}_no_displacing": "CREATE TRIGGER {table}_no_displacing BEFORE UPDATE ON {table} WHEN {displaces}"
        " BEGIN SELECT RAISE(ABORT, '{table} loses no row'); END",
    },
}
FUNCTIONS = {
    "audit_refuse": " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END ",
    "audit_keep": " BEGIN RAISE EXCEPTION '% loses no row', TG_TABLE_NAME; END ",
}
CREATE_FUNCTION = "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
# Whoever serves pages owns no table, and erasing is a page: the owner lends it this one thing, of these tables alone.
LIFT = """
CREATE OR REPLACE FUNCTION audit_lift(name text, lifted boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
    IF name <> ALL (ARRAY[{tables}]::text[]) THEN
        RAISE EXCEPTION 'the triggers of % are never lifted', name;
    END IF;
    EXECUTE format('ALTER TABLE %I %s TRIGGER USER', name, CASE WHEN lifted THEN 'DISABLE' ELSE 'ENABLE' END);
END $$;
REVOKE ALL ON FUNCTION audit_lift(text, boolean) FROM PUBLIC
"""
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
class TriggerFault:
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
        if connection.vendor == "postgresql":
            names = ", ".join(f"'{table}'" for table in tables(connection) if not table.startswith("audit_"))
            cursor.execute(LIFT.format(tables=names))


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
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # with deferred checks waiting it refuses
            cursor.execute("SELECT audit_lift(%s, true)", [table])
            yield
            cursor.execute("SELECT audit_lift(%s, false)", [table])
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            return
        drop(connection, table)
        yield
        for expected in _expected(connection):
            if expected.table == table:
                cursor.execute(expected.statement)


def faults(connection: BaseDatabaseWrapper) -> list[TriggerFault]:
    """Compare what stands with what should, body by body; name what is missing, altered, or not ours."""
    standing = _standing(connection)
    found = []
    for expected in _expected(connection):
        if expected.name not in standing:
            found.append(TriggerFault("missing", expected.name, expected.table))
        elif standing.pop(expected.name) != (expected.table, expected.statement + expected.body):
            found.append(TriggerFault("altered", expected.name, expected.table))
    return found + [TriggerFault("foreign", name, table) for name, (table, _text) in sorted(standing.items())]


def _standing(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, str]]:
    """Return by name what stands on tables of ours: the table, and what it does."""
    # On all of them: from one that has no rules, a trigger can write into one that has.
    ours = set(connection.introspection.django_table_names())
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
    ruled = {*tables(connection), *dict(guards.declared(connection))}
    for name, (table, _text) in _standing(connection).items():
        if table in ruled and name.startswith(
            f"{table}_"
        ):  # also one of ours that this version does not know any more
            with connection.cursor() as cursor:
                _drop(cursor, connection.vendor, name, table)


@dataclass(frozen=True)
class _Unique:
    """What SQLite holds unique in a table: columns, of which rows (all, if empty), told by which columns."""

    columns: list[str]
    where: str = ""
    told_by: tuple[str, ...] = ()


def _unique(cursor: Any, table: str) -> tuple[str, list[str], list[_Unique]]:
    """Return the key of a SQLite table, all its columns, and what is unique beside the key."""
    cursor.execute("SELECT name, pk FROM pragma_table_info(%s)", [table])
    rows = cursor.fetchall()
    columns = [name for name, _pk in rows]
    (key,) = [name for name, is_key in rows if is_key]
    cursor.execute(
        "SELECT list.name, coalesce(master.sql, '') FROM pragma_index_list(%s) AS list"
        ' LEFT JOIN sqlite_master AS master ON master.name = list.name WHERE list."unique"',
        [table],
    )
    found = []
    for name, created in cursor.fetchall():
        cursor.execute("SELECT name FROM pragma_index_info(%s)", [name])
        indexed = [column for (column,) in cursor.fetchall()]
        where = created.partition(" WHERE ")[2]
        found.append(_Unique(indexed, where, tuple(column for column in columns if f'"{column}"' in where)))
    return key, columns, found


def _taken(connection: BaseDatabaseWrapper, table: str) -> tuple[str, str]:
    """Return the SQLite conditions that a new row, or a changed one, would take the place of another."""
    with connection.cursor() as cursor:
        key, columns, unique = _unique(cursor, table)
    new = ", ".join(f'NEW."{column}" AS "{column}"' for column in columns)
    taken, displaced = [TAKEN.format(rows=table, where=f'"{key}" = NEW."{key}"')], []
    for one in unique:
        same = " AND ".join(f'"{column}" = NEW."{column}"' for column in one.columns)
        # Both rows have to be of those the index holds.
        holds = f"{TAKEN.format(rows=f'(SELECT {new})', where=one.where)} AND " if one.where else ""
        old = f"{same} AND {one.where}" if one.where else same
        taken.append(f"({holds}{TAKEN.format(rows=table, where=old)})")
        another = TAKEN.format(rows=table, where=f'"{key}" <> OLD."{key}" AND {old}')
        displaced.append(f"({guards.changed(*one.columns, *one.told_by)} AND {holds}{another})")
    return " OR ".join(taken), " OR ".join(displaced or ["0"]).replace("IS DISTINCT FROM", "IS NOT")


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
    append_only, keeping = tables(connection), guards.keeping()
    for table in sorted({*append_only, *ruled}):
        kept = KEPT[vendor] if table in keeping else {}
        templates = APPEND_ONLY[vendor] if table in append_only else kept
        taken, displaces = _taken(connection, table) if vendor == "sqlite" and templates else ("", "")
        for name, template in templates.items():
            statement = template.format(table=table, taken=taken, displaces=displaces)
            function = statement.rpartition(" ")[2].removesuffix("()") if vendor == "postgresql" else ""
            yield _Expected(table, name.format(table=table), statement, function, FUNCTIONS.get(function, ""))
        for name, statement, body in guards.statements(vendor, table, ruled.get(table, ())):
            yield _Expected(table, name, statement, f"audit_{name}" if body else "", body)
