"""The page on which a file of the hotline's letters is delivered: first as a dry run."""

import base64

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.admin import filling_in
from cases.feeds.findings import Findings, sentences
from complaints import feeds
from healthcode.core.acts import attempts
from healthcode.core.acts.interrupted import typed_data
from healthcode.core.acts.sentences import Asking
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.scoped_admin import reader

PAGE = "letters"  # under which a file that was tried is kept


class LettersForm(Asking, forms.Form):
    """A file of letters."""

    file = forms.FileField(
        label=_("letters (XLSX, XLS, ODS or CSV)"),
        help_text=_("One row is the heading, which names the columns; at most 2,000 rows."),
        required=False,
    )
    kept = forms.CharField(widget=forms.HiddenInput, required=False)

    def content(self, *, by: User) -> bytes:
        """Return the file: what was chosen now, else the one of the dry run."""
        chosen = self.cleaned_data["file"]
        if chosen is not None:
            return bytes(chosen.read(feeds.MAX_BYTES + 1))
        kept = attempts.recall(self.cleaned_data["kept"], page=PAGE, by=by, at=timezone.now())
        if kept is None:
            raise NoFile()
        return base64.b64decode(kept.data["file"][0])


class NoFile(Refusal):
    code = "letters.file.missing"
    message = _("Choose the file.")
    field = "file"


def _keep(content: bytes, *, by: User) -> str:
    """Keep a file that was tried, sealed, until it is delivered or a day old; return its mark."""
    typed = attempts.Typed(data={"file": [base64.b64encode(content).decode()]})
    return attempts.keep(typed, page=PAGE, by=by, at=timezone.now())


def deliver(request: HttpRequest) -> HttpResponse:
    """Show the form; rehearse a file, or deliver it."""
    by = _require(request)
    form = LettersForm(request.POST or None, request.FILES or None, label_suffix="")
    rehearse = "deliver" not in request.POST
    typed = typed_data(request)
    findings = Findings()
    rows, kept = None, typed.get("kept", "") if typed and request.method == "GET" else ""
    if request.method == "POST" and form.is_valid():
        try:
            content = form.content(by=by)
            rows = feeds.deliver(content, by=by, at=timezone.now(), rehearse=rehearse, findings=findings)
            kept = _keep(content, by=by) if rehearse else ""
        except Refusal as refusal:
            form.add_error("file", str(refusal))
    rows_taken = [row for row in rows or () if row.ticket]
    context = {
        **admin.site.each_context(request),
        "title": _("Deliver letters of the hotline"),
        "form": form,
        "rows": rows,
        "findings": sentences(findings.notes),
        "rehearsed": rehearse,
        "kept": kept,
        "good": len(rows_taken),
        "new": sum(row.is_new for row in rows_taken),
        "known": sum(not row.is_new for row in rows_taken),
        "returned": len(rows or ()) - len(rows_taken),
        "columns": feeds.COLUMNS,
        "needed": [heading for heading, name in feeds.COLUMNS.items() if name in feeds.REQUIRED],
    }
    return TemplateResponse(request, "desk/letters.html", context)


def columns(request: HttpRequest) -> HttpResponse:
    """Show what the columns of a file of letters take."""
    _require(request)
    title = _("Letters of the hotline")
    return filling_in.page(
        request, title=title, helps=feeds.helps(), template="admin:complaints_letters_template"
    )


def template(request: HttpRequest, form: str) -> HttpResponse:
    """Send a template for letters."""
    _require(request)
    return filling_in.send(form, feeds.helps(), name="letters")


def _require(request: HttpRequest) -> User:
    by = reader(request)
    if not by.may("ticket.deliver"):
        raise PermissionDenied
    return by
