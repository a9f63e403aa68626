"""Where an order is served: chosen by whoever answers for it, where what opened it named no place."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, Person, RuleBook
from cases.services import area_index
from cases.services.control.standing import order_of
from cases.services.engine import places
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Office, User


class NoPlaceNamed(Refusal):
    code = "control.place.none_named"
    message = _("Choose a designated hospital or isolation site, or give the address: one of the two.")
    field = "site"


@transaction.atomic
def choose_place(
    person: Person,
    *,
    site: Office | None = None,
    address: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> ControlOrder:
    """Say where the standing order is served, as the rule book allows it for the measure (2.1a-2.1d)."""
    require(by, "order.place", at=at, person=person)
    address = address.strip()
    if bool(site) == bool(address):
        raise NoPlaceNamed()
    at = lock([person], at=at, seen=seen)
    order = order_of(person)
    if not (order.at_home and address):  # a stay at home by exception is at an address
        places.require_place(site, address, RuleBook.objects.in_force(at).policy.measures[order.kind])
    order.site, order.place = site, site.name if site else address
    order.at_home = order.at_home and site is None
    order.elsewhere = False  # what was agreed on is taken back: it is served here, until that is agreed anew
    order.save(update_fields=("site", "place", "at_home", "elsewhere"))
    area_index.follow_order(order)
    ledger.record("order.placed", about=order, by=by, at=at, site=site.code if site else None)
    return order
