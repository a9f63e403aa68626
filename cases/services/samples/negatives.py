"""Negative results of many people in one act: most of what a laboratory sends, and nobody's code turns by it.

Whatever a rule could have a word on is left to `results.enter`, row by row: a case that stands or waits, a number that
is known, a tube of several people, a record that was merged, somebody out of reach.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from cases.models import Case, LabResult, Person, RuleBook
from cases.models.cases import LIVE
from cases.models.results import Outcome
from cases.policy.rulebook import Policy
from cases.services.engine.authority import require
from cases.services.engine.codes import turning
from cases.services.engine.refusals import Grown, Refusal
from cases.services.samples import results
from cases.services.samples.reports import LaboratoryReport, plausible_sample
from healthcode.core.offices.models import User

Reports = Mapping[int, tuple[Person, LaboratoryReport]]
ACT = "result.enter"


def enter(reports: Reports, *, by: User, at: datetime) -> set[int]:
    """Enter those of some reports that can go together; return which. Raises Grown where that changed meanwhile."""
    require(by, ACT, at=at)
    chosen = _together(reports, by=by, at=at)
    if not chosen:
        return set()
    with turning([person for person, _sample in chosen.values()], by=by, at=at, act="result.entered") as turn:
        if len(_without_case(chosen)) < len(chosen):
            raise Grown()
        rows = [results.row_of(person, sample, turn) for person, sample in chosen.values()]
        for row in LabResult.objects.bulk_create(rows):
            results.record(row, turn)
    return set(chosen)


def _together(reports: Reports, *, by: User, at: datetime) -> Reports:
    book = RuleBook.objects.in_force(at).policy
    plain = {
        number: (person, sample)
        for number, (person, given) in reports.items()
        if (sample := _plain(person, given, at=at, book=book)) is not None
    }
    return _within_reach(_without_case(_unknown(_of_one_each(plain))), by=by, at=at)


def _plain(
    person: Person, sample: LaboratoryReport, *, at: datetime, book: Policy
) -> LaboratoryReport | None:
    if (
        sample.outcome != Outcome.NEGATIVE
        or sample.pool_size is not None
        or person.merged_into_id is not None
    ):
        return None
    try:
        return plausible_sample(person, sample, at=at, book=book)
    except Refusal:
        return None


def _of_one_each(reports: Reports) -> Reports:
    """Keep whose person and whose report number no other of them has."""
    persons = Counter(person.pk for person, _sample in reports.values())
    numbers = Counter(sample.report_number for _person, sample in reports.values())
    return {
        number: (person, sample)
        for number, (person, sample) in reports.items()
        if persons[person.pk] == numbers[sample.report_number] == 1
    }


def _unknown(reports: Reports) -> Reports:
    """Keep whose report number no result has, of whichever laboratory: two may write one name differently."""
    numbers = {sample.report_number for _person, sample in reports.values()}
    known = set(LabResult.objects.filter(report_number__in=numbers).values_list("report_number", flat=True))
    return {number: one for number, one in reports.items() if one[1].report_number not in known}


def _without_case(reports: Reports) -> Reports:
    """Keep those against whom no case stands or waits, whichever record of theirs has it."""
    keys = [person.pk for person, _sample in reports.values()]
    live = Case.objects.filter(state__in=LIVE, person__among=Person.objects.group_of(*keys))
    with_case = {one for pair in live.values_list("person", "person__merged_into") for one in pair}
    return {number: one for number, one in reports.items() if one[0].pk not in with_case}


def _within_reach(reports: Reports, *, by: User, at: datetime) -> Reports:
    keys = [person.pk for person, _sample in reports.values()]
    reached = set(Person.objects.filter(pk__in=keys).reachable_by(by, ACT, at).values_list("pk", flat=True))
    return {number: one for number, one in reports.items() if one[0].pk in reached}
