"""Changes to a standing order: another officer, another province."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, Handover, Person, Reversal, RuleBook
from cases.models.control import Ending
from cases.services.control.standing import order_of
from cases.services.engine import officers, orders, references, reversing
from cases.services.engine.authority import require
from cases.services.engine.codes import lock, turning
from cases.services.engine.officers import NotAnOfficer
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core.offices.models import User


class SameOfficer(Refusal):
    code = "control.reassign.same_officer"
    message = _("This officer is already responsible.")
    field = "officer"


class NotHandedOver(Refusal):
    code = "control.transfer.none_to_take_back"
    message = _(
        "Nobody of this person's control was handed to another province, or control stands here again."
    )


@transaction.atomic
def hand_over(
    person: Person, *, officer: User, reason: str, by: User, at: datetime, seen: int | None = None
) -> Handover:
    """Make another officer responsible: by the officer, the control group, or the office's head."""
    require(by, "order.hand_over", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = order_of(person)
    if by.role == "community" and not (by.is_head and order.office_id in (None, by.office_id)):
        raise NotAllowed(_("In a community, its head reassigns the people it answers for."))
    book = RuleBook.objects.in_force(at).policy
    officers.require_able(officer, book.measures[order.kind])
    if by.role in ("officer", "community") and officer.office_id != by.office_id:
        raise NotAnOfficer(
            _("Hand over to a colleague of your own office; the control group assigns across offices.")
        )
    if order.officer_id == officer.pk:
        raise SameOfficer()
    return officers.reassign(order, officer, officer.office, reason=reason, by=by, at=at)


def transfer_out(
    person: Person, *, letter: str, destination: str, by: User, at: datetime, seen: int | None = None
) -> ControlOrder:
    """Hand a person to another province: the order ends on a letter, the cases stand and the code stays as it is."""
    require(by, "order.transfer_out", at=at, person=person)
    letter = references.given(letter, field="letter")
    with turning([person], by=by, at=at, act="order.transferred_out", seen=seen) as turn:
        order = order_of(person)
        orders.close(order, Ending.TRANSFERRED_OUT, turn=turn, letter=letter)
        notes = {"letter": letter, "destination": destination}
        turn.record("order.transferred_out", order, person=person, notes=notes)
    return order


@transaction.atomic
def propose_transfer_back(
    person: Person, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> Reversal:
    """Propose to take a hand-over to another province back: the person never left, or came back."""
    require(by, "order.propose_transfer_back", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    last = _handed_over(person)
    return reversing.propose(Reversal.Kind.TRANSFER_OUT, person, reason=reason, by=by, at=at, order=last)


def decide_transfer_back(
    reversal: Reversal,
    *,
    approve: bool,
    answer: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Take a hand-over back as another office, or send that back: control goes on here, with its days and officer."""
    person = reversal.person
    require(by, "order.decide_transfer_back", at=at, person=person)
    with turning([person], by=by, at=at, act="order.transfer_taken_back", seen=seen) as turn:
        if not reversing.decide(reversal, approve=approve, answer=answer, by=by, at=turn.at):
            return
        last = _handed_over(person)
        if last.pk != reversal.order_id:
            raise NotHandedOver()
        if needs := orders.needs_under(last):
            orders.arrange(person, turn=turn, new=needs, plan=orders.like(last, turn.book.policy))
        else:
            orders.resume_monitoring(person, turn, after=Ending.TRANSFERRED_OUT)
        order = order_of(person)
        turn.record("order.transfer_taken_back", order, person=person, also=[reversal])


def _handed_over(person: Person) -> ControlOrder:
    last = orders.handed_over(person)
    if last is None:
        raise NotHandedOver()
    return last
