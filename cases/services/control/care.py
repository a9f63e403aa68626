"""What happens under an order: closed transport (clause 2.1f)."""

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, Person, RuleBook, Transport
from cases.policy import days, spellings
from cases.policy.rulebook import Policy
from cases.selectors.control import leaving_of
from cases.services.control.standing import order_of
from cases.services.engine import places, plausible
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.offices.models import Office, User

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE = re.compile(rf"[{PROVINCES}][A-Z][A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]")


class NotClosed(Refusal):
    code = "control.transport.vehicle_not_closed"
    message = _("A red person is moved only from point to point in a closed vehicle (clause 2.1f).")
    field = "sealed"


class ArrivedBeforeLeaving(Refusal):
    code = "control.transport.arrived_before_leaving"
    message = _("The arrival lies before the departure.")
    field = "arrived_at"


class UnknownVehicle(Refusal):
    code = "control.transport.unknown_vehicle"
    message = _("The rule book in force does not know this kind of vehicle (clause 2.1f).")
    field = "vehicle"


class WrongPlate(Refusal):
    code = "control.transport.wrong_plate"
    message = _("This is no number plate: for example 浙D12345.")
    field = "plate"


class NoWay(Refusal):
    code = "control.transport.same_place"
    message = _("A ride leads from one place to another.")
    field = "to_place"


class NoDestination(Refusal):
    code = "control.transport.no_destination"
    message = _("Say where to: a hospital or isolation site, or another place.")
    field = "to_place"


class LeftBeforeOrder(Refusal):
    code = "control.transport.left_before_order"
    message = _("The departure lies before the day the order counts from.")
    field = "left_at"


class ArrivedInFuture(Refusal):
    code = "control.transport.arrived_in_future"
    message = _("The arrival lies in the future: record the ride when it is over.")
    field = "arrived_at"


@transaction.atomic
def transport(
    person: Person,
    *,
    from_place: str,
    to_place: str = "",
    to_site: Office | None = None,
    vehicle: str,
    plate: str,
    escort: str,
    sealed: bool,
    left_at: datetime,
    arrived_at: datetime,
    handed_to: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Transport:
    """Record a closed ride from point to point, handed over by name at its end.

    A ride to a site where the order may be served makes that the order's place. Whoever's order lapsed because its
    opening fell is driven home the same way.
    """
    require(by, "order.transport", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = leaving_of(person) or order_of(person)
    book = RuleBook.objects.in_force(at).policy
    if not sealed:
        raise NotClosed()
    if vehicle not in book.vehicles:
        raise UnknownVehicle()
    plate = _plate(plate)
    if to_site is not None and to_site.kind not in places.PLACES:
        raise places.NotASite(field="to_site")
    to_place = to_site.name if to_site else to_place
    _require_way(from_place, to_place)
    plausible.require(left_at, of=person, field="left_at", at=at)
    _require_times(left_at, arrived_at, order=order, at=at)
    ride = Transport.objects.create(
        order=order, from_place=from_place, to_place=to_place, to_site=to_site, vehicle=vehicle, plate=plate,
        escort=escort, sealed=sealed, left_at=left_at, arrived_at=arrived_at, handed_to=handed_to, by=by, at=at,
    )  # fmt: skip
    _serve_at(ride, book)
    site = to_site.code if to_site else None
    ledger.record("order.transported", about=order, person=person, by=by, at=at, vehicle=vehicle, site=site)
    return ride


def _serve_at(ride: Transport, book: Policy) -> None:
    """Make the site that a ride ended at the place of its order, where the order may be served there."""
    order, site = ride.order, ride.to_site
    if site is None or not places.fits(site, book.measures[order.kind]):
        return
    if order.ended_at is None and not order.at_home and not order.elsewhere:
        order.site, order.place = site, ride.to_place
        order.save(update_fields=("site", "place"))


def _require_way(from_place: str, to_place: str) -> None:
    if not says(to_place):
        raise NoDestination()
    if spellings.normalise_reference(from_place) == spellings.normalise_reference(to_place):
        raise NoWay()


def _require_times(left_at: datetime, arrived_at: datetime, *, order: ControlOrder, at: datetime) -> None:
    if days.local_day(left_at) < order.day0:
        raise LeftBeforeOrder()
    if arrived_at <= left_at:
        raise ArrivedBeforeLeaving()
    if arrived_at > at:
        raise ArrivedInFuture()


def _plate(typed: str) -> str:
    plate = spellings.one_spelling(typed).upper()
    plate = re.sub(r"[\s·•・.-]", "", plate)
    if not PLATE.fullmatch(plate):
        raise WrongPlate()
    return plate
