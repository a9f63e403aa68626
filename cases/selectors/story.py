"""A person's whole story, for the page that tells it: everything but the colour, which `explanation` explains."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from cases.models import (
    Case,
    ClinicVisit,
    ControlOrder,
    Declaration,
    ExitReport,
    Extension,
    Handover,
    HealthLog,
    HomeStay,
    LabResult,
    Merge,
    Person,
    Release,
    Reversal,
    Transfer,
    Transition,
    Transport,
    Void,
)
from cases.models.cases import State
from cases.models.results import Outcome
from cases.models.rulebooks import TEXT
from cases.policy import days
from cases.selectors.bases import bases_of
from cases.selectors.due import Due, state_of


@dataclass(frozen=True)
class Progress:
    """How far an order is: day 3 of 14; `day` 0 is the day counted from, `today` counts on beyond the last one."""

    day: int
    today: int
    days: int
    over: bool
    late: bool  # over, and nobody ended it by noon


@dataclass(frozen=True)
class Story:
    """What was done about a person, newest first, over the whole merged group."""

    orders: tuple[ControlOrder, ...]
    handovers: tuple[Handover, ...]
    extensions: tuple[Extension, ...]
    home_stays: tuple[HomeStay, ...]
    logs: tuple[HealthLog, ...]
    transports: tuple[Transport, ...]
    results: tuple[LabResult, ...]
    transitions: tuple[Transition, ...]
    declarations: tuple[Declaration, ...]
    visits: tuple[ClinicVisit, ...]
    closed: tuple[Case, ...]
    rests: dict[int, list[str]]  # what each ended case rests on, by its key
    exit_reports: tuple[ExitReport, ...]
    voids: tuple[Void, ...]
    releases: tuple[Release, ...]
    reversals: tuple[Reversal, ...]
    transfers: tuple[Transfer, ...]
    merges: tuple[Merge, ...]
    wards: tuple[Person, ...]

    @property
    def ended_orders(self) -> tuple[ControlOrder, ...]:
        """Return the orders that are over, the latest first."""
        return tuple(order for order in self.orders if order.ended_at is not None)

    @property
    def positive(self) -> bool:
        """Tell whether the latest sample with an outcome was positive: the person must not leave."""
        counted = [result for result in self.results if not hasattr(result, "correction")]
        silent = (Outcome.LOST, Outcome.PENDING, Outcome.WITHDRAWN)
        counted = [result for result in counted if result.outcome not in silent]
        return bool(counted) and counted[0].outcome == Outcome.POSITIVE


def story(person: Person) -> Story:
    """Gather a person's story; one query for each kind of record."""
    group = person.group
    cases = Case.objects.of(person)
    about = {"person__among": group}
    over = cases.filter(state__in=(State.ENDED, State.VOIDED, State.REFUSED))
    closed = _rows(over, "-closed_at", "source_office", "entered_by", "closed_by__office")
    return Story(
        **_control(person),
        results=_rows(
            LabResult.objects.filter(**about), "-sampled_at", "entered_by", "office", "corrects", "correction"
        ),
        transitions=_rows(
            Transition.objects.filter(**about).defer(TEXT), "-at", "case", "rule_book", "actor", "office"
        ),
        declarations=_rows(Declaration.objects.filter(**about), "-at", "clinic", "by", "correction"),
        visits=_rows(ClinicVisit.objects.filter(**about), "-visited_at", "clinic", "by", "correction"),
        closed=closed,
        rests=bases_of(closed),
        exit_reports=_proposals(ExitReport.objects.filter(case__in=cases), "case", "addressed_to"),
        voids=_proposals(Void.objects.filter(case__in=cases), "case"),
        releases=_proposals(Release.objects.filter(case__in=cases), "case"),
        reversals=_proposals(Reversal.objects.filter(**about)),
        transfers=_proposals(Transfer.objects.filter(**about), "from_division", "to_division"),
        merges=_proposals(
            Merge.objects.filter(Q(duplicate__in=group) | Q(survivor__in=group)), "duplicate", "survivor"
        ),
        wards=tuple(Person.objects.survivors().filter(guardian__in=group).order_by("birth_date", "pk")),
    )


def _control(person: Person) -> dict[str, Any]:
    orders = ControlOrder.objects.of(person)
    served = {"order__in": orders}
    return {
        "orders": _rows(
            orders,
            "-opened_at",
            *("officer__office", "office", "relied_on", "ended_by__office", "opened_by__office"),
        ),
        "handovers": _rows(
            Handover.objects.filter(**served), "-at", "from_officer", "to_officer", "by__office"
        ),
        "extensions": _rows(Extension.objects.filter(**served), "-at", "by__office"),
        "home_stays": _proposals(HomeStay.objects.filter(**served)),
        "logs": _rows(HealthLog.objects.filter(**served), "-on", "by"),
        "transports": _rows(Transport.objects.filter(**served), "-left_at", "by"),
    }


def _proposals(queryset, *related: str):  # type: ignore[no-untyped-def]
    return _rows(queryset, "-proposed_at", "proposed_by__office", "decided_by__office", *related)


def progress(order: ControlOrder, *, at: datetime) -> Progress | None:
    """Return how far an order with a due day is, in whole days of Shanghai; None with an open end."""
    if order.until is None:
        return None
    length = (days.local_day(order.until) - order.day0).days - 1
    day = (days.local_day(at) - order.day0).days
    return Progress(
        day=max(0, min(day, length)),
        today=max(0, day),
        days=length,
        over=at >= order.until,
        late=state_of(order, at) == Due.OVERDUE,
    )


def _rows(queryset, newest: str, *related: str):  # type: ignore[no-untyped-def]
    return tuple(queryset.select_related(*related).order_by(newest, "-pk"))
