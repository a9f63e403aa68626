"""A citizen's phone for the demo: real links, made by the same service, for people in each situation.

Only where the demo is, and only from the machine itself: whoever opens it holds everybody's phone.
"""

from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases.models import Case, Person
from cases.policy.colours import Colour
from cases.selectors.explanation import Explanation, explain
from cases.services import passes
from healthcode.core.offices.models import User
from healthcode.core.offices.staff import Role
from healthcode.core.vault.embedded import has_demo

SITUATIONS: dict[
    tuple[Colour, bool], str | Promise
] = {  # by colour, and whether the officer's act is all that is missing
    (Colour.GREEN, False): _("green: no ground stands"),
    (Colour.RED, True): _("red: all is met, only the officer's act is missing"),
    (Colour.RED, False): _("red: something is missing still"),
    (Colour.YELLOW, False): _("yellow: something is missing still"),
}
LOCAL = ("127.0.0.1", "::1")


def is_there(request: HttpRequest) -> bool:
    """Tell whether this is the demo, asked from its own machine."""
    is_demo = not settings.PRODUCTION and has_demo(settings.VAR_DIR)
    return is_demo and request.META.get("REMOTE_ADDR") in LOCAL


@never_cache
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """List people by situation; a button opens the phone of one of them in a tab of its own."""
    if not is_there(request):
        raise Http404
    at = timezone.now()
    if request.method == "GET":
        return render(request, "citizen/demo.html", {"people": list(_situations())})
    key = request.POST.get("person", "")
    person = Person.objects.filter(pk=int(key)).first() if key.isdecimal() else None
    if person is None:
        raise Http404
    _made, secret = passes.hand_off(person, by=User.objects.get(username="citizen"), at=at)
    return HttpResponseRedirect(reverse("citizen:link", args=(secret,)))


def _situations() -> Iterator[tuple[str | Promise, Person]]:
    """Yield one person for each situation that the demo has now."""
    at, wanted = timezone.now(), dict(SITUATIONS)
    living = Person.objects.filter(deceased_on=None, erased_at=None, merged_into=None).order_by("pk")
    coded = Case.objects.open().values("person")
    for person in (*living.exclude(pk__in=coded)[:1], *living.filter(pk__in=coded)):
        words = wanted.pop(_situation(explain(person, at=at)), None)
        if words is not None:
            yield words, person
        if not wanted:
            break
    for child in living.exclude(guardian=None)[:1]:
        yield _("a child, whose guardian shows the code"), child


def _situation(seen: Explanation) -> tuple[Colour, bool]:
    """Return the colour, and whether the officer's act is all that is missing."""
    officers = seen.order is not None and seen.order.officer is not None
    ways = [way for one in seen.standing for way in one.ways if Role.OFFICER in way.exit.roles]
    return seen.colour, officers and any(not way.missing for way in ways)
