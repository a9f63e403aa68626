"""Cases come in: reported and entered, entered by the office itself, or held for a second person (section 3)."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Fact, Person, RuleBook
from cases.models.cases import Channel, State
from cases.policy import days
from cases.policy.exits import Rest
from cases.policy.rulebook import Ground, Policy
from cases.services.engine import (
    admission,
    counting,
    evidence,
    falling,
    holds,
    index_cases,
    orders,
    second_person,
)
from cases.services.engine.admission import AlreadyStanding
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, lock, turning
from cases.services.engine.holds import Together
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NoCode, Refusal
from cases.services.grounds import claims, freed_contacts
from cases.services.grounds.claims import Claim
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Office, User


class NoGroup(Refusal):
    code = "cases.report.no_group"
    message = _("There is no key-persons control group of your level to report to.")


class NotStanding(Refusal):
    code = "cases.not_standing"
    message = _("This case does not stand (any more).")
    field = "case"


class ReportNotWaiting(Refusal):
    code = "cases.report.not_waiting"
    message = _("This case is not waiting any more.")


class ReportAddressedElsewhere(Refusal):
    code = "cases.report.addressed_elsewhere"
    message = _("This report is addressed to another control group (clause 3.1a: the same level).")


@transaction.atomic
def report(
    person: Person,
    claim: Claim,
    *,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Case:
    """Report a clinical ground to the control group of the same level (3.1a). It does not count yet."""
    require(by, "case.report", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    book = RuleBook.objects.in_force(at).policy
    ground = claims.check(person, claim, Channel.REPORTED, book=book, by=by, at=at)
    group = require_group(by)
    case = _case(person, claim, ground, Channel.REPORTED, by, at)
    admission.require(case, claim.plan, book=book, at=at)
    case.state, case.addressed_to = State.REPORTED.value, group
    _save(case)
    _record("case.reported", case, by=by, at=at, to=group.code, batch=case.batch_id)
    return case


def require_group(by: User) -> Office:
    """Return the control group of the reporter's level (3.1a). Raises NoGroup."""
    group = Office.objects.filter(kind="GROUP", division=by.office.division).first()
    if group is None:
        raise NoGroup()
    return group


@falling.begun_anew
def enter(case: Case, *, plan: Plan | None = None, by: User, at: datetime, seen: int | None = None) -> Case:
    """Enter a report: it counts at once (3.1a). Only the group it is addressed to can.

    One that was voided before waits for a second person, and answers no positive meanwhile.
    """
    _require_addressee(case, by, at)
    answered = _as_answer(case)
    persons = [case.person, *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="case.opened", seen=seen) as turn:
        case = _waiting(case, State.REPORTED)
        admission.require(case, plan or Plan(), book=turn.book.policy, at=turn.at)
        _open_or_wait(case, plan or Plan(), turn)
        if case.state == State.HELD:
            falling.answer(answered, turn=turn)
    return case


@falling.begun_anew
def send_back(case: Case, *, reason: str, by: User, at: datetime) -> Case:
    """Send a report back to CDC with the reason: it never counted, but may have answered a positive until now.

    Contacts that were entered on it go free.
    """
    _require_addressee(case, by, at)
    answered = _as_answer(case)
    persons = [case.person, *index_cases.reached(case), *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="case.refused") as turn:
        case = _waiting(case, State.REPORTED)
        second_person.require_reason(reason)
        _refuse(case, reason, turn)
    return case


def open_case(
    person: Person, claim: Claim, *, channel: Channel, by: User, at: datetime, seen: int | None = None
) -> Case:
    """Enter a ground that the office may enter itself (3.1b, 3.2b, 1.1f); a discretionary one is held (1.1g, 1.2c)."""
    require(by, "case.open", at=at, person=person)
    with _turning(person, channel, by=by, at=at, seen=seen) as turn:
        return _bring_in(person, claim, channel, turn)


def send_down(
    person: Person, claim: Claim, *, record: str, together: Together | None = None, by: User, at: datetime
) -> Case:
    """Bring in what the province sends, under its record number: at once where it is typed (3.1a, 3.1b).

    From linked data (3.1c, 3.2b, 3.2c) it is held where too many rest on one evidence; `together` says how many of
    its delivery do.
    """
    require(by, "case.open", at=at, person=person)
    channel = channel_of(claim.ground, book=RuleBook.objects.in_force(at).policy)
    with _turning(person, channel, by=by, at=at) as turn:
        return _bring_in(person, claim, channel, turn, key=source_key(record, by), together=together)


def channel_of(key: str, *, book: Policy) -> Channel:
    """Return whether the province brings in a ground typed, or from linked data."""
    ground = book.grounds.get(key)
    typed = ground is not None and Channel.PROVINCE.value in ground.channels
    return Channel.PROVINCE if typed else Channel.AUTOMATIC


@contextmanager
def _turning(
    person: Person, channel: Channel, *, by: User, at: datetime, seen: int | None = None
) -> Iterator[Turn]:
    with transaction.atomic():
        if channel in (Channel.AUTOMATIC, Channel.GROUP):
            counting.count_alone()  # before the person, as a delivery does before all of its persons
        with turning([person], by=by, at=at, act="case.opened", seen=seen) as turn:
            yield turn


def _bring_in(
    person: Person,
    claim: Claim,
    channel: Channel,
    turn: Turn,
    *,
    key: str | None = None,
    together: Together | None = None,
) -> Case:
    """Let a claim count at once, or wait for a second person: the one way in of what nobody reports to a group."""
    book = turn.book.policy
    ground = claims.check(person, claim, channel, book=book, by=turn.by, at=turn.at)
    case = _case(person, claim, ground, channel, turn.by, turn.at)
    case.source_key = key or case.source_key
    admission.require(case, claim.plan, book=book, at=turn.at)
    holding = Case.objects.exclude(state=State.REFUSED)
    if case.source_key and holding.filter(source_key=case.source_key).exists():
        raise AlreadyStanding()
    if channel == Channel.AUTOMATIC or ground.cites_a_rule:
        case.hold = holds.needed(case, together=together or {}, at=turn.at)
    _open_or_wait(case, claim.plan, turn, waits=bool(case.hold) or ground.discretionary)
    return case


def source_key(record: str, by: User) -> str:
    """Return the key of a source's record; one that was voided keeps its own, and is followed by a numbered one."""
    key = f"{by.office.code}:{record}"
    before = Case.objects.filter(Q(source_key=key) | Q(source_key__startswith=f"{key}#"), state=State.VOIDED)
    number = before.count()
    return f"{key}#{number + 1}" if number else key


@falling.begun_anew
def decide(
    case: Case, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> Case:
    """Approve or send back a held case: another person of another office (1.1g, 1.2c).

    Of an index case that was voided before the contacts come back that its void had freed.
    """
    require(by, "case.decide", at=at, person=case.person)
    if case.resumes_id:  # decided with all that fell by what one office took back
        raise ReportNotWaiting()
    second_person.require_another(case.entered_by, by, act="case.decide", since=case.entered_at)
    voided = admission.voided_alike(case) if approve else []
    reached = [one.person for index in voided for one in index_cases.contacts_of(index, *index_cases.MOVED)]
    if not approve:
        reached = [*index_cases.reached(case), *falling.reached(_as_answer(case))]
    persons = [case.person, *reached]
    with turning(persons, by=by, at=at, act="case.opened", seen=seen) as turn:
        case = _waiting(case, State.HELD)
        if not approve:
            second_person.require_reason(answer)
            _refuse(case, answer, turn)
            return case
        plan = Plan.of(case, turn.book.policy)
        admission.require(case, plan, book=turn.book.policy, at=turn.at)
        turn.open(case)
        _order_for(case, plan, turn)
        freed_contacts.come_back(voided, to=case, turn=turn)
    return case


def _refuse(case: Case, reason: str, turn: Turn) -> None:
    """Send a case back: it answers no positive any more, and bears no contact."""
    turn.refuse(case, reason=reason)
    index_cases.follow(case, basis=[(Fact.CASE.value, case.pk)], reason=index_cases.sent_back(), turn=turn)
    falling.answer(_as_answer(case), turn=turn)


def require_code(person: Person) -> None:
    """Refuse somebody whose code is deactivated: on a dead person nothing is opened."""
    if person.deceased_on:
        raise NoCode()


def _case(person: Person, claim: Claim, ground: Ground, channel: Channel, by: User, at: datetime) -> Case:
    # The record that it came in under: of merged ones that are parted again each keeps its own.
    person = Person.objects.get(pk=person.pk)
    require_code(person)
    return _case_of(person, claim, ground, channel, by, at)


def _case_of(
    person: Person | None, claim: Claim, ground: Ground, channel: Channel, by: User, at: datetime
) -> Case:
    return Case(
        person=person,
        ground=ground.key,
        channel=channel.value,
        source_office=by.office,
        entered_by=by,
        entered_at=at,
        evidence_kind=claim.evidence_kind,
        evidence_ref=evidence.spelled(claim.evidence_ref),
        source_key=claim.source_key,
        batch_id=claim.batch_id,
        began_on=claim.began_on,
        stayed_from=days.midnight(claim.arrived_on) if claim.arrived_on and ground.rests_on_area else None,
        index_case=claim.index_case if ground.rests_on_index_case else None,
        risk_area=claim.risk_area if ground.rests_on_area else None,
    )


def faults_of_known(
    person: Person | None,
    claim: Claim,
    channel: Channel,
    *,
    unread: Collection[str] = (),
    book: Policy,
    by: User,
    at: datetime,
) -> Iterator[Refusal]:
    """Yield what the cases on record refuse of a claim; `unread`: fields that could not be read."""
    ground = book.grounds.get(claim.ground)
    if ground is None or not claims.is_whole(claim, ground, unread):
        return
    case = _case_of(person, claim, ground, channel, by, at)
    yield from admission.faults(case, claim.plan, book=book, at=at)


def _order_for(case: Case, plan: Plan, turn: Turn) -> None:
    need = orders.need_of(case, plan, book=turn.book.policy, at=turn.at)
    if need is not None:
        orders.arrange(case.person, turn=turn, new={case: need}, plan=plan)


def _open_or_wait(case: Case, plan: Plan, turn: Turn, *, waits: bool = False) -> None:
    """Let a case count, or wait for a second person: what was voided before does so on every way in."""
    again = admission.voided_before(case, book=turn.book.policy)
    if waits or again:
        case.state = State.HELD.value
        plan.keep(case, turn.book.policy)
        _save(case)
        origin: dict[str, Any] = {"hold": case.hold_id, "batch": case.batch_id}
        turn.record("case.held", case, ground=case.ground, **origin)
    else:
        turn.open(case)
        _order_for(case, plan, turn)
    if again:
        turn.record("case.reimposed", case, ground=case.ground)


def _save(case: Case) -> None:
    try:
        with transaction.atomic():
            case.save()
    except (
        IntegrityError
    ) as error:  # the same record of the province, or evidence on another record, at this moment
        raise AlreadyStanding() from error


def _waiting(case: Case, state: State) -> Case:
    """Return the case as it is under the lock, if it still waits."""
    fresh = Case.objects.filter(pk=case.pk, state=state).select_related("person").first()
    if fresh is None:
        raise ReportNotWaiting()
    return fresh


def _require_addressee(case: Case, by: User, at: datetime) -> None:
    require(by, "case.enter_report", at=at)
    if case.addressed_to_id != by.office_id:
        raise ReportAddressedElsewhere()
    second_person.require_another(case.entered_by, by, act="case.enter_report", since=case.entered_at)


def _as_answer(case: Case) -> list[Rest]:
    """Return a case as what answers a positive: endings beside one rest on it."""
    return [(Fact.ANSWER.value, case.origin_pk)]


def _record(action: str, case: Case, *, by: User, at: datetime, reason: str = "", **body: Any) -> None:
    ledger.record(
        action,
        by=by,
        at=at,
        about=case,
        ground=case.ground,
        notes={"reason": reason},
        **body,
    )
