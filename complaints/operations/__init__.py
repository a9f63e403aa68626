"""Everything that may be done about a ticket, in the order in which its page offers it."""

from datetime import datetime

from complaints.models import Ticket
from complaints.operations import findings, handling, notes, telling
from complaints.operations.base import TicketOperation
from healthcode.core.acts.registry import operations_of
from healthcode.core.offices.models import User

TICKET_OPERATIONS: tuple[type[TicketOperation], ...] = operations_of(handling, notes, findings, telling)  # type: ignore[assignment]


def open_to(ticket: Ticket, *, by: User, at: datetime) -> list[type[TicketOperation]]:
    """Return what this user may do about this ticket now."""
    return [one for one in TICKET_OPERATIONS if one.offered(ticket, by=by, at=at)]


__all__ = ("TICKET_OPERATIONS", "TicketOperation", "open_to")
