"""Everything that may be done about a ticket, in the order in which its page offers it."""

from datetime import datetime

from complaints.models import Ticket
from complaints.operations import findings, handling, telling
from complaints.operations.base import TicketOperation
from healthcode.core.offices.models import User

TICKET_OPERATIONS: tuple[type[TicketOperation], ...] = (
    handling.Take,
    handling.Identify,
    handling.Rule,
    handling.Assign,
    findings.Answer,
    handling.Resume,
    findings.ProposeVoid,
    findings.AskForEnd,
    findings.Decide,
    findings.Refresh,
    telling.Tell,
    telling.Visit,
    telling.Reply,
    handling.Note,
    handling.Attach,
    findings.AskOffice,
    handling.AskCitizen,
    handling.LogCall,
    handling.HandOver,
    handling.Extend,
    handling.Merge,
    telling.Reopen,
    handling.Withdraw,
    handling.SendBack,
    handling.Cancel,
)


def open_to(ticket: Ticket, *, by: User, at: datetime) -> list[type[TicketOperation]]:
    """Return what this user may do about this ticket now."""
    return [one for one in TICKET_OPERATIONS if one.offered(ticket, by=by, at=at)]


__all__ = ("TICKET_OPERATIONS", "TicketOperation", "open_to")
