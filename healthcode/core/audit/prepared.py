"""Statements that PostgreSQL parses and plans once for a connection: for what is asked thousands of times a minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections


@contextmanager
def prepared() -> Iterator[Any]:
    """Open a cursor for statements whose text never differs; on SQLite every cursor is one."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            yield cursor
        return
    from django.db.backends.postgresql.base import ServerBindingCursor

    here = connections[DEFAULT_DB_ALIAS]  # itself: each look at `connection` asks whose thread this is
    here.ensure_connection()
    # Other cursors put the values into the text, and are planned each time.
    raw: Any = ServerBindingCursor(here.connection)  # type: ignore[call-arg]
    with here.make_debug_cursor(raw) if here.queries_logged else here.make_cursor(raw) as cursor:
        yield cursor
