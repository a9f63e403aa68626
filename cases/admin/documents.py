"""The list of the documents that codings may cite."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from cases.models import Document, Strike
from cases.models.proposals import Decision
from cases.operations.documents import DecideStrike, StrikeDocument
from cases.selectors import register
from cases.selectors.strikes import strikes_for
from healthcode.core.acts.base import Operation
from healthcode.core.acts.buttons import DeskButtonsAdmin
from healthcode.core.offices.models import User


class StandingFilter(admin.SimpleListFilter):
    """Documents by whether they stand in the register still."""

    title = _("in the register")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (("yes", _("in the register")), ("no", _("struck from the register")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        match self.value():
            case "yes":
                return queryset.filter(struck_at=None)
            case "no":
                return queryset.exclude(struck_at=None)
        return queryset


@admin.register(Document)
class DocumentAdmin(DeskButtonsAdmin):
    """The whole register: what is cited is nobody's secret."""

    view_act = "document.view"
    select_related = ("entered_by", "struck_by", "replaced_by")
    list_display = ("number", "issuer", "issued_on", "entered_by", "entered_at", "struck_at")
    list_filter = (StandingFilter,)
    search_fields = ("number", "issuer")
    fields = (
        *("number", "issuer", "issued_on", "entered_by", "entered_at", "resting", "extending"),
        *("struck_at", "struck_by", "replaced_by", "proposals"),
    )
    readonly_fields = fields

    def scope(self, request: HttpRequest) -> QuerySet[Document]:
        return Document.objects.all()

    @admin.display(description=_("cases that rest on it now"))
    def resting(self, document: Document) -> int:
        return 0 if document.struck_at else register.live_on(document, timezone.now()).count()

    @admin.display(description=_("control orders that end later by it"))
    def extending(self, document: Document) -> int:
        return 0 if document.struck_at else len(register.extended_on(document))

    @admin.display(description=_("proposals to strike it"), empty_value="–")
    def proposals(self, document: Document) -> str:
        rows = document.strikes.select_related("proposed_by", "decided_by").order_by("pk")
        return format_html_join(mark_safe("<br>"), "{}", ((_line(strike),) for strike in rows))

    def choices(self, obj: Document, by: User) -> Sequence[tuple[type[Operation], str]]:
        if obj.struck_at is not None:
            return ()
        if obj.strikes.filter(decision=Decision.PENDING).exists():
            return [(DecideStrike, "document")] if strikes_for(by).filter(document=obj).exists() else ()
        return [(StrikeDocument, "document")]


def _line(strike: Strike) -> str:
    parts = [strike.get_decision_display(), str(strike.proposed_by), strike.reason]
    if strike.number:
        reading = f"{strike.number} · {strike.issuer} · {strike.issued_on:%Y-%m-%d}"
        parts.append(str(_("in its place: %(document)s") % {"document": reading}))
    if strike.decided_at and strike.decided_by:
        decided = f"{timezone.localtime(strike.decided_at):%Y-%m-%d %H:%M}"
        parts += [decided, str(strike.decided_by), strike.answer]
    return " · ".join(part for part in map(str, parts) if part)
