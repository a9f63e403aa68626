"""The page on which a file of the hotline's letters is delivered: first as a dry run."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import feeds
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.scoped_admin import reader


class LettersForm(forms.Form):
    """A file of letters."""

    file = forms.FileField(
        label=_("letters (CSV)"),
        help_text=_("UTF-8 or GB18030, the first row names the columns, at most 2,000 rows."),
    )


def deliver(request: HttpRequest) -> HttpResponse:
    """Show the form; rehearse a file, or deliver it."""
    by = reader(request)
    if not by.may("ticket.deliver"):
        raise PermissionDenied
    form = LettersForm(request.POST or None, request.FILES or None, label_suffix="")
    rehearse = "deliver" not in request.POST
    rows = None
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read(feeds.MAX_BYTES + 1)
        try:
            rows = feeds.deliver(content, by=by, at=timezone.now(), rehearse=rehearse)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
    context = {
        **admin.site.each_context(request),
        "title": _("Deliver letters of the hotline"),
        "form": form,
        "rows": rows,
        "rehearsed": rehearse,
        "good": sum(1 for row in rows or () if row.ticket),
        "columns": feeds.COLUMNS,
        "needed": [heading for heading, name in feeds.COLUMNS.items() if name in feeds.REQUIRED],
    }
    return TemplateResponse(request, "desk/letters.html", context)
