"""What happens under an order: health logs and closed transport (clauses 2.1, 2.1f)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import HealthLog, Person, Transport
from cases.policy import days
from cases.services.control.standing import order_of
from cases.services.engine import plausible
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from cases.services.engine.temperatures import require_possible
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class DayBeforeOrder(Refusal):
    code = "control.log.before_order"
    message = _("This day lies before the order began.")
    field = "on"


class AlreadyLogged(Refusal):
    code = "control.log.already_logged"
    message = _("This half-day is already in the log.")
    field = "half"


class NotClosed(Refusal):
    code = "control.transport.vehicle_not_closed"
    message = _("A red person is moved only from point to point in a closed vehicle (clause 2.1f).")
    field = "sealed"


class ArrivedBeforeLeaving(Refusal):
    code = "control.transport.arrived_before_leaving"
    message = _("The arrival lies before the departure.")
    field = "arrived_at"


class LeftBeforeOrder(Refusal):
    code = "control.transport.left_before_order"
    message = _("The departure lies before the day the order counts from.")
    field = "left_at"


class ArrivedInFuture(Refusal):
    code = "control.transport.arrived_in_future"
    message = _("The arrival lies in the future: record the ride when it is over.")
    field = "arrived_at"


@transaction.atomic
def log_health(
    person: Person,
    *,
    on: date,
    half: str,
    temperature: Decimal,
    symptoms: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> HealthLog:
    """Keep the health log of a half-day. A fever here changes no colour: it is seen, and acted on."""
    require(by, "order.log_health", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = order_of(person)
    require_possible(temperature)
    if on > days.local_day(at):
        raise plausible.InFuture(field="on")
    if on < order.day0:
        raise DayBeforeOrder()
    if HealthLog.objects.filter(order=order, on=on, half=half).exists():
        raise AlreadyLogged()
    log = HealthLog.objects.create(
        order=order, on=on, half=half, temperature=temperature, symptoms=symptoms, by=by, at=at
    )
    ledger.record(
        "order.health_logged",
        about=order,
        person=person,
        by=by,
        at=at,
        on=on,
        half=half,
    )
    return log


@transaction.atomic
def transport(
    person: Person,
    *,
    from_place: str,
    to_place: str,
    vehicle: str,
    escort: str,
    sealed: bool,
    left_at: datetime,
    arrived_at: datetime,
    handed_to: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Transport:
    """Record a closed ride from point to point, handed over by name at its end."""
    require(by, "order.transport", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = order_of(person)
    if not sealed:
        raise NotClosed()
    plausible.require(left_at, of=person, field="left_at", at=at)
    if days.local_day(left_at) < order.day0:
        raise LeftBeforeOrder()
    if arrived_at <= left_at:
        raise ArrivedBeforeLeaving()
    if arrived_at > at:
        raise ArrivedInFuture()
    ride = Transport.objects.create(
        order=order,
        from_place=from_place,
        to_place=to_place,
        vehicle=vehicle,
        escort=escort,
        sealed=sealed,
        left_at=left_at,
        arrived_at=arrived_at,
        handed_to=handed_to,
        by=by,
        at=at,
    )
    ledger.record("order.transported", about=order, person=person, by=by, at=at)
    return ride
