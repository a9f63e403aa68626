"""Voids: a case that was never true. Proposed by one, approved by another; releases of a discretionary yellow."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Release, RuleBook, Void
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.selectors.pending import HEALTH_SIDE
from cases.services.engine import orders, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import lock, turning
from cases.services.engine.refusals import Refusal
from cases.services.grounds.cases import NotStanding
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class NotYours(Refusal):
    code = "cases.void.another_office"
    message = _(
        "Only the office that reported or entered this case, or the big-data bureau on a ticket, proposes its void."
    )
    field = "case"


class TicketMissing(Refusal):
    code = "cases.void.ticket_missing"
    message = _("The big-data bureau voids on a ticket: give its number.")
    field = "reference"


class NeedsHealthSide(Refusal):
    code = "cases.void.needs_health_side"
    message = _("For this ground the second person has to be from the key-persons control group or CDC.")


class AlreadyProposed(Refusal):
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
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Void:
    """Propose that a case was never true. Until it is approved the case stands."""
    require(by, "case.propose_void", at=at, person=case.person if by.role == "bureau" else None)
    if by.role == "bureau":
        if not reference:
            raise TicketMissing()
    elif by.office_id not in (case.source_office_id, case.addressed_to_id):
        raise NotYours()
    at = lock([case.person], at=at, seen=seen)
    if not Case.objects.open().filter(pk=case.pk).exists():
        raise NotStanding()
    if Void.objects.pending().filter(case=case).exists():
        raise AlreadyProposed()
    void = Void.objects.create(
        case=case,
        reason_class=reason_class,
        reason=reason,
        reference=reference,
        proposed_by=by,
        proposed_at=at,
    )
    _record("case.void_proposed", case, by=by, at=at, reason=reason, kind=reason_class)
    return void


def approve(void: Void, *, by: User, at: datetime, seen: int | None = None) -> None:
    """Void the case; the colour is derived again from what still stands."""
    _require_second(void, by, at)
    with turning([void.case.person], by=by, at=at, act="case.voided", seen=seen) as turn:
        second_person.decide(void, approve=True, by=by, at=turn.at)
        case = _standing(void.case)
        turn.void(case, reason=void.reason)
        orders.arrange(case.person, turn=turn)


@transaction.atomic
def refuse(void: Void, *, answer: str, by: User, at: datetime) -> None:
    """Send a void back: the case stands on."""
    _require_second(void, by, at)
    lock([void.case.person], at=at)
    second_person.decide(void, approve=False, by=by, at=at, answer=answer)
    _record("case.void_refused", void.case, by=by, at=at, reason=answer)


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
        raise AlreadyProposed(_("A release of this case is already waiting for its second person."))
    release = Release.objects.create(
        case=case, document_number=document_number, reason=reason, proposed_by=by, proposed_at=at
    )
    _record("case.release_proposed", case, by=by, at=at, reason=reason)
    return release


def decide_release(
    release: Release, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> None:
    """Approve or send back a release."""
    require(by, "case.decide_release", at=at, person=release.case.person)
    with turning([release.case.person], by=by, at=at, act="case.ended", seen=seen) as turn:
        second_person.decide(release, approve=approve, by=by, at=turn.at, answer=answer)
        if release.decision == Decision.APPROVED:
            turn.end(_standing(release.case), exit="RELEASED", reason=release.document_number)
        else:
            _record("case.release_refused", release.case, by=by, at=turn.at, reason=answer)


def _require_second(void: Void, by: User, at: datetime) -> None:
    require(by, "case.decide_void", at=at, person=void.case.person)
    ground = RuleBook.objects.in_force(at).policy.grounds[void.case.ground]
    if ground.voided_by_health_side and by.role not in HEALTH_SIDE:
        raise NeedsHealthSide()


def _standing(case: Case) -> Case:
    fresh = Case.objects.filter(pk=case.pk, state=State.OPEN).select_related("person").first()
    if fresh is None:
        raise NotStanding()
    return fresh


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
