"""A sign that a colleague has a ticket open: gone by itself a few minutes after their last page of it."""

from datetime import datetime, timedelta

from complaints.models import Ticket, TicketViewer
from healthcode.core.offices.models import User

LASTS = timedelta(minutes=10)


def arrive(ticket: Ticket, *, by: User, at: datetime) -> list[TicketViewer]:
    """Note that a user opened a page of a ticket; return which colleagues have it open, the first first.

    Whoever only supervises leaves no sign: what they read is theirs to know.
    """
    recent = TicketViewer.objects.filter(ticket=ticket, at__gt=at - LASTS).select_related("user__office")
    viewers = list(recent.order_by("since", "pk"))
    own = next((one for one in viewers if one.user_id == by.pk), None)
    if by.may("ticket.register") or by.may("ticket.handle"):
        TicketViewer.objects.bulk_create(
            [TicketViewer(ticket=ticket, user=by, since=own.since if own else at, at=at)],
            update_conflicts=True,
            unique_fields=("ticket", "user"),
            update_fields=("since", "at"),
        )
    return [one for one in viewers if one is not own]


def forget_old(*, by: User, at: datetime) -> int:
    """Drop the signs that are over; return how many. Run by the timer."""
    return TicketViewer.objects.filter(at__lte=at - LASTS).delete()[0]
