"""Statements that are put together once for each process, out of the querysets that everything else asks by.

The ORM takes longer to write a door's look-up than the database to answer it. So each rule stays the queryset that it
is, compiled with names for what differs from call to call, and a statement written by hand holds the pieces together.
"""

import re
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, QuerySet
from django.db.models.expressions import Expression

PLAIN = re.compile(r"[A-Z_]+")


class GivenName(str):
    """The name of a value that is given when the statement is sent."""


class Given(Expression):
    """A value that is given when the statement is sent: `opened_at__lte=Given("at")`."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=DateTimeField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (GivenName(self.name),)


class Outer(Expression):
    """A column or subquery of the statement around it: `person__in=Outer("SELECT id FROM one")`."""

    def __init__(self, sql: str) -> None:
        super().__init__(output_field=DateTimeField())
        self.sql = sql

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return f"({self.sql})", ()


def fragment(rows: QuerySet[Any]) -> str:
    """Return the SQL of a queryset, its `Given` values by name. All else in it is written out: it never differs."""
    sql, values = rows.order_by().query.get_compiler(connection.alias).as_sql()
    pieces = sql.split("%s")
    assert len(pieces) == len(values) + 1
    return "".join(piece + _written(value) for piece, value in zip(pieces, (*values, None), strict=True))


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, GivenName):
        return f"%({value})s"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    assert isinstance(value, str) and PLAIN.fullmatch(value), value
    return f"'{value}'"
