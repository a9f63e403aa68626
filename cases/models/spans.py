"""Instants that the database reckons by itself, in the statements that ask of everybody at once."""

from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, F, Func


class SecondsLater(Func):
    """The instant of a column, so many whole seconds later.

    `F(column) + timedelta` calls Python for each row on SQLite, while the act that asks holds the one place to write.
    """

    output_field = DateTimeField()
    template = "(%(expressions)s + INTERVAL '%(seconds)s seconds')"
    # As it is stored: whole seconds, and whatever fraction there is. SQLite's own reckoning rounds it.
    of_sqlite = "(datetime(substr({0}, 1, 19), '+%(seconds)s seconds') || substr({0}, 20))"

    def __init__(self, column: str, span: timedelta, **extra: Any) -> None:
        if span % timedelta(seconds=1):
            raise ValueError(span)
        super().__init__(F(column), seconds=span // timedelta(seconds=1), **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, _none = compiler.compile(self.source_expressions[0])
        return self.as_sql(compiler, connection, template=self.of_sqlite.format(column), **context)
