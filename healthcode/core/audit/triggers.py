"""The triggers that make append-only tables append-only, on both engines, side by side."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from healthcode.core.audit.models import AppendOnly, AppendOnlyError

FUNCTION = " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END "
# As PostgreSQL itself writes them, so that they can be compared with what stands.
POSTGRESQL = {
    "{table}_no_change": "CREATE TRIGGER {table}_no_change BEFORE DELETE OR UPDATE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "{table}_no_truncate": "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
}
SQLITE = {
    "{table}_no_update": "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
    " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "{table}_no_delete": "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
    " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    # INSERT OR REPLACE deletes without firing the DELETE trigger, by the key or by any other unique columns
    "{table}_no_replace": "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken}"
    " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
}
TEMPLATES = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
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
class Guard:
    """A rule that the database itself holds: a row may enter a state only where a condition is met.

    Declared in `guards` of the row's model. `unless` is SQL that both engines read, about NEW and other tables.
    """

    name: str
    column: str
    value: str
    unless: str
    message: str

    def statements(self, vendor: str, table: str) -> dict[str, str]:
        """Return the triggers by name, as the engine itself says them."""
        column, value = self.column, self.value
        if vendor == "postgresql":
            # What stands in WHEN costs the other rows no call of the function.
            entered = f"new.{column}::text = '{value}'::text"
            conditions = {"insert": entered, "update": f"{entered} AND old.{column}::text <> '{value}'::text"}
            does = f"EXECUTE FUNCTION audit_{self.name}()"
            head = "FOR EACH ROW WHEN ({when}) "
        else:
            entered = f"NEW.{column} = '{value}'"
            conditions = {"insert": entered, "update": f"{entered} AND OLD.{column} <> '{value}'"}
            does = f"AND NOT ({self.unless}) BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            head = "WHEN ({when}) "
        names = {verb: f"{table}_{self.name}_{verb}" for verb in conditions}
        return {
            names[
                verb
            ]: f"CREATE TRIGGER {names[verb]} BEFORE {verb.upper()} ON {table} {head.format(when=when)}{does}"
            for verb, when in conditions.items()
        }

    @property
    def body(self) -> str:
        """Return the body of the function that PostgreSQL calls."""
        return (
            f" BEGIN IF NOT ({self.unless}) THEN RAISE EXCEPTION '{self.message}'; END IF; RETURN NEW; END "
        )


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


def guards(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, Guard]]:
    """Yield the rules of single rows, with their tables that exist."""
    standing = set(connection.introspection.table_names())
    for model in apps.get_models():
        if model._meta.db_table in standing:
            for guard in getattr(model, "guards", ()):
                yield model._meta.db_table, guard


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place, as this version of the tables needs it."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        drop(connection)
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
                f"{FUNCTION}$$"
            )
            for _table, guard in guards(connection):
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION audit_{guard.name}() RETURNS trigger LANGUAGE plpgsql AS"
                    f" $${guard.body}$$"
                )
        for _table, _name, statement, _body in _expected(connection):
            cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper, *only: str) -> None:
    """Drop the triggers of all tables or of some: for tests that empty tables, and for `lifted`."""
    with connection.cursor() as cursor:
        for table in only or tables(connection):
            for template in TEMPLATES[connection.vendor]:
                _drop(cursor, connection.vendor, template.format(table=table), table)
        for table, guard in guards(connection):
            if not only or table in only:
                for name in guard.statements(connection.vendor, table):
                    _drop(cursor, connection.vendor, name, table)


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
            for guarded, _name, statement, _body in _expected(connection):
                if guarded == table:
                    cursor.execute(statement)
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def faults(connection: BaseDatabaseWrapper) -> list[Fault]:
    """Compare what stands with what should, body by body; name what is missing, altered, or not ours."""
    guarded = {*tables(connection), *(table for table, _guard in guards(connection))}
    with connection.cursor() as cursor:
        cursor.execute(STANDING[connection.vendor])
        standing = {name: (table, text) for name, table, text in cursor.fetchall() if table in guarded}
    found = []
    for table, name, statement, body in _expected(connection):
        if name not in standing:
            found.append(Fault("missing", name, table))
        elif standing.pop(name) != (table, statement + body):
            found.append(Fault("altered", name, table))
    return found + [Fault("foreign", name, table) for name, (table, _text) in sorted(standing.items())]


def reinstall(*, using: str, **_: Any) -> None:
    """Install after migrate (a post_migrate receiver)."""
    install(connections[using])


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


def _expected(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str, str, str]]:
    """Yield table, name and statement of each trigger, and the body of the function that PostgreSQL calls for it."""
    is_postgresql = connection.vendor == "postgresql"
    for table in tables(connection):
        taken = _taken(connection, table) if connection.vendor == "sqlite" else ""
        for name, statement in TEMPLATES[connection.vendor].items():
            text = statement.format(table=table, taken=taken)
            yield table, name.format(table=table), text, FUNCTION if is_postgresql else ""
    for table, guard in guards(connection):
        for name, text in guard.statements(connection.vendor, table).items():
            yield table, name, text, guard.body if is_postgresql else ""
