"""What to write in the columns of a file: the words they take, divisions to search for, and templates to download."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from cases.feeds import templates
from cases.feeds.formats import Format
from cases.feeds.kinds import FORMATS
from cases.models.batches import Kind
from cases.policy.spellings import one_spelling
from healthcode.core import spreadsheets
from healthcode.core.offices import places
from healthcode.core.offices.models import Division
from healthcode.core.offices.scoped_admin import reader

FOUND = 50  # divisions of one search
DIGITS = 12  # of a statistical code


def columns(request: HttpRequest, kind: str) -> HttpResponse:
    """Show what the columns of a kind take, and search divisions by name or code."""
    known = _format(request, kind)
    return page(
        request,
        title=Kind(kind).label,
        helps=known.helps,
        template="admin:cases_batch_template",
        args=(kind,),
    )


def template(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Send a template of a kind."""
    return send(form, _format(request, kind).helps, name=kind.lower())


def page(
    request: HttpRequest,
    *,
    title: object,
    helps: list[templates.Help],
    template: str,
    args: Sequence[str] = (),
) -> HttpResponse:
    """Show what columns take, for a file of whichever room."""
    asked = one_spelling(request.GET.get("q", ""))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("%(kind)s: what the columns take") % {"kind": title},
        "helps": helps,
        "template": template,
        "kind": args[0] if args else "",
        "asked": asked,
        "divisions": divisions(asked) if asked else (),
    }
    return TemplateResponse(request, "lists/columns.html", context)


def send(form: str, helps: list[templates.Help], *, name: str) -> HttpResponse:
    """Send a template as a file."""
    if form not in spreadsheets.TYPES:
        raise Http404
    response = HttpResponse(templates.make(form, helps), content_type=spreadsheets.TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="template-{name}.{form}"'
    return response


def divisions(asked: str) -> list[tuple[Division, str]]:
    """Return the divisions whose name has these letters or whose code begins so, each with its statistical code."""
    code = places.code_of(asked)
    named = Q(name__contains=asked) | Q(name_en__icontains=asked)
    found = Division.objects.filter(Q(code__startswith=code) if code else named)
    return [(one, one.code.ljust(DIGITS, "0")) for one in found.order_by("code")[:FOUND]]


def _format(request: HttpRequest, kind: str) -> Format:
    by, known = reader(request), FORMATS.get(kind)
    if known is None or not (by.may(known.act) or by.may("batch.bring")):
        raise Http404
    return known
