"""Statements that PostgreSQL parses and plans once for a connection: for what is asked thousands of times a minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections


@contextmanager
def prepared() -> Iterator[Any]:
    """Open a cursor for statements whose text never differs; on SQLite every cursor is one."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            yield cursor
        return
    here = connections[DEFAULT_DB_ALIAS]  # itself: each look at `connection` asks whose thread this is
    here.ensure_connection()
    # Other cursors put the values into the text, and are planned each time.
    raw: Any = _server_binding()(here.connection)
    with here.make_debug_cursor(raw) if here.queries_logged else here.make_cursor(raw) as cursor:
        yield cursor


@cache
def _server_binding() -> type[Any]:
    """Return the cursor whose values go apart from the text, which keeps that text for whoever logs statements."""
    from django.db.backends.postgresql.base import ServerBindingCursor

    class PreparedCursor(ServerBindingCursor):
        def _convert_query(self, query: Any, params: Any = None) -> Any:
            self._query = super()._convert_query(query, params)  # type: ignore[misc]
            return self._query

    return PreparedCursor
