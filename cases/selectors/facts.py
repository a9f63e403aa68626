"""The facts an exit's conditions look at, gathered over a person's whole merged group."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from cases.models import (
    Case,
    ClinicVisit,
    ControlOrder,
    Declaration,
    ExitReport,
    Fact,
    Person,
    Release,
)
from cases.models.proposals import Decision
from cases.models.reading import remembered
from cases.policy import days, exits
from cases.policy.rulebook import Policy
from cases.selectors import deaths, positives
from cases.selectors.histories import RESULTS, VISITS, History, is_clean
from healthcode.core.offices.seats import human_of


def facts_of(case: Case, *, book: Policy, at: datetime) -> exits.Facts:
    """Gather what is known at an instant about one case."""
    return facts_of_all([case], book=book, at=at)[case.pk]


def facts_of_all(cases: Sequence[Case], *, book: Policy, at: datetime) -> dict[int, exits.Facts]:
    """Gather what is known at an instant about cases of one person's group, by the case's key.

    Each kind of fact is read once for all of them: the number of queries is that of a single case.
    """
    if not cases:
        return {}
    prefetch_related_objects(cases, "person", "risk_area", "origin")
    person = cases[0].person
    order = order_behind(person)
    samples = samples_of(person)
    answered, report_waits = positives.answers_of(samples, positives.answering(person, samples), book=book)
    visits = History(VISITS, person.group, lambda _record: person.root_id)
    visited = tuple(
        visit_of(row, first, visits.enterers(row)) for row, first in visits.known(person.root_id, at)
    )
    forms = list(_of(Declaration, person).uncorrected().select_related("by"))
    notices = notices_of(cases)
    known = {"samples": samples, "visits": visited, "answered": answered, "report_waits": report_waits}
    return {
        case.pk: put_together(case, order, book=book, at=at, forms=forms, notices=notices[case.pk], **known)
        for case in cases
    }


def put_together(
    case: Case,
    order: ControlOrder | None,
    *,
    book: Policy,
    at: datetime,
    forms: Sequence[Declaration],
    **known: Any,
) -> exits.Facts:
    """Return the facts of one case from its row, its order and the person's forms; `known`: the others, as read."""
    ground = book.grounds.get(case.ground)
    self_declared = ground is not None and ground.self_declared
    return exits.Facts(
        now=at,
        began_on=case.began_on,
        stayed_from=case.stayed_from,
        has_order=order is not None,
        order=order.pk if order else 0,
        until=order.until if order else None,
        onset_at=onset_of(case, forms) if self_declared else None,
        declared_at=case.first_opened_at if self_declared else None,
        declarations=tuple(form_of(form) for form in forms),
        **known,
    )


def samples_of(person: Person) -> tuple[exits.Sample, ...]:
    """Return the uncorrected samples of a person."""
    results = History(RESULTS, person.group, lambda _record: person.root_id)
    return tuple(
        exits.Sample(row.sampled_at, row.outcome, row.pk, row.entered_at, results.enterers(row))
        for row in results.counting(person.root_id)
    )


def visit_of(row: ClinicVisit, first: ClinicVisit, enterers: frozenset[str]) -> exits.Examination:
    """Return a visit; one corrected to the same finding is as old as its `first` row."""
    return exits.Examination(row.visited_at, row.ruled_out, first.at, row.pk, enterers, row.clinic_id)


def form_of(row: Declaration) -> exits.FilledForm:
    """Return a form as the conditions look at it."""
    return exits.FilledForm(row.at, is_clean(row), row.pk, human_of(row.by), row.clinic_id or 0)


def governing_order(person: Person) -> ControlOrder | None:
    """Return the standing order, if any."""
    orders = ControlOrder.objects.of(person).standing().select_related("officer__office", "office")
    return remembered(("order", person.pk), orders.first)


def order_behind(person: Person) -> ControlOrder | None:
    """Return the standing order, or the one handed to another province whose cases still stand here."""
    handed_over = ControlOrder.objects.of(person).filter(
        ending="TRANSFERRED_OUT", served__case__in=Case.objects.of(person).open()
    )
    return governing_order(person) or handed_over.order_by("-ended_at", "-pk").first()


def onset_of(case: Case, forms: Iterable[Declaration]) -> datetime | None:
    """Return the last onset declared of a fever, if any: whoever falls ill again is examined and tested again."""
    since = case.first_opened_at or case.entered_at
    onsets = (one.onset_on for one in forms if one.fever and one.at >= since)
    last = max(filter(None, onsets), default=None)
    return days.midnight(last) if last else None


def _of(model, person: Person):  # type: ignore[no-untyped-def]
    return model.objects.filter(person__among=person.group)


def notices_of(cases: Sequence[Case]) -> dict[int, dict[str, exits.Rest]]:
    """Return for each case the exits that were reported, recorded or approved, each with the row that says so."""
    notices: dict[int, dict[str, exits.Rest]] = {case.pk: {} for case in cases}
    reports = ExitReport.objects.filter(case__in=notices, withdrawn_at=None)
    reports = reports.exclude(decision=Decision.REFUSED)
    for pk, key, exit_key in reports.order_by("pk").values_list("pk", "case", "exit"):
        notices[key][exit_key] = (Fact.REPORT, pk)
    released = Release.objects.filter(case__in=notices, decision=Decision.APPROVED, withdrawn_at=None)
    for pk, key in released.values_list("pk", "case"):
        notices[key]["RELEASED"] = (Fact.RELEASE, pk)
    for case in cases:
        if case.risk_area and case.risk_area.lifted_at and not case.risk_area.test_still_due:
            notices[case.pk]["AREA_LIFTED"] = (Fact.AREA, case.risk_area.pk)
        if case.person.deceased_on:
            death = deaths.standing(case.person.root_id).latest("pk")
            notices[case.pk]["DEATH"] = (Fact.DEATH, death.pk)
    return notices
