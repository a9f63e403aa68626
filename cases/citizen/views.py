"""A link that opens once, and the page it opens. Both work without a script, by keyboard and in either language."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import Pass, Person, RuleBook
from cases.models.reading import reading
from cases.models.transitions import StoredColour
from cases.operations.declarations import Declare
from cases.selectors.answers import nearest
from cases.selectors.outside import outside
from cases.selectors.passes import digest, of_session, unopened, wards_of
from cases.selectors.phones import EVERY, Phone, phone_of
from cases.services import passes
from cases.services.engine.refusals import Refusal
from healthcode.core import qr_codes
from healthcode.core.acts.base import run
from healthcode.core.offices.addresses import client_address
from healthcode.core.offices.api.pace import Pace
from healthcode.core.offices.staff import OfficeKind
from healthcode.core.vault.embedded import has_demo

PACE = Pace()
LOOKS_PER_MINUTE = 6  # of one phone, which asks once a minute
LINKS_PER_MINUTE = 30  # of one address, that open nothing
COOKIE = "__Host-pass" if settings.PRODUCTION else "pass"


def sessions_of(request: HttpRequest) -> list[str]:
    """Return the sessions that this browser has: of its owner, and of the wards whose codes it shows."""
    return [one for one in request.COOKIES.get(COOKIE, "").split(".") if one]


def _who(request: HttpRequest) -> int:
    """Return the place of the one whose page is asked for."""
    asked = request.GET.get("who", "0")
    return int(asked) if asked.isdecimal() and len(asked) < 3 else 0


def _session(request: HttpRequest) -> str:
    """Return the session of whose page is asked for; nothing where this browser has none."""
    return next(iter(sessions_of(request)[_who(request) :]), "")


def _phone(request: HttpRequest) -> Phone | None:
    """Return what this browser shows; None where it has nothing to show, or nothing that counts."""
    session = _session(request)
    return phone_of(session, timezone.now()) if session else None


def _page_of(who: int) -> str:
    return f"{reverse('citizen:page')}?who={who}" if who else reverse("citizen:page")


def _keep(response: HttpResponse, sessions: list[str]) -> HttpResponse:
    """Let this browser keep what it shows, and nothing readable by a script."""
    response.set_cookie(
        COOKIE,
        ".".join(sessions),
        max_age=settings.PASS_PHONE_HOURS * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def with_phone(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view have the pass that this browser shows; to whoever shows none, say where to begin."""

    @wraps(view)
    def shows(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        session = _session(request)
        phone = of_session(session, timezone.now()) if session else None
        if phone is None:
            return render(request, "citizen/none.html", status=401)
        return view(request, phone, *args, **kwargs)

    return never_cache(shows)


def _too_often(caller: str, limit: int) -> HttpResponse | None:
    """Slow down whoever asks more often than that within a minute; nobody is locked out."""
    seconds = PACE.waits(caller, limit)
    if not seconds:
        return None
    return HttpResponse(status=429, headers={"Retry-After": str(seconds)})


@never_cache
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask before the link is used up: previews of links and scanners for viruses open it as well."""
    at = timezone.now()
    found = unopened(secret, at)
    # A telephone network has one address for thousands: only what opens nothing is counted.
    if found is None and (slower := _too_often(f"link {client_address(request)}", LINKS_PER_MINUTE)):
        return slower
    if request.method == "GET":
        return render(request, "citizen/link.html", {"opens": found}, status=200 if found else 410)
    try:
        session = passes.use_up(secret, at=at)
    except Refusal:  # over, or the record was merged meanwhile
        return render(request, "citizen/link.html", status=410)
    return _keep(HttpResponseRedirect(reverse("citizen:page")), [session])


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
            "filed": "filed" in request.GET,
            "who": _who(request),
            "family": _family(request),
        }
    return render(request, "citizen/page.html", context)


@dataclass(frozen=True)
class _Member:
    """Somebody whose code this browser shows, or can show: a ward without a place is opened first."""

    person: Person
    number: int | None  # among the wards
    place: int | None  # among the sessions


def _family(request: HttpRequest) -> list[_Member]:
    """Return the owner of the phone and their wards; nobody where there are no wards."""
    at, sessions = timezone.now(), sessions_of(request)
    opened = [of_session(one, at) for one in sessions]
    if not opened or opened[0] is None:
        return []
    owner = opened[0].person.merged_into or opened[0].person
    places = {(one.person.merged_into or one.person).pk: place for place, one in enumerate(opened) if one}
    wards = [_Member(one, number, places.get(one.pk)) for number, one in enumerate(wards_of(owner))]
    return [_Member(owner, None, 0), *wards] if wards else []


@with_phone
@require_POST
def ward(request: HttpRequest, phone: Pass) -> HttpResponse:
    """Show a ward's code on the guardian's phone, beside the guardian's own."""
    owner, *others = sessions_of(request)
    asked, wards = request.POST.get("ward", ""), list(wards_of(phone.person))
    try:
        if asked not in map(str, range(len(wards))):
            raise passes.NotAWard()
        opened = passes.open_ward(owner, wards[int(asked)], at=timezone.now())
    except Refusal:
        return HttpResponseRedirect(reverse("citizen:page"))
    kept = [owner, *(one for one in others if of_session(one, timezone.now())), opened]
    return _keep(HttpResponseRedirect(_page_of(len(kept) - 1)), kept)


@never_cache
@require_GET
def now(request: HttpRequest) -> HttpResponse:
    """Return the passes of now and the next minutes, and the colour: what an open page asks for each minute."""
    if slower := _too_often(f"phone {digest(_session(request))}", LOOKS_PER_MINUTE):
        return slower
    phone = _phone(request)
    if phone is None:
        return JsonResponse({}, status=401)
    return JsonResponse({"colour": phone.colour.value, "codes": phone.passes})


@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End that this phone shows the code."""
    for session in sessions_of(request):
        passes.leave(session, at=timezone.now())
    response = HttpResponseRedirect(reverse("citizen:page"))
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


@with_phone
@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, phone: Pass) -> HttpResponse:
    """Let somebody fill in the health-code form themselves (3.2a, 3.4a). What it would come to is never rehearsed."""
    at, person = timezone.now(), phone.person.merged_into or phone.person
    typed = request.POST if request.method == "POST" else None
    filled = Declare(typed, subject=person, by=phone.issued_by, at=at)
    filled.phone = phone
    if request.method == "POST" and _is_whole(filled) and run(filled):
        return HttpResponseRedirect(f"{reverse('citizen:page')}?who={_who(request)}&filed=1")
    context = {
        "who": _who(request),
        "person": person,
        "form": filled,
        "fever": RuleBook.objects.in_force(at).policy.fever,
        "clinics": nearest(OfficeKind.FEVER_CLINIC, person.present_id),
    }
    return render(request, "citizen/form.html", context)


def _is_whole(filled: Declare) -> bool:
    """Ask for yes or no: what nobody ticked is no answer where nobody asks it aloud."""
    if filled.is_valid() and "fever" not in filled.data:
        filled.add_error("fever", _("Say whether there is a fever: yes or no."))
    return filled.is_valid()


@with_phone
@require_POST
def paper(request: HttpRequest, phone: Pass) -> HttpResponse:
    """Print a pass from the phone itself, for whoever it is about."""
    try:
        printed = passes.print_own(_session(request), at=timezone.now())
    except Refusal:
        return HttpResponseRedirect(_page_of(_who(request)))
    person = printed.person
    context = {
        "who": _who(request),
        "person": person,
        "printed": printed,
        "code": qr_codes.drawn(printed.digits),
        "office": next(iter(nearest(OfficeKind.SERVICE_POINT, person.present_id)), printed.issued_by.office),
    }
    return render(request, "citizen/paper.html", context)
