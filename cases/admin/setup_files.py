"""Files of offices, staff and venues: what waits in each, who looks alike, and the letters of whom was granted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.admin import filling_in
from cases.admin.decisions import DecisionFilter, DecisionWords
from cases.feeds import setup_columns
from cases.feeds.findings import sentences
from cases.models import SetupFile
from cases.models.setup_files import SetupKind
from cases.operations.setup_files import DecideFile, PrepareFile, PrintLetters, ReadConfirmations
from cases.operations.venues import kinds
from cases.services.setup import files
from cases.services.setup.overview import NOTHING, Overview, overview_of
from healthcode.core.acts.base import Operation
from healthcode.core.acts.buttons import ActAdmin, RowPages
from healthcode.core.offices.accounts import PASSWORD_LIVES
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.scoped_admin import field_name, reader
from healthcode.core.offices.staff import OfficeKind, Role

YES_OR_NO = {True: _("yes"), False: _("no")}


class SetupFilePages(RowPages):
    """The pages of the operations on files: what a file would bring stands beside its form."""

    template = "acts/setup_base.html"

    def context(self, form: Operation, *, by: User, at: datetime) -> Mapping[str, Any]:
        more = page_context(form.subject, at, form.overview) if isinstance(form, DecideFile) else {}
        return {**super().context(form, by=by, at=at), **more}


@admin.register(SetupFile)
class SetupFileAdmin(DecisionWords, ActAdmin):
    """Files of offices, staff and venues that administrators prepared and granted."""

    view_act = "office.view"
    change_form_template = "lists/setup_file.html"
    ordering = ("-pk",)
    select_related = ("proposed_by", "decided_by")
    list_display = (
        *("pk", "kind", "file_name", "row_count", "proposed_by", "proposed_at"),
        *("decision_words", "decided_by"),
    )
    list_filter = (("kind", admin.ChoicesFieldListFilter), DecisionFilter)
    fields = readonly_fields = (
        *("kind", "file_name", "row_count", "proposed_by", "proposed_at"),
        *("decision_words", "decided_by", "decided_at", "answer", "letters_printed_at"),
    )
    operations = (PrepareFile, DecideFile, PrintLetters, ReadConfirmations)

    def scope(self, request: HttpRequest) -> QuerySet[SetupFile]:
        return SetupFile.objects.all()

    def serve(self, request: HttpRequest, name: str, key: int | None = None) -> HttpResponse:
        return SetupFilePages(self, request).serve(request, name, "" if key is None else str(key))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Leave out what is not said yet."""
        names = super().get_fields(request, obj)
        return [
            name for name in names if obj is None or getattr(obj, field_name(name), True) not in (None, "")
        ]

    def more(self, obj: SetupFile) -> dict[str, Any]:
        at = timezone.now()
        return page_context(obj, at, overview_of(obj, at))

    def get_urls(self) -> list[URLPattern]:
        about = self.admin_site.admin_view(columns)
        template = self.admin_site.admin_view(send_template)
        return [
            path("columns/<slug:kind>/", about, name="cases_setupfile_columns"),
            path("columns/<slug:kind>/template.<slug:form>", template, name="cases_setupfile_template"),
            *super().get_urls(),
        ]


def page_context(file: SetupFile, at: datetime, overview: Overview | None) -> dict[str, Any]:
    """Return what the page of a file shows besides its fields; without an overview it was altered."""
    found = overview or NOTHING
    words = _words(file.kind, at)
    word_of = setup_columns.word_of
    return {
        "file": file,
        "altered": overview is None,
        "counts": [(words.get(key, key), number) for key, number in file.counts.items()],
        "faults": [(row, word_of(file.kind, one.field), str(one)) for row, one in found.faults],
        "alike": found.alike,
        "findings": sentences(file.findings),
        "confirmations_wait": files.has_confirmations(file, at),
        "letters_wait": files.has_letters(file, at),
        "letters_until": file.decided_at + PASSWORD_LIVES if file.decided_at else None,
        **_first_rows(file.kind, found, words),
    }


def _first_rows(kind: str, found: Overview, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return headings and cells of the first rows, in words."""
    names = [name for name in setup_columns.HEADINGS[kind].values() if any(row[name] for row in found.first)]
    offices = {row.get("office") for row in found.first}
    divisions = {row.get("division") for row in found.first}
    words_of = {
        "kind": words,
        "role": words,
        "office": {one.code: str(one) for one in Office.objects.filter(code__in=offices - {None})},
        "division": {one.code: str(one) for one in Division.objects.filter(code__in=divisions - {None})},
        "is_head": YES_OR_NO,
    }
    cells = [
        (row["row"], [words_of.get(name, {}).get(row[name], row[name]) for name in names])
        for row in found.first
    ]
    return {"headings": [setup_columns.word_of(kind, name) for name in names], "first": cells}


def _words(kind: str, at: datetime) -> dict[str, Any]:
    match kind:
        case SetupKind.OFFICES:
            return dict(OfficeKind.choices)
        case SetupKind.STAFF:
            return dict(Role.choices)
    return dict(kinds(at))


def columns(request: HttpRequest, kind: str) -> HttpResponse:
    """Show what the columns of such a file take, and search divisions by name or code."""
    known = _required(request, kind)
    return filling_in.page(
        request,
        title=known.label,
        helps=setup_columns.helps(known, timezone.now()),
        template="admin:cases_setupfile_template",
        args=(kind,),
    )


def send_template(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Send a template of such a file."""
    return filling_in.send(form, setup_columns.helps(_required(request, kind), timezone.now()), name=kind)


def _required(request: HttpRequest, kind: str) -> SetupKind:
    if not reader(request).may("setup.prepare"):
        raise PermissionDenied
    if kind.upper() not in SetupKind.values or kind != kind.lower():
        raise Http404
    return SetupKind(kind.upper())
