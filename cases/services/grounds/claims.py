"""Claims: what is said about a person before a case comes of it, checked against the rule book in force."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person, RiskArea
from cases.models.cases import Channel, State
from cases.policy import days
from cases.policy import rulebook as policy
from cases.policy.rulebook import Ground
from cases.services.engine import admission, plausible, registered
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal, collected
from healthcode.core.audit.guards import says
from healthcode.core.offices.models import User


class UnknownGround(Refusal):
    code = "cases.ground.unknown"
    message = _("The rule book in force has no such ground.")
    field = "ground"


class NotThisChannel(Refusal):
    code = "cases.ground.wrong_channel"
    message = _("The guide does not let your office enter this ground.")
    field = "ground"


class TooLongAgo(Refusal):
    code = "cases.began.entry_too_long_ago"
    message = _("The entry lies more than %(days)s days back: that is no ground any more (clause 1.1e).")
    field = "began_on"


class StayTooLongAgo(Refusal):
    code = "cases.began.stay_too_long_ago"
    message = _("The stay lies more than %(days)s days back, further than this area is looked back for.")
    field = "began_on"


class IndexCaseMissing(Refusal):
    code = "cases.index_case.missing"
    message = _("A close contact names its index case, or the letter of inquiry it rests on (clause 1.1d).")
    field = "index_case"


class IndexCaseNotInfected(Refusal):
    code = "cases.index_case.not_infected"
    message = _(
        "The index case has to be a confirmed, suspected or asymptomatic case that stands (clause 1.1d)."
    )
    field = "index_case"


class LeftBeforeArriving(Refusal):
    code = "cases.stay.left_before_arriving"
    message = _("The stay would end before it began.")
    field = "arrived_on"


class AreaMissing(Refusal):
    code = "cases.area.missing"
    message = _("Name the listed area this ground rests on.")
    field = "risk_area"


class NoTestRequired(Refusal):
    code = "cases.area.no_test_required"
    message = _("No test is required after a stay in this area, so it is no ground for yellow (clause 1.2b).")
    field = "risk_area"


class AreaNotSevere(Refusal):
    code = "cases.area.not_severe"
    message = _("This area is not designated as severe with both documents (clause 1.4).")
    field = "risk_area"


class DocumentMissing(Refusal):
    code = "cases.evidence.document_missing"
    message = _("This ground rests on a rule or order: give its document number.")
    field = "evidence_ref"


class EvidenceMissing(Refusal):
    code = "cases.evidence.missing"
    message = _("Nobody is coded without evidence: name the report or record.")
    field = "evidence_ref"


class MeasureMissing(Refusal):
    code = "cases.measure_missing"
    message = _("Say which measure the rule or document asks for.")
    field = "kind"


class MeasureTooLong(Refusal):
    code = "cases.measure_too_long"
    message = _("At most %(days)s days: the time of this measure in the rule book, and as much again.")
    field = "days"


class RuleUnregistered(Refusal):
    code = "cases.rule_not_in_register"
    message = _(
        "The register of documents has no such document (any more): the prevention office enters the rule or order "
        "first."
    )
    field = "evidence_ref"


@dataclass(frozen=True)
class Claim:
    """What is claimed about a person: the ground, since when, on what evidence."""

    ground: str
    began_on: date
    evidence_kind: str
    evidence_ref: str
    index_case: Case | None = None
    risk_area: RiskArea | None = None
    arrived_on: date | None = None
    source_key: str | None = None
    batch_id: int | None = None
    plan: Plan = field(default_factory=Plan)


def check(
    person: Person, claim: Claim, channel: Channel, *, book: policy.Policy, by: User, at: datetime
) -> Ground:
    """Refuse a claim that the rule book in force does not carry; return its ground."""
    for refusal in faults(person, claim, channel, book=book, by=by, at=at):
        raise refusal
    return book.grounds[claim.ground]


def faults(
    person: Person,
    claim: Claim,
    channel: Channel,
    *,
    unread: Collection[str] = (),
    book: policy.Policy,
    by: User,
    at: datetime,
) -> Iterator[Refusal]:
    """Yield all that is wrong with a claim; `unread`: fields of which nobody knows what they are to say."""
    ground = book.grounds.get(claim.ground)
    if ground is None and "ground" not in unread:
        yield UnknownGround()
    roles = ground.channels.get(channel.value, ()) if ground else ()
    # By hand the first brings it in and the next decides; from linked data each of them may.
    if ground and by.role not in (roles if channel == Channel.AUTOMATIC else roles[:1]):
        yield NotThisChannel()
    if "evidence_ref" not in unread:
        yield from _faults_of_evidence(claim.evidence_ref, ground, channel)
    yield from _faults_of_dates(person, claim, unread, book=book, at=at)
    if ground is None:
        return
    today = days.local_day(at)
    look_back = book.parameters.overseas_look_back_days
    is_read = "began_on" not in unread
    if (
        ground.rests_on_overseas_stay
        and is_read
        and not days.within_look_back(claim.began_on, today, look_back)
    ):
        yield TooLongAgo(days=look_back)
    if ground.rests_on_index_case and not {"index_case", "evidence_ref", "evidence_kind"} & {*unread}:
        yield from collected(lambda: _check_index_case(person, claim, book.grounds))
    if ground.rests_on_area and not {"risk_area", "began_on"} & {*unread}:
        yield from collected(lambda: _check_area(claim, ground, channel, at))
    if ground.leaves_measure_open:
        yield from collected(lambda: _check_measure(claim, book))


def _faults_of_evidence(reference: str, ground: Ground | None, channel: Channel) -> Iterator[Refusal]:
    if not says(reference):
        yield DocumentMissing() if ground and ground.rests_on_document else EvidenceMissing()
    elif ground and ground.cites_a_rule and channel == Channel.GROUP and not registered.stands(reference):
        yield RuleUnregistered()


def _faults_of_dates(
    person: Person, claim: Claim, unread: Collection[str], *, book: policy.Policy, at: datetime
) -> Iterator[Refusal]:
    if "began_on" not in unread:
        if claim.began_on > days.local_day(at):
            yield plausible.InFuture(field="began_on")
        yield from collected(
            lambda: plausible.require(claim.began_on, of=person, field="began_on", at=at, book=book)
        )
    arrived_on = claim.arrived_on
    if arrived_on is not None:
        yield from collected(
            lambda: plausible.require(arrived_on, of=person, field="arrived_on", at=at, book=book)
        )
        if "began_on" not in unread and arrived_on > claim.began_on:
            yield LeftBeforeArriving()


def is_whole(claim: Claim, ground: Ground, unread: Collection[str]) -> bool:
    """Tell whether everything is known by which a claim is compared with the cases on record."""
    compared = {"ground", "began_on", "evidence_ref"}
    if ground.rests_on_index_case:
        compared.add("index_case")
    if ground.rests_on_area:
        compared |= {"risk_area", "arrived_on"}
    return compared.isdisjoint(unread)


def _check_measure(claim: Claim, book: policy.Policy) -> None:
    measure = book.measures.get(claim.plan.kind)
    if measure is None or measure.days is None or (claim.plan.days is not None and claim.plan.days < 1):
        raise MeasureMissing()
    # What extensions may add to it in all (2.1d): nobody is held for longer in one step than in several.
    if (claim.plan.days or 0) > (longest := 2 * measure.days):
        raise MeasureTooLong(days=longest)


def _check_index_case(person: Person, claim: Claim, grounds: Mapping[str, Ground]) -> None:
    index = claim.index_case
    if index is None:
        if claim.evidence_kind != "LETTER":
            raise IndexCaseMissing()
        return
    index = Case.objects.select_for_update(of=("self",)).select_related("person").get(pk=index.pk)
    own = index.person.root_id == person.root_id
    if own or not grounds[index.ground].infected or index.state == State.HELD:
        raise IndexCaseNotInfected()
    admission.require_not_excluded(index)


def _check_area(claim: Claim, ground: Ground, channel: Channel, at: datetime) -> None:
    area = claim.risk_area
    if area is None:
        raise AreaMissing()
    area = admission.require_listed(area.pk, at)
    if not days.within_look_back(claim.began_on, days.local_day(at), area.look_back_days):
        raise StayTooLongAgo(days=area.look_back_days)
    if ground.colour == "YELLOW" and not area.test_required:
        raise NoTestRequired()
    if ground.colour == "RED" and not area.severe:
        raise AreaNotSevere()
    if ground.colour == "RED" and channel == Channel.COMMUNITY and area.venue:
        raise NotThisChannel()  # 3.1b: stays in areas; places and contacts come from the province
