"""What pages say of the work they belong to."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse

from cases.models import Person
from complaints.models import Ticket
from healthcode.core.acts.through import place_of, with_place
from healthcode.portal import through

register = template.Library()
TICKETS = 10  # of a person, the newest


@register.simple_tag(takes_context=True)
def through_strip(context: Any) -> through.Strip | None:
    """Return where the page stands in a list that is worked through."""
    request = context.get("request")
    return through.strip_of(request) if request is not None else None


@register.simple_tag(takes_context=True)
def stay(context: Any, address: str) -> str:
    """Return an address at which one stays in the list that is worked through, if one is."""
    request = context.get("request")
    return with_place(address, place_of(request)) if request is not None else address


@register.simple_tag(takes_context=True)
def dossier_address(context: Any, number: object) -> str:
    """Return where the file of a matter is asked for; "" for whoever opens none."""
    user = context["request"].user
    return f"{reverse('admin:dossier_ask')}?number={number}" if user.may("audit.read") else ""


@register.simple_tag(takes_context=True)
def may(context: Any, act: str) -> bool:
    """Tell whether the reader's role has an act."""
    return bool(context["request"].user.may(act))


@register.simple_tag(takes_context=True)
def tickets_of(context: Any, person: Person) -> Iterable[Ticket]:
    """Return a person's newest tickets that the reader may read."""
    user = context["request"].user
    if not user.may("ticket.view"):
        return ()
    return Ticket.objects.visible_to(user).filter(person__among=person.group).order_by("-pk")[:TICKETS]
