"""The page of an operation on a ticket: a form, one service, a message."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.admin.base import is_key
from cases.admin.forms import dressed
from cases.operations.base import run
from cases.selectors.colours import colour_at
from complaints.models import Ticket
from complaints.operations import TICKET_OPERATIONS, TicketOperation
from complaints.selectors import pages
from complaints.services import following, handling
from healthcode.core.offices import accounts
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader


def url(ticket: Ticket, operation: type[TicketOperation]) -> str:
    """Return the address of an operation's page."""
    return reverse("admin:complaints_ticket_do", args=(ticket.pk, operation.name))


def of_ticket(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Serve an operation on a ticket; whoever may not read the ticket learns nothing."""
    by, at = reader(request), timezone.now()
    operation = next((one for one in TICKET_OPERATIONS if one.name == name), None)
    visible = Ticket.objects.visible_to(by).select_related("person", "owner", "office", "first_office")
    ticket = get_object_or_404(visible, pk=pk)
    if operation is None:
        raise Http404
    if not by.may(operation.act):
        raise PermissionDenied(_("Your role does not have this act."))
    following.follow(ticket, by=accounts.system(at=at), at=at)
    page = reverse("admin:complaints_ticket_change", args=(ticket.pk,))
    if not operation.offered_on(ticket, by=by, at=at):
        messages.info(
            request, _("Nothing is left to do here: the ticket has moved on, or somebody else handles it.")
        )
        return HttpResponseRedirect(page)
    posted = request.method == "POST"
    if operation.looks and not posted:
        handling.look(ticket, by=by, at=at)
    form = operation(
        request.POST if posted else None, files=request.FILES if posted else None, ticket=ticket, by=by, at=at
    )
    dressed(form)
    if posted and form.is_valid() and (outcome := run(form, seen=_seen(request))):
        messages.success(request, outcome.message)
        return HttpResponseRedirect(page)
    return TemplateResponse(request, "desk/act.html", _context(request, form, ticket, by, page))


def _seen(request: HttpRequest) -> int | None:
    given = request.POST.get("seen", "")
    return int(given) if is_key(given) else None


def _context(
    request: HttpRequest, form: TicketOperation, ticket: Ticket, by: User, page: str
) -> dict[str, Any]:
    at = timezone.now()
    if form.has_error("__all__", code="stale_ticket"):
        ticket.refresh_from_db()
    posted = request.POST.get("seen", "") if request.method == "POST" else ""
    stale = form.has_error("__all__", code="stale_ticket")
    return {
        **admin.site.each_context(request),
        "title": form.label,
        "operation": form,
        "form": form,
        "ticket": ticket,
        "page": pages.page(ticket, at=at) if form.looks else None,
        "colour": colour_at(ticket.person, at) if ticket.person else None,
        "cancel": page,
        "seen": posted if is_key(posted) and not stale else ticket.version,
        "asks_twice": False,
    }
