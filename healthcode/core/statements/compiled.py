"""Querysets that are asked on every page, put together once for each connection.

Such a queryset never differs but in its `Given` values. It stays the queryset that it is, and its rows are the model's.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from healthcode.core import outages
from healthcode.core.statements.fragments import GivenName
from healthcode.core.statements.prepared import prepared

Row = TypeVar("Row", bound=Model)
Answer = TypeVar("Answer")


class Compiled(Generic[Row]):
    """One question: about one row of a model, or all rows of a queryset of values."""

    def __init__(self, rows: Callable[[], "QuerySet[Row, Any]"]) -> None:
        self._rows = rows

    def first(self, **values: Any) -> Row | None:
        """Return the first row for these values."""
        statement = self._statement()
        with prepared() as cursor:
            cursor.execute(statement.sql, statement.given(values))
            found = cursor.fetchone()
        return None if found is None else statement.row(found)

    def values(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return what a `values_list` returns for these values."""
        statement = self._statement()
        with prepared() as cursor:
            cursor.execute(statement.sql, statement.given(values))
            return list(statement.tuples(cursor.fetchall()))

    def _statement(self) -> "_Statement":
        kept: dict[Compiled[Row], _Statement] = vars(connections[DEFAULT_DB_ALIAS]).setdefault(
            "compiled_statements", {}
        )
        return kept.get(self) or kept.setdefault(self, _Statement(self._rows()))


class _Statement:
    """The text of a queryset, and how the columns that it returns become rows."""

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        self._compiler: Any = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self._values = self._compiler.as_sql()
        described, select = self._compiler.klass_info, self._compiler.select
        if described is None:  # of values
            return
        self._model = described["model"]
        self._own = slice(described["select_fields"][0], described["select_fields"][-1] + 1)
        self._names = [column.target.attname for column, _sql, _alias in select[self._own]]
        self._joined = get_related_populators(described, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]

    def given(self, values: dict[str, Any]) -> list[Any]:
        """Return what is sent with the text: each `Given` value in its place."""
        ops = connections[DEFAULT_DB_ALIAS].ops
        sent = {
            name: ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
            for name, value in values.items()
        }
        return [sent[one] if isinstance(one, GivenName) else one for one in self._values]

    def tuples(self, found: list[Any]) -> Iterator[tuple[Any, ...]]:
        """Make of the rows of values what a queryset does."""
        yield from self._compiler.results_iter([found], tuple_expected=True)

    def row(self, values: Any) -> Any:
        """Make the row of a model, and those it was joined with, as a queryset does."""
        (read,) = self._compiler.results_iter([[values]])
        row = self._model.from_db(DEFAULT_DB_ALIAS, self._names, read[self._own])
        for populator in self._joined:
            populator.populate(read, row)
        return row


def asked_again(ask: Callable[[], Answer]) -> Answer:
    """Ask what only reads; on a connection that broke since it was used last, once more.

    Else each request begins with a statement of its own, only to learn what this one tells.
    """
    here: Any = connections[DEFAULT_DB_ALIAS]
    here.health_check_done = True
    try:
        return ask()
    except Error as error:
        if here.in_atomic_block or not outages.cannot_write(error) or here.is_usable():
            raise
        here.close()
        return ask()
