"""A database that is away, or too busy: how it is known, and how background work lives through it."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, close_old_connections

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds
RETRY_AFTER = 10  # seconds, for whoever asks meanwhile
Done = TypeVar("Done")

# SQLSTATE: connection, resources (room, memory, connections); shut down, crashed, still starting.
LOST_CLASSES, LOST_STATES = ("08", "53"), ("57P01", "57P02", "57P03")
# SQLSTATE: cancelled by a time-out, lock not had, deadlock, not serializable.
BUSY_STATES = ("57014", "55P03", "40P01", "40001")
READ_ONLY = "25006"  # SQLSTATE: a standby, or a server that its operator closed for writing
SQLITE_READ_ONLY = "SQLITE_READONLY"
SQLITE_LOST = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL")
SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_lost(error: BaseException) -> bool:
    """Tell whether an error says that the database cannot be reached, or went away."""
    if isinstance(error, InterfaceError):
        return "connection" in str(error)  # others are faults of the program
    if not isinstance(error, OperationalError):
        return False
    state, name = _sqlstate(error), _sqlite_name(error)
    if state or name:
        return state.startswith(LOST_CLASSES) or state in LOST_STATES or name.startswith(SQLITE_LOST)
    return _is_of_postgresql(error)  # a connection that breaks has no state


def is_busy(error: BaseException) -> bool:
    """Tell whether an error says that the database stands, but did not come to this in time."""
    if not isinstance(error, OperationalError):
        return False
    return _sqlstate(error) in BUSY_STATES or _sqlite_name(error).startswith(SQLITE_BUSY)


def cannot_write(error: BaseException) -> bool:
    """Tell whether an error says that the database is lost, busy or closed for writing: not that a row is wrong."""
    closed = _sqlstate(error) == READ_ONLY or _sqlite_name(error).startswith(SQLITE_READ_ONLY)
    return closed or is_lost(error) or is_busy(error)


def pauses() -> Iterator[float]:
    """Yield how long to wait before each next try: twice as long each time, up to half a minute."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)


def outlast(work: Callable[[], Done]) -> Done:
    """Do some work; where the database is lost meanwhile, say so, wait, and begin the work anew until it is done."""
    waits, began = pauses(), time.monotonic()
    while True:
        try:
            return work()
        except Error as error:
            if not is_lost(error):
                raise
            if time.monotonic() - began > 2 * LONGEST_PAUSE:  # it had been back: this is another outage
                waits = pauses()
            pause = next(waits)
            log.error("The database is away (%s); trying again in %.1f s.", _first_line(error), pause)
            close_old_connections()
            time.sleep(pause)
            began = time.monotonic()


def _sqlstate(error: BaseException) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""


def _sqlite_name(error: BaseException) -> str:
    return getattr(error.__cause__, "sqlite_errorname", None) or ""


def _is_of_postgresql(error: BaseException) -> bool:
    return type(error.__cause__).__module__.startswith("psycopg")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
