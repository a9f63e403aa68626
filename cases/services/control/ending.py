"""The end of control, here or on a certificate from elsewhere, and what the rule book lets follow (2.1e, 3.3)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Case, ControlOrder, Fact, Person
from cases.models.cases import Channel, EvidenceKind
from cases.models.control import Ending, OrderKind
from cases.policy import days, exits
from cases.selectors import facts
from cases.services.control import elsewhere
from cases.services.control.extending import OpenEnd
from cases.services.control.standing import order_of
from cases.services.engine import orders
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.samples.reports import LaboratoryReport
from cases.services.samples.results import write
from healthcode.core.offices.models import User


class ConditionMissing(Refusal):
    """One condition of clause 3.3 is not met; the message is the rule book's own."""

    code = "control.end.condition_missing"


class CertificateMissing(Refusal):
    code = "control.end.certificate_missing"
    message = _(
        "Control served elsewhere ends on a release certificate: record it, and CDC confirms it first."
    )


def end(
    person: Person, *, sample: LaboratoryReport | None = None, by: User, at: datetime, seen: int | None = None
) -> ControlOrder:
    """End control as its responsible officer, entering the negative test with the act or before it (3.3)."""
    require(by, "order.end", at=at, person=person)
    with turning([person], by=by, at=at, act="order.ended", seen=seen) as turn:
        order = order_of(person)
        if order.officer_id != by.pk:
            raise NotAllowed()
        if sample is not None:
            write(person, sample, turn=turn)
        return _end(order, turn)


def release_elsewhere(person: Person, *, by: User, at: datetime, seen: int | None = None) -> ControlOrder:
    """End control that was served elsewhere, on the certificate that CDC confirmed and its test (3.3)."""
    require(by, "order.release_elsewhere", at=at, person=person)
    with turning([person], by=by, at=at, act="order.ended", seen=seen) as turn:
        order = elsewhere.order_elsewhere(person)
        certificate = elsewhere.confirmed_of(order)
        if certificate is None:
            raise CertificateMissing()
        rest = (Fact.CERTIFICATE.value, certificate.pk)
        return _end(order, turn, letter=certificate.number, rest=rest)


def _end(
    order: ControlOrder, turn: Turn, *, letter: str = "", rest: exits.Rest | None = None
) -> ControlOrder:
    """End the order and every case it serves, if clause 3.3 is met for each."""
    own = Case.objects.of(order.person).open()
    served = list(own.filter(served_by__order=order).select_related("person").order_by("pk"))
    relied_on: int | None = None
    if not served and (order.until is None or turn.at < order.until):
        raise ConditionMissing(_("Monitoring is not over yet."), field="until")
    facts_of = facts.facts_of_all(served, book=turn.book.policy, at=turn.at)
    basis: dict[int, tuple[exits.Rest, ...]] = {}
    for case in served:
        known = facts_of[case.pk]
        if not turn.book.policy.grounds[case.ground].ends_with_control:
            raise OpenEnd()
        missing = [one for one in exits.conditions(turn.book.policy, "CONTROL_ENDED", known) if not one.met]
        if missing:
            raise _refusal(missing[0])
        found = exits.basis(turn.book.policy, "CONTROL_ENDED", known)
        basis[case.pk] = (*found, rest) if rest else found
        sample = exits.relied_on(turn.book.policy, "CONTROL_ENDED", known)
        relied_on = sample.pk if sample else relied_on
    turn.end(*served, exit="CONTROL_ENDED", basis=basis)
    # One that was handed to another province has ended already, and keeps saying so.
    ending = Ending(order.ending) if order.ending else Ending.ENDED
    orders.close(order, ending, turn=turn, letter=letter, relied_on_id=relied_on)
    _open_what_follows(order, served, turn)
    orders.resume_monitoring(order.person, turn)
    return order


def _refusal(condition: exits.Condition) -> ConditionMissing:
    return ConditionMissing(condition.words, field=condition.field)


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
