"""Who answers for an order: whoever can end it, of an office that is where the person is (2.1, 3.3)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, Handover, Person
from cases.policy.rulebook import Measure
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Office, User


class NotAnOfficer(Refusal):
    code = "control.officer.not_eligible"
    message = _(
        "Responsible for control can be an active control officer, or a hospital clerk for inpatients."
    )
    field = "officer"


def can_answer(officer: User, measure: Measure) -> bool:
    """Tell whether somebody can be responsible: who can end it, or of inpatients a clerk of the hospital."""
    inpatient = officer.role == "hospital" and measure.places == ("HOSPITAL",)
    return officer.is_active and (officer.may("order.end") or inpatient)


def require_able(officer: User, measure: Measure) -> None:
    """Refuse an officer who could never end such an order."""
    if not can_answer(officer, measure):
        raise NotAnOfficer()


def carried(last: ControlOrder | None, measure: Measure, person: Person, *, home: bool) -> User | None:
    """Return the officer who goes on from an order before; where they cannot, whoever they took the person from."""
    officer = next((one for one in _backwards(last) if can_answer(one, measure)), None)
    if officer is not None and home and not officer.office.covers(person.present_id):
        return None  # at home one is answered for by those who are there: after a move nobody is carried
    return officer


def _backwards(order: ControlOrder | None) -> Iterator[User]:
    """Yield who was responsible, the last one first, as long as it was somebody."""
    while order is not None and order.officer is not None:
        yield order.officer
        for handover in order.handovers.select_related("from_officer__office").order_by("-pk"):
            if handover.from_officer is None:
                return
            yield handover.from_officer
        order = order.follows


def reassign(
    order: ControlOrder, officer: User | None, office: Office | None, *, reason: str, by: User, at: datetime
) -> Handover:
    """Make another officer responsible, or for now an office alone, and write down from whom to whom."""
    handover = Handover.objects.create(
        order=order, from_officer=order.officer, to_officer=officer, by=by, at=at, reason=reason
    )
    order.officer, order.office = officer, office
    order.save(update_fields=("officer", "office"))
    ledger.record(
        "order.handed_over",
        about=order,
        by=by,
        at=at,
        to=officer.username if officer else None,
        office=office.code if office else None,
        notes={"reason": reason},
    )
    return handover
