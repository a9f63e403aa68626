"""Tickets: the queue by due time, and each ticket's page with its operations."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from cases.admin import search
from cases.admin.columns import minute
from cases.models import Person
from cases.models.people import readable
from complaints import flow
from complaints.admin import acts, bulk, figures, intake, letters
from complaints.models import Attachment, Ticket
from complaints.operations import notes, open_to
from complaints.selectors import finding, pages, worklists
from complaints.services import attachments, following, reads, viewers
from healthcode.core import spans
from healthcode.core.acts.bulk_actions import BulkActions
from healthcode.core.acts.buttons import button
from healthcode.core.acts.visits import is_key
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


class FoundTickets(admin.SimpleListFilter):
    """The mark in the URL of a search whose text stays on the server."""

    title = _("search")
    parameter_name = search.PARAMETER
    template = "lists/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(self.value() or "", "")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        if self.value() is None:
            return queryset
        return queryset.filter(finding.condition(search.typed(request, self.value() or "")))


class TicketSearchForm(search.SearchForm):
    """One box: the number of a ticket or a letter, or the telephone number of whoever came."""

    text = forms.CharField(
        label=_("Search tickets"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": _("JK number, letter number or telephone number")}
        ),
    )


def named_by(request: HttpRequest, text: str) -> list[search.Hit]:
    """Return the tickets that a text names and the reader may see, the last first."""
    user = reader(request)
    if not user.may("ticket.view"):
        return []
    found = Ticket.objects.visible_to(user).filter(finding.condition(text)).order_by("-pk")[: search.MOST]
    return [
        search.Hit(
            capfirst(_("ticket")),
            f"{ticket.number} · {ticket.get_state_display()} · {ticket.get_category_display()}",
            reverse("admin:complaints_ticket_change", args=(ticket.pk,)),
        )
        for ticket in found
    ]


def found_by(request: HttpRequest, text: str) -> str:
    """Return where a text leads that names tickets the reader may see: to the only one, or to their list; else ""."""
    hits = named_by(request, text)
    if len(hits) < 2:
        return "".join(hit.url for hit in hits)
    mark = search.remember(request, text)
    queue = f"{QueueFilter.parameter_name}={EVERY}"
    return f"{reverse('admin:complaints_ticket_changelist')}?{queue}&{search.PARAMETER}={mark}"


search.OTHERS.append(named_by)


@admin.register(Ticket)
class TicketAdmin(BulkActions, OwnPage):
    """Tickets. The page is not a form: every change is an operation of its own."""

    view_act = "ticket.view"
    actions = bulk.ACTIONS
    bulk_operations = bulk.BULK
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
        FoundTickets,
    )
    change_list_template = "desk/list.html"

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("intake/", site(intake.begin), name="complaints_intake"),
            path("intake/<int:draft>/", site(intake.go_on), name="complaints_intake_draft"),
            path("intake/<int:draft>/keep/", site(intake.keep), name="complaints_intake_keep"),
            path("search/", site(require_POST(self.search_view)), name="complaints_ticket_search"),
            path("next/", site(self.next_view), name="complaints_ticket_next"),
            path("letters/", site(letters.deliver), name="complaints_letters"),
            path("letters/columns/", site(letters.columns), name="complaints_letters_columns"),
            path(
                "letters/columns/template.<str:form>",
                site(letters.template),
                name="complaints_letters_template",
            ),
            path("do-many/<slug:name>/", site(bulk.of_tickets), name="complaints_ticket_do_many"),
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
        context["search_form"] = TicketSearchForm()
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def search_view(self, request: HttpRequest) -> HttpResponseRedirect:
        """Go to the ticket that was asked for, or to the list of several; nothing typed stands in an address."""
        form = TicketSearchForm(request.POST)
        leads_to = found_by(request, form.cleaned_data["text"]) if form.is_valid() else ""
        if not leads_to:
            messages.warning(request, _("None of your tickets has this number or telephone number."))
        return HttpResponseRedirect(leads_to or reverse("admin:complaints_ticket_changelist"))

    def next_view(self, request: HttpRequest) -> HttpResponseRedirect:
        """Open the next ticket that waits for the reader; `after` is the one they come from."""
        after = request.GET.get("after", "")
        key = int(after) if is_key(after) else None
        ticket = worklists.next_ticket(reader(request), timezone.now(), after=key)
        if ticket is None:
            messages.info(request, _("No other ticket waits for you."))
            return HttpResponseRedirect(reverse("admin:complaints_ticket_changelist"))
        return HttpResponseRedirect(reverse("admin:complaints_ticket_change", args=(ticket.pk,)))

    def page(self, request: HttpRequest, ticket: Ticket) -> HttpResponse:
        """Show the ticket as its cases stand now."""
        user, at = reader(request), timezone.now()
        following.follow(ticket, by=accounts.system(at=at), at=at)
        reads.record(ticket, page="ticket", by=user, at=at)
        colleagues = viewers.arrive(ticket, by=user, at=at)
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
            "viewers": colleagues,
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
        if ticket.due is None:
            return ""
        now = timezone.now()
        return format_html(
            '<span class="clock-{}">{} · {}</span>',
            *(pages.state_of(ticket.due, now), minute(ticket.due), spans.left(ticket.due, now)),
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
    offered = notes.LogCall.offered(ticket, by=user, at=timezone.now())
    return acts.url(ticket, notes.LogCall) if offered else ""


def _letter_number_of(ticket: Ticket) -> str:
    return "" if ticket.person else readable(lambda: ticket.letter_number)


def _phone_of(ticket: Ticket) -> str:
    return readable(lambda: ticket.contact_phone)
