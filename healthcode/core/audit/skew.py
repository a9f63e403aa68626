"""The server's clock beside the database's: what a wrong clock dates lies in the ledger for ever.

Compared at each new connection, at each round of `tick`, and anew as soon as the server's clock jumps.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger(__name__)

TOLERANCE = timedelta(seconds=2)
NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"


class ClocksApart(Exception):
    """The server's clock and the database's differ by more than TOLERANCE: no act is taken."""


class _Last:
    """What was measured last, of this process: how far apart, and when the clock read zero on the monotonic one."""

    apart = timedelta(0)
    zero: float | None = None


def measure(connection: BaseDatabaseWrapper) -> timedelta:
    """Return by how much the database's clock is ahead, the time that the question took left out; SQLite has none."""
    if connection.vendor != "postgresql":
        return timedelta(0)
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute(NOW)
        there, after = cursor.fetchone()[0], time.time()
    apart = timedelta(seconds=min(there - before, 0.0) + max(there - after, 0.0))
    if abs(apart) > TOLERANCE:
        log.critical(
            "The clocks of this server and of the database are %s apart: no act is taken.", abs(apart)
        )
    _Last.apart, _Last.zero = apart, _zero()
    return apart


def are_together(connection: BaseDatabaseWrapper | None = None) -> bool:
    """Measure, and tell whether the two clocks agree."""
    return abs(measure(connection or connections[DEFAULT_DB_ALIAS])) <= TOLERANCE


def require_together() -> None:
    """Raise ClocksApart where the clocks differ; asks the database only if they did, or if this clock has jumped."""
    known = _Last.zero is None or abs(_zero() - _Last.zero) < TOLERANCE.total_seconds() / 2
    if (abs(_Last.apart) > TOLERANCE or not known) and not are_together():
        raise ClocksApart()


def at_connection(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Measure over a new connection (a connection_created receiver)."""
    if connection.alias == DEFAULT_DB_ALIAS:
        measure(connection)


def _zero() -> float:
    return time.time() - time.monotonic()
