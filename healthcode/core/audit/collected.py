"""What the ledger last committed each row to, collected into a temporary table: the two engines' SQL, side by side.

By set and on disk: a ledger of millions would not fit into memory. A body that is no JSON any more must keep nobody
from looking at the rest, so PostgreSQL looks for the pairs as text, and SQLite asks first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

TABLE = """
CREATE TEMPORARY TABLE audit_committed (
    kind text NOT NULL, key bigint NOT NULL, digest text NOT NULL, event bigint NOT NULL, at_us bigint NOT NULL,
    PRIMARY KEY (kind, key)
)
"""
NAME = "[a-z_]+"  # of a kind of record: `audit_name`
COLLECT = {
    "postgresql": f"""
        INSERT INTO audit_committed (kind, key, digest, event, at_us)
        SELECT DISTINCT ON (said[1], said[2]::bigint) said[1], said[2]::bigint, said[3], event.id, event.at_us
          FROM audit_event AS event
         CROSS JOIN regexp_matches(event.body, '"({NAME}):(\\d{{1,18}})":"([0-9a-f]{{32}})"', 'g') AS said
         WHERE position('"commits":{{' IN event.body) > 0
         ORDER BY said[1], said[2]::bigint, event.id DESC
    """,  # noqa: S608 - a pattern of our own
    # Of the other columns SQLite takes those of the row with the greatest key.
    "sqlite": """
        INSERT INTO audit_committed (kind, key, digest, event, at_us)
        SELECT substr(name, 1, instr(name, ':') - 1), CAST(substr(name, instr(name, ':') + 1) AS integer),
               digest, max(id), at_us
          FROM (SELECT said.key AS name, said.value AS digest, event.id, event.at_us
                  FROM audit_event AS event,
                       json_each(CASE WHEN json_valid(event.body) THEN event.body ELSE '{}' END, '$.commits') AS said
                 WHERE instr(event.body, '"commits":{') > 0)
         GROUP BY 1, 2
    """,
}
BETWEEN = """
SELECT key, digest, event, at_us FROM audit_committed WHERE kind = %s AND key > %s AND key <= %s ORDER BY key LIMIT %s
"""
FIRST, LAST = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Committed:
    """What an event committed a row to."""

    digest: str
    event: int
    at_us: int


@contextmanager
def collected() -> Iterator[None]:
    """Have the last commitment to every row at hand for a block."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        try:
            cursor.execute(COLLECT[connection.vendor])
            cursor.execute("ANALYZE audit_committed")
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute("DROP TABLE audit_committed")


def between(kind: str, after: int, upto: int = LAST, *, limit: int) -> dict[int, Committed]:
    """Return by key what the ledger last committed rows of a kind to, in a stretch of their keys."""
    with connection.cursor() as cursor:
        cursor.execute(BETWEEN, [kind, after, upto, limit])
        return {key: Committed(*rest) for key, *rest in cursor.fetchall()}
