"""What the database did for a statement: which large tables it read whole.

On PostgreSQL the rows that each node of the plan read are counted. SQLite tells the steps of its machine alone:
whatever takes many for each person of the city goes through everybody, and more than once.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

LARGE = (
    "cases_person",
    "cases_case",
    "cases_transition",
    "cases_labresult",
    "audit_event",
    "cases_gatecheck",
)
WHOLE = 0.8  # of a table's rows, read by one node of a plan
STEPS = 100  # of SQLite's machine, between two looks at it
OF_EACH = 30  # steps; to read a row of everybody takes three to five, and to look up another as many


class Statements:
    """The statements of pages, each once, with the first values that were sent with it."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[str, Any]] = {}

    @contextmanager
    def of(self, page: str) -> Iterator[None]:
        def remember(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            if not many and sql.lstrip(" (").startswith(("SELECT", "WITH")):
                self.seen.setdefault(sql, (page, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(remember):
            yield

    def whole(self) -> list[tuple[str, str, str]]:
        """Return page, table and statement wherever a large table was read whole."""
        now = sizes()
        return [
            (page, table, sql)
            for sql, (page, params) in self.seen.items()
            for table in sorted(read_whole(sql, params, now))
        ]


def sizes() -> dict[str, int]:
    """Return how many rows each of the large tables has."""
    found = {}
    with connection.cursor() as cursor:
        for table in LARGE:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = int(cursor.fetchone()[0])
    return found


def read_whole(sql: str, params: Any, sizes: dict[str, int]) -> set[str]:
    """Run a statement again and return which of these tables it read whole."""
    return (_by_postgresql if connection.vendor == "postgresql" else _by_sqlite)(sql, params, sizes)


def _by_postgresql(sql: str, params: Any, sizes: dict[str, int]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0]
    found = json.loads(plan) if isinstance(plan, str) else plan
    return {
        table for table, read in _read(found[0]["Plan"]) if table in sizes and read > WHOLE * sizes[table]
    }


def _read(node: dict[str, Any]) -> Iterator[tuple[str, float]]:
    if table := node.get("Relation Name"):
        each = node["Actual Rows"] + sum(
            value for key, value in node.items() if key.startswith("Rows Removed")
        )
        yield table, each * node["Actual Loops"]
    for inner in node.get("Plans", ()):
        yield from _read(inner)


def _by_sqlite(sql: str, params: Any, sizes: dict[str, int]) -> set[str]:
    with connection.cursor() as cursor:
        steps = _steps(cursor, sql, params)
    return {"cases_person"} if steps > OF_EACH * sizes["cases_person"] else set()


def _steps(cursor: Any, sql: str, params: Any) -> int:
    looks = 0

    def look() -> int:
        nonlocal looks
        looks += 1
        return 0

    connection.connection.set_progress_handler(look, STEPS)
    try:
        cursor.execute(sql, params)
        cursor.fetchall()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return looks * STEPS
