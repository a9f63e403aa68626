"""Forms that were sent and reached nobody: the session was over, the page too old, or another account had logged in.

What was typed is kept as an attempt of whoever the page was made for, and stands in the form again at its next opening.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthcode.core.acts import attempts
from healthcode.core.acts.attempts import DONE, FORM, RESULT, Typed
from healthcode.core.acts.visits import CONFIRM, MARK, NEXT, PATH, is_key
from healthcode.core.offices.api.problems import API
from healthcode.core.offices.models import User

ACTION = "do_"  # begins the name of a list's action that is an act
FIELD = "typed_by"  # in every form: for whom its page was made
SCRIPT = "X-Fragment"  # the header of what a script asks for: nobody sent that
ENDED, TOO_OLD, OTHER_ACCOUNT = "ended", "too_old", "other_account"
CONTROLS = frozenset({FIELD, NEXT, CONFIRM, "csrfmiddlewaretoken", "opened"})
SECRET = re.compile(r"code|.*(password|secret|token|passkey).*")  # the name of a field that is never kept
# What lets somebody in is never kept, and is not asked whose page it was.
ENTRY = (
    *("login", "logout", "set_language", "password_change", "second_factor", "second_factor_add", "passkeys"),
    "prove",
)
LONGEST_TITLE, LONGEST_ADDRESS = 100, 500
SALT = "healthcode.typed_by"


@dataclass(frozen=True)
class FormOrigin:
    """For whom a form was made, under which title, and on which page it stood."""

    user: int
    title: str
    page: str


def origin_mark(request: HttpRequest, title: str) -> str:
    """Return the signed mark that a form carries; "" where nobody is logged in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return ""
    page = request.get_full_path()
    page = page if len(page) <= LONGEST_ADDRESS else request.path[:LONGEST_ADDRESS]
    return signing.dumps([user.pk, title[:LONGEST_TITLE], page], salt=SALT)


def origin_of(request: HttpRequest) -> FormOrigin | None:
    """Return what the mark of a posted form says; None without one, or where it is too old or not ours."""
    try:
        return FormOrigin(*signing.loads(request.POST.get(FIELD, ""), salt=SALT, max_age=attempts.KEPT))
    except signing.BadSignature:
        return None


def interrupted(request: HttpRequest) -> Typed | None:
    """Return what this user typed on this page and could not send, where the address names it."""
    mark = request.GET.get(MARK, "")
    if request.method != "GET" or not mark or not isinstance(request.user, User):
        return None
    kept = attempts.recall(mark, page=request.path[:PATH], by=request.user, at=timezone.now())
    return kept if kept is not None and kept.interrupted else None


def typed_data(request: HttpRequest) -> QueryDict | None:
    """Return what a form begins with: what is posted, or what could not be sent before; None where it is empty.

    Only a POST may be acted on.
    """
    if request.method == "POST":
        return request.POST
    kept = interrupted(request)
    if kept is None:
        return None
    data = QueryDict(mutable=True)
    for name, values in kept.data.items():
        data.setlist(name, values)
    return data


def own_address(address: str, *, by: User) -> str:
    """Return an address to go on at after a log-in; home where it names what another account typed."""
    marks = parse_qs(urlsplit(address).query).get(MARK)
    if marks and not attempts.is_of(marks[0], by=by):
        return reverse("admin:index")
    return address


def address_of(typed: Typed, mark: str) -> str:
    """Return the address of the form in which it stands."""
    return _with_mark(typed.address, mark)


class InterruptedFormsMiddleware:
    """Keep what was typed into a form that no page was asked to take, and lead back to it.

    Stands around what ends sessions and asks for log-ins, and after the check of the form's token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or request.path.startswith(API):
            return response
        if getattr(request, "is_served", False):
            if MARK in request.GET and response.status_code == 302 and isinstance(request.user, User):
                attempts.sent(request.GET[MARK], by=request.user)
            return response
        origin = origin_of(request)
        if origin is None or _lets_in(request) or SCRIPT in request.headers:
            return response
        typist = User.objects.filter(pk=origin.user, is_active=True).first()
        return response if typist is None else _keep(request, response, origin, typist)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if request.method != "POST" or request.path.startswith(API):
            return None
        origin = origin_of(request)
        # A page that one account opened does nothing in the name of another.
        if origin is not None and origin.user != request.user.pk and not _lets_in(request):
            return HttpResponse(status=409)
        request.is_served = True  # type: ignore[attr-defined]
        if FIELD in request.POST:
            posted = request.POST.copy()
            del posted[FIELD]
            posted._mutable = False
            request.POST = posted  # type: ignore[assignment]
        return None


def _lets_in(request: HttpRequest) -> bool:
    return request.path in [reverse(f"admin:{name}") for name in ENTRY]


def _keep(request: HttpRequest, response: HttpResponse, origin: FormOrigin, typist: User) -> HttpResponse:
    """Keep a form for its typist, and lead on: to the form, or first to what lets somebody in."""
    is_own, nobody = request.user.pk == typist.pk, not request.user.is_authenticated
    why = (
        ENDED if nobody or (is_own and response.status_code == 302) else TOO_OLD if is_own else OTHER_ACCOUNT
    )
    address = _address(request, origin, why, typist)
    if why == OTHER_ACCOUNT:
        return render(request, "acts/other_account.html", {"is_kept": bool(address)}, status=409)
    if not address:
        messages.warning(request, _("Nothing was done: the page was open too long. Do the last step again."))
        address = origin.page
    elif nobody:
        messages.info(request, _("What you typed is kept: log in again with the same account."))
    if why == TOO_OLD:
        return HttpResponseRedirect(address)
    # An unfinished log-in is led to what it lacks; nobody to the first page of it.
    page = urlsplit(response.headers.get("Location", "")).path if is_own else reverse(settings.LOGIN_URL)
    return HttpResponseRedirect(f"{page}?{urlencode({'next': address})}")


def _address(request: HttpRequest, origin: FormOrigin, why: str, typist: User) -> str:
    """Keep what was typed; return the address of the form it stands in, "" where nothing was."""
    page, at = request.path[:PATH], timezone.now()
    before = attempts.recall(request.GET.get(MARK, ""), page=page, by=typist, at=at)
    data = {name: list(values) for name, values in request.POST.lists() if _is_kept(name)}
    seen = data.pop("seen")[0] if len(data.get("seen", ())) == 1 and is_key(data["seen"][0]) else ""
    files = [file.name or "" for name in request.FILES for file in request.FILES.getlist(name)]
    address = request.get_full_path()
    if ACTION_CHECKBOX_NAME in data and not {NEXT, CONFIRM} & set(request.POST):  # ticked in a list
        address = page = _page_of_choice(request)
        data = {ACTION_CHECKBOX_NAME: [key for key in data[ACTION_CHECKBOX_NAME] if is_key(key)]}
    if not page or not (data or files or before):
        return ""
    mark = request.GET.get(MARK, "")
    if before is None or before.step not in (DONE, RESULT):
        typed = Typed(data=data, step=FORM) if data or before is None else before
        typed.interrupted, typed.files, typed.title = why, files, origin.title
        typed.seen = int(seen) if seen else typed.seen
        typed.opened = request.POST.get("opened", "")
        typed.address = address[:LONGEST_ADDRESS]
        mark = attempts.keep_interrupted(typed, page=page, by=typist, at=at, mark=mark)
    return _with_mark(address, mark)


def _page_of_choice(request: HttpRequest) -> str:
    """Return the form of the act that was chosen for the rows of a list, "" where none was."""
    action, path = request.POST.get("action", ""), request.path
    name = resolve(path).url_name or ""
    if not action.startswith(ACTION) or not name.endswith("_changelist"):
        return ""
    act = action.removeprefix(ACTION).replace("_", "-")
    try:
        return reverse(f"admin:{name.removesuffix('_changelist')}_do_many", args=(act,))
    except NoReverseMatch:  # a list without acts on several rows, or a name that is none
        return ""


def _with_mark(address: str, mark: str) -> str:
    """Return an address that names an attempt, this one in the place of another."""
    parts = urlsplit(address)
    query = QueryDict(parts.query, mutable=True)
    query[MARK] = mark
    return f"{parts.path}?{query.urlencode()}"


def _is_kept(name: str) -> bool:
    return name not in CONTROLS and not SECRET.fullmatch(name.lower())
