"""Cases come in: reported and entered, entered by the office itself, or held for a second person (section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person, RiskArea, RuleBook
from cases.models.cases import Channel, State
from cases.policy import days
from cases.policy.rulebook import Ground
from cases.services import orders, second_person
from cases.services.authority import require
from cases.services.codes import NoCode, lock, turning
from cases.services.orders import Plan
from cases.services.refusals import Refusal
from healthcode.audit import ledger
from healthcode.offices.models import Office, User


class UnknownGround(Refusal):
    message = _("The rule book in force has no such ground.")
    field = "ground"


class NotThisChannel(Refusal):
    message = _("The guide does not let your office enter this ground.")
    field = "ground"


class BeganInFuture(Refusal):
    message = _("This day lies in the future.")
    field = "began_on"


class TooLongAgo(Refusal):
    message = _("The entry lies more than %(days)s days back: that is no ground any more (clause 1.1e).")
    field = "began_on"


class IndexCaseMissing(Refusal):
    message = _("A close contact names its index case, or the letter of inquiry it rests on (clause 1.1d).")
    field = "index_case"


class IndexCaseNotInfected(Refusal):
    message = _(
        "The index case has to be a confirmed, suspected or asymptomatic case that stands (clause 1.1d)."
    )
    field = "index_case"


class IndexCaseExcluded(Refusal):
    message = _("The index case has been excluded or sent back: this report has lost its ground.")
    field = "index_case"


class AreaMissing(Refusal):
    message = _("Name the listed area this ground rests on.")
    field = "risk_area"


class AreaNotListed(Refusal):
    message = _("This area is not listed now.")
    field = "risk_area"


class NoTestRequired(Refusal):
    message = _("No test is required after a stay in this area, so it is no ground for yellow (clause 1.2b).")
    field = "risk_area"


class AreaNotSevere(Refusal):
    message = _("This area is not designated as severe with both documents (clause 1.4).")
    field = "risk_area"


class DocumentMissing(Refusal):
    message = _("This ground rests on a rule or order: give its document number.")
    field = "evidence_ref"


class EvidenceMissing(Refusal):
    message = _("Nobody is coded without evidence: name the report or record.")
    field = "evidence_ref"


class MeasureMissing(Refusal):
    message = _("Say which measure the rule or document asks for.")
    field = "kind"


class AlreadyStanding(Refusal):
    message = _("This ground already stands (or waits) on the same evidence.")
    field = "evidence_ref"


class NoGroup(Refusal):
    message = _("There is no key-persons control group of your level to report to.")


class NotWaiting(Refusal):
    message = _("This case is not waiting any more.")


class NotAddressedHere(Refusal):
    message = _("This report is addressed to another control group (clause 3.1a: the same level).")


@dataclass(frozen=True)
class Claim:
    """What is claimed about a person: the ground, since when, on what evidence."""

    ground: str
    began_on: date
    evidence_kind: str
    evidence_ref: str
    index_case: Case | None = None
    risk_area: RiskArea | None = None
    source_key: str | None = None
    plan: Plan = field(default_factory=Plan)


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
    ground = _checked(claim, Channel.REPORTED, by, at)
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
            _require_not_excluded(case.index_case_id)
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
        ground = _checked(claim, channel, by, turn.at)
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


def _checked(claim: Claim, channel: Channel, by: User, at: datetime) -> Ground:
    """Refuse a claim that the rule book does not carry; return its ground."""
    book = RuleBook.objects.in_force(at).policy
    ground = book.grounds.get(claim.ground)
    if ground is None:
        raise UnknownGround()
    roles = ground.channels.get(channel.value, ())
    if not roles or roles[0] != by.role:
        raise NotThisChannel()
    if not claim.evidence_ref.strip():
        raise DocumentMissing() if set(ground.needs) & {"document", "order_basis"} else EvidenceMissing()
    today = days.local_day(at)
    if claim.began_on > today:
        raise BeganInFuture()
    look_back = book.parameters.overseas_look_back_days
    if ground.key == "OVERSEAS" and not days.within_look_back(claim.began_on, today, look_back):
        raise TooLongAgo(days=look_back)
    if "index_case" in ground.needs:
        _check_index_case(claim, book.grounds)
    if "area" in ground.needs:
        _check_area(claim, ground, channel, at)
    if ground.colour == "RED" and not ground.measure:
        measure = book.measures.get(claim.plan.kind)
        if measure is None or measure.days is None or (claim.plan.days is not None and claim.plan.days < 1):
            raise MeasureMissing()
    return ground


def _check_index_case(claim: Claim, grounds: Mapping[str, Ground]) -> None:
    index = claim.index_case
    if index is None:
        if claim.evidence_kind != "LETTER":
            raise IndexCaseMissing()
        return
    infected = {key for key, ground in grounds.items() if ground.clause in ("1.1a", "1.1b", "1.1c")}
    index = Case.objects.select_for_update().get(pk=index.pk)
    if index.ground not in infected or index.state not in (State.OPEN, State.REPORTED):
        raise IndexCaseNotInfected()


def _require_not_excluded(index_id: int) -> None:
    """Refuse a contact whose index case turned out to be none; hold its row, for it may be excluded right now."""
    index = Case.objects.select_for_update().get(pk=index_id)
    if index.state in (State.REFUSED, State.VOIDED) or index.exit == "EXCLUDED":
        raise IndexCaseExcluded()


def _check_area(claim: Claim, ground: Ground, channel: Channel, at: datetime) -> None:
    area = claim.risk_area
    if area is None:
        raise AreaMissing()
    # Its row is held: of an opening and a lifting at the same time, the second sees the first.
    if not RiskArea.objects.listed(at).select_for_update().filter(pk=area.pk).first():
        raise AreaNotListed()
    if ground.colour == "YELLOW" and not area.test_required:
        raise NoTestRequired()
    if ground.colour == "RED" and not area.severe:
        raise AreaNotSevere()
    if ground.colour == "RED" and channel == Channel.COMMUNITY and area.venue:
        raise NotThisChannel()  # 3.1b: stays in areas; places and contacts come from the province


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
        index_case=claim.index_case,
        risk_area=claim.risk_area,
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
