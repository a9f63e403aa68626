"""Lines that outlast their act: who was asked after stays on record, be the act refused or only rehearsed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event


class _Line(NamedTuple):
    entry: ledger.Entry
    by: ledger.Actor
    at: datetime


_lines: ContextVar[list[_Line] | None] = ContextVar("lasting_lines", default=None)


@contextmanager
def lasting(*after: type[Exception]) -> Iterator[None]:
    """Write again, once the outermost such block is left, the lines that a roll-back within it took away.

    It is left as usual, or by one of the exceptions `after`: by any other nothing was answered. Open it outside the
    transaction that rolls back.
    """
    if _lines.get() is not None:
        yield
        return
    lines: list[_Line] = []
    token = _lines.set(lines)
    try:
        yield
    except after:
        _lines.reset(token)
        _restore(lines)
        raise
    except BaseException:
        _lines.reset(token)
        raise
    else:
        _lines.reset(token)
        _restore(lines)


def record(entry: ledger.Entry, *, by: ledger.Actor, at: datetime) -> None:
    """Write one event that outlasts the block around it."""
    ledger.record_all([entry], by=by, at=at)
    if (lines := _lines.get()) is not None:
        lines.append(_Line(entry, by, at))


def _restore(lines: list[_Line]) -> None:
    if not lines or connection.needs_rollback:
        return
    if missing := [line for line in lines if not _is_written(line)]:
        with transaction.atomic():
            for line in missing:
                ledger.record_all([line.entry], by=line.by, at=line.at)


def _is_written(line: _Line) -> bool:
    kept = Event.objects.filter(actor=line.by.username, action=line.entry.action)
    return kept.filter(target=line.entry.target, at_us=ledger.microseconds(line.at)).exists()
