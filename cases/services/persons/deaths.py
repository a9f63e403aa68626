"""A death: the code is deactivated, and nothing of the person stays open."""

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Case, Fact, Person
from cases.models.cases import State
from cases.models.control import ControlOrder, Ending
from cases.policy import days
from cases.services.engine import orders
from cases.services.engine.authority import require
from cases.services.engine.codes import turning
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class DiedInFuture(Refusal):
    code = "persons.death.in_future"
    message = _("The day of death lies in the future.")
    field = "on"


class DiedBeforeBirth(Refusal):
    code = "persons.death.before_birth"
    message = _("The day of death lies before the person's birth.")
    field = "on"


class AlreadyDead(Refusal):
    code = "persons.death.already_recorded"
    message = _("The death has already been recorded.")


def record(
    person: Person, *, on: date, certificate: str, by: User, at: datetime, seen: int | None = None
) -> None:
    """Record a death: every case and order is closed, the code is deactivated."""
    require(by, "person.record_death", at=at, person=person)
    if on > days.local_day(at):
        raise DiedInFuture()
    if person.birth_date and on < person.birth_date:
        raise DiedBeforeBirth()
    with turning([person], by=by, at=at, act="person.died", seen=seen) as turn:
        if Person.objects.filter(pk=person.root_id, deceased_on__isnull=False).exists():
            raise AlreadyDead()
        for order in ControlOrder.objects.of(person).standing():
            orders.close(order, Ending.CLOSED_DEATH, turn=turn, letter=certificate)
        standing = Case.objects.of(person).open().select_related("person")
        turn.end(*standing, exit="DEATH", basis=[(Fact.DEATH.value, person.root_id)], reason=certificate)
        waiting = Case.objects.of(person).filter(state__in=(State.REPORTED, State.HELD))
        turn.refuse(*waiting.select_related("person"), reason=certificate)
        person.group.update(deceased_on=on)
        records = person.group.order_by("pk")
        ledger.record("person.died", about=person, by=by, at=turn.at, on=on, also=records)
