"""The desk's figures: tables, charts, and a file for further work."""

from datetime import date, timedelta
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from cases.policy import days
from complaints import clocks
from complaints.models import Ticket
from complaints.selectors.figures import Figures, figures
from healthcode.core import spreadsheets
from healthcode.core.acts.sentences import Asking
from healthcode.core.acts.widgets import DayInput
from healthcode.core.audit import ledger
from healthcode.core.offices import exports, sessions
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader

DEFAULT_DAYS = 30
MAX_DAYS = 400


class PeriodForm(Asking, forms.Form):
    """From when until when, both days included."""

    since = forms.DateField(label=pgettext_lazy("period", "from"), widget=DayInput())
    until = forms.DateField(label=pgettext_lazy("period", "until"), widget=DayInput())

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


def export(request: HttpRequest) -> HttpResponseBase:
    """Send the tables as one, and record the export."""
    by, at, file = _allowed(request), timezone.now(), request.GET.get("file", spreadsheets.CSV)
    if file not in spreadsheets.TYPES:
        raise Http404
    if not sessions.is_proven(request):
        return sessions.to_prove(request)
    _form, since, until = _period(request)
    found = figures(since, until, at=at)
    ledger.record("ticket.exported", by=by, at=at, about=Ticket, since=since, until=until)
    above = exports.about(_("Figures of the desk"), by=by, at=at, filters=[f"{since} – {until}"])
    return spreadsheets.download(chain(above, rows_of(found)), form=file, name=f"desk-{since}-{until}")


def rows_of(found: Figures) -> list[list[str]]:
    """Return the tables one below the other, in the language of now: they are sent when the request is over."""
    tables = ([[], [table.title], table.heads, *table.rows] for table in found.tables)
    return [[str(cell) for cell in row] for row in chain.from_iterable(tables)]


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
