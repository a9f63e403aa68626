"""Exits that another office reports and the control group enters: discharge, exclusion, reclassification."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ExitReport, Fact, Person, RuleBook
from cases.models.cases import LIVE, Channel, EvidenceKind, State
from cases.models.proposals import Decision
from cases.policy import days
from cases.policy.exits import Rest
from cases.selectors import chains
from cases.services.engine import exit_conditions, falling, index_cases, orders, plausible, second_person
from cases.services.engine.admission import AlreadyStanding
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, lock, turning
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal
from cases.services.grounds.cases import NoGroup, NotStanding
from cases.services.grounds.claims import EvidenceMissing
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.offices import seats
from healthcode.core.offices.models import Office, User

Exit = ExitReport.Exit
REPORTERS = {
    Exit.DISCHARGED: "hospital",
    Exit.EXCLUDED: "cdc",
    Exit.INDEX_EXCLUDED: "cdc",
    Exit.RECLASSIFIED: "cdc",
}


class NotThisExit(Refusal):
    code = "cases.exit.not_this_way"
    message = _("The rule book does not end this ground that way.")
    field = "exit"


class NotReportedHere(Refusal):
    code = "cases.exit.wrong_office"
    message = _("Discharge is recorded by the hospital; exclusion and reclassification by CDC.")
    field = "exit"


class NewGroundMissing(Refusal):
    code = "cases.exit.new_ground_missing"
    message = _("Say as what the case is reclassified: confirmed, suspected or asymptomatic.")
    field = "new_ground"


class BeforeItBegan(Refusal):
    code = "cases.exit.before_it_began"
    message = _("This day lies before the case began.")
    field = "happened_on"


class IndexStillStands(Refusal):
    code = "cases.exit.index_case_stands"
    message = _("The index case has not been excluded: exclude it first.")
    field = "case"


class AlreadyReported(Refusal):
    code = "cases.exit.already_reported"
    message = _("An exit of this case is already waiting for the control group.")
    field = "case"


class ExitAddressedElsewhere(Refusal):
    code = "cases.exit.addressed_elsewhere"
    message = _("This report is addressed to another control group.")


@transaction.atomic
def report(
    case: Case,
    *,
    exit: str,
    happened_on: date,
    evidence_ref: str,
    new_ground: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> ExitReport:
    """Report that a case ended; nothing changes until the group enters it."""
    require(by, "case.report_exit", at=at, person=case.person)
    if REPORTERS[Exit(exit)] != by.role:
        raise NotReportedHere()
    if not says(evidence_ref):
        raise EvidenceMissing()  # what follows would rest on it
    at = lock([case.person], at=at, seen=seen)
    case.refresh_from_db()
    _check(case, exit, happened_on, new_ground, at)
    report = ExitReport.objects.create(
        case=case,
        exit=exit,
        new_ground=new_ground,
        happened_on=happened_on,
        evidence_ref=evidence_ref,
        addressed_to=_group_for(case, by),
        proposed_by=by,
        proposed_at=at,
    )
    _record("case.exit_reported", report, by=by, at=at)
    return report


@falling.begun_anew
def enter(
    report: ExitReport, *, plan: Plan | None = None, by: User, at: datetime, seen: int | None = None
) -> list[Case]:
    """Enter a reported exit: the case ends, and what the rule book lets follow opens, in one act.

    Return the contacts that an excluded index case frees.
    """
    _require_addressee(report, by, at)
    case = Case.objects.select_related("person").get(pk=report.case_id)
    excluded = report.exit == Exit.EXCLUDED
    answered = chains.as_facts(case) if excluded else []
    reached = index_cases.reached(case) if excluded else []
    persons = [case.person, *reached, *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="case.ended", seen=seen) as turn:
        case = _under_lock(case)
        second_person.decide(report, act="case.enter_exit", approve=True, by=by, at=turn.at)
        turn.commit(report)
        answers = exit_conditions.require_met(case, report.exit, turn)
        follow = _follow(report, case, turn)
        if follow is not None and (standing := _already_standing(follow)) is not None:
            follow = standing
        elif follow is not None:
            turn.open(follow)
        turn.end(case, exit=report.exit, basis=[*_basis(report, case, follow, turn), *answers])
        _arrange(case.person, follow, plan or Plan(), report, turn)
        how: dict[str, Any] = {"reason": index_cases.excluded(), "exit": Exit.INDEX_EXCLUDED.value}
        followed = index_cases.follow(case, basis=[(Fact.REPORT.value, report.pk)], turn=turn, **how)
        if excluded:
            falling.answer(answered, turn=turn)
    return followed.freed


@transaction.atomic
def refuse(report: ExitReport, *, answer: str, by: User, at: datetime) -> None:
    """Send an exit report back."""
    _require_addressee(report, by, at)
    lock([report.case.person], at=at)
    second_person.decide(report, act="case.enter_exit", approve=False, by=by, at=at, answer=answer)
    _record("case.exit_refused", report, by=by, at=at, reason=answer)


def _check(case: Case, exit: str, happened_on: date, new_ground: str, at: datetime) -> None:
    if case.state != State.OPEN:
        raise NotStanding()
    grounds = RuleBook.objects.in_force(at).policy.grounds
    if exit not in grounds[case.ground].exits:
        raise NotThisExit()
    if (exit == Exit.RECLASSIFIED) != bool(new_ground):
        raise NewGroundMissing()
    if new_ground and (new_ground not in grounds or new_ground == case.ground):
        raise NewGroundMissing()
    if new_ground and not grounds[new_ground].infected:
        raise NewGroundMissing()
    if happened_on > days.local_day(at):
        raise plausible.InFuture(field="happened_on")
    if happened_on < case.began_on:
        raise BeforeItBegan()
    # A contact that rests on a letter has its index case elsewhere: there CDC's word is all there is.
    index = case.index_case if exit == Exit.INDEX_EXCLUDED else None
    if index is not None and not chains.is_none(index):
        raise IndexStillStands()
    if ExitReport.objects.filter(case=case, decision=Decision.PENDING).exists():
        raise AlreadyReported()


def _group_for(case: Case, by: User) -> Office:
    """Return the group that takes the report: CDC's own level; a hospital's goes where the case was entered."""
    if by.role == "hospital" and case.addressed_to is not None:
        return case.addressed_to
    group = Office.objects.filter(kind="GROUP", division=by.office.division).first()
    if group is None:
        raise NoGroup()
    return group


def _under_lock(case: Case) -> Case:
    fresh = (
        Case.objects.open()
        .select_for_update(of=("self",))
        .select_related("person")
        .filter(pk=case.pk)
        .first()
    )
    if fresh is None:
        raise NotStanding()
    return fresh


def _basis(report: ExitReport, case: Case, follow: Case | None, turn: Turn) -> list[Rest]:
    """Return what an entered exit rests on: the report, and where a contact fell ill the case it became.

    When that is excluded or voided, the contact stands again. Between clinical grounds the chain goes on instead.
    """
    rests: list[Rest] = [(Fact.REPORT.value, report.pk)]
    contact = turn.book.policy.grounds[case.ground].rests_on_index_case
    if contact and follow is not None and report.exit == Exit.RECLASSIFIED:
        rests.append((Fact.CASE.value, follow.pk))
    return rests


def _already_standing(follow: Case) -> Case | None:
    """Return the case of the ground that would follow if it stands on the same evidence; refuse where it waits.

    A discharge of another day is another: it has days of its own, under one admission number too (2.1c).
    """
    found = Case.objects.filter(
        person=follow.person,
        ground=follow.ground,
        evidence_kind=follow.evidence_kind,
        evidence_ref=follow.evidence_ref,
        state__in=LIVE,
    )
    if follow.channel == Channel.ENGINE:
        found = found.filter(began_on=follow.began_on)
    same = found.first()
    if same is not None and same.state != State.OPEN:
        raise AlreadyStanding()
    return same


def _follow(report: ExitReport, case: Case, turn: Turn) -> Case | None:
    """Return the case that opens as this one ends: convalescence (2.1c), or the new ground."""
    policy = turn.book.policy
    if report.exit == Exit.RECLASSIFIED:
        ground, channel, kind = report.new_ground, Channel.REPORTED, EvidenceKind.LAB_REPORT
    elif report.exit == Exit.DISCHARGED and policy.convalesces(case.ground):
        ground, channel, kind = policy.convalescence.key, Channel.ENGINE, EvidenceKind.DISCHARGE
    else:
        return None
    return Case(
        person=case.person,
        ground=ground,
        channel=channel.value,
        source_office=seats.post_at(report.proposed_by, report.proposed_at).office,
        entered_by=report.proposed_by,
        entered_at=turn.at,
        addressed_to=case.addressed_to,
        evidence_kind=kind.value,
        evidence_ref=report.evidence_ref,
        began_on=report.happened_on,
        follows=case if channel == Channel.ENGINE else None,
        # A suspicion that is confirmed is the same index case still: its contacts go on resting on it.
        origin=(case.origin or case) if _is_chain(report, case, turn) else None,
    )


def _is_chain(report: ExitReport, case: Case, turn: Turn) -> bool:
    return report.exit == Exit.RECLASSIFIED and turn.book.policy.grounds[case.ground].infected


def _arrange(person: Person, follow: Case | None, plan: Plan, report: ExitReport, turn: Turn) -> None:
    need = orders.need_of(follow, plan, book=turn.book.policy, at=turn.at) if follow else None
    # An order of the case that ended no longer holds its measure up: what still stands decides anew.
    orders.arrange(person, turn=turn, new={follow: need} if follow and need else None, plan=plan)


def _require_addressee(report: ExitReport, by: User, at: datetime) -> None:
    require(by, "case.enter_exit", at=at)
    if report.addressed_to_id != by.office_id:
        raise ExitAddressedElsewhere()


def _record(action: str, report: ExitReport, *, by: User, at: datetime, reason: str = "") -> None:
    ledger.record(action, about=report, by=by, at=at, exit=report.exit, notes={"reason": reason})
