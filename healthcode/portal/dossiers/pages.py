"""The pages of a file: what it is asked for and why, the file to read and to print, and its tables to take along."""

from datetime import datetime
from itertools import chain

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cases.operations.inquiries import AskInquiry
from healthcode.core import languages, spreadsheets
from healthcode.core.acts import attempts
from healthcode.core.acts.attempts import Typed
from healthcode.core.acts.fields import reason_field
from healthcode.core.acts.interrupted import typed_data
from healthcode.core.acts.sentences import Asking
from healthcode.core.audit import ledger
from healthcode.core.offices import exports, sessions
from healthcode.core.offices.models import User
from healthcode.portal.dossiers.gathering import NEWEST, Dossier, gather
from healthcode.portal.dossiers.matters import DossierMatter, find
from healthcode.portal.supervision import page, supervisor

PAGE = "dossier"
Asked = tuple[DossierMatter, str, datetime]  # what the file is about, why, and when it was opened


class DossierForm(Asking, forms.Form):
    """What a file is asked for, and why."""

    number = forms.CharField(
        label=gettext_lazy("What it is about"),
        max_length=40,
        help_text=gettext_lazy(
            "The number of a ticket (JK…), of a conversion, or the opaque number of a person, as their pages have it."
        ),
    )
    reason = reason_field()

    def clean_number(self) -> DossierMatter:
        """Return the matter."""
        matter = find(self.cleaned_data["number"])
        if matter is None:
            raise ValidationError(_("No person, ticket or conversion has this number."), code="unknown")
        return matter


def ask(request: HttpRequest) -> HttpResponse:
    """Ask what the file is about and why; write it down, and open the file."""
    by = supervisor(request)
    form = DossierForm(
        typed_data(request), initial={"number": request.GET.get("number", "")[:40]}, label_suffix=""
    )
    if request.method == "POST" and form.is_valid():
        matter, reason, at = form.cleaned_data["number"], form.cleaned_data["reason"], timezone.now()
        _record("audit.dossier_opened", matter, by=by, at=at, reason=reason)
        typed = Typed(data={"number": [matter.number], "reason": [reason]}, opened=at.isoformat())
        mark = attempts.keep(typed, page=PAGE, by=by, at=at)
        return HttpResponseRedirect(reverse("admin:dossier", args=(mark,)))
    return page(request, "dossiers/ask.html", {"title": _("Supervision file"), "form": form})


def show(request: HttpRequest, mark: str) -> HttpResponse:
    """Show a file that was asked for, as it stands now."""
    by = supervisor(request)
    asked = _asked(mark, by)
    if asked is None:
        return _expired(request)
    matter, reason, since = asked
    dossier = gather(matter, at=timezone.now())
    context = {
        "title": _("Supervision file"),
        "dossier": dossier,
        "reason": reason,
        "since": since,
        "newest": NEWEST,
        "mark": mark,
        "may_ask": by.may(AskInquiry.act),
        "may_export": by.may("audit.export"),
    }
    return page(request, "dossiers/dossier.html", context)


@require_POST
def export(request: HttpRequest, mark: str) -> HttpResponseBase:
    """Send a file's tables as one, and record it."""
    by, at = supervisor(request), timezone.now()
    form = request.POST.get("file", spreadsheets.XLSX)
    if not by.may("audit.export") or form not in spreadsheets.TYPES:
        raise PermissionDenied
    asked = _asked(mark, by)
    if asked is None:
        return _expired(request)
    if not sessions.is_proven(request):
        return sessions.to_prove(request, then=reverse("admin:dossier", args=(mark,)))
    matter, reason, _since = asked
    _record("audit.exported", matter, by=by, at=at, reason=reason)
    filters = [matter.number, languages.entry(_("reason"), reason)]
    above = exports.about(_("Supervision file"), by=by, at=at, filters=filters)
    rows = chain(above, rows_of(gather(matter, at=at)))
    return spreadsheets.download(rows, form=form, name=f"file-{timezone.localtime(at):%Y%m%d-%H%M%S}")


def rows_of(dossier: Dossier) -> list[list[str]]:
    """Return the tables one below the other, in the language of now: they are sent when the request is over."""
    tables = ([[], [table.title], table.heads, *table.rows] for table in dossier.tables if table.rows)
    return [[str(cell) for cell in row] for row in chain.from_iterable(tables)]


def _record(action: str, matter: DossierMatter, *, by: User, at: datetime, reason: str) -> None:
    asked = [matter.number]
    ledger.record(
        action, about=matter.about, person=matter.person, by=by, at=at, notes={"reason": reason}, asked=asked
    )


def _asked(mark: str, by: User) -> Asked | None:
    """Return what this user asked for within the day; None where nothing was, or it is gone."""
    kept = attempts.recall(mark, page=PAGE, by=by, at=timezone.now())
    matter = find(kept.data["number"][0]) if kept else None
    if kept is None or matter is None:
        return None
    return matter, kept.data["reason"][0], datetime.fromisoformat(kept.opened)


def _expired(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("A file stays open for a day: say again what it is about, and why."))
    return HttpResponseRedirect(reverse("admin:dossier_ask"))


ROUTES = (
    ("supervision-file/", ask, "dossier_ask"),
    ("supervision-file/<str:mark>/", never_cache(show), "dossier"),
    ("supervision-file/<str:mark>/export/", export, "dossier_export"),
)
