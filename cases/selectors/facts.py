"""The facts an exit's conditions look at, gathered over a person's whole merged group."""

from datetime import date, datetime

from cases.models import Case, ClinicVisit, ControlOrder, Declaration, ExitReport, LabResult, Person, Release
from cases.models.proposals import Decision
from cases.policy import days, exits


def facts_of(case: Case, *, at: datetime) -> exits.Facts:
    """Gather what is known at an instant about one case."""
    person = case.person
    order = order_behind(person)
    onset = _onset_of(case)
    return exits.Facts(
        now=at,
        began_on=case.began_on,
        has_order=order is not None,
        until=order.until if order else None,
        samples=samples_of(person),
        onset_at=days.midnight(onset) if onset else None,
        declared_at=case.opened_at if case.ground == "FEVER" else None,
        visits=tuple(
            exits.Visit(*visit)
            for visit in _of(ClinicVisit, person).values_list("visited_at", "ruled_out", "at")
        ),
        declarations=tuple(
            exits.Declaration(at=declared_at, clean=not fever and not symptoms)
            for declared_at, fever, symptoms in _of(Declaration, person).values_list(
                "at", "fever", "symptoms"
            )
        ),
        notices=_notices(case),
        left_on=case.began_on,
    )


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


def _onset_of(case: Case) -> date | None:
    """Return the last onset declared of a fever: whoever falls ill again is examined and tested again."""
    if case.ground != "FEVER":
        return None
    onsets = _of(Declaration, case.person).filter(fever=True, at__gte=case.opened_at or case.entered_at)
    return max(filter(None, onsets.values_list("onset_on", flat=True)), default=None)


def _of(model, person: Person):  # type: ignore[no-untyped-def]
    return model.objects.filter(person__in=Person.objects.group_of(person.root_id))


def _notices(case: Case) -> frozenset[str]:
    reported = (
        ExitReport.objects.filter(case=case).exclude(decision=Decision.REFUSED).values_list("exit", flat=True)
    )
    notices = set(reported)
    if Release.objects.filter(case=case, decision=Decision.APPROVED).exists():
        notices.add("RELEASED")
    if case.risk_area and case.risk_area.lifted_at and not case.risk_area.test_still_due:
        notices.add("AREA_LIFTED")
    if case.person.deceased_on:
        notices.add("DEATH")
    return frozenset(notices)
