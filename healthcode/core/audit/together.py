"""Rows of several tables written by one statement: on PostgreSQL, for what is written ten thousand times a minute."""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection, models
from django.db.models import Model

from healthcode.core.statements.prepared import prepared

# Of these the driver takes the value as the model has it; every other kind of field is asked to make it.
AS_IT_IS = (
    models.CharField,
    models.BooleanField,
    models.DateTimeField,
    models.ForeignKey,
    models.BigAutoField,
)


def insert_together(rows: Sequence[Model]) -> None:
    """Insert new rows of any models, all or none; the database gives a key to those that have none."""
    statements: list[str] = []
    values: list[Any] = []
    for row in rows:
        statement, makers = _insert(type(row), row.pk is not None)
        statements.append(statement)
        values += [make(row) for make in makers]
    *before, last = statements
    first = ", ".join(f"row_{number} AS ({one})" for number, one in enumerate(before))
    with prepared() as cursor:
        cursor.execute(f"WITH {first} {last}" if before else last, values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _insert(model: Any, with_key: bool) -> tuple[str, list[Callable[[Model], Any]]]:
    """Return the INSERT of a model, and what makes each of its values of a row."""
    fields = [one for one in model._meta.local_concrete_fields if with_key or not one.primary_key]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places})'  # noqa: S608
    return statement, [_maker(one) for one in fields]


def _maker(field: Any) -> Callable[[Model], Any]:
    if type(field) in AS_IT_IS and not getattr(field, "auto_now", False):
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(field.pre_save(row, add=True), connection)
