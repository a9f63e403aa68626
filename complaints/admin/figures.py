"""The desk's figures: tables, charts, and a file for further work."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from cases.policy import days
from complaints import clocks
from complaints.models import Ticket
from complaints.selectors.figures import Figures, figures
from healthcode.core.audit import ledger
from healthcode.core.offices import sessions
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader
from healthcode.core.spreadsheets import inert

DEFAULT_DAYS = 30
MAX_DAYS = 400


def _date_input() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """From when until when, both days included."""

    since = forms.DateField(label=pgettext_lazy("period", "from"), widget=_date_input())
    until = forms.DateField(label=pgettext_lazy("period", "until"), widget=_date_input())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and not timedelta(0) <= until - since <= timedelta(days=MAX_DAYS):
            self.add_error(
                "until", _("The last day does not come before the first, nor more than 400 days after it.")
            )
        return cleaned


def page(request: HttpRequest) -> HttpResponse:
    """Show the figures of a period."""
    _allowed(request)
    form, since, until = _period(request)
    found = figures(since, until, at=timezone.now())
    context = {
        **admin.site.each_context(request),
        "title": _("Figures of the desk"),
        "form": form,
        "figures": found,
        "unknown_years": sorted({since.year, until.year} - set(clocks.years())),
    }
    return TemplateResponse(request, "desk/figures.html", context)


def export(request: HttpRequest) -> HttpResponse:
    """Return the tables as one CSV file, and record the export."""
    by = _allowed(request)
    if not sessions.is_proven(request):
        return sessions.to_prove(request)
    _form, since, until = _period(request)
    found = figures(since, until, at=timezone.now())
    ledger.record("ticket.exported", by=by, at=timezone.now(), about=Ticket, since=since, until=until)
    name = f"desk-{since}-{until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(csv_of(found), content_type="text/csv; charset=utf-8", headers=headers)


def csv_of(found: Figures) -> str:
    """Return the tables one below the other, with the byte-order mark by which spreadsheets know UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    for table in found.tables:
        writer.writerow([inert(table.title)])
        writer.writerow([inert(head) for head in table.heads])
        writer.writerows([inert(cell) for cell in row] for row in table.rows)
        writer.writerow([])
    return "\ufeff" + file.getvalue()


def _allowed(request: HttpRequest) -> User:
    by = reader(request)
    if not by.may("ticket.figures"):
        raise PermissionDenied
    return by


def _period(request: HttpRequest) -> tuple[PeriodForm, date, date]:
    today = days.local_day(timezone.now())
    first = {"since": today - timedelta(days=DEFAULT_DAYS - 1), "until": today}
    form = PeriodForm(request.GET or None, initial=first, label_suffix="")
    if form.is_valid():
        return form, form.cleaned_data["since"], form.cleaned_data["until"]
    return form, first["since"], first["until"]
