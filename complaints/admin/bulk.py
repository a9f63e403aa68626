"""Operations on a selection of tickets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from complaints.models import Ticket
from complaints.operations import TICKET_OPERATIONS
from healthcode.core.acts.bulk import BulkPages
from healthcode.core.acts.bulk_actions import actions_of
from healthcode.core.offices.models import User

BULK = tuple(operation for operation in TICKET_OPERATIONS if operation.bulk)


class TicketBulkPages(BulkPages):
    """Operations on several tickets of the reader's list."""

    operations = BULK
    lines_template = "desk/bulk_lines.html"
    subject_template = "desk/bulk_subject.html"
    list_page = "admin:complaints_ticket_changelist"
    page = "admin:complaints_ticket_do_many"

    def for_each(self, number: int) -> str:
        return ngettext(
            "For one ticket; each is done and recorded singly.",
            "For %(n)s tickets; each is done and recorded singly.",
            number,
        ) % {"n": number}

    def confirm(self, number: int) -> str:
        return ngettext("Confirm for one ticket", "Confirm for %(n)s tickets", number) % {"n": number}

    def visible(self, keys: Sequence[str], *, by: User, at: datetime) -> Sequence[Ticket]:
        seen = Ticket.objects.visible_to(by).filter(pk__in=keys)
        return tuple(seen.select_related("person", "owner", "office").order_by("pk"))

    def before(self, subjects: Sequence[Any], *, at: datetime) -> Mapping[int, str]:
        return {ticket.pk: ticket.owner.name if ticket.owner else "–" for ticket in subjects}


def of_tickets(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the steps of an operation on a selection."""
    return TicketBulkPages().serve(request, name)


ACTIONS = actions_of(BULK, of_tickets)
