"""Two pages: the form that waits for the next person, and the answer. Both work by keyboard, without a script."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases.models import GateCheck, Venue
from cases.operations.gate import CheckGate, GoOn
from cases.selectors import answers
from cases.services import gates
from healthcode.core import outages
from healthcode.core.acts.base import Operation, run
from healthcode.core.acts.interrupted import typed_data
from healthcode.core.offices.api import problems
from healthcode.core.offices.models import User
from healthcode.core.statements.compiled import Compiled
from healthcode.core.statements.fragments import Given

# What an answer is made of: whole persons and rule books have a hundred columns more.
READ = (
    *(
        field.name
        for field in GateCheck._meta.concrete_fields
        if field.name not in ("hash", "salt", "commitment")
    ),
    *(f"venue__{field.name}" for field in Venue._meta.concrete_fields),
    *("person__public_id", "person__name", "rule_book__sha256", "issuer__name", "issuer__name_en"),
)
RECENT = Compiled(
    lambda: (
        GateCheck.objects.since(Given("by"), Given("since"))
        .select_related("venue", "person", "rule_book", "issuer")
        .only(*READ)
        .filter(pk=Given("key"))
    )
)
ELSEWHERE = "elsewhere"  # in the URL: the form for a code that is looked at


def keeper_of(request: HttpRequest) -> User:
    """Return the gate keeper who asks; nobody else has business here."""
    user = request.user
    if not isinstance(user, User) or not user.may("gate.check"):
        raise PermissionDenied
    return user


def _explained_if_unrecorded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a keeper know what to do by hand where the database cannot record a check."""

    @wraps(view)
    def explained(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Error as error:
            if not outages.cannot_write(error):
                raise
            words = {"words": problems.TITLES["unrecorded"]}
            response = render(request, "gate/unrecorded.html", words, status=503)
            response.headers["Retry-After"] = str(outages.RETRY_AFTER)
            return response

    return explained


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@_explained_if_unrecorded
def check(request: HttpRequest) -> HttpResponse:
    """Ask for number and temperature; with both, check. A scanner's Enter after the number asks for the other."""
    by = keeper_of(request)
    form = CheckGate(typed_data(request), by=by, at=timezone.now())
    elsewhere = ELSEWHERE in request.GET
    if elsewhere:
        form.fields["issuer"].required = form.fields["colour"].required = True
    if request.method == "POST":
        asks_temperature = not elsewhere and not form.data.get("temperature", "").strip()
        form.fields["temperature"].required = not asks_temperature
        if form.is_valid() and not asks_temperature and run(form):
            assert form.made is not None
            return HttpResponseRedirect(reverse("gate:answer", args=(form.made.pk,)))
        venues = [] if form.cleaned_data.get("venue") else _venues(by)
        venue = form.cleaned_data.get("venue")
    else:
        venues = _venues(by)
        typed_at = next((one for one in venues if str(one.pk) == form.data.get("venue")), None)
        venue = typed_at or _chosen(request, venues)
    context = {"form": form, "venues": venues, "venue": venue, "elsewhere": elsewhere, "focus": _focus(form)}
    return _paced(render(request, "gate/check.html", context), form)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@_explained_if_unrecorded
def answer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the answer to its own keeper for some minutes, and go on with it where a mask or a reason helps."""
    by, at = keeper_of(request), timezone.now()
    made = RECENT.first(key=pk, by=by.pk, since=at - gates.AGAIN)
    if made is None:
        return HttpResponseRedirect(reverse("gate:check"))
    made.by = by
    form = GoOn(typed_data(request), by=by, at=at)
    form.earlier = made
    if request.method == "POST" and form.is_valid() and run(form):
        assert form.made is not None
        return HttpResponseRedirect(reverse("gate:answer", args=(form.made.pk,)))
    answer = answers.answer_to(made, gates.verdict(made))
    context = {"answer": answer, "form": form, "venue": made.venue, "longest": gates.LONGEST_NUMBER}
    return _paced(render(request, "gate/answer.html", context), form)


def _paced(response: HttpResponse, form: Operation) -> HttpResponse:
    """Say to the browser too when a door that was too fast can go on."""
    if form.refused is not None and form.refused.retry_after is not None:
        response.status_code = 429
        response.headers["Retry-After"] = str(form.refused.retry_after)
    return response


def _venues(by: User) -> list[Venue]:
    return list(Venue.objects.guarded_by(by).order_by("pk"))


def _chosen(request: HttpRequest, venues: list[Venue]) -> Venue | None:
    """Return the venue that the URL names, or the only one."""
    named = [venue for venue in venues if str(venue.pk) == request.GET.get("venue")]
    return named[0] if named else venues[0] if len(venues) == 1 else None


def _focus(form: CheckGate) -> str:
    """Name the field that waits: the temperature once the number is good."""
    return (
        "temperature"
        if form.is_bound and form.data.get("number") and "number" not in form.errors
        else "number"
    )
