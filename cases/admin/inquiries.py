"""Questions of supervision to offices: the list, and the page of one to read, to answer and to print."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.admin import history
from cases.models import Inquiry, Person
from cases.operations.inquiries import AnswerInquiry, AskInquiry, CloseInquiry
from cases.services import inquiries
from cases.services.persons import reads
from healthcode.core import languages, spans
from healthcode.core.acts.base import Operation
from healthcode.core.acts.buttons import DeskButtonsAdmin, button
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import EMPTY, reader


class InquiryState(admin.SimpleListFilter):
    """Questions by how far they are."""

    title = pgettext_lazy("inquiry", "state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (
            ("waits", gettext_lazy("waits for its answer")),
            ("late", gettext_lazy("day over, without an answer")),
            ("answered", gettext_lazy("answered, without a finding")),
            ("closed", pgettext_lazy("inquiry", "closed")),
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
        waits = Q(answered_at=None, closed_at=None)
        match self.value():
            case "waits":
                return queryset.filter(waits)
            case "late":
                return queryset.filter(waits, due_at__lte=timezone.now())
            case "answered":
                return queryset.filter(closed_at=None).exclude(answered_at=None)
            case "closed":
                return queryset.exclude(closed_at=None)
        return queryset


@admin.register(Inquiry)
class InquiryAdmin(DeskButtonsAdmin):
    """Supervision reads all, an office what it was asked."""

    view_act = "inquiry.view"
    change_list_template = "acts/list.html"
    change_form_template = "acts/inquiry.html"
    select_related = ("office", "person", "asked_by__office", "answered_by", "closed_by")
    list_display = ("pk", "office", "begins", "until", "standing", "asked_at")
    list_filter = (InquiryState,)
    search_fields = ("office__name", "office__name_en")
    fields = (
        *("office", "question", "matter", "asked_by", "asked_at", "until", "standing"),
        *("answer", "answered_by", "answered_at", "finding", "reason", "closed_by", "closed_at"),
    )
    readonly_fields = fields

    def scope(self, request: HttpRequest) -> QuerySet[Inquiry]:
        return Inquiry.objects.readable_by(reader(request))

    @admin.display(description=gettext_lazy("question"))
    def begins(self, row: Inquiry) -> str:
        return row.question if len(row.question) <= 60 else f"{row.question[:60]}…"

    @admin.display(description=gettext_lazy("answer by the end of this day"))
    def until(self, row: Inquiry) -> str:
        return f"{row.last_day:%Y-%m-%d}"

    @admin.display(description=pgettext_lazy("inquiry", "state"))
    def standing(self, row: Inquiry) -> str:
        """Say how a question stands to its day."""
        if row.answered_at is None and row.closed_at is None:
            return spans.left(row.due_at, timezone.now())
        if row.closed_at is not None:
            return str(row.get_finding_display())
        return _("answered after its day") if row.is_late(row.due_at) else _("answered in time")

    @admin.display(description=gettext_lazy("about"), empty_value=EMPTY)
    def matter(self, row: Inquiry) -> str:
        kind, _colon, key = row.about.partition(":")
        if kind == "sign":
            return languages.entry(history.THINGS["sign"], inquiries.SIGNS.get(key, key))
        return history.target_name(row.about) if key and kind != "person" else ""

    def choices(self, obj: Inquiry, by: User) -> Sequence[tuple[type[Operation], str]]:
        if obj.closed_at is not None:
            return ()
        own = obj.office_id == by.office_id and obj.answered_at is None
        return [*([(AnswerInquiry, "inquiry")] if own else []), (CloseInquiry, "inquiry")]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a question; whom it is about by name where the reader may open their page, and write that down."""
        by, at = reader(request), timezone.now()
        row = self.get_object(request, unquote(object_id))
        own: dict[str, Any] = {}
        if row is not None and row.person is not None:
            opens = reads.may_view(by, row.person, at=at)
            own = {"whom": row.person, "whom_url": _page_of(row.person) if opens else ""}
            reads.record(row.person, page="inquiry", about=row, by=by, at=at)
        return super().change_view(request, object_id, form_url, {**own, **(extra_context or {})})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        url = reverse("admin:do", args=(AskInquiry.name,))
        own = {"buttons": [button(AskInquiry, url)] if reader(request).may(AskInquiry.act) else []}
        return super().changelist_view(request, {**own, **(extra_context or {})})


def _page_of(person: Person) -> str:
    return reverse("admin:cases_person_change", args=(person.root_id,))
