"""Statements that PostgreSQL parses and plans once for a connection: for what is asked thousands of times a minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def prepared() -> Iterator[Any]:
    """Open a cursor for statements whose text never differs; on SQLite every cursor is one."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            yield cursor
        return
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    # Other cursors put the values into the text, and are planned each time.
    raw: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    with (
        connection.make_debug_cursor(raw)
        if connection.queries_logged
        else connection.make_cursor(raw) as cursor
    ):
        yield cursor
