"""Whether two conditions about one table are the same to the database, whichever way each is written."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

Pair = tuple[str, str]
"""What stands, and what should."""


def unlike(connection: BaseDatabaseWrapper, table: str, pairs: Sequence[Pair]) -> list[bool]:
    """Tell of each pair of conditions whether the database would do something else for one than for the other.

    Each version of Django writes a condition its own way, and PostgreSQL stores it in another: what both come to,
    once planned, is compared. Nothing is run.
    """
    plans = _plans[connection.vendor]
    with connection.cursor() as cursor:
        return [planned != other for planned, other in plans(cursor, table, pairs)]


def _of_postgresql(cursor: Any, table: str, pairs: Sequence[Pair]) -> list[tuple[Any, Any]]:
    if not pairs:
        return []
    listed = ", ".join(f"({one}), ({other})" for one, other in pairs)
    explain = "EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON)"
    cursor.execute(f"{explain} SELECT {listed} FROM {table}")  # noqa: S608 - by nobody's hand, and not run
    answered = cursor.fetchone()[0]
    (plan,) = json.loads(answered) if isinstance(answered, str) else answered
    output = plan["Plan"]["Output"]
    return list(zip(output[::2], output[1::2], strict=True))


def _of_sqlite(cursor: Any, table: str, pairs: Sequence[Pair]) -> list[tuple[Any, Any]]:
    def program(condition: str) -> list[tuple[Any, ...]]:
        cursor.execute(f"EXPLAIN SELECT ({condition}) FROM {table}")  # noqa: S608 - by nobody's hand, and not run
        return cursor.fetchall()

    return [(program(one), program(other)) for one, other in pairs]


_plans = {"postgresql": _of_postgresql, "sqlite": _of_sqlite}
