"""The pages of the seals: the ledger verified, the last checkpoint as a page, a file, and a sheet to hang up."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from healthcode.core import qr_codes
from healthcode.core.acts.sentences import Asking
from healthcode.core.audit import checkpoints, sealing, unsealed
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Seal
from healthcode.core.offices.refusals import Refusal
from healthcode.portal.models import LedgerCheck
from healthcode.portal.seals import checking
from healthcode.portal.seals.next_steps import next_steps
from healthcode.portal.supervision import page, record_reading, supervisor

RECENT = 20
LARGEST_ANCHOR = 1_000_000  # bytes: a mailbox of checkpoints


class AnchorForm(Asking, forms.Form):
    """A checkpoint that was kept outside the house."""

    anchor = forms.FileField(
        label=gettext_lazy("An anchor kept outside"),
        help_text=gettext_lazy(
            "A file or mail with a checkpoint. Without one the ledger is verified by its own seals."
        ),
        required=False,
    )

    def clean_anchor(self) -> str:
        """Return the text of the file."""
        file = self.cleaned_data["anchor"]
        return file.read(LARGEST_ANCHOR).decode("utf-8", "replace").replace("\r\n", "\n") if file else ""


def seals(request: HttpRequest) -> HttpResponse:
    """Show the last checkpoint, how it leaves the house, and the seals before it."""
    supervisor(request)
    return _seals(request, AnchorForm(label_suffix=""))


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Have the ledger verified, against a checkpoint kept outside where one is chosen."""
    by = supervisor(request)
    form = AnchorForm(request.POST, request.FILES, label_suffix="")
    if form.is_valid():
        try:
            checking.ask(form.cleaned_data["anchor"], by=by, at=timezone.now())
        except Refusal as refusal:
            form.add_error(refusal.field or None, ValidationError(str(refusal), code=refusal.code))
        else:
            return HttpResponseRedirect(reverse("admin:seals"))
    return _seals(request, form)


def _seals(request: HttpRequest, form: AnchorForm) -> HttpResponse:
    recent = list(Seal.objects.order_by("-size")[:RECENT])
    check = LedgerCheck.objects.select_related("asked_by").order_by("-pk").first()
    waiting, last = unsealed.count(), recent[0] if recent else None
    context = {
        "title": _("Seals and anchors"),
        "steps": next_steps(check, last, waiting, at=timezone.now()),
        "form": form,
        "check": check,
        "died": check and not check.done_at and timezone.now() - check.asked_at > checking.ENDS_WITHIN,
        "last": sealing.checkpoint_of(last) if last else None,
        "recent": [(seal, instant(seal.at_us)) for seal in recent],
        "waiting": waiting,
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
        "code": qr_codes.drawn(last.note),
        "key": checkpoints.public_key(),
    }
    return page(request, "seals/sheet.html", context)


def _last(request: HttpRequest) -> Checkpoint:
    supervisor(request)
    last = sealing.latest()
    if last is None:
        raise Http404
    record_reading(request, "audit.exported", f"seal:{last.size}")
    return last


ROUTES = (
    ("seals/", seals, "seals"),
    ("seals/verify/", verify, "verify"),
    ("seals/checkpoint.txt", checkpoint, "checkpoint"),
    ("seals/sheet/", sheet, "sheet"),
)
