"""The clock of a row that waits: the day or hour the thing has of its own, and the words for how it stands."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model

from cases.models import ControlOrder, Inquiry
from cases.selectors.due import released_by
from cases.selectors.worklists import WorklistRow
from complaints.models import Assist, Ticket
from healthcode.core import spans


def due_of(thing: Model) -> datetime | None:
    """Return the day or hour a thing has of its own, whoever it waits for."""
    if isinstance(thing, Ticket):
        return thing.due
    if isinstance(thing, Assist | Inquiry):
        return thing.due_at
    return released_by(thing) if isinstance(thing, ControlOrder) else None


def is_late(row: WorklistRow, at: datetime) -> bool:
    """Tell whether a row is beyond its own day or hour, or beyond the hours of its act."""
    due = due_of(row.about)
    return (due is not None and due <= at) or (row.wait is not None and row.wait.late)


@dataclass(frozen=True)
class RowClock:
    """What a row says of time: how long it waits since an instant, or how it stands to the one it is due at."""

    words: str
    at: datetime


def clock(row: WorklistRow, at: datetime) -> RowClock | None:
    """Return the clock of a row; None where it has no time, or says it beside who can be called about it."""
    if row.since is None:
        return None
    if not _under_its_own(row):
        return RowClock(spans.waiting(row.since, at), row.since)
    due = due_of(row.about)
    return RowClock(spans.left(due, at), due) if due and row.wait is None else None


def _under_its_own(row: WorklistRow) -> bool:
    """Tell whether a list orders its rows by their own day, and not by how long they wait."""
    if isinstance(row.about, ControlOrder):
        return row.since == row.about.until
    return row.since == due_of(row.about)
