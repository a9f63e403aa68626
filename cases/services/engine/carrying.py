"""What waited about a case, or its order, when it ended waits again where the ending falls: as rows of the new."""

from collections.abc import Iterator, Mapping
from typing import Any

from cases.models import (
    Case,
    Certificate,
    ControlOrder,
    ExitReport,
    HomeStay,
    OrderCase,
    Release,
    Relocation,
)
from cases.services.engine.codes import Turn

# A void lapses: its ticket goes on, and proposes another of the case as it stands now.
ABOUT_CASES: tuple[Any, ...] = (ExitReport, Release)
ABOUT_ORDERS: tuple[Any, ...] = (HomeStay, Relocation, Certificate)


def let_wait_again(again: Mapping[int, Case], turn: Turn) -> None:
    """Let proposals wait about the cases that stand again, by the key of the ended one, as they were made.

    The row of before stays with what it was about, and has lapsed.
    """
    for row, about in (*_about_cases(again), *_about_orders(again)):
        row.pk, row._state.adding = None, True
        setattr(row, "case" if isinstance(about, Case) else "order", about)
        row.save()
        turn.record("case.proposal_carried", row)


def _about_cases(again: Mapping[int, Case]) -> Iterator[tuple[Any, Case]]:
    for model in ABOUT_CASES:
        for row in model.objects.pending().filter(case__in=again).select_related("case").order_by("pk"):
            yield row, again[row.case_id]


def _about_orders(again: Mapping[int, Case]) -> Iterator[tuple[Any, ControlOrder]]:
    """Find what waited about the orders of ended cases, each with the order of its kind that serves them now."""
    served = OrderCase.objects.filter(case__in=[case.pk for case in again.values()], order__ended_at=None)
    now = {row.case_id: row.order for row in served.select_related("order__person")}
    ended = OrderCase.objects.filter(case__in=again).exclude(order__ended_at=None).order_by("pk")
    before: dict[int, ControlOrder] = {}
    for row in ended.select_related("order"):
        order = now.get(again[row.case_id].pk)
        if order is not None and order.kind == row.order.kind:
            before[row.order_id] = order
    for model in ABOUT_ORDERS:
        for row in model.objects.pending().filter(order__in=before).order_by("pk"):
            if not model.objects.pending().filter(order=before[row.order_id]).exists():
                yield row, before[row.order_id]
