"""A link that opens once, and the page it opens. Both work without a script, by keyboard and in either language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import Person
from cases.models.reading import reading
from cases.models.transitions import StoredColour
from cases.selectors.outside import outside
from cases.selectors.passes import unopened
from cases.selectors.phones import EVERY, Phone, phone_of
from cases.services import passes
from cases.services.engine.refusals import Refusal
from healthcode.core import qr_codes
from healthcode.core.vault.embedded import has_demo

COOKIE = "__Host-pass" if settings.PRODUCTION else "pass"


def _phone(request: HttpRequest) -> Phone | None:
    """Return what this browser shows; None where it has nothing to show, or nothing that counts."""
    session = request.COOKIES.get(COOKIE, "")
    return phone_of(session, timezone.now()) if session else None


@never_cache
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask before the link is used up: previews of links and scanners for viruses open it as well."""
    at = timezone.now()
    if request.method == "GET":
        found = unopened(secret, at)
        return render(request, "citizen/link.html", {"opens": found}, status=200 if found else 410)
    try:
        session = passes.use_up(secret, at=at)
    except Refusal:  # over, or the record was merged meanwhile
        return render(request, "citizen/link.html", status=410)
    response = HttpResponseRedirect(reverse("citizen:page"))
    response.set_cookie(
        COOKIE,
        session,
        max_age=settings.PASS_PHONE_HOURS * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the code, why it has its colour, and what ends it; to whoever has no session, where to begin."""
    phone = _phone(request)
    if phone is None:
        return render(request, "citizen/none.html", status=401)
    passes, person = phone.passes, Person.objects.select_related("present").get(pk=phone.person)
    with reading():
        context = {
            "person": person,
            "phone": phone,
            "label": StoredColour(phone.colour).label,
            "code": qr_codes.drawn(passes[0]) if passes else "",
            # The one shortcut of the demo, which has no camera: what a door would scan, to be copied.
            "digits": passes[0] if passes and not settings.PRODUCTION and has_demo(settings.VAR_DIR) else "",
            "every": int(EVERY.total_seconds()),
            "outside": outside(person, phone.at),
        }
    return render(request, "citizen/page.html", context)


@never_cache
@require_GET
def now(request: HttpRequest) -> HttpResponse:
    """Return the passes of now and the next minutes, and the colour: what an open page asks for each minute."""
    phone = _phone(request)
    if phone is None:
        return JsonResponse({}, status=401)
    return JsonResponse({"colour": phone.colour.value, "codes": phone.passes})


@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End that this phone shows the code."""
    session = request.COOKIES.get(COOKIE, "")
    if session:
        passes.leave(session, at=timezone.now())
    response = HttpResponseRedirect(reverse("citizen:page"))
    response.delete_cookie(COOKIE, samesite="Lax")
    return response
