"""An order that was extended ends sooner: the extension is taken back, or the document it rests on is none."""

from collections.abc import Sequence
from datetime import datetime

from cases.models import ControlOrder, Extension, OrderCase
from cases.models.cases import State
from cases.selectors.extensions import end_left, ends_left
from cases.services.engine.codes import Turn


def shorten(order: ControlOrder, until: datetime) -> list[OrderCase]:
    """Let an extended order end sooner, and what it serves with it, never before the rule book says; return those."""
    order.until = until
    order.save(update_fields=("until",))
    extended = OrderCase.objects.filter(order=order, book_until__isnull=False, case__state=State.OPEN)
    rows = list(extended)
    for row in rows:
        assert row.book_until is not None
        sooner = row.book_until < until
        row.until, row.book_until = (until, row.book_until) if sooner else (row.book_until, None)
    OrderCase.objects.bulk_update(rows, ["until", "book_until"])
    return rows


def lapse(order: ControlOrder, gone: Sequence[Extension], *, turn: Turn) -> None:
    """Take back extensions whose document is none: the order ends as the others say, or as the rule book asks."""
    withdraw(gone, turn.at)
    extended = OrderCase.objects.filter(order=order, book_until__isnull=False, case__state=State.OPEN)
    # Each by itself: in a hospital an order has no end, and what it serves besides has one.
    rows = list(extended.select_related("case"))
    for row in rows:
        row.until, row.book_until = ends_left(row)
        row.save(update_fields=("until", "book_until"))
    order.until = end_left(order)
    order.save(update_fields=("until",))
    turn.record("order.shortened", order, until=order.until, also=[*gone, *rows])


def withdraw(gone: Sequence[Extension], at: datetime) -> None:
    """Write that extensions count no more; nobody's order changes by it alone."""
    Extension.objects.filter(pk__in=[one.pk for one in gone]).update(withdrawn_at=at)
    for one in gone:
        one.refresh_from_db()
