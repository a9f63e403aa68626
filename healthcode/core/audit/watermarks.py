"""What may still arrive in the ledger: where the two engines differ for the sealer, side by side.

On PostgreSQL transactions commit in another order than they number their rows. Each event keeps the number of its
transaction; everything below the oldest running transaction is committed or rolled back. A seal keeps that number
as its watermark, and the next one looks from there on: a late commit is found however late it is, and an event that
an earlier seal took has a leaf already. On SQLite writers queue, so that keys and commits have one order.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

SEALER = 7_232_001  # of the advisory lock: one sealer at a time

# Beside the model: the database fills it in, whoever writes the row, and no statement of ours grows by it.
COLUMN = {
    "postgresql": (
        "ALTER TABLE audit_event ADD COLUMN transaction bigint NOT NULL"
        " DEFAULT (pg_current_xact_id()::text::bigint)",
        "CREATE INDEX event_transaction ON audit_event (transaction)",
    ),
    "sqlite": (),
}
NO_COLUMN = {"postgresql": ("ALTER TABLE audit_event DROP COLUMN transaction",), "sqlite": ()}
# What a seal says leaves the house at once: a server that answers before the disk has it may not lose it in a crash.
LOCK = {
    "postgresql": f"SELECT pg_advisory_xact_lock({SEALER}), CASE current_setting('synchronous_commit')"
    " WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END",
    "sqlite": "SELECT 1",  # BEGIN IMMEDIATE
}
MARK = {
    "postgresql": "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    "sqlite": "SELECT coalesce(max(id), 0) FROM audit_event",
}
WINDOW = {
    "postgresql": "event.transaction >= {since}",
    "sqlite": "event.id > {since}",
}
# Written before the watermark, and yet without a leaf: no sealer can have missed it.
PAST = {"postgresql": "event.transaction < {since}", "sqlite": "event.id <= {since}"}

# Of a table that is sealed in batches: what orders its rows so that nothing arrives behind the mark any more.
PLACED = {
    "postgresql": (
        "ALTER TABLE {table} ADD COLUMN transaction bigint NOT NULL DEFAULT 0",  # rewrites no table
        "ALTER TABLE {table} ALTER COLUMN transaction SET DEFAULT (pg_current_xact_id()::text::bigint)",
        "CREATE INDEX {table}_transaction ON {table} (transaction, id)",
    ),
    "sqlite": (),
}
NOT_PLACED = {"postgresql": ("ALTER TABLE {table} DROP COLUMN transaction",), "sqlite": ()}
PLACE = {"postgresql": '"{table}"."transaction"', "sqlite": '"{table}"."id"'}
BEHIND = {
    "postgresql": MARK["postgresql"],
    "sqlite": "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0) + 1",
}
# Another cluster numbers its transactions anew; SQLite's keys go with the table.
SYSTEM = {"postgresql": "SELECT system_identifier::text FROM pg_control_system()", "sqlite": "SELECT ''"}


def lock(connection: BaseDatabaseWrapper, cursor: Any) -> None:
    """Wait until no other sealer is at work. Call it first in the transaction."""
    cursor.execute(LOCK[connection.vendor])


def mark(connection: BaseDatabaseWrapper, cursor: Any) -> int:
    """Return the watermark as of now. Read it before the events themselves."""
    cursor.execute(MARK[connection.vendor])
    return int(cursor.fetchone()[0])


def window(connection: BaseDatabaseWrapper, *, since: int, until: int) -> str:
    """Return the SQL that bounds where unsealed events can be, from the last watermark on."""
    if until < since:  # moved to another cluster, whose transactions are numbered anew: look everywhere
        return "1 = 1"
    return WINDOW[connection.vendor].format(since=int(since))


def past(connection: BaseDatabaseWrapper, *, since: int) -> str:
    """Return the SQL for events that were written before a watermark."""
    return PAST[connection.vendor].format(since=int(since))


def place(connection: BaseDatabaseWrapper, table: str) -> str:
    """Return the SQL that orders the rows of a table that is sealed in batches."""
    return PLACE[connection.vendor].format(table=table)


def behind(connection: BaseDatabaseWrapper, cursor: Any, table: str) -> int:
    """Return the place below which no row arrives any more. Read it before the rows themselves."""
    cursor.execute(BEHIND[connection.vendor].format(table=table))
    return int(cursor.fetchone()[0])


def system(connection: BaseDatabaseWrapper, cursor: Any) -> str:
    """Return which cluster numbers the transactions."""
    cursor.execute(SYSTEM[connection.vendor])
    return str(cursor.fetchone()[0])
