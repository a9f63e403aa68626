"""The page of what looks wrong."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthcode.core.offices.refusals import Refusal
from healthcode.portal.signs import board
from healthcode.portal.supervision import page, record_reading, supervisor


def signs(request: HttpRequest) -> HttpResponse:
    """Show what looks wrong, or mark a row of it as seen."""
    by, at = supervisor(request), timezone.now()
    if request.method == "POST":
        try:
            sign, subject = request.POST.get("sign", ""), request.POST.get("subject", "")
            board.mark_seen(sign, subject, note=request.POST.get("note", ""), by=by, at=at)
            messages.success(request, _("Marked as seen."))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:signs"))
    record_reading(request, "audit.listed", "list:signs")
    cards = board.cards(at=at)
    calm = [card for card in cards if not card.fresh]
    context = {"title": _("What looks wrong"), "cards": cards, "calm": calm, "quiet": len(calm) == len(cards)}
    return page(request, "signs/board.html", context)


ROUTES = (("signs/", signs, "signs"),)
