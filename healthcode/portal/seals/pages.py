"""The pages of the seals: the last checkpoint, as a page, a file, and a sheet to hang up."""

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from healthcode.core.audit import checkpoints, sealing, unsealed
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Seal
from healthcode.portal.supervision import page, record_reading, supervisor

RECENT = 20


def seals(request: HttpRequest) -> HttpResponse:
    """Show the last checkpoint, how it leaves the house, and the seals before it."""
    supervisor(request)
    recent = list(Seal.objects.order_by("-size")[:RECENT])
    context = {
        "title": _("Seals and anchors"),
        "last": sealing.checkpoint_of(recent[0]) if recent else None,
        "recent": [(seal, instant(seal.at_us)) for seal in recent],
        "waiting": unsealed.count(),
        "key": checkpoints.public_key(),
    }
    return page(request, "seals/seals.html", context)


def checkpoint(request: HttpRequest) -> HttpResponse:
    """Send the last checkpoint as a file."""
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
    return page(request, "seals/sheet.html", context)


def qr(text: str) -> SafeString:
    """Return a text as a QR code: an SVG without style or script."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=3, omitsize=True, svgclass="qr", lineclass=None
    )
    return mark_safe(drawn)  # noqa: S308 - drawn by segno from numbers alone


def _last(request: HttpRequest) -> Checkpoint:
    supervisor(request)
    last = sealing.latest()
    if last is None:
        raise Http404
    record_reading(request, "audit.exported", f"seal:{last.size}")
    return last


ROUTES = (
    ("seals/", seals, "seals"),
    ("seals/checkpoint.txt", checkpoint, "checkpoint"),
    ("seals/sheet/", sheet, "sheet"),
)
