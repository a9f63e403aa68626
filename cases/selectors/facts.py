"""The facts an exit's conditions look at, gathered over a person's whole merged group."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import prefetch_related_objects

from cases.models import Case, ClinicVisit, ControlOrder, Declaration, ExitReport, LabResult, Person, Release
from cases.models.proposals import Decision
from cases.policy import days, exits
from cases.policy.rulebook import RuleBook


def facts_of(case: Case, *, book: RuleBook, at: datetime) -> exits.Facts:
    """Gather what is known at an instant about one case."""
    return facts_of_all([case], book=book, at=at)[case.pk]


def facts_of_all(cases: Sequence[Case], *, book: RuleBook, at: datetime) -> dict[int, exits.Facts]:
    """Gather what is known at an instant about cases of one person's group, by the case's key.

    Each kind of fact is read once for all of them: the number of queries is that of a single case.
    """
    if not cases:
        return {}
    prefetch_related_objects(cases, "person", "risk_area")
    person = cases[0].person
    order = order_behind(person)
    samples = samples_of(person)
    visits = _of(ClinicVisit, person).values_list("visited_at", "ruled_out", "at")
    visited = tuple(exits.Visit(*visit) for visit in visits)
    forms = list(_of(Declaration, person))
    declared = tuple(exits.Declaration(at=one.at, clean=not one.fever and not one.symptoms) for one in forms)
    notices = _notices(cases)
    self_declared = book.keys_where(lambda ground: ground.self_declared)
    return {
        case.pk: exits.Facts(
            now=at,
            began_on=case.began_on,
            has_order=order is not None,
            until=order.until if order else None,
            samples=samples,
            onset_at=_onset_of(case, forms) if case.ground in self_declared else None,
            declared_at=case.opened_at if case.ground in self_declared else None,
            visits=visited,
            declarations=declared,
            notices=frozenset(notices[case.pk]),
            left_on=case.began_on,
        )
        for case in cases
    }


def samples_of(person: Person) -> tuple[exits.Sample, ...]:
    """Return the uncorrected samples of a person."""
    rows = LabResult.objects.of(person).uncorrected()
    return tuple(exits.Sample(*row) for row in rows.values_list("sampled_at", "outcome", "pk", "entered_at"))


def governing_order(person: Person) -> ControlOrder | None:
    """Return the standing order, if any."""
    return ControlOrder.objects.of(person).standing().select_related("officer__office", "office").first()


def order_behind(person: Person) -> ControlOrder | None:
    """Return the standing order, or the one handed to another province whose cases still stand here."""
    handed_over = ControlOrder.objects.of(person).filter(
        ending="TRANSFERRED_OUT", served__case__in=Case.objects.of(person).open()
    )
    return governing_order(person) or handed_over.order_by("-ended_at", "-pk").first()


def _onset_of(case: Case, forms: Iterable[Declaration]) -> datetime | None:
    """Return the last onset declared of a fever, if any: whoever falls ill again is examined and tested again."""
    since = case.opened_at or case.entered_at
    onsets = (one.onset_on for one in forms if one.fever and one.at >= since)
    last = max(filter(None, onsets), default=None)
    return days.midnight(last) if last else None


def _of(model, person: Person):  # type: ignore[no-untyped-def]
    return model.objects.filter(person__in=person.group)


def _notices(cases: Sequence[Case]) -> dict[int, set[str]]:
    """Return for each case the exits that were reported, recorded or approved."""
    notices: dict[int, set[str]] = {case.pk: set() for case in cases}
    reports = ExitReport.objects.filter(case__in=notices).exclude(decision=Decision.REFUSED)
    for key, exit_key in reports.values_list("case", "exit"):
        notices[key].add(exit_key)
    released = Release.objects.filter(case__in=notices, decision=Decision.APPROVED)
    for key in released.values_list("case", flat=True):
        notices[key].add("RELEASED")
    for case in cases:
        if case.risk_area and case.risk_area.lifted_at and not case.risk_area.test_still_due:
            notices[case.pk].add("AREA_LIFTED")
        if case.person.deceased_on:
            notices[case.pk].add("DEATH")
    return notices
