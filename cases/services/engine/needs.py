"""What one case alone needs: which measure, until when, counted from which day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min

from cases.models import Case, ControlOrder, OrderCase
from cases.selectors.extensions import ends_left


@dataclass(frozen=True)
class Need:
    """What one case alone would need."""

    kind: str
    until: datetime | None
    day0: date
    book_until: datetime | None = None  # the end by the rule book, where an extension moved it

    @staticmethod
    def of(row: OrderCase) -> "Need":
        """Return what a case needs as the order that serves it says, with what an extension still adds."""
        until, book_until = ends_left(row)
        return Need(row.kind, until, _first_day(row), book_until)

    def served(self, order: ControlOrder, case: Case, at: datetime) -> OrderCase:
        """Return the row by which an order serves the case from now, not yet written."""
        ends = {"until": self.until, "book_until": self.book_until}
        return OrderCase(order=order, case=case, kind=self.kind, since=at, **ends)


def serve(order: ControlOrder, needs: Mapping[Case, Need], at: datetime) -> list[OrderCase]:
    """Let an order serve the cases that it does not yet; return these rows, to be committed to by its event."""
    already = set(order.served.values_list("case_id", flat=True))
    return OrderCase.objects.bulk_create(
        need.served(order, case, at) for case, need in needs.items() if case.pk not in already
    )


def _first_day(row: OrderCase) -> date:
    """Return from which day a case is served: under a graver order as its own measure began, if it had before."""
    if row.order.kind == row.kind:
        return row.order.day0
    own = OrderCase.objects.filter(case=row.case_id, order__kind=row.kind)
    first: date | None = own.aggregate(first=Min("order__day0"))["first"]
    return first or row.order.day0
