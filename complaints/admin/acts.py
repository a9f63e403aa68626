"""The pages of the operations on a ticket."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from cases.selectors.colours import colour_at
from cases.selectors.explanation import Explanation
from complaints.models import Assist, TextModule, Ticket
from complaints.operations import TICKET_OPERATIONS, TicketOperation
from complaints.selectors import pages, receivers
from complaints.services import following, handling, viewers
from healthcode.core import languages
from healthcode.core.acts.base import Operation
from healthcode.core.acts.pages import ActPages, Change
from healthcode.core.offices import accounts
from healthcode.core.offices.models import User


class TicketPages(ActPages):
    """Operations on one ticket; whoever may not read the ticket learns nothing."""

    operations = TICKET_OPERATIONS
    template = "desk/act.html"

    def __init__(self) -> None:
        self.looked: Explanation | None = (
            None  # the code as this very request looked it up: explaining is dear
        )

    def find(self, key: str, *, by: User) -> Ticket | None:
        visible = Ticket.objects.visible_to(by).select_related("person", "owner", "office", "first_office")
        ticket = visible.filter(pk=key).first()
        if ticket is not None:  # what it is at is what its cases have come to
            at = timezone.now()
            following.follow(ticket, by=accounts.system(at=at), at=at)
        return ticket

    def knows(self, row: Model, *, by: User, at: datetime) -> bool:
        tickets = Ticket.objects.visible_to(by)
        match row:
            case Ticket():
                return tickets.filter(pk=row.pk).exists()
            case Assist():
                return tickets.filter(pk=row.ticket_id).exists()
            case Case():
                return tickets.of(row.person).exists()
        return super().knows(row, by=by, at=at)

    def version(self, subject: Any) -> int | None:
        return Ticket.objects.values_list("version", flat=True).get(pk=subject.pk)

    def changes(self, subject: Any, *, since: datetime, by: User) -> Sequence[Change]:
        events = subject.events.filter(at__gt=since).select_related("actor", "office").order_by("seq")
        return [
            (event.at, languages.entry(f"{event.office} · {event.actor.name}", event.words))
            for event in receivers.named(subject, events)
        ]

    def arrive(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> None:
        if issubclass(operation, TicketOperation) and operation.looks:
            self.looked = handling.look(subject, by=by, at=at)

    def context(self, form: Operation, *, by: User, at: datetime) -> Mapping[str, Any]:
        ticket = form.subject
        more: dict[str, Any] = {"viewers": viewers.arrive(ticket, by=by, at=at)}
        if getattr(form, "insert_into", ""):
            more["modules"] = _modules(form, ticket)
        if isinstance(form, TicketOperation) and form.looks:
            page = pages.page(ticket, at=at, explanation=self.looked)
            colour = page.explanation.colour if page.explanation else None
            return {"ticket": ticket, "page": page, "colour": colour, **more}
        return {**more, "ticket": ticket, "colour": colour_at(ticket.person, at) if ticket.person else None}


def _modules(form: Operation, ticket: Ticket) -> list[tuple[TextModule, str]]:
    """Return the text modules that can be inserted, each with its text in the citizen's language."""
    texts = ((module, module.text_in(ticket.language)) for module in TextModule.objects.in_use())
    return [(module, text) for module, text in texts if text]


def on_ticket(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Serve an operation on a ticket."""
    return TicketPages().serve(request, name, str(pk))


def url(ticket: Ticket, operation: type[TicketOperation]) -> str:
    """Return the address of an operation's page."""
    return reverse("admin:complaints_ticket_do", args=(ticket.pk, operation.name))
