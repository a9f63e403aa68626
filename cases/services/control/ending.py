"""Acts on control orders: end, hand over, extend, release from elsewhere, out of the province, home stay."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ControlOrder, Handover, HomeStay, OrderCase, Person
from cases.models.cases import Channel, EvidenceKind
from cases.models.control import Ending, OrderKind
from cases.models.proposals import Decision
from cases.policy import days, exits
from cases.selectors import facts
from cases.services.engine import orders, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, lock, turning
from cases.services.engine.orders import NotAnOfficer, Plan
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.samples.results import Sample, write
from healthcode.core.audit import ledger
from healthcode.core.offices import languages
from healthcode.core.offices.models import User


class NoOrder(Refusal):
    code = "control.no_order"
    message = _("There is no standing control order.")


class ConditionMissing(Refusal):
    """One condition of clause 3.3 is not met; the message is the rule book's own."""

    code = "control.end.condition_missing"


class CertificateMissing(Refusal):
    code = "control.end.certificate_missing"
    message = _("Control served elsewhere ends on a release certificate: give its number.")
    field = "certificate"


class SameOfficer(Refusal):
    code = "control.reassign.same_officer"
    message = _("This officer is already responsible.")
    field = "officer"


class NotLater(Refusal):
    code = "control.extend.not_later"
    message = _("An extension ends later than the order does now.")
    field = "until_day"


class OpenEnd(Refusal):
    code = "control.extend.open_end"
    message = _("This measure has an open end: it ends with the hospital's discharge record.")


class AlreadyProposed(Refusal):
    code = "control.home.already_proposed"
    message = _("A stay at home is already waiting for its second person.")


class ServedHere(Refusal):
    code = "control.end.served_here"
    message = _("This control is served here: its responsible officer ends it (clause 3.3).")


class NotCentral(Refusal):
    code = "control.home.not_central"
    message = _(
        "Only centralised isolation can be replaced by a stay at home, as an exception (clause 2.1d)."
    )


def end(
    person: Person, *, sample: Sample | None = None, by: User, at: datetime, seen: int | None = None
) -> ControlOrder:
    """End control as its responsible officer, entering the negative test with the act or before it (3.3)."""
    require(by, "order.end", at=at, person=person)
    with turning([person], by=by, at=at, act="order.ended", seen=seen) as turn:
        order = _standing(person)
        if order.officer_id != by.pk:
            raise NotAllowed()
        if sample is not None:
            write(person, sample, turn=turn)
        return _end(order, turn)


def release_elsewhere(
    person: Person,
    *,
    certificate: str,
    sample: Sample | None = None,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> ControlOrder:
    """End control that was served elsewhere, on a verified release certificate and its test (3.3)."""
    require(by, "order.release_elsewhere", at=at, person=person)
    if not certificate.strip():
        raise CertificateMissing()
    with turning([person], by=by, at=at, act="order.ended", seen=seen) as turn:
        order = facts.order_behind(person)
        if order is None:
            raise NoOrder()
        if not order.elsewhere and order.ending != Ending.TRANSFERRED_OUT:
            raise ServedHere()
        if sample is not None:
            write(person, sample, turn=turn)
        return _end(order, turn, letter=certificate)


@transaction.atomic
def serve_elsewhere(
    person: Person, *, place: str, letter: str, by: User, at: datetime, seen: int | None = None
) -> ControlOrder:
    """Let a standing order be served at a place elsewhere in the province; its days go on."""
    require(by, "order.change", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = _standing(person)
    order.elsewhere, order.place, order.letter = True, place, letter
    order.save(update_fields=("elsewhere", "place", "letter"))
    _record(order, "order.changed", by, at, letter)
    return order


@transaction.atomic
def hand_over(
    person: Person, *, officer: User, reason: str, by: User, at: datetime, seen: int | None = None
) -> Handover:
    """Make another officer responsible: by the officer, the control group, or the office's head."""
    require(by, "order.hand_over", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = _standing(person)
    if by.role == "community" and not (by.is_head and order.office_id in (None, by.office_id)):
        raise NotAllowed(_("In a community, its head reassigns the people it answers for."))
    if not officer.is_active or officer.role not in ("officer", "hospital"):
        raise NotAnOfficer()
    if by.role in ("officer", "community") and officer.office_id != by.office_id:
        raise NotAnOfficer(
            _("Hand over to a colleague of your own office; the control group assigns across offices.")
        )
    if order.officer_id == officer.pk:
        raise SameOfficer()
    handover = Handover.objects.create(
        order=order, from_officer=order.officer, to_officer=officer, by=by, at=at, reason=reason
    )
    order.officer, order.office = officer, officer.office
    order.save(update_fields=("officer", "office"))
    _record(order, "order.handed_over", by, at, reason, to=officer.username)
    return handover


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
    at = lock([person], at=at, seen=seen)
    order = _standing(person)
    until = days.midnight(until_day)
    if order.until is None:
        raise OpenEnd()
    if until <= order.until:
        raise NotLater()
    order.until = until
    order.save(update_fields=("until",))
    OrderCase.objects.filter(order=order).update(until=until)
    _record(order, "order.changed", by, at, reason, document=document, until=until)
    return order


def transfer_out(
    person: Person, *, letter: str, destination: str, by: User, at: datetime, seen: int | None = None
) -> ControlOrder:
    """Hand a person to another province: the order ends on a letter, the cases stand and the code stays red."""
    require(by, "order.transfer_out", at=at, person=person)
    with turning([person], by=by, at=at, act="order.transferred_out", seen=seen) as turn:
        order = _standing(person)
        orders.close(order, Ending.TRANSFERRED_OUT, turn=turn, letter=letter)
        notes = {"letter": letter, "destination": destination}
        turn.record("order.transferred_out", order, person=person, notes=notes)
    return order


@transaction.atomic
def propose_home(
    person: Person, *, address: str, reason: str, by: User, at: datetime, seen: int | None = None
) -> HomeStay:
    """Propose home instead of centralised isolation: “in principle” in 2.1d leaves room for a recorded exception."""
    require(by, "order.propose_home", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = _standing(person)
    if not order.centralised:
        raise NotCentral()
    if HomeStay.objects.pending().filter(order=order).exists():
        raise AlreadyProposed()
    stay = HomeStay.objects.create(
        order=order, address=address, reason=reason, proposed_by=by, proposed_at=at
    )
    _record(order, "order.home_proposed", by, at, reason)
    return stay


@transaction.atomic
def decide_home(
    stay: HomeStay, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> None:
    """Approve or send back a home stay; the order keeps its days and its officer."""
    order = stay.order
    require(by, "order.decide_home", at=at, person=order.person)
    at = lock([order.person], at=at, seen=seen)
    if not ControlOrder.objects.standing().filter(pk=order.pk).exists():
        raise NoOrder()
    second_person.decide(stay, approve=approve, by=by, at=at, answer=answer)
    if stay.decision == Decision.APPROVED:
        ControlOrder.objects.filter(pk=order.pk).update(at_home=True, place=stay.address)
        _record(order, "order.home_approved", by, at, answer)
    else:
        _record(order, "order.home_refused", by, at, answer)


def _end(order: ControlOrder, turn: Turn, *, letter: str = "") -> ControlOrder:
    """End the order and every case it serves, if clause 3.3 is met for each."""
    own = Case.objects.of(order.person).open()
    served = list(own.filter(served_by__order=order).select_related("person").order_by("pk"))
    relied_on: int | None = None
    if not served and (order.until is None or turn.at < order.until):
        raise ConditionMissing(_("Monitoring is not over yet."), field="until")
    facts_of = facts.facts_of_all(served, book=turn.book.policy, at=turn.at)
    for case in served:
        known = facts_of[case.pk]
        if not turn.book.policy.grounds[case.ground].ends_with_control:
            raise OpenEnd()
        missing = [one for one in exits.conditions(turn.book.policy, "CONTROL_ENDED", known) if not one.met]
        if missing:
            raise _refusal(missing[0])
        sample = exits.relied_on(turn.book.policy, "CONTROL_ENDED", known)
        relied_on = sample.pk if sample else relied_on
    turn.end(*served, exit="CONTROL_ENDED")
    # One that was handed to another province has ended already, and keeps saying so.
    ending = Ending(order.ending) if order.ending else Ending.ENDED
    orders.close(order, ending, turn=turn, letter=letter, relied_on_id=relied_on)
    _open_what_follows(order, served, turn)
    return order


def _refusal(condition: exits.Condition) -> ConditionMissing:
    return ConditionMissing(condition.words.text(languages.current()), field=condition.field)


def _open_what_follows(order: ControlOrder, served: list[Case], turn: Turn) -> None:
    """Open what the rule book lets follow isolation: an order (2.1e), or a ground."""
    person = Person.objects.get(pk=order.person.root_id)
    follows = {key: case for case in served for key in turn.book.policy.grounds[case.ground].follows}
    for key, case in follows.items():
        if key in turn.book.policy.measures:
            orders.issue_monitoring(person, key, after=order, turn=turn)
        else:
            _open_follow_on(key, case, order, turn)


def _open_follow_on(ground: str, case: Case, order: ControlOrder, turn: Turn) -> None:
    assert order.until is not None  # an order with an open end does not end by time
    plan = Plan(kind=OrderKind.HOME_OBSERVATION.value, officer=order.officer, office=order.office)
    follow = follow_on(case, ground, after=order, turn=turn)
    need = orders.need_of(follow, plan, book=turn.book.policy, at=turn.at)
    if need is not None and need.until is not None and need.until > turn.at:
        turn.open(follow)
        orders.arrange(follow.person, turn=turn, new={follow: need}, plan=plan)


def follow_on(case: Case, ground: str, *, after: ControlOrder, turn: Turn) -> Case:
    """Return the case that the rule book lets follow an ended one; it is not opened yet."""
    assert after.until is not None
    return Case(
        person=case.person,
        ground=ground,
        channel=Channel.ENGINE.value,
        source_office=case.source_office,
        entered_by=turn.by,
        entered_at=turn.at,
        evidence_kind=EvidenceKind.RULE_BOOK.value,
        evidence_ref=f"{turn.book.document_number} · {case.pk}",
        began_on=days.local_day(after.until) - days.ONE_DAY,
        follows=case,
    )


def _standing(person: Person) -> ControlOrder:
    order = facts.governing_order(person)
    if order is None:
        raise NoOrder()
    return order


def _record(
    order: ControlOrder,
    action: str,
    by: User,
    at: datetime,
    reason: str,
    *,
    document: str = "",
    **body: Any,
) -> None:
    ledger.record(
        action,
        by=by,
        at=at,
        about=order,
        notes={"reason": reason, "document": document},
        **body,
    )
