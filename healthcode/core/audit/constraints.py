"""The constraints that models declare, compared with those that stand: the two engines' SQL, side by side.

By name, kind and columns. How each engine writes a condition differs from version to version, so a condition that was
exchanged for another about the same columns is not found here.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CheckConstraint, Model, UniqueConstraint

# Name, table, columns, whether only some rows are held to it.
STANDING_UNIQUE = {
    "postgresql": """
        SELECT of_index.relname, of_table.relname, array_agg(attname::text), indpred IS NOT NULL
          FROM pg_index
          JOIN pg_class AS of_index ON of_index.oid = indexrelid
          JOIN pg_class AS of_table ON of_table.oid = indrelid
          JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
         WHERE indisunique AND indisvalid AND of_table.relnamespace = current_schema()::regnamespace
         GROUP BY 1, 2, 4
    """,
    "sqlite": """
        SELECT list.name, master.name, group_concat(info.name, ' '), list.partial
          FROM sqlite_master AS master, pragma_index_list(master.name) AS list, pragma_index_info(list.name) AS info
         WHERE master.type = 'table' AND list."unique" GROUP BY 1, 2, 4
    """,
}
# Name, table, columns or the statement that made the table.
STANDING_CHECKS = {
    "postgresql": """
        SELECT conname, relname, array_agg(attname::text)
          FROM pg_constraint
          JOIN pg_class ON pg_class.oid = conrelid
          JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
         WHERE contype = 'c' AND convalidated AND relnamespace = current_schema()::regnamespace
         GROUP BY 1, 2
    """,
    "sqlite": "SELECT name, name, sql FROM sqlite_master WHERE type = 'table'",
}
CHECK = re.compile(r'CONSTRAINT "(\w+)" CHECK \(')
QUOTED = re.compile(r'"(\w+)"')


@dataclass(frozen=True)
class Lost:
    """A constraint that a model declares and the table does not have, or has about other columns."""

    name: str
    table: str


def lost(connection: BaseDatabaseWrapper) -> list[Lost]:
    """Return the constraints that models declare and nothing holds any more."""
    unique, checks = _standing(connection)
    by_columns = {(table, columns) for table, columns, partial in unique.values() if not partial}
    tables, found = set(connection.introspection.table_names()), []
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table not in tables or not model._meta.managed:
            continue
        for name, columns in _declared_checks(model, connection):
            if checks.get((table, name)) != columns:
                found.append(Lost(name, table))
        for name, columns, partial in _declared_unique(model):
            # SQLite gives what a table was made with a name of its own.
            present = (
                unique.get(name) == (table, columns, True) if partial else (table, columns) in by_columns
            )
            if not present:
                found.append(Lost(name, table))
        for field in model._meta.local_concrete_fields:
            column = frozenset([field.column or ""])
            if field.unique and not field.primary_key and (table, column) not in by_columns:
                found.append(Lost(f"{table}.{field.column}", table))
    return found


def _declared_unique(model: type[Model]) -> Iterator[tuple[str, frozenset[str], bool]]:
    for one in model._meta.constraints:
        if isinstance(one, UniqueConstraint) and one.fields:
            columns = frozenset(str(model._meta.get_field(name).column) for name in one.fields)  # type: ignore[union-attr]
            yield one.name, columns, one.condition is not None


def _declared_checks(
    model: type[Model], connection: BaseDatabaseWrapper
) -> Iterator[tuple[str, frozenset[str]]]:
    editor: Any = connection.schema_editor()
    for one in model._meta.constraints:
        if isinstance(one, CheckConstraint):
            sql = one._get_check_sql(model, editor)  # type: ignore[attr-defined]
            yield one.name, _columns(sql)


def _columns(sql: str) -> frozenset[str]:
    return frozenset(QUOTED.findall(re.sub(r"'(?:[^']|'')*'", "", sql)))


def _standing(
    connection: BaseDatabaseWrapper,
) -> tuple[dict[str, Any], dict[tuple[str, str], frozenset[str]]]:
    """Return what is unique by its name, and the checks by table and name, each with its columns."""
    vendor = connection.vendor
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(STANDING_UNIQUE[vendor])
        unique = {
            name: (
                table,
                frozenset(columns.split(" ") if isinstance(columns, str) else columns),
                bool(partial),
            )
            for name, table, columns, partial in cursor.fetchall()
        }
        cursor.execute(STANDING_CHECKS[vendor])
        checks: dict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
        for name, table, expression in cursor.fetchall():
            if vendor == "postgresql":
                checks[table, name] = frozenset(expression)
            else:
                checks |= {(table, key): columns for key, columns in _checks_in(expression or "")}
    return unique, checks


def _checks_in(statement: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the named checks in the statement that made a SQLite table."""
    for start in CHECK.finditer(statement):
        depth, end = 1, start.end()
        plain = re.sub(r"'(?:[^']|'')*'", lambda text: "_" * len(text.group()), statement)
        while depth and end < len(plain):
            depth += {"(": 1, ")": -1}.get(plain[end], 0)
            end += 1
        yield start.group(1), _columns(statement[start.end() : end])
