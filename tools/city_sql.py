"""The few words of SQL in which the two databases differ, for whoever writes rows by the hundred thousand."""

from typing import Any

from django.db import connection, models

from healthcode.core import planner_statistics

NUMBERS = {
    "postgresql": "SELECT i FROM generate_series(1, {number}) AS n(i)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}) SELECT i FROM n",
}
OPAQUE = {"postgresql": "md5({0}::text)::uuid", "sqlite": "printf('%032x', {0})"}
DASHED = {
    "postgresql": "p.public_id::text",
    "sqlite": "substr(p.public_id, 1, 8) || '-' || substr(p.public_id, 9, 4) || '-' || substr(p.public_id, 13, 4)"
    " || '-' || substr(p.public_id, 17, 4) || '-' || substr(p.public_id, 21)",
}
AGO = {
    "postgresql": "(TIMESTAMPTZ '{now}' - ({0}) * INTERVAL '1 second')",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', '{now}', (-({0})) || ' seconds')",
}
TRUE = {"postgresql": "TRUE", "sqlite": "1"}
FALSE = {"postgresql": "FALSE", "sqlite": "0"}


def into(model: type[models.Model], source: str, **columns: Any) -> None:
    """Insert what a FROM gives; a column that is not named has its default, or its kind of nothing."""
    values = dict(columns)
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if column not in values and not field.primary_key and not field.null:
            values[column] = _nothing(field)
    names = ", ".join(connection.ops.quote_name(name) for name in values)
    chosen = ", ".join(str(value) for value in values.values())
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {chosen} FROM {source}")


def _nothing(field: models.Field[Any, Any]) -> str:
    if isinstance(field, models.BooleanField):
        return (TRUE if field.default is True else FALSE)[connection.vendor]
    default: Any = field.get_default() if field.has_default() else ""
    return str(default) if isinstance(default, int) else f"'{default or ''}'"


def ago(now: str, seconds: str) -> str:
    """Return the instant so many seconds before now; both are SQL."""
    return AGO[connection.vendor].format(seconds, now=now)


def settle(*, clean: bool = False) -> None:
    """Let the database count its tables, as it does by itself within minutes where it is in use."""
    if not planner_statistics.count_embedded() and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if clean else "ANALYZE")
