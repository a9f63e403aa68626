"""Cases come in: reported and entered, entered by the office itself, or held for a second person (section 3)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person
from cases.models.cases import Channel, State
from cases.policy.rulebook import Ground
from cases.services import claims, orders, second_person
from cases.services.authority import require
from cases.services.claims import Claim
from cases.services.codes import NoCode, lock, turning
from cases.services.orders import Plan
from cases.services.refusals import Refusal
from healthcode.audit import ledger
from healthcode.offices.models import Office, User


class AlreadyStanding(Refusal):
    message = _("This ground already stands (or waits) on the same evidence.")
    field = "evidence_ref"


class NoGroup(Refusal):
    message = _("There is no key-persons control group of your level to report to.")


class NotWaiting(Refusal):
    message = _("This case is not waiting any more.")


class NotAddressedHere(Refusal):
    message = _("This report is addressed to another control group (clause 3.1a: the same level).")


@transaction.atomic
def report(
    person: Person,
    claim: Claim,
    *,
    by: User,
    at: datetime,
    seen: int | None = None,
    batch_id: int | None = None,
) -> Case:
    """Report a clinical ground to the control group of the same level (3.1a). It does not count yet."""
    require(by, "case.report", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    ground = claims.check(person, claim, Channel.REPORTED, by, at)
    group = Office.objects.filter(kind="GROUP", division=by.office.division).first()
    if group is None:
        raise NoGroup()
    case = _case(person, claim, ground, Channel.REPORTED, by, at)
    case.state, case.addressed_to, case.batch_id = State.REPORTED.value, group, batch_id
    _save(case)
    _record("case.reported", case, by=by, at=at, to=group.code)
    return case


def enter(case: Case, *, plan: Plan | None = None, by: User, at: datetime, seen: int | None = None) -> Case:
    """Enter a report: it counts at once (3.1a). Only the group it is addressed to can."""
    _require_addressee(case, by, at)
    with turning([case.person], by=by, at=at, act="case.opened", seen=seen) as turn:
        case = _waiting(case, State.REPORTED)
        if case.index_case_id:
            claims.require_not_excluded(case.index_case_id)
        turn.open(case)
        _order_for(case, plan or Plan(), turn)
    return case


@transaction.atomic
def send_back(case: Case, *, reason: str, by: User, at: datetime) -> Case:
    """Send a report back to CDC with the reason; the person's colour was never touched."""
    _require_addressee(case, by, at)
    at = lock([case.person], at=at)
    return _refuse(_waiting(case, State.REPORTED), reason, by, at)


def open_case(
    person: Person, claim: Claim, *, channel: Channel, by: User, at: datetime, seen: int | None = None
) -> Case:
    """Enter a ground that the office may enter itself (3.1b, 3.2b, 1.1f); a discretionary one is held (1.1g, 1.2c)."""
    require(by, "case.open", at=at, person=person)
    with turning([person], by=by, at=at, act="case.opened", seen=seen) as turn:
        ground = claims.check(person, claim, channel, by, turn.at)
        case = _case(person, claim, ground, channel, by, turn.at)
        if ground.discretionary:
            case.state = State.HELD.value
            case.plan_kind, case.plan_days = claim.plan.kind, claim.plan.days
            _save(case)
            turn.entries.append(
                ledger.Entry("case.held", f"case:{case.pk}", str(person.public_id), {"ground": case.ground})
            )
        else:
            _guard_unique(case)
            turn.open(case)
            _order_for(case, claim.plan, turn)
    return case


def decide(
    case: Case, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> Case:
    """Approve or send back a held case: another person of another office (1.1g, 1.2c)."""
    require(by, "case.decide", at=at, person=case.person)
    second_person.require_another(case.entered_by, by)
    with turning([case.person], by=by, at=at, act="case.opened", seen=seen) as turn:
        case = _waiting(case, State.HELD)
        if not approve:
            if not answer:
                raise second_person.ReasonMissing()
            return _refuse(case, answer, by, turn.at)
        turn.open(case)
        _order_for(case, Plan(kind=case.plan_kind, days=case.plan_days), turn)
    return case


def _case(person: Person, claim: Claim, ground: Ground, channel: Channel, by: User, at: datetime) -> Case:
    person = Person.objects.get(pk=person.root_id)
    if person.deceased_on:
        raise NoCode()
    return Case(
        person=person,
        ground=ground.key,
        channel=channel.value,
        source_office=by.office,
        entered_by=by,
        entered_at=at,
        evidence_kind=claim.evidence_kind,
        evidence_ref=claim.evidence_ref.strip(),
        source_key=claim.source_key,
        began_on=claim.began_on,
        index_case=claim.index_case if "index_case" in ground.needs else None,
        risk_area=claim.risk_area if "area" in ground.needs else None,
    )


def _order_for(case: Case, plan: Plan, turn) -> None:  # type: ignore[no-untyped-def]
    need = orders.need_of(case, plan, book=turn.book.policy, at=turn.at)
    if need is not None:
        orders.arrange(case.person, turn=turn, new={case: need}, plan=plan)


def _guard_unique(case: Case) -> None:
    live = Case.objects.filter(
        person=case.person,
        ground=case.ground,
        evidence_kind=case.evidence_kind,
        evidence_ref=case.evidence_ref,
        state__in=(State.REPORTED, State.HELD, State.OPEN),
    )
    if live.exists() or (case.source_key and Case.objects.filter(source_key=case.source_key).exists()):
        raise AlreadyStanding()


def _save(case: Case) -> None:
    _guard_unique(case)
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError as error:
        raise AlreadyStanding() from error


def _waiting(case: Case, state: State) -> Case:
    """Return the case as it is under the lock, if it still waits."""
    fresh = Case.objects.filter(pk=case.pk, state=state).select_related("person").first()
    if fresh is None:
        raise NotWaiting()
    return fresh


def _require_addressee(case: Case, by: User, at: datetime) -> None:
    require(by, "case.enter_report", at=at)
    if case.addressed_to_id != by.office_id:
        raise NotAddressedHere()


def _refuse(case: Case, reason: str, by: User, at: datetime) -> Case:
    if not reason:
        raise second_person.ReasonMissing()
    case.state, case.closed_at, case.closed_by, case.closing_reason = State.REFUSED.value, at, by, reason
    case.save(update_fields=("state", "closed_at", "closed_by", "closing_reason"))
    _record("case.refused", case, by=by, at=at, reason=reason)
    return case


def _record(action: str, case: Case, *, by: User, at: datetime, reason: str = "", **body: object) -> None:
    ledger.record(
        action,
        by=by,
        at=at,
        target=f"case:{case.pk}",
        person=str(case.person.public_id),
        ground=case.ground,
        notes={"reason": reason},
        **body,
    )
