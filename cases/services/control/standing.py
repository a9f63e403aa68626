"""The order a person stands under: what every act of this room asks for first."""

from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, Person
from cases.selectors import facts
from cases.services.engine.refusals import Refusal


class NoOrder(Refusal):
    code = "control.no_order"
    message = _("There is no standing control order.")


def order_of(person: Person) -> ControlOrder:
    """Return the standing order that governs the person; refuse where there is none."""
    order = facts.governing_order(person)
    if order is None:
        raise NoOrder()
    return order
