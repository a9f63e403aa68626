"""Health logs: a temperature of each half-day under an order (2.1), one by one or a round at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import HealthLog, Person
from cases.policy import days
from cases.services.control.standing import order_of
from cases.services.engine import plausible
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from cases.services.engine.temperatures import require_possible
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


@dataclass(frozen=True)
class HealthReading:
    """What a half-day brought: a temperature in °C, or why there is none."""

    on: date
    half: str
    temperature: Decimal | None = None
    missed: str = ""
    symptoms: str = ""


class DayBeforeOrder(Refusal):
    code = "control.log.before_order"
    message = _("This day lies before the order began.")
    field = "on"


class AlreadyLogged(Refusal):
    code = "control.log.already_logged"
    message = _("This half-day is already in the log.")
    field = "half"


class NoReading(Refusal):
    code = "control.log.no_reading"
    message = _("Enter a temperature, or say why there is none; not both.")
    field = "temperature"


class RoundNotKept(Refusal):
    """Some readings of a round cannot be kept, so none was: `faults` has the refusal of each by its place."""

    code = "control.log.round_not_kept"
    message = _("Nothing was kept yet: correct the marked readings.")

    def __init__(self, faults: dict[int, Refusal]) -> None:
        super().__init__()
        self.faults = faults


@transaction.atomic
def log_health(
    person: Person, reading: HealthReading, *, by: User, at: datetime, seen: int | None = None
) -> HealthLog:
    """Keep the health log of a half-day. A fever here changes no colour: it is seen, and acted on."""
    require(by, "order.log_health", at=at, person=person)
    return _keep(person, reading, by=by, at=lock([person], at=at, seen=seen))


@transaction.atomic
def log_round(readings: Sequence[tuple[Person, HealthReading]], *, by: User, at: datetime) -> list[HealthLog]:
    """Keep the readings of many people, all or none.

    Raises RoundNotKept with every fault of every reading.
    """
    for person in {person.pk: person for person, _reading in readings}.values():
        require(by, "order.log_health", at=at, person=person)
    at = lock([person for person, _reading in readings], at=at) if readings else at
    logs, faults = [], {}
    for place, (person, reading) in enumerate(readings):
        try:
            logs.append(_keep(person, reading, by=by, at=at))
        except Refusal as refusal:
            faults[place] = refusal
    if faults:
        raise RoundNotKept(faults)
    return logs


def _keep(person: Person, reading: HealthReading, *, by: User, at: datetime) -> HealthLog:
    order = order_of(person)
    if (reading.temperature is None) == (not reading.missed):
        raise NoReading()
    if reading.temperature is not None:
        require_possible(reading.temperature)
    if reading.on > days.local_day(at):
        raise plausible.InFuture(field="on")
    if reading.on < order.day0:
        raise DayBeforeOrder()
    known = HealthLog.objects.filter(order=order, on=reading.on, half=reading.half)
    if known.filter(missed__in=("", reading.missed)).exists():
        raise AlreadyLogged()
    log = HealthLog.objects.create(
        order=order,
        on=reading.on,
        half=reading.half,
        temperature=reading.temperature,
        missed=reading.missed,
        symptoms=reading.symptoms,
        by=by,
        at=at,
    )
    ledger.record(
        "order.health_logged",
        about=order,
        person=person,
        by=by,
        at=at,
        also=[log],
        on=reading.on,
        half=reading.half,
    )
    return log
