"""The hold of mass coding: so many openings on one evidence that a duty lead looks before they count.

It departs from “at once” (3.1c) and is ours. Counted are the openings on a ground and evidence within the hour, whoever
brought them in and however they were split and spelled; references that lead to no record count together.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Case, MassHold, RuleBook
from cases.models.cases import State
from cases.selectors import decidable
from cases.selectors.admission import ROOT
from cases.selectors.covered import covers
from cases.services.engine import admission, counting, evidence, falling, orders, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.counting import HOUR, count_alone
from cases.services.engine.evidence import UNRESOLVED, Evidence
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core import progress
from healthcode.core.offices.models import User

Together = Mapping[tuple[str, str], int]


class OwnOpenings(Refusal):
    code = "deliveries.hold.own_openings"
    message = _("Somebody of your office brought some of these in: another office has to decide.")


def by_evidence(rows: Together, *, at: datetime) -> Together:
    """Return how many rows of a delivery rest on each ground and evidence, from their number by what they cite."""
    found = evidence.read({reference for _ground, reference in rows}, at=at)
    counted: Counter[tuple[str, str]] = Counter()
    for (ground, reference), number in rows.items():
        counted[ground, found[reference].name] += number
    return counted


def needed(case: Case, *, together: Together, at: datetime) -> MassHold | None:
    """Return the hold that a new case has to wait in, made now if it is the first; None where it may count.

    `together`: how many of its own delivery rest on each ground and evidence; empty where it comes alone. An area was
    approved by a second person already: what matches it is not held again.
    """
    book = RuleBook.objects.in_force(at).policy
    if not covers(case, book):
        return None
    found = evidence.read([case.evidence_ref], at=at)[case.evidence_ref]
    # A case of one's own is no evidence; its delivery was counted before anybody knew whom the rows are about.
    own = found.holder == case.person.root_id
    name = UNRESOLVED if own else found.name
    counted = None if own else together.get((case.ground, name))
    if counted is None:
        # What came into the register since its delivery was counted may be any of the rows.
        counted = sum(number for (ground, _), number in together.items() if ground == case.ground) or 1
    reached = _within_the_hour(case, name, at, own=not together) + counted
    if reached <= book.parameters.mass_hold_threshold:
        return None
    resolved = name != UNRESOLVED
    return counting.hold_of(case.ground, name, resolved=resolved, reached=reached, by=case.entered_by, at=at)


def decide(hold: MassHold, *, approve: bool, answer: str = "", by: User, at: datetime) -> int:
    """Let everything that waits in a hold count, or send it back; return how many cases that were.

    What may no longer open (answered, over, its person dead) is sent back with the reason whatever was decided.
    """
    require(by, "hold.decide", at=at)
    if not decidable.decides(decidable.holds(by), hold):
        raise NotAllowed()
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
    return list(waiting.select_related("plan_officer__office").order_by("person", "pk"))


def _decided(cases: list[Case], turn: Turn) -> list[Case]:
    again = [case for case in cases if case.resumes_id]
    return [*_open([case for case in cases if not case.resumes_id], turn), *falling.stand_again(again, turn)]


def _open(cases: list[Case], turn: Turn) -> list[Case]:
    """Open what may open still, send the rest back; return what was opened."""
    opened = []
    for number, case in enumerate(cases, start=1):
        progress.report(number / len(cases) / 2)
        plan = Plan.of(case, turn.book.policy)
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


def _within_the_hour(case: Case, name: str, at: datetime, *, own: bool) -> int:
    """Count what else came within the hour on the same evidence; its `own` delivery only where nobody has."""
    recent = Case.objects.filter(ground=case.ground, entered_at__gt=at - HOUR, risk_area=None, resumes=None)
    if case.batch_id is not None and not own:
        # Spelled out, for `exclude` would drop the rows without a batch as well: NULL is unequal to nothing.
        recent = recent.filter(~Q(batch=case.batch_id) | Q(batch=None))
    counted = dict(recent.values_list("evidence_ref").annotate(number=Count("pk")).order_by())
    found = evidence.read(counted, at=at)
    of_themselves = _citing_themselves(recent, found)
    total: int = sum(number for reference, number in counted.items() if found[reference].name == name)
    return total + (of_themselves.total() if name == UNRESOLVED else -of_themselves[name])


def _citing_themselves(recent: QuerySet[Case], found: Mapping[str, Evidence]) -> Counter[str]:
    """Count those of these cases that cite a case of the same human, by what it counts as for others."""
    cited = [reference for reference, one in found.items() if one.holder]
    rows = recent.filter(evidence_ref__in=cited).annotate(root=ROOT).values_list("evidence_ref", "root")
    return Counter(found[reference].name for reference, root in rows if found[reference].holder == root)
