"""Pages of supervision that are no list of rows: what looks wrong, the seals, and the sheet to hang up."""

from typing import Any

import segno
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from healthcode.core.audit import checkpoints, ledger, sealing, waiting
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.findings import instant
from healthcode.core.audit.models import Seal
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.scoped_admin import reader
from healthcode.portal import signs

RECENT = 20


def board(request: HttpRequest) -> HttpResponse:
    """Show what looks wrong, or mark a row of it as seen."""
    by, at = _supervisor(request), timezone.now()
    if request.method == "POST":
        try:
            signs.mark_seen(request.POST.get("sign", ""), request.POST.get("subject", ""), by=by, at=at)
            messages.success(request, _("Marked as seen."))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:signs"))
    ledger.record("audit.listed", by=by, at=at, target="list:signs")
    cards = signs.board(at=at)
    calm = [card for card in cards if not card.fresh]
    context = {"title": _("What looks wrong"), "cards": cards, "calm": calm, "quiet": len(calm) == len(cards)}
    return _page(request, "trails/signs.html", context)


def seals(request: HttpRequest) -> HttpResponse:
    """Show the last checkpoint, how it leaves the house, and the seals before it."""
    _supervisor(request)
    recent = list(Seal.objects.order_by("-size")[:RECENT])
    context = {
        "title": _("Seals and anchors"),
        "last": sealing.said(recent[0]) if recent else None,
        "recent": [(seal, instant(seal.at_us)) for seal in recent],
        "waiting": waiting.count(),
        "key": checkpoints.public_key(),
    }
    return _page(request, "trails/seals.html", context)


def checkpoint(request: HttpRequest) -> HttpResponse:
    """Hand out the last checkpoint as a file."""
    last = _last(request)
    headers = {"Content-Disposition": f'attachment; filename="checkpoint-{last.size}.txt"'}
    return HttpResponse(last.note, content_type="text/plain; charset=utf-8", headers=headers)


def sheet(request: HttpRequest) -> HttpResponse:
    """Show the last checkpoint as a sheet to print, hang up and keep, with its QR code."""
    last = _last(request)
    context = {
        "title": _("Anchor of the audit ledger"),
        "last": last,
        "at": instant(last.at_us),
        "code": qr(last.note),
        "key": checkpoints.public_key(),
    }
    return _page(request, "trails/sheet.html", context)


def qr(text: str) -> SafeString:
    """Return a text as a QR code: an SVG without style or script."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=3, omitsize=True, svgclass="qr", lineclass=None
    )
    return mark_safe(drawn)  # noqa: S308 - drawn by segno from numbers alone


def _last(request: HttpRequest) -> Checkpoint:
    by = _supervisor(request)
    last = sealing.latest()
    if last is None:
        raise Http404
    ledger.record("audit.exported", by=by, at=timezone.now(), target=f"seal:{last.size}")
    return last


def _supervisor(request: HttpRequest) -> User:
    user = reader(request)
    if not user.may("audit.read"):
        raise PermissionDenied
    return user


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
