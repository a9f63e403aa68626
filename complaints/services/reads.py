"""Reading tickets: the ledger's line about it, and which of them a look-up may be for."""

from collections.abc import Sequence
from datetime import datetime

from complaints.models import Ticket
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


def record(ticket: Ticket, *, page: str, by: User, at: datetime) -> None:
    """Write that a ticket was read, with the person it is about. Call it outside any transaction of the page."""
    ledger.record("ticket.viewed", about=ticket, by=by, at=at, page=page)


def record_list(*, filters: Sequence[str] = (), by: User, at: datetime) -> None:
    """Write that the list of tickets was read, and by which filters it was narrowed."""
    label = Ticket._meta.label_lower
    ledger.record("ticket.listed", about=Ticket, by=by, at=at, model=label, filters=list(filters) or None)


def open_ticket(number: str, by: User, at: datetime) -> Ticket | None:
    """Return the open ticket of this number, if the user may read it."""
    return Ticket.objects.open().visible_to(by).filter(number=number.upper()).first()
