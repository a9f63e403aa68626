"""Rows of several tables written by one statement: on PostgreSQL, for what is written ten thousand times a minute."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from healthcode.core.audit.prepared import prepared


def insert_together(rows: Sequence[Model]) -> None:
    """Insert new rows of any models, all or none; the database gives a key to those that have none."""
    statements: list[str] = []
    values: list[Any] = []
    for row in rows:
        fields = [one for one in row._meta.local_concrete_fields if not (one.primary_key and row.pk is None)]
        columns = ", ".join(f'"{one.column}"' for one in fields)
        places = ", ".join(["%s"] * len(fields))
        statements.append(f'INSERT INTO "{row._meta.db_table}" ({columns}) VALUES ({places})')  # noqa: S608
        values += [one.get_db_prep_save(one.pre_save(row, add=True), connection) for one in fields]
    *before, last = statements
    first = ", ".join(f"row_{number} AS ({one})" for number, one in enumerate(before))
    with prepared() as cursor:
        cursor.execute(f"WITH {first} {last}" if before else last, values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
