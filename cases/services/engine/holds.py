"""The hold of mass coding: so many openings on one evidence that a duty lead looks before they count.

It departs from “at once” (3.1c) and is ours. Counted are the openings on a ground and evidence within the hour, whoever
brought them in and however they were split and spelled; references that lead to no record count together.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Document, MassHold, RiskArea, RuleBook
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.policy.spellings import reference_key
from cases.services.engine import admission, counting, falling, orders, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.counting import HOUR, count_alone
from cases.services.engine.orders import Plan
from cases.services.engine.refusals import Refusal
from healthcode.core.offices.models import User

UNRESOLVED = "?"  # the evidence under which references that lead to no record are held together
CASE_NUMBER = re.compile(r"case:(\d{1,18})")
PART = 5000  # keys in one statement
Together = Mapping[tuple[str, str], int]


class OwnOpenings(Refusal):
    code = "deliveries.hold.own_openings"
    message = _("Somebody of your office brought some of these in: another office has to decide.")


def resolves(evidence_ref: str) -> bool:
    """Tell whether a reference leads to a record: a case, a listed area, a document of the register."""
    return evidence_of([evidence_ref])[evidence_ref] != UNRESOLVED


def evidence_of(references: Iterable[str]) -> dict[str, str]:
    """Return for each reference the evidence it counts as, however it is spelled; UNRESOLVED where no record has it.

    A shape is no evidence: flights, trains and document numbers can be invented by the dozen.
    """
    keys = {reference: reference_key(reference) for reference in references}
    if not keys:
        return {}
    listed = RiskArea.objects.filter(decision=Decision.APPROVED, lifted_at=None, withdrawn_at=None)
    areas = {reference_key(name): name for name in listed.values_list("name", flat=True)}
    documents = {key: number for part in _parts({*keys.values()}) for key, number in _documents(part)}
    numbers = {reference: int(found[1]) for reference in keys if (found := CASE_NUMBER.fullmatch(reference))}
    cases = {pk for part in _parts({*numbers.values()}) for pk in _cases(part)}
    return {
        reference: reference
        if numbers.get(reference) in cases
        else documents.get(key) or areas.get(key) or UNRESOLVED
        for reference, key in keys.items()
    }


def _parts(keys: set[Any]) -> Iterator[list[Any]]:
    """Yield keys in parts that one statement bears: a delivery can name as many references as it has rows."""
    rest = iter(keys)
    while part := list(islice(rest, PART)):
        yield part


def _documents(keys: list[str]) -> Iterable[tuple[str, str]]:
    return Document.objects.filter(key__in=keys).values_list("key", "number")


def _cases(keys: list[int]) -> Iterable[int]:
    return Case.objects.filter(pk__in=keys).values_list("pk", flat=True)


def by_evidence(rows: Together) -> Together:
    """Return how many rows of a delivery rest on each ground and evidence, from their number by what they cite."""
    evidence = evidence_of({reference for _ground, reference in rows})
    counted: Counter[tuple[str, str]] = Counter()
    for (ground, reference), number in rows.items():
        counted[ground, evidence[reference]] += number
    return counted


def needed(case: Case, *, together: Together, at: datetime) -> MassHold | None:
    """Return the hold that a new case has to wait in, made now if it is the first; None where it may count.

    `together`: how many of its own delivery rest on each ground and evidence; empty where it comes alone. An area was
    approved by a second person already: what matches it is not held again.
    """
    book = RuleBook.objects.in_force(at).policy
    if not counting.covers(case, book):
        return None
    threshold = book.parameters.mass_hold_threshold
    evidence = evidence_of([case.evidence_ref])[case.evidence_ref]
    counted = together.get((case.ground, evidence))
    if counted is None:
        # What came into the register since its delivery was counted may be any of the rows.
        counted = sum(number for (ground, _), number in together.items() if ground == case.ground) or 1
    reached = _within_the_hour(case, evidence, at, own=not together) + counted
    if reached <= threshold:
        return None
    resolved = evidence != UNRESOLVED
    return counting.hold_of(
        case.ground, evidence, resolved=resolved, reached=reached, by=case.entered_by, at=at
    )


def decide(hold: MassHold, *, approve: bool, answer: str = "", by: User, at: datetime) -> int:
    """Let everything that waits in a hold count, or send it back; return how many cases that were.

    What may no longer open (answered, over, its person dead) is sent back with the reason whatever was decided.
    """
    require(by, "hold.decide", at=at)
    if hold.cases.filter(source_office=by.office_id).exists():
        raise OwnOpenings()
    with transaction.atomic():
        count_alone()  # whoever joins the hold waits until it is decided, and then finds it so
        cases = _waiting(hold)
        with turning([case.person for case in cases], by=by, at=at, act="case.opened") as turn:
            second_person.decide(hold, act="hold.decide", approve=approve, answer=answer, by=by, at=turn.at)
            cases = _waiting(hold)  # read again under the lock: some were decided singly meanwhile
            opened = _decided(cases, turn) if approve else []
            if not approve:
                turn.refuse(*cases, reason=answer)
            action = "hold.approved" if approve else "hold.refused"
            number = len(opened) if approve else len(cases)
            turn.record(action, hold, cases=number, notes={"reason": answer})
    return number


def _waiting(hold: MassHold) -> list[Case]:
    waiting = hold.cases.filter(state=State.HELD).select_related(
        "person", "risk_area", "index_case", "resumes"
    )
    return list(waiting.order_by("person", "pk"))


def _decided(cases: list[Case], turn: Turn) -> list[Case]:
    again = [case for case in cases if case.resumes_id]
    return [*_open([case for case in cases if not case.resumes_id], turn), *falling.stand_again(again, turn)]


def _open(cases: list[Case], turn: Turn) -> list[Case]:
    """Open what may open still, send the rest back; return what was opened."""
    opened = []
    for case in cases:
        plan = Plan(kind=case.plan_kind, days=case.plan_days)
        try:
            admission.require(case, plan, book=turn.book.policy, at=turn.at)
        except Refusal as refusal:
            turn.refuse(case, reason=str(refusal))
        else:
            opened.append((case, plan))
    turn.open(*(case for case, _plan in opened))
    for case, plan in opened:
        need = orders.need_of(case, plan, book=turn.book.policy, at=turn.at)
        if need is not None:
            orders.arrange(case.person, turn=turn, new={case: need}, plan=plan)
    return [case for case, _plan in opened]


def _within_the_hour(case: Case, evidence: str, at: datetime, *, own: bool) -> int:
    """Count what else came within the hour on the same evidence; its `own` delivery only where nobody has."""
    recent = Case.objects.filter(ground=case.ground, entered_at__gt=at - HOUR, risk_area=None, resumes=None)
    if case.batch_id is not None and not own:
        # Spelled out, for `exclude` would drop the rows without a batch as well: NULL is unequal to nothing.
        recent = recent.filter(~Q(batch=case.batch_id) | Q(batch=None))
    counted = dict(recent.values_list("evidence_ref").annotate(number=Count("pk")).order_by())
    counts_as = evidence_of(counted)
    return sum(number for reference, number in counted.items() if counts_as[reference] == evidence)
