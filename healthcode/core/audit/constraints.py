"""The constraints that models declare, compared with those that stand: the two engines' SQL, side by side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CheckConstraint, Model, UniqueConstraint

from healthcode.core.audit import conditions

# Name, table, columns, and of which rows: the condition, or the statement that made the index.
STANDING_UNIQUE = {
    "postgresql": """
        SELECT of_index.relname, of_table.relname, array_agg(attname::text), pg_get_expr(indpred, indrelid)
          FROM pg_index
          JOIN pg_class AS of_index ON of_index.oid = indexrelid
          JOIN pg_class AS of_table ON of_table.oid = indrelid
          JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
         WHERE indisunique AND indisvalid AND of_table.relnamespace = current_schema()::regnamespace
         GROUP BY 1, 2, 4
    """,
    "sqlite": """
        SELECT list.name, master.name, group_concat(info.name, ' '), CASE WHEN list.partial THEN made.sql END
          FROM sqlite_master AS master, pragma_index_list(master.name) AS list, pragma_index_info(list.name) AS info
          LEFT JOIN sqlite_master AS made ON made.name = list.name
         WHERE master.type = 'table' AND list."unique" GROUP BY 1, 2, 4
    """,
}
# Name, table, the condition or the statement that made the table.
STANDING_CHECKS = {
    "postgresql": """
        SELECT conname, relname, pg_get_expr(conbin, conrelid)
          FROM pg_constraint
          JOIN pg_class ON pg_class.oid = conrelid
         WHERE contype = 'c' AND convalidated AND relnamespace = current_schema()::regnamespace
    """,
    "sqlite": "SELECT name, name, sql FROM sqlite_master WHERE type = 'table'",
}
CHECK = re.compile(r'CONSTRAINT "(\w+)" CHECK \(')
TEXT = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True)
class Lost:
    """A constraint that a model declares and the table does not have, or has with another condition."""

    name: str
    table: str


@dataclass
class _StandingConstraints:
    """What the database holds: unique columns and checks, by table and name, with the conditions."""

    unique: dict[tuple[str, str], tuple[frozenset[str], str]] = field(default_factory=dict)
    checks: dict[tuple[str, str], str] = field(default_factory=dict)

    def always_unique(self) -> set[tuple[str, frozenset[str]]]:
        """Return tables and columns; SQLite gives what a table was made with a name of its own."""
        return {(table, columns) for (table, _name), (columns, only) in self.unique.items() if not only}


def lost(connection: BaseDatabaseWrapper) -> list[Lost]:
    """Return the constraints that models declare and nothing holds any more as they are declared."""
    standing = _standing(connection)
    always, tables = standing.always_unique(), set(connection.introspection.table_names())
    found = []
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table not in tables or not model._meta.managed:
            continue
        found += [Lost(name, table) for name in _lost_conditions(connection, model, standing)]
        found += [
            Lost(name, table) for name, columns in _always_unique(model) if (table, columns) not in always
        ]
    return found


def _always_unique(model: type[Model]) -> Iterator[tuple[str, frozenset[str]]]:
    for one in model._meta.constraints:
        if isinstance(one, UniqueConstraint) and one.fields and one.condition is None:
            yield one.name, _columns(model, one)
    for column in model._meta.local_concrete_fields:
        if column.unique and not column.primary_key:
            yield f"{model._meta.db_table}.{column.column}", frozenset([column.column or ""])


def _lost_conditions(
    connection: BaseDatabaseWrapper, model: type[Model], standing: _StandingConstraints
) -> Iterator[str]:
    """Yield the checks, and what is unique among some rows, that do not stand, or with another condition."""
    editor: Any = connection.schema_editor()
    table, compared = model._meta.db_table, dict[str, conditions.Pair]()
    for one in model._meta.constraints:
        declared, there = None, ""
        if isinstance(one, CheckConstraint):
            declared = one._get_check_sql(model, editor)  # type: ignore[attr-defined]
            there = standing.checks.get((table, one.name), "")
        elif isinstance(one, UniqueConstraint) and one.fields and one.condition is not None:
            declared = one._get_condition_sql(model, editor)  # type: ignore[attr-defined]
            columns, there = standing.unique.get((table, one.name), (frozenset(), ""))
            there = there if columns == _columns(model, one) else ""
        if declared and there:
            compared[one.name] = there, declared
        elif declared:
            yield one.name
    unlike = conditions.unlike(connection, table, list(compared.values()))
    yield from (name for name, differs in zip(compared, unlike, strict=True) if differs)


def _columns(model: type[Model], one: UniqueConstraint) -> frozenset[str]:
    return frozenset(str(model._meta.get_field(name).column) for name in one.fields)  # type: ignore[union-attr]


def _standing(connection: BaseDatabaseWrapper) -> _StandingConstraints:
    is_sqlite, standing = connection.vendor == "sqlite", _StandingConstraints()
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(STANDING_UNIQUE[connection.vendor])
        for name, table, columns, only in cursor.fetchall():
            of_rows = (only or "").partition(" WHERE ")[2] if is_sqlite else only or ""
            columns = columns.split(" ") if is_sqlite else columns
            standing.unique[table, name] = frozenset(columns), of_rows
        cursor.execute(STANDING_CHECKS[connection.vendor])
        for name, table, condition in cursor.fetchall():
            named = _checks_in(condition or "") if is_sqlite else [(name, condition)]
            standing.checks |= {(table, key): check for key, check in named}
    return standing


def _checks_in(statement: str) -> Iterator[tuple[str, str]]:
    """Yield the named checks in the statement that made a SQLite table."""
    plain = TEXT.sub(lambda text: "_" * len(text.group()), statement)
    for start in CHECK.finditer(statement):
        depth, end = 1, start.end()
        while depth and end < len(plain):
            depth += {"(": 1, ")": -1}.get(plain[end], 0)
            end += 1
        yield start.group(1), statement[start.end() : end - 1]
