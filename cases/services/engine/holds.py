"""The hold of mass coding: so many openings on one evidence that a duty lead looks before they count.

It departs from “at once” (3.1c) and is ours. Counted are the openings on a ground and evidence within the hour, whoever
brought them in and however they were split; references that nobody can resolve count together.
"""

import re
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, MassHold, RiskArea, RuleBook
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.services.engine import orders, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.orders import Plan
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

HOUR = timedelta(hours=1)
UNRESOLVED = "?"  # the evidence under which references that nobody can resolve are held together
# A flight or train with its day, and a document number as offices write it: 浙防指〔2020〕12号.
CARRIER = re.compile(r"[A-Z0-9]{2}\d{1,4}[ /·-]?\d{4}-?\d{2}-?\d{2}")
DOCUMENT = re.compile(r".*[〔\[(（]\d{4}[〕\])）]\d+号.*")
CASE_NUMBER = re.compile(r"case:(\d{1,18})")


class OwnOpenings(Refusal):
    code = "deliveries.hold.own_openings"
    message = _("Somebody of your office brought some of these in: another office has to decide.")


def resolves(evidence_ref: str) -> bool:
    """Tell whether a reference leads to a case, a flight or train, a listed area or a document number."""
    if CARRIER.fullmatch(evidence_ref) or DOCUMENT.fullmatch(evidence_ref):
        return True
    number = CASE_NUMBER.fullmatch(evidence_ref)
    if number:
        return Case.objects.filter(pk=number[1]).exists()
    return RiskArea.objects.filter(decision=Decision.APPROVED, name=evidence_ref).exists()


def needed(case: Case, *, together: int, at: datetime) -> MassHold | None:
    """Return the hold that a new case has to wait in, made now if it is the first; None where it may count.

    An area was approved by a second person already: what matches it is not held again.
    """
    if case.risk_area_id is not None:
        return None
    threshold = RuleBook.objects.in_force(at).policy.parameters.mass_hold_threshold
    evidence = _pool(case.evidence_ref)
    reached = _within_the_hour(case, evidence, at) + together
    return _pending(case, evidence, reached, at) if reached > threshold else None


def raised(case: Case, together: int, turn: Turn) -> MassHold:
    """Return the hold for a case that has to wait whatever the number."""
    evidence = _pool(case.evidence_ref)
    return _pending(case, evidence, _within_the_hour(case, evidence, turn.at) + together, turn.at)


def decide(hold: MassHold, *, approve: bool, answer: str = "", by: User, at: datetime) -> int:
    """Let everything that waits in a hold count, or send it back; return how many cases that were."""
    require(by, "hold.decide", at=at)
    if hold.cases.filter(source_office=by.office_id).exists():
        raise OwnOpenings()
    cases = _waiting(hold)
    with turning([case.person for case in cases], by=by, at=at, act="case.opened") as turn:
        second_person.decide(hold, approve=approve, answer=answer, by=by, at=turn.at)
        # Read again under the lock: some were decided singly meanwhile, and who came after is not locked.
        cases = [case for case in _waiting(hold) if case.person.root_id in turn.before]
        if approve:
            cases = [case for case in cases if case.person.deceased_on is None]
            _open(cases, turn)
        else:
            turn.refuse(*cases, reason=answer)
        action = "hold.approved" if approve else "hold.refused"
        turn.record(action, hold, cases=len(cases), notes={"reason": answer})
    return len(cases)


def _waiting(hold: MassHold) -> list[Case]:
    waiting = hold.cases.filter(state=State.HELD).select_related("person")
    return list(waiting.order_by("person", "pk"))


def _open(cases: list[Case], turn: Turn) -> None:
    turn.open(*cases)
    for case in cases:
        plan = Plan(kind=case.plan_kind, days=case.plan_days)
        need = orders.need_of(case, plan, book=turn.book.policy, at=turn.at)
        if need is not None:
            orders.arrange(case.person, turn=turn, new={case: need}, plan=plan)


def _pool(evidence_ref: str) -> str:
    return evidence_ref if resolves(evidence_ref) else UNRESOLVED


def _within_the_hour(case: Case, evidence: str, at: datetime) -> int:
    """Count what else came within the hour on the same evidence.

    Without the rows of the case's own delivery, which its caller counted as it came (`together`).
    """
    recent = Case.objects.filter(ground=case.ground, entered_at__gt=at - HOUR, risk_area=None)
    if case.batch_id is not None:
        # Spelled out, for `exclude` would drop the rows without a batch as well: NULL is unequal to nothing.
        recent = recent.filter(~Q(batch=case.batch_id) | Q(batch=None))
    if evidence != UNRESOLVED:
        return recent.filter(evidence_ref=evidence).count()
    counted = recent.values_list("evidence_ref").annotate(number=Count("pk")).order_by()
    return sum(number for reference, number in counted if not resolves(reference))


def _pending(case: Case, evidence: str, reached: int, at: datetime) -> MassHold:
    waiting = MassHold.objects.filter(ground=case.ground, evidence_ref=evidence, decision=Decision.PENDING)
    hold = waiting.first()
    if hold is None:
        # Two persons of one evidence are not locked against each other: the index on pending holds decides whose
        # hold it is, in a savepoint so that the loser's transaction lives on.
        try:
            with transaction.atomic():
                hold = MassHold.objects.create(
                    ground=case.ground,
                    evidence_ref=evidence,
                    resolved=evidence != UNRESOLVED,
                    reached=reached,
                    proposed_by=case.entered_by,
                    proposed_at=at,
                )
        except IntegrityError:
            return waiting.get()
        ledger.record(
            "hold.raised",
            by=case.entered_by,
            at=at,
            about=hold,
            ground=case.ground,
            reached=reached,
            resolved=hold.resolved,
        )
    elif reached > hold.reached:
        waiting.update(reached=reached)
    return hold
