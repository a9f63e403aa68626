"""The paper about a control order: the notice of a standing one, the notice of release of one that ended."""

from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation

from cases.models import ControlOrder, RuleBook
from cases.models.cases import State
from cases.models.reading import reading
from cases.policy.rulebook import Policy
from cases.selectors.colours import colour_at
from cases.services.persons import reads
from healthcode.core.offices.scoped_admin import reader

READ = (
    "person__merged_into",
    "office",
    "officer__office",
    "relied_on",
    "opened_by__office",
    "ended_by__office",
)


def order_notice(orders: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show the paper about one order, in the language asked for: Chinese unless English is."""
    found = orders.get_object(request, object_id)
    if (
        not isinstance(found, ControlOrder)
        or found.person.erased_at
        or not (found.ended_at is None or found.released)
    ):
        raise Http404
    at, order = timezone.now(), ControlOrder.objects.select_related(*READ).get(pk=found.pk)
    reads.record(order.person, about=order, page="notice", by=reader(request), at=at)
    with reading():
        context = {**orders.admin_site.each_context(request), **_context(order, request)}
    return TemplateResponse(request, "cases/notice.html", context)


def _context(order: ControlOrder, request: HttpRequest) -> dict[str, Any]:
    at = order.ended_at or order.opened_at
    policy, now = RuleBook.objects.in_force(at).policy, timezone.now()
    asked, languages = request.GET.get("language"), [code for code, _words in settings.LANGUAGES]
    language = asked if asked in languages else languages[0]
    # What was voided or has ended since holds nobody any more, though the order goes on for another ground.
    standing = order.cases.filter(state=State.OPEN).order_by("opened_at", "pk")
    served = dict.fromkeys(standing.values_list("ground", flat=True))
    person = order.person.merged_into or order.person
    return {
        "title": order.person.name,
        "order": order,
        "person": person,
        "policy": policy,
        "words": _words(order, policy, language),
        "grounds": [policy.grounds[key] for key in served if key in policy.grounds],
        "following": order.followed_by.order_by("pk").first() if order.ended_at else None,
        "colour": colour_at(person, now),
        "now": now,
        "phone": _phone(order),
        "language": language,
        "other": next(one for one in languages if one != language),
    }


def _words(order: ControlOrder, policy: Policy, language: str) -> str:
    """Return the measure in the book's words; home in place of a site is an exception to it."""
    measure = policy.measures.get(order.kind)
    with translation.override(language):
        if measure is None or order.at_home:
            return order.measure
        return measure.words.text(language)


def _phone(order: ControlOrder) -> str:
    """Return where the person rings: the officer's telephone, else the office's."""
    own = order.officer.phone if order.officer else ""
    office = order.officer.office if order.officer else order.office
    return own or (office.phone if office else "")
