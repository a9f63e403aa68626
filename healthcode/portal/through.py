"""Working through a list: one row after the other, each on the form of its act, until the list is at its end.

Never over second decisions: whoever decides what somebody else proposed reads it first, and is not hurried on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin, messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cases.models import Person
from cases.operations import PERSON_OPERATIONS, open_to
from cases.selectors.worklists import KINDS, ListKind, person_of
from cases.services.persons import reads
from complaints.models import Ticket
from complaints.operations import TICKET_OPERATIONS
from complaints.selectors.worklists import KINDS as DESK
from healthcode.core.acts import attempts
from healthcode.core.acts.attempts import Typed
from healthcode.core.acts.through import SETTLED, ListPlace, place_of, with_place
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader
from healthcode.portal.waiting import ALL

SHOWN = 20  # of those left for later, at the end


@dataclass(frozen=True)
class Strip:
    """What every page says of the list that is worked through."""

    label: str | Promise
    number: int
    total: int
    skip: str
    stop: str


def begin(request: HttpRequest, key: str) -> HttpResponse:
    """Keep which rows wait now, in their order, and open the first."""
    user, at = reader(request), timezone.now()
    kind = _kind(key, user)
    keys = list(kind.find(user, at).order_by(kind.since, "pk").values_list("pk", flat=True)[:ALL])
    if not keys:
        messages.info(request, _("Nothing waits for you now."))
        return HttpResponseRedirect(reverse("admin:work", args=(key,)))
    mark = attempts.keep(Typed(found=keys), page=_page(key), by=user, at=at)
    return HttpResponseRedirect(ListPlace(key, mark, 0).url)


def go_on(request: HttpRequest, key: str, mark: str, number: int) -> HttpResponse:
    """Lead to the first row from a place on that still waits; after the last, show what is left."""
    user, at = reader(request), timezone.now()
    kind, keys = _kind(key, user), _kept(key, mark, user, at)
    if not keys:  # a day old: begun anew
        return HttpResponseRedirect(reverse("admin:work", args=(key,)))
    waiting = {row.pk: row for row in kind.find(user, at).filter(pk__in=keys)}
    if SETTLED in request.GET:
        here = waiting.get(keys[number]) if number < len(keys) else None
        # What has no form of its own may take several acts: its page stays until the row is settled.
        if here is not None and not _form(kind, here, user, at) and (page := _own_page(here, user, at)):
            return HttpResponseRedirect(with_place(page, ListPlace(key, mark, number)))
        number += 1
    for place in range(number, len(keys)):
        row = waiting.get(keys[place])
        leads_to = row and (_form(kind, row, user, at) or _own_page(row, user, at))
        if leads_to:
            _say_left_out(request, sum(one not in waiting for one in keys[number:place]))
            return HttpResponseRedirect(with_place(leads_to, ListPlace(key, mark, place)))
    _say_left_out(request, sum(one not in waiting for one in keys[number:]))
    return _end(request, kind, keys, [waiting[one] for one in keys if one in waiting])


def strip_of(request: HttpRequest) -> Strip | None:
    """Return what a page says of the list it is reached from; None outside one."""
    place = place_of(request)
    if place is None or not isinstance(request.user, User):
        return None
    kind = next((one for one in (*KINDS, *DESK) if one.key == place.key), None)
    keys = _kept(place.key, place.mark, request.user, timezone.now())
    if kind is None or place.number >= len(keys):
        return None
    stop = reverse("admin:work", args=(place.key,))
    return Strip(kind.label, place.number + 1, len(keys), place.next_url, stop)


def _kind(key: str, user: User) -> ListKind:
    found = next((one for one in (*KINDS, *DESK) if one.key == key), None)
    if found is None or not found.works_through(user):
        raise Http404
    return found


def _page(key: str) -> str:
    return f"through:{key}"


def _kept(key: str, mark: str, user: User, at: datetime) -> Sequence[int]:
    kept = attempts.recall(mark, page=_page(key), by=user, at=at)
    return kept.found if kept else ()


def _form(kind: ListKind, row: Model, user: User, at: datetime) -> str:
    """Return the address of the form that this row waits for; "" where the user has none, or has to choose."""
    ticket = _ticket_of(row)
    if ticket is not None:
        offered = [
            one for one in TICKET_OPERATIONS if one.name in kind.steps and one.offered(ticket, by=user, at=at)
        ]
        return reverse("admin:complaints_ticket_do", args=(ticket.pk, offered[0].name)) if offered else ""
    person = person_of(row)
    if person is None:
        return ""
    mine = [one for one in PERSON_OPERATIONS if one.name in kind.steps]
    for operation in sorted(mine, key=lambda one: kind.steps.index(one.name)):
        if open_to((operation,), person, by=user, at=at) and operation.ready(person, by=user, at=at):
            return reverse("admin:cases_person_do", args=(person.pk, operation.name))
    return ""


def _own_page(row: Model, user: User, at: datetime) -> str:
    """Return the page of what a row is about, where the user may open it."""
    ticket = _ticket_of(row)
    if ticket is not None:
        return reverse("admin:complaints_ticket_change", args=(ticket.pk,))
    person = person_of(row)
    if person is None or not reads.may_view(user, person, at=at):
        return ""
    return reverse("admin:cases_person_change", args=(person.pk,))


def _ticket_of(row: Model) -> Ticket | None:
    return row if isinstance(row, Ticket) else getattr(row, "ticket", None)


def _say_left_out(request: HttpRequest, number: int) -> None:
    if number:
        words = ngettext(
            "%(n)s was settled meanwhile, and is left out.",
            "%(n)s were settled meanwhile, and are left out.",
            number,
        )
        messages.info(request, words % {"n": number})


def _end(request: HttpRequest, kind: ListKind, keys: Sequence[int], left: Sequence[Model]) -> HttpResponse:
    user, at = reader(request), timezone.now()
    names = [_name(row, user, at) for row in left[:SHOWN]]
    context = {
        **admin.site.each_context(request),
        "title": kind.label,
        "kind": kind,
        "total": len(keys),
        "settled": len(keys) - len(left),
        "left": [one for one in names if one[0]],
        "later": len(left),
        "more": max(0, len(left) - SHOWN),
    }
    return TemplateResponse(request, "portal/through_end.html", context)


def _name(row: Model, user: User, at: datetime) -> tuple[str, str]:
    ticket = _ticket_of(row)
    person: Person | None = person_of(row)
    return (ticket.number if ticket else person.name if person else "", _own_page(row, user, at))


ROUTES = (
    ("work/<slug:key>/through/", require_POST(begin), "through_begin"),
    ("work/<slug:key>/through/<slug:mark>/<int:number>/", never_cache(go_on), "through"),
)
