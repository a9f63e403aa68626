"""Voids: a case that was never true. Proposed by one, approved by another; releases of a discretionary yellow."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Fact, Release, RuleBook, Void
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.policy.exits import Rest
from cases.selectors import chains, undecided
from cases.selectors.awaited import HEALTH_SIDE
from cases.services.engine import (
    exit_conditions,
    falling,
    index_cases,
    mass_orders,
    orders,
    own_contacts,
    second_person,
    standing_again,
    waiting_again,
)
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, lock, turning
from cases.services.engine.refusals import Refusal
from cases.services.grounds import self_checks
from cases.services.grounds.cases import NotStanding
from cases.services.samples import declarations
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.offices.models import User


class VoidByAnotherOffice(Refusal):
    code = "cases.void.another_office"
    message = _(
        "Only the office that reported or entered this case, or the big-data bureau on a ticket, proposes its void."
    )
    field = "case"


class TicketMissing(Refusal):
    code = "cases.void.ticket_missing"
    message = _("The big-data bureau voids on a ticket, or on a finding of its own: give its number.")
    field = "reference"


class ReplacementMissing(Refusal):
    code = "cases.void.replacement_missing"
    message = _(
        "Others are red as contacts of this case: name the case that takes its place, or say that there is none."
    )
    field = "replacement"


class NoReplacement(Refusal):
    code = "cases.void.replacement_not_standing"
    message = _("What takes its place has to be another standing case of an infection.")
    field = "replacement"


class NeedsHealthSide(Refusal):
    code = "cases.void.needs_health_side"
    message = _("For this ground the second person has to be from the key-persons control group or CDC.")


class VoidAlreadyProposed(Refusal):
    code = "cases.void.already_proposed"
    message = _("A void of this case is already waiting for its second person.")
    field = "case"


@transaction.atomic
def propose(
    case: Case,
    *,
    reason_class: str,
    reason: str,
    reference: str = "",
    replacement: Case | None = None,
    frees: bool = False,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Void:
    """Propose that a case was never true. Until it is approved the case stands.

    Of an index case with contacts it has to be said which case takes its place (`replacement`), or that none does
    (`frees`): whoever it infected was infected by somebody.
    """
    require(by, "case.propose_void", at=at, person=case.person if by.role == "bureau" else None)
    if by.role == "bureau":
        if not says(reference):
            raise TicketMissing()
        self_checks.require_borne(reference, case, by=by)
    elif by.office_id not in (case.source_office_id, case.addressed_to_id):
        raise VoidByAnotherOffice()
    at = lock([case.person], at=at, seen=seen)
    if not voidable().filter(pk=case.pk).exists():
        raise NotStanding()
    if Void.objects.pending().filter(case=case).exists():
        raise VoidAlreadyProposed()
    _require_replacement(case, replacement, frees, at)
    void = Void.objects.create(
        replacement=replacement,
        frees=frees,
        case=case,
        reason_class=reason_class,
        reason=reason,
        reference=reference,
        proposed_by=by,
        proposed_at=at,
    )
    _record("case.void_proposed", void, by=by, at=at, reason=reason, kind=reason_class)
    return void


@falling.begun_anew
def approve(void: Void, *, by: User, at: datetime, seen: int | None = None) -> index_cases.Followed:
    """Void the case; the colour is derived again from what still stands, for whoever rested on it too."""
    _require_second(void, by, at)
    # What ended beside a positive that this case answered: nobody answers the positive now.
    answered: list[Rest] = [*chains.as_facts(void.case), (Fact.ANSWER.value, void.case.origin_pk)]
    if (
        void.replacement is not None
    ):  # the exclusion that freed contacts was of this case, not of the one in its place
        answered += index_cases.exclusions_of(void.case)
    contacts = index_cases.contacts_of(void.case, *index_cases.MOVED)
    persons = [void.case.person, *(one.person for one in contacts), *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="case.voided", seen=seen) as turn:
        second_person.decide(void, act="case.decide_void", approve=True, by=by, at=turn.at)
        turn.commit(void)
        case = _locked(void.case, voidable())
        has_ended = case.state == State.ENDED
        turn.void(case, reason=void.reason)
        waiting_again.report_infections([case], turn)
        if has_ended:  # wrong all along: what its end had opened goes with it
            standing_again.end_what_it_opened(case, turn=turn, by=(Fact.VOID.value, void.pk))
        else:
            declarations.bear_fever_anew([case], turn)
        orders.arrange(case.person, turn=turn)
        followed = _follow_contacts(void, case, turn)
        falling.answer(answered, turn=turn)
    return followed


def _follow_contacts(void: Void, index: Case, turn: Turn) -> index_cases.Followed:
    """Let the contacts of a voided index case rest on the one in its place, or let them go."""
    # Read under the lock of the index case's row: one entered meanwhile cannot be missed.
    every = index_cases.contacts_of(index, *index_cases.MOVED)
    turn.require_locked(contact.person for contact in every)
    if void.replacement is not None:
        to = _replacement(index, void.replacement, turn.at)
        own = [contact for contact in every if contact.person.root_id == to.person.root_id]
        index_cases.move((one for one in every if one not in own), to=to, turn=turn)
        own_contacts.end(own, basis=(Fact.VOID.value, void.pk), turn=turn)
        mass_orders.arrange_all((one.person for one in own), turn=turn)
        return index_cases.Followed()
    _require_replacement(index, None, void.frees, turn.at)
    basis = [(Fact.VOID.value, void.pk)]
    return index_cases.follow(index, basis=basis, reason=index_cases.voided(), turn=turn)


def _require_replacement(case: Case, replacement: Case | None, frees: bool, at: datetime) -> None:
    if replacement is not None:
        _replacement(case, replacement, at)
    elif not frees and index_cases.resting_on(case):
        raise ReplacementMissing()


def _replacement(case: Case, named: Case, at: datetime) -> Case:
    """Return the row under which the case that takes another's place stands now: a suspicion may be confirmed since."""
    other = chains.standing_of(named)
    ground = RuleBook.objects.in_force(at).policy.grounds.get(other.ground) if other else None
    if other is None or ground is None or not ground.infected or other.origin_pk == case.origin_pk:
        raise NoReplacement()
    return other


@transaction.atomic
def refuse(void: Void, *, answer: str, by: User, at: datetime) -> None:
    """Send a void back: the case stands on."""
    _require_second(void, by, at)
    lock([void.case.person], at=at)
    second_person.decide(void, act="case.decide_void", approve=False, by=by, at=at, answer=answer)
    _record("case.void_refused", void, by=by, at=at, reason=answer)


def of_same_batch(case: Case) -> "list[Case]":
    """Return the other standing cases of the same delivery, to be reviewed when one was false."""
    if case.batch_id is None:
        return []
    return list(Case.objects.open().filter(batch=case.batch_id).exclude(pk=case.pk).select_related("person"))


@transaction.atomic
def propose_release(
    case: Case, *, document_number: str, reason: str, by: User, at: datetime, seen: int | None = None
) -> Release:
    """Propose the end of a discretionary yellow (1.2c)."""
    require(by, "case.propose_release", at=at, person=case.person)
    at = lock([case.person], at=at, seen=seen)
    _standing(case)
    if not RuleBook.objects.in_force(at).policy.grounds[case.ground].ends_by_release:
        raise NotStanding()
    if Release.objects.pending().filter(case=case).exists():
        raise VoidAlreadyProposed(_("A release of this case is already waiting for its second person."))
    release = Release.objects.create(
        case=case, document_number=document_number, reason=reason, proposed_by=by, proposed_at=at
    )
    _record("case.release_proposed", release, by=by, at=at, reason=reason)
    return release


def decide_release(
    release: Release, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> None:
    """Approve or send back a release."""
    require(by, "case.decide_release", at=at, person=release.case.person)
    with turning([release.case.person], by=by, at=at, act="case.ended", seen=seen) as turn:
        second_person.decide(
            release, act="case.decide_release", approve=approve, by=by, at=turn.at, answer=answer
        )
        if release.decision == Decision.APPROVED:
            case = _standing(release.case)
            answers = exit_conditions.require_met(case, "RELEASED", turn)
            basis = [(Fact.RELEASE.value, release.pk), *answers]
            turn.end(case, exit="RELEASED", basis=basis, reason=release.document_number)
            turn.commit(release)
        else:
            _record("case.release_refused", release, by=by, at=turn.at, reason=answer)


def _require_second(void: Void, by: User, at: datetime) -> None:
    require(by, "case.decide_void", at=at, person=void.case.person)
    ground = RuleBook.objects.in_force(at).policy.grounds[void.case.ground]
    if ground.voided_by_health_side and by.role not in HEALTH_SIDE:
        raise NeedsHealthSide()


def voidable() -> "QuerySet[Case]":
    """Return the cases that a void can reach: those that stand, and of an ended chain its last row."""
    return Case.objects.filter(undecided.voidable())


def _standing(case: Case) -> Case:
    return _locked(case, Case.objects.open())


def _locked(case: Case, among: "QuerySet[Case]") -> Case:
    # The row is held: a contact that names it as index case waits for it.
    row = among.filter(pk=case.pk).select_for_update(of=("self",))
    fresh = row.select_related("person").first()
    if fresh is None:
        raise NotStanding()
    return fresh


def _record(
    action: str, proposal: Void | Release, *, by: User, at: datetime, reason: str = "", **body: Any
) -> None:
    ledger.record(
        action,
        by=by,
        at=at,
        about=proposal,
        ground=proposal.case.ground,
        notes={"reason": reason},
        **body,
    )
