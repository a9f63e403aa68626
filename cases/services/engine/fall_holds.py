"""The hold of falls: so many would stand again by facts that one office takes back that a duty lead looks first.

Held is only what the hold of mass coding covers, where it would turn a code worse. Counted are the people within the
hour, by the office that takes back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from cases.models import Basis, Case, Certificate, Death, Fact, LabResult, MassHold, Opinion, Transition
from cases.models.cases import Channel
from cases.policy.colours import Colour
from cases.policy.exits import Rest
from cases.policy.rulebook import Policy
from cases.selectors.covered import covers
from cases.services.engine import counting
from cases.services.engine.codes import Turn
from cases.services.engine.dialects import in_parts

ONE_DAY = timedelta(days=1)
# When a fact was written that a case on a covered ground can end by in the same act.
WRITTEN: dict[str, tuple[Any, str]] = {
    Fact.RESULT: (LabResult, "entered_at"),
    Fact.DEATH: (Death, "decided_at"),
    Fact.CERTIFICATE: (Certificate, "decided_at"),
    Fact.OPINION: (Opinion, "at"),
}


def needed(gone: Sequence[Case], facts: Iterable[Rest], turn: Turn) -> dict[int, MassHold]:
    """Return the hold in which each case has to wait, by the case's key; what may stand again at once is left out.

    `gone`: the cases whose endings fell by one act and whose codes may still turn. `facts`: what that act took back.
    """
    book = turn.book.policy
    at_once = _of_the_same_act(gone, set(facts), turn.at)
    covered = [case for case in gone if covers(case, book) and case.pk not in at_once]
    gravity = {root: colour.gravity for root, colour in turn.before.items()}
    for case in gone:
        if case not in covered:
            root = case.person.root_id
            gravity[root] = max(gravity[root], book.grounds[case.ground].colour.gravity)
    worse = [
        case for case in covered if book.grounds[case.ground].colour.gravity > gravity[case.person.root_id]
    ]
    if not worse:
        return {}
    reached = len({case.person.root_id for case in worse} | _within_the_hour(turn, book))
    if reached <= book.parameters.mass_hold_threshold:
        return {}
    office = turn.by.office
    holds = {
        ground: counting.hold_of(
            ground,
            f"office:{office.code}",
            resolved=True,
            reached=reached,
            by=turn.by,
            at=turn.at,
            office=office,
        )
        for ground in sorted({case.ground for case in worse})
    }
    return {case.pk: holds[case.ground] for case in worse}


def _of_the_same_act(gone: Sequence[Case], facts: set[Rest], at: datetime) -> set[int]:
    """Return the cases that ended, less than a day ago, in the very act that is taken back now."""
    recent = {case.pk: case.closed_at for case in gone if case.closed_at and at - case.closed_at <= ONE_DAY}
    rests: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for part in in_parts(sorted(recent)):
        for pk, fact, key in Basis.objects.filter(case__in=part).values_list("case", "fact", "key"):
            if (fact, key) in facts and fact in WRITTEN and key is not None:
                rests[fact][key].add(pk)
    found = set()
    for fact, cases in rests.items():
        table, column = WRITTEN[fact]
        for part in in_parts(sorted(cases)):
            for key, written in table._default_manager.filter(pk__in=part).values_list("pk", column):
                found |= {pk for pk in cases[key] if recent[pk] == written}
    return found


def _within_the_hour(turn: Turn, book: Policy) -> set[int]:
    """Return whose codes turned worse within the hour, or wait to, by facts that this office took back."""
    discretionary = book.keys_where(lambda ground: ground.discretionary)
    covered = Q(channel=Channel.AUTOMATIC) | Q(ground__in=discretionary)
    worse = Transition.objects.filter(at=OuterRef("opened_at"), to_colour__in=(Colour.RED, Colour.YELLOW))
    person = Q(person=OuterRef("person")) | Q(person=OuterRef("person__merged_into"))
    turned = Exists(worse.filter(person).exclude(from_colour=Colour.RED))
    theirs = Q(hold__office=turn.by.office_id) | Q(turned, hold=None, opened_by__office=turn.by.office_id)
    cases = Case.objects.exclude(resumes=None).filter(covered, theirs, risk_area=None)
    cases = cases.filter(entered_at__gt=turn.at - counting.HOUR).select_related("person")
    return {case.person.root_id for case in cases}
