"""Pauses: the clock of the decision stops while the citizen gets what is missing, and for nothing else."""

from datetime import datetime, timedelta

from complaints import clocks
from complaints.clocks import Clock
from complaints.models import Ticket
from complaints.models.tickets import LONGEST_PAUSE
from complaints.services.steps import EventKind, Step


def used_up(ticket: Ticket, at: datetime) -> bool:
    """Tell whether a ticket waits and its 48 hours of waiting are over."""
    if ticket.paused_at is None:
        return False
    left = timedelta(seconds=LONGEST_PAUSE - ticket.paused_seconds)
    return bool(at - ticket.paused_at >= left)


def end(step: Step, body: str = "") -> None:
    """End a pause: the due time moves by the time that did not count, 48 hours at most over all pauses."""
    ticket, at = step.ticket, step.at
    step.require("resume")
    assert ticket.paused_at is not None and ticket.decide_due is not None
    left = LONGEST_PAUSE - ticket.paused_seconds
    waited = min(int((at - ticket.paused_at).total_seconds()), left)
    resumed = ticket.paused_at + timedelta(seconds=waited)
    ticket.decide_due = clocks.shifted(
        Clock.DECIDE, ticket.priority, ticket.decide_due, ticket.paused_at, resumed
    )
    ticket.paused_seconds += waited
    ticket.paused_at = None
    step.move("resume", EventKind.RESUMED, body=body, waited=waited)
