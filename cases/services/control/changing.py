"""Changes to a standing order: another officer, a later end, another place, another province."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, Handover, OrderCase, Person, RuleBook
from cases.models.cases import State
from cases.models.control import Ending
from cases.policy import days
from cases.services.control.standing import order_of
from cases.services.engine import officers, orders, references
from cases.services.engine.authority import require
from cases.services.engine.codes import lock, turning
from cases.services.engine.officers import NotAnOfficer
from cases.services.engine.orders import Need
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class OpenEnd(Refusal):
    code = "control.extend.open_end"
    message = _("This measure has an open end: it ends with the hospital's discharge record.")


class SameOfficer(Refusal):
    code = "control.reassign.same_officer"
    message = _("This officer is already responsible.")
    field = "officer"


class NotLater(Refusal):
    code = "control.extend.not_later"
    message = _("An extension ends later than the order does now.")
    field = "until_day"


class TooLong(Refusal):
    code = "control.extend.too_long"
    message = _(
        "An extension adds at most the longest time of this measure in the rule book, %(days)s days: extend again then."
    )
    field = "until_day"


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


@transaction.atomic
def extend(
    person: Person,
    *,
    until_day: date,
    document: str,
    reason: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> ControlOrder:
    """Extend an order; the first free day is `until_day`, and the document says why."""
    require(by, "order.change", at=at, person=person)
    document = references.given(document, field="document")
    at = lock([person], at=at, seen=seen)
    order = order_of(person)
    until = days.midnight(until_day)
    if order.until is None:
        raise OpenEnd()
    if until <= order.until:
        raise NotLater()
    measures = RuleBook.objects.in_force(at).policy.measures
    longest = measures[order.kind].days or max(one.days for one in measures.values() if one.days)
    if until > days.following(order.until, longest):
        raise TooLong(days=longest)
    order.until = until
    order.save(update_fields=("until",))
    OrderCase.objects.filter(order=order).update(until=until)
    ledger.record(
        "order.changed",
        about=order,
        by=by,
        at=at,
        until=until,
        notes={"reason": reason, "document": document},
    )
    return order


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


def take_transfer_back(
    person: Person, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> ControlOrder:
    """Take a hand-over to another province back: control goes on here, with its days and its officer.

    One office may, for the cases stood all along and nobody was answerable here.
    """
    require(by, "order.transfer_out", at=at, person=person)
    with turning([person], by=by, at=at, act="order.transfer_taken_back", seen=seen) as turn:
        last = ControlOrder.objects.of(person).order_by("-opened_at", "-pk").first()
        if last is None or last.ending != Ending.TRANSFERRED_OUT:
            raise NotHandedOver()
        served = last.served.filter(case__state=State.OPEN).select_related("case__person")
        needs = {row.case: Need(row.kind, row.until, last.day0) for row in served}
        if needs:
            orders.arrange(person, turn=turn, new=needs, plan=orders.like(last, turn.book.policy))
        else:
            orders.resume_monitoring(person, turn, after=Ending.TRANSFERRED_OUT)
        order = order_of(person)
        turn.record("order.transfer_taken_back", order, person=person, notes={"reason": reason})
    return order
