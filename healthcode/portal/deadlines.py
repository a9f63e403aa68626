"""The clock of a row that waits: the day or hour the thing has of its own, and the words for how it stands."""

from datetime import datetime

from django.db.models import Model

from cases.models import ControlOrder, Inquiry
from cases.selectors.worklists import WorklistRow
from complaints.models import Assist, Ticket
from healthcode.core import spans


def due_of(thing: Model) -> datetime | None:
    """Return the day or hour a thing has of its own, whoever it waits for."""
    if isinstance(thing, Ticket):
        return thing.due
    if isinstance(thing, Assist | Inquiry):
        return thing.due_at
    return thing.until if isinstance(thing, ControlOrder) else None


def is_late(row: WorklistRow, at: datetime) -> bool:
    """Tell whether a row is beyond its own day or hour, or beyond the hours of its act."""
    due = due_of(row.about)
    return (due is not None and due <= at) or (row.wait is not None and row.wait.late)


def clock(row: WorklistRow, at: datetime) -> str:
    """Return how long a row waits, or how late it is where it stands under its own day or hour."""
    if row.since is None:
        return ""
    return (spans.left if row.since == due_of(row.about) else spans.waiting)(row.since, at)
