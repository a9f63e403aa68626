"""Deliveries: how far each has come, what it would do, which rows came back; and holds of mass coding."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.admin import filling_in
from cases.admin.decisions import DecisionFilter, DecisionWords
from cases.feeds import deliveries, rehearsed
from cases.feeds.findings import sentences
from cases.feeds.kinds import FORMATS
from cases.models import Batch, MassHold, RejectedRow, RuleBook, Undo
from cases.operations import deliveries as acts
from cases.operations.holds import DecideHold
from cases.selectors import decidable, holds
from cases.selectors.deliveries import progress, turned
from cases.services.deliveries import batches
from healthcode.core import languages, spreadsheets
from healthcode.core.acts.base import Operation
from healthcode.core.acts.buttons import Button, DeskButtonsAdmin
from healthcode.core.offices import exports
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import ScopedInline, field_name, reader

BROUGHT = ("brought_by", "letter")
TAKEN = ("confirmed_by", "confirmed_at", "finished_at", "accepted", "unchanged", "held", "rejected")
BEGUN = (Batch.State.APPLYING, Batch.State.APPLIED, Batch.State.UNDONE)
UNREAD = (Batch.State.RECEIVED, Batch.State.RETURNED, Batch.State.CANCELLED, Batch.State.FAILED)  # perhaps
NOT_YET = "–"
REFERENCES = 10  # shown of a hold
BY_STATE: dict[str, tuple[type[Operation], ...]] = {
    "RECEIVED": (acts.CancelDelivery,),
    "CHECKED": (acts.ConfirmDelivery, acts.CancelDelivery),
    "APPLIED": (acts.DecideRow, acts.ProposeUndo),
}


class RejectedRows(ScopedInline):
    """Returned rows in the file's order: which field, and why. What the row held stays sealed."""

    model = RejectedRow
    wraps = True
    fields = readonly_fields = ("row", "field_word", "reason_words", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RejectedRow]:
        return super().get_queryset(request).order_by("row", "pk")

    @admin.display(description=gettext_lazy("field"))
    def field_word(self, row: RejectedRow) -> str:
        """Name the column as the file's heading does."""
        return FORMATS[row.batch.kind].word_of(row.field)

    @admin.display(description=gettext_lazy("reason"))
    def reason_words(self, row: RejectedRow) -> str:
        """Say why, in the reader's language."""
        return row.reason


@admin.register(Batch)
class BatchAdmin(DeskButtonsAdmin):
    """Deliveries of the reader's own office; supervision and duty leads see all."""

    change_form_template = "lists/effects.html"
    view_act = "batch.deliver"
    select_related = ("office", "delivered_by", "brought_by", "brought_from", "confirmed_by")
    list_display = (
        "pk",
        "kind",
        "state",
        "file_name",
        "office",
        "delivered_at",
        "rows_read",
        "rows_accepted",
        "rows_rejected",
    )
    list_filter = (("kind", admin.ChoicesFieldListFilter), ("state", admin.ChoicesFieldListFilter))
    fields = (
        *("kind", "state", "file_name", "form", "encoding", "office", "delivered_by", "delivered_at"),
        *("brought_by", "letter", "row_count"),
        *TAKEN,
        "sha256",
    )
    readonly_fields = fields
    inlines = (RejectedRows,)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Leave out who brought it in where its source sent it, and counts before any row was taken."""
        return [
            one for one in super().get_fields(request, obj) if obj is None or _is_known(field_name(one), obj)
        ]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None and _begun(obj) else ()

    @admin.display(description=gettext_lazy("rows"), ordering="row_count", empty_value=NOT_YET)
    def rows_read(self, obj: Batch) -> int | None:
        """Return how many rows there are, once somebody could count them."""
        return obj.row_count if _is_known("row_count", obj) else None

    @admin.display(description=gettext_lazy("accepted"), ordering="accepted", empty_value=NOT_YET)
    def rows_accepted(self, obj: Batch) -> int | None:
        """Return how many rows were taken, once any could be."""
        return obj.accepted if _begun(obj) else None

    @admin.display(description=pgettext_lazy("rows", "returned"), ordering="rejected", empty_value=NOT_YET)
    def rows_rejected(self, obj: Batch) -> int | None:
        """Return how many rows came back by themselves: none of a file that came back as a whole."""
        return obj.rejected if _begun(obj) else None

    def may_read(self, user: User) -> bool:
        return decidable.reads_deliveries(user)

    def scope(self, request: HttpRequest) -> QuerySet[Batch]:
        return decidable.readable_deliveries(reader(request))

    def choices(self, obj: Batch, by: User) -> Sequence[tuple[type[Operation], str]]:
        if obj.brought_by_id and obj.state == Batch.State.CHECKED and by.may("batch.confirm_brought"):
            return [(acts.DecideBrought, "batch")]
        if not Batch.objects.seen_to_by(by).filter(pk=obj.pk).exists():
            return ()
        offered = [one for one in BY_STATE.get(obj.state, ()) if one is not acts.DecideRow or _waiting(obj)]
        if obj.state == Batch.State.FAILED:
            offered = [acts.ProposeUndo if obj.applied else acts.CancelDelivery]
        if obj.brought_by_id:
            offered = [one for one in offered if one not in (acts.ConfirmDelivery, acts.DecideRow)]
        return [(one, "row" if one is acts.DecideRow else "batch") for one in offered]

    def buttons(self, obj: Batch, by: User) -> Sequence[Button]:
        """Put confirming first only where there is something to take."""
        found = [
            {**one, "url": f"{reverse('admin:do', args=(one['name'],))}?row={_waiting(obj)}"}
            if one["name"] == acts.DecideRow.name
            else one
            for one in super().buttons(obj, by)
        ]
        if obj.state != Batch.State.CHECKED or obj.preview.get("new") or obj.preview.get("held"):
            return found
        confirm = acts.ConfirmDelivery.name
        return [{**one, "weight": ""} if one["name"] == confirm else one for one in found]

    def more(self, obj: Batch) -> dict[str, Any]:
        found = rehearsed.faults_of(obj) if obj.state == Batch.State.CHECKED else ()
        return {
            "batch": obj,
            "progress": progress(obj, at=timezone.now()),
            "turned": turned(obj),
            "all_bad": not any(obj.preview.get(name) for name in ("new", "unchanged", "held")),
            "findings": sentences(obj.findings),
            "last_row": self.last_row(obj),
            "returned": [one for one in found if not one.asks],
            "awaited": [one for one in found if one.asks],
        }

    def last_row(self, obj: Batch) -> list[tuple[str, str]]:
        """Return the file's last row where it still waits: whoever sent the file sees by it whether it was cut off."""
        return deliveries.last_row(obj) if obj.state == Batch.State.CHECKED else []

    def get_urls(self) -> list[URLPattern]:
        returned = self.admin_site.admin_view(self.returned_rows)
        about = self.admin_site.admin_view(filling_in.columns)
        template = self.admin_site.admin_view(filling_in.template)
        return [
            path("<int:pk>/returned.<str:form>", returned, name="cases_batch_returned"),
            path("columns/<str:kind>/", about, name="cases_batch_columns"),
            path("columns/<str:kind>/template.<str:form>", template, name="cases_batch_template"),
            *super().get_urls(),
        ]

    def returned_rows(self, request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
        """Send the returned rows back to the office that sent them, to be corrected and delivered again."""
        by, at = reader(request), timezone.now()
        batch = self.get_queryset(request).filter(pk__in=Batch.objects.answered_for_by(by), pk=pk).first()
        if batch is None or form not in spreadsheets.TYPES:
            raise Http404
        batches.record_return(batch, by=by, at=at)
        above = exports.about(
            f"{batch} · {batch.file_name}", by=by, at=at, filters=[_("rows that came back")]
        )
        rows = chain(above, deliveries.returned_rows(batch))
        return spreadsheets.download(rows, form=form, name=f"returned-{batch.pk}")


@admin.register(MassHold)
class MassHoldAdmin(DecisionWords, DeskButtonsAdmin):
    """Holds of mass coding: which ground, on what, how many people where."""

    change_form_template = "lists/effects.html"
    view_act = "hold.decide"
    select_related = ("proposed_by__office", "decided_by", "office")
    list_display = (
        *("pk", "ground_words", "rests_on", "office", "reached"),
        *("proposed_by", "proposed_at", "decision_words"),
    )
    list_filter = (DecisionFilter, ("resolved", admin.BooleanFieldListFilter))
    fields = (
        *("ground_words", "rests_on", "office", "resolved", "reached", "proposed_by", "proposed_at"),
        *("decision_words", "decided_by", "decided_at", "answer"),
    )
    readonly_fields = fields

    def may_read(self, user: User) -> bool:
        return user.may(self.view_act) or user.may("audit.read")

    def scope(self, request: HttpRequest) -> QuerySet[MassHold]:
        return decidable.holds(reader(request))

    @admin.display(description=gettext_lazy("ground"))
    def ground_words(self, hold: MassHold) -> str:
        return _ground(hold.ground)

    @admin.display(description=gettext_lazy("evidence"))
    def rests_on(self, hold: MassHold) -> str:
        """Name the references themselves: what nobody can resolve is held together, and still has to be seen."""
        found = holds.references(hold)
        more = "" if len(found) <= REFERENCES else " …"
        return "\n".join(f"“{ref}” · {office} · {n}" for ref, office, n in found[:REFERENCES]) + more

    def choices(self, obj: MassHold, by: User) -> Sequence[tuple[type[Operation], str]]:
        return [(DecideHold, "hold")] if obj.decision == "PENDING" else ()

    def more(self, obj: MassHold) -> dict[str, Any]:
        return {"townships": holds.by_township(obj)}


@admin.register(Undo)
class UndoAdmin(DeskButtonsAdmin):
    """Deliveries whose sender asked to take them back."""

    view_act = "batch.decide_undo"
    select_related = ("batch", "proposed_by__office", "decided_by")
    list_display = ("pk", "batch", "proposed_by", "proposed_at", "decision", "decided_by")
    list_filter = (("decision", admin.ChoicesFieldListFilter),)
    fields = (
        *("batch", "reason", "proposed_by", "proposed_at"),
        *("decision", "decided_by", "decided_at", "answer"),
    )
    readonly_fields = fields

    def may_read(self, user: User) -> bool:
        return user.may(self.view_act) or user.may("audit.read")

    def scope(self, request: HttpRequest) -> QuerySet[Undo]:
        return decidable.undos(reader(request))

    def choices(self, obj: Undo, by: User) -> Sequence[tuple[type[Operation], str]]:
        return [(acts.DecideUndo, "undo")] if obj.decision == "PENDING" else ()


def _is_known(name: str, batch: Batch) -> bool:
    if name in BROUGHT:
        return batch.brought_by_id is not None
    if name == "row_count":
        return bool(batch.row_count) or batch.state not in UNREAD
    return name not in TAKEN or _begun(batch)


def _waiting(batch: Batch) -> int | None:
    """Return the first row of a delivery that waits for a person."""
    waiting = batch.rejected_rows.filter(state=RejectedRow.State.HELD).order_by("row")
    return waiting.values_list("pk", flat=True).first() if batch.held else None


def _begun(batch: Batch) -> bool:
    """Tell whether rows of it were taken or came back one by one."""
    return bool(batch.applied) or batch.state in BEGUN


def _ground(key: str) -> str:
    book = RuleBook.objects.exclude(adopted_at=None).order_by("-adopted_at").first()
    ground = book.policy.grounds.get(key) if book else None
    return ground.words.text(languages.current()) if ground else key
