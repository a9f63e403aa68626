"""Tickets: the queue by due time, and each ticket's page with its operations."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.admin.columns import minute
from cases.models import Person
from cases.models.people import readable
from complaints import flow
from complaints.admin import acts, figures, intake, letters
from complaints.models import Attachment, Ticket
from complaints.operations import handling, open_to
from complaints.selectors import pages
from complaints.services import attachments, following, reads
from healthcode.core.acts.buttons import button
from healthcode.core.offices import accounts
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import OwnPage, reader

MINE, UNSIGNED, OVERDUE, EVERY = "mine", "unsigned", "overdue", "all"


class QueueFilter(admin.SimpleListFilter):
    """The part of the queue that is listed: by default every open ticket, the next due first."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (MINE, _("mine")),
            (UNSIGNED, _("not signed for")),
            (OVERDUE, _("time is over")),
            (EVERY, _("closed ones too")),
        ]

    def choices(self, changelist: Any) -> Any:
        for choice in super().choices(changelist):
            if choice["query_string"] == changelist.get_query_string(remove=[self.parameter_name]):
                choice["display"] = _("open")
            yield choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        if self.value() == EVERY:
            return queryset
        still_open = queryset.filter(state__in=flow.OPEN)
        if self.value() == MINE:
            user = reader(request)
            return still_open.filter(Q(owner=user) | Q(first_responder=user))
        if self.value() == UNSIGNED:
            return still_open.filter(state=flow.ROUTED)
        if self.value() == OVERDUE:
            return still_open.late(timezone.now())
        return still_open


@admin.register(Ticket)
class TicketAdmin(OwnPage):
    """Tickets. The page is not a form: every change is an operation of its own."""

    view_act = "ticket.view"
    select_related = ("person", "office", "owner", "first_responder", "first_office")
    ordering = ("decide_due", "pk")
    list_display = (
        "number",
        "due_word",
        "state_word",
        "urgency",
        "person_name",
        "category_word",
        "handler",
        "received",
    )
    list_display_links = ("number",)
    list_filter = (
        QueueFilter,
        ("state", admin.ChoicesFieldListFilter),
        ("category", admin.ChoicesFieldListFilter),
        ("channel", admin.ChoicesFieldListFilter),
        ("priority", admin.AllValuesFieldListFilter),
    )
    change_list_template = "desk/list.html"

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("intake/", site(intake.begin), name="complaints_intake"),
            path("intake/<int:draft>/", site(intake.go_on), name="complaints_intake_draft"),
            path("intake/<int:draft>/keep/", site(intake.keep), name="complaints_intake_keep"),
            path("letters/", site(letters.deliver), name="complaints_letters"),
            path("letters/columns/", site(letters.columns), name="complaints_letters_columns"),
            path(
                "letters/columns/template.<str:form>",
                site(letters.template),
                name="complaints_letters_template",
            ),
            path("figures/", site(figures.page), name="complaints_figures"),
            path("figures/export/", site(figures.export), name="complaints_figures_export"),
            path("<int:pk>/receipt/", site(self.receipt_view), name="complaints_ticket_receipt"),
            path("<int:pk>/do/<slug:name>/", site(acts.on_ticket), name="complaints_ticket_do"),
            path("<int:pk>/files/<int:key>/", site(self.file_view), name="complaints_ticket_file"),
            *super().get_urls(),
        ]

    def scope(self, request: HttpRequest) -> QuerySet[Ticket]:
        return Ticket.objects.visible_to(reader(request)).with_next_due()

    def record_list(self, filters: list[str], *, by: User, at: datetime) -> None:
        reads.record_list(filters=filters, by=by, at=at)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-pk",) if request.GET.get(QueueFilter.parameter_name) == EVERY else ("next_due", "pk")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_register": reader(request).may("ticket.register"), "title": _("Tickets")}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def page(self, request: HttpRequest, ticket: Ticket) -> HttpResponse:
        """Show the ticket as its cases stand now."""
        user, at = reader(request), timezone.now()
        following.follow(ticket, by=accounts.system(at=at), at=at)
        reads.record(ticket, page="ticket", by=user, at=at)
        offered = [
            {**button(one, acts.url(ticket, one)), "tone": one.tone}
            for one in open_to(ticket, by=user, at=at)
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": ticket.number,
            "ticket": ticket,
            "page": pages.page(ticket, at=at),
            "operations": offered,
            "person_opens": _person_opens(ticket, user, at),
            "letter_number": _letter_number_of(ticket) if _answers_for(ticket, user) else "",
            "phone": _phone_of(ticket) if _answers_for(ticket, user) else ticket.masked_phone,
        }
        return TemplateResponse(request, "desk/ticket.html", context)

    def receipt_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the receipt the citizen takes along: number, first responder, due time, what happens next."""
        ticket = self.get_object(request, str(pk))
        if ticket is None:
            raise Http404
        reads.record(ticket, page="receipt", by=reader(request), at=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Receipt"),
            "ticket": ticket,
            "phone": ticket.first_responder.phone or ticket.first_office.phone,
            "log_call": _log_call(ticket, reader(request)),
        }
        return TemplateResponse(request, "desk/receipt.html", context)

    def file_view(self, request: HttpRequest, pk: int, key: int) -> HttpResponse:
        """Return a file of the ticket as a download."""
        found = Attachment.objects.filter(pk=key, ticket__in=self.get_queryset(request).filter(pk=pk))
        attachment = found.select_related("ticket__person").first()
        if attachment is None:
            raise Http404
        content = attachments.read(attachment, by=reader(request), at=timezone.now())
        name = f"attachment; filename*=UTF-8''{quote(attachment.name)}"
        headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type=attachment.content_type, headers=headers)

    # --- columns -----------------------------------------------------------------------------------------
    @admin.display(description=pgettext_lazy("ticket", "due"))
    def due_word(self, ticket: Ticket) -> SafeString | str:
        state = pages.state_of(ticket.due, timezone.now())
        return (
            format_html('<span class="clock-{}">{}</span>', state, minute(ticket.due)) if ticket.due else ""
        )

    @admin.display(description=_("state"))
    def state_word(self, ticket: Ticket) -> SafeString:
        return format_html(
            '<span class="tag state-{}">{}</span>', ticket.state.lower(), ticket.get_state_display()
        )

    @admin.display(description=_("priority"))
    def urgency(self, ticket: Ticket) -> SafeString:
        return format_html('<span class="urgency urgency-{0}">P{0}</span>', ticket.priority)

    @admin.display(description=_("category"))
    def category_word(self, ticket: Ticket) -> str:
        return str(ticket.get_category_display())

    @admin.display(description=_("person"))
    def person_name(self, ticket: Ticket) -> str:
        return ticket.person.name if ticket.person else "–"

    @admin.display(description=_("handled by"))
    def handler(self, ticket: Ticket) -> str:
        return f"{ticket.office} · {ticket.owner.name}" if ticket.owner else str(ticket.office)

    @admin.display(description=_("received at"))
    def received(self, ticket: Ticket) -> SafeString | str:
        return minute(ticket.received_at)


def _person_opens(ticket: Ticket, user: User, at: Any) -> bool:
    if ticket.person is None:
        return False
    return Person.objects.reachable_by(user, "person.view", at).filter(pk=ticket.person.pk).exists()


def _answers_for(ticket: Ticket, user: User) -> bool:
    return user.may("ticket.register") and user.office_id in (ticket.first_office_id, ticket.office_id)


def _log_call(ticket: Ticket, user: User) -> str:
    offered = handling.LogCall.offered(ticket, by=user, at=timezone.now())
    return acts.url(ticket, handling.LogCall) if offered else ""


def _letter_number_of(ticket: Ticket) -> str:
    return "" if ticket.person else readable(lambda: ticket.letter_number)


def _phone_of(ticket: Ticket) -> str:
    return readable(lambda: ticket.contact_phone)
