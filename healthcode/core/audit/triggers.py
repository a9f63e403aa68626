"""The triggers that keep append-only tables and the rules of single rows, on both engines, side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from healthcode.core.audit import guards
from healthcode.core.audit.models import AppendOnly

# As PostgreSQL itself writes them, so that they can be compared with what stands.
APPEND_ONLY = {
    "postgresql": {
        "{table}_no_change": "CREATE TRIGGER {table}_no_change BEFORE DELETE OR UPDATE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION {refuse}()",
        "{table}_no_truncate": "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    },
    "sqlite": {
        "{table}_no_update": "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}{no_text}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "{table}_no_delete": "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}{not_over}"
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
# A session plans what a function reads once. In a new city that is while the tables are empty, to be read from end to
# end, and the first act by set would go on so for each of its rows: what is looked for by key is never read like that.
CREATE_FUNCTION = (
    "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
    " SET enable_seqscan TO off AS $${body}$$"
)
CONFIGURED = "enable_seqscan=off"
# Of a table with erasable rows: what is let pass, and else the same refusal.
OF_ERASABLE = (
    " BEGIN IF TG_OP = 'UPDATE' THEN IF {update} THEN RETURN NEW; END IF; END IF;"
    " IF TG_OP = 'DELETE' THEN IF {over} THEN RETURN OLD; END IF; END IF;"
    " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END "
)
TAKEN = "EXISTS (SELECT 1 FROM {rows} WHERE {where})"
# Name, table, what it does, as one text. A rule can swallow an INSERT as well as a trigger can, a policy hide a row.
# Where the session replays another server's changes only what is always on fires.
STANDING = {
    "postgresql": r"""
        SELECT tgname, relname, pg_get_triggerdef(pg_trigger.oid, true)
               || CASE WHEN tgenabled = 'A'
                      OR tgenabled = 'O' AND current_setting('session_replication_role') <> 'replica'
                       THEN '' ELSE ' (switched off)' END
               || CASE WHEN proname LIKE 'audit\_%' THEN prosrc || coalesce(array_to_string(proconfig, ', '), '')
                       ELSE '' END
          FROM pg_trigger
          JOIN pg_class ON pg_class.oid = tgrelid
          JOIN pg_proc ON pg_proc.oid = tgfoid
         WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace
        UNION ALL
        SELECT rulename, tablename, definition FROM pg_rules WHERE schemaname = current_schema()
        UNION ALL
        SELECT policyname, tablename, cmd FROM pg_policies WHERE schemaname = current_schema()
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
    return sorted(_append_only(connection))


def _append_only(connection: BaseDatabaseWrapper) -> dict[str, type[AppendOnly]]:
    standing = set(connection.introspection.table_names())
    models = (model for model in apps.get_models() if issubclass(model, AppendOnly))
    return {model._meta.db_table: model for model in models if model._meta.db_table in standing}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place, as this version of the tables needs it."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        drop(connection)
        for expected in _expected(connection):
            if expected.function:
                cursor.execute(CREATE_FUNCTION.format(name=expected.function, body=expected.body))
            cursor.execute(expected.statement)


def drop(connection: BaseDatabaseWrapper, *only: str) -> None:
    """Drop the triggers of all tables or of some: for tests that empty tables."""
    with connection.cursor() as cursor:
        for expected in _expected(connection):
            if not only or expected.table in only:
                _drop(cursor, connection.vendor, expected.name, expected.table)


def _drop(cursor: Any, vendor: str, name: str, table: str) -> None:
    suffix = f" ON {table}" if vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


def faults(connection: BaseDatabaseWrapper) -> list[TriggerFault]:
    """Compare what stands with what should, body by body; name what is missing, altered, or not ours."""
    standing = _standing(connection)
    found = []
    for expected in _expected(connection):
        if expected.name not in standing:
            found.append(TriggerFault("missing", expected.name, expected.table))
        elif standing.pop(expected.name) != (expected.table, expected.text):
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
    """What SQLite holds unique in a table: columns, of which rows (all, if empty), decided by which columns."""

    columns: list[str]
    where: str = ""
    changes_with: tuple[str, ...] = ()


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
        displaced.append(f"({guards.changed(*one.columns, *one.changes_with)} AND {holds}{another})")
    return " OR ".join(taken), " OR ".join(displaced or ["0"]).replace("IS DISTINCT FROM", "IS NOT")


@dataclass(frozen=True)
class _Expected:
    """A trigger that has to stand, and on PostgreSQL the function that it calls."""

    table: str
    name: str
    statement: str
    function: str = ""
    body: str = ""

    @property
    def text(self) -> str:
        """Return what stands of it where nobody altered it."""
        return self.statement + self.body + (CONFIGURED if self.function else "")


def _expected(connection: BaseDatabaseWrapper) -> Iterator[_Expected]:
    vendor, ruled = connection.vendor, dict(guards.declared(connection))
    append_only, keeping = _append_only(connection), guards.keeping()
    for table in sorted({*append_only, *ruled}):
        if table in append_only:
            yield from _of_append_only(connection, append_only[table])
        elif table in keeping:
            yield from _of_kept(connection, table)
        for name, statement, body in guards.statements(vendor, table, ruled.get(table, ())):
            yield _Expected(table, name, statement, f"audit_{name}" if body else "", body)


def _of_append_only(connection: BaseDatabaseWrapper, model: type[AppendOnly]) -> Iterator[_Expected]:
    table, erasable = model._meta.db_table, model.erasable
    columns = [str(one.column) for one in model._meta.concrete_fields]
    update, over = guards.lets_pass(erasable, columns, connection.vendor) if erasable else ("", "")
    parts = {"table": table, "refuse": f"audit_{table}_erasable" if erasable else "audit_refuse"}
    if connection.vendor == "sqlite":
        parts["taken"], displaces = _taken(connection, table)
        # What is not known is not let pass; nor does a text written over take the place of another row's.
        parts["no_text"] = f" WHEN NOT coalesce({update}, 0) OR {displaces}" if update else ""
        parts["not_over"] = f" WHEN NOT coalesce({over}, 0)" if over else ""
    bodies = {
        **FUNCTIONS,
        parts["refuse"]: OF_ERASABLE.format(update=update or "false", over=over or "false"),
    }
    yield from _filled_in(APPEND_ONLY[connection.vendor], parts, bodies if erasable else FUNCTIONS)


def _of_kept(connection: BaseDatabaseWrapper, table: str) -> Iterator[_Expected]:
    parts = {"table": table}
    if connection.vendor == "sqlite":
        parts["taken"], parts["displaces"] = _taken(connection, table)
    yield from _filled_in(KEPT[connection.vendor], parts, FUNCTIONS)


def _filled_in(
    templates: Mapping[str, str], parts: Mapping[str, str], bodies: Mapping[str, str]
) -> Iterator[_Expected]:
    for name, template in templates.items():
        statement = template.format(**parts)
        called = statement.rpartition(" ")[2].removesuffix("()")
        function = called if called in bodies else ""
        yield _Expected(parts["table"], name.format(**parts), statement, function, bodies.get(function, ""))
