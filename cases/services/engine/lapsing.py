"""An order that was extended ends sooner: the extension is taken back, or the document it rests on is none."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Max

from cases.models import ControlOrder, Extension, OrderCase
from cases.models.cases import State
from cases.selectors.extensions import end_by_book, standing_of
from cases.services.engine.codes import Turn


def shorten(order: ControlOrder, until: datetime) -> None:
    """Let an extended order end sooner, and what it serves with it: never before the rule book says."""
    order.until = until
    order.save(update_fields=("until",))
    extended = OrderCase.objects.filter(order=order, book_until__isnull=False, case__state=State.OPEN)
    extended.filter(book_until__gte=until).update(until=F("book_until"), book_until=None)
    extended.filter(book_until__lt=until).update(until=until)


def lapse(order: ControlOrder, gone: Sequence[Extension], *, turn: Turn) -> None:
    """Take back extensions whose document is none: the order ends as the others say, or as the rule book asks."""
    # Asked before: of monitoring, which serves no case, the extension alone knows the end before it.
    by_book = end_by_book(order)
    rows = Extension.objects.filter(pk__in=[one.pk for one in gone])
    rows.update(withdrawn_at=turn.at)
    extended = standing_of(order).aggregate(last=Max("until"))["last"]
    until = max(filter(None, (by_book, extended)), default=None)
    if until is not None and order.until is not None and until < order.until:
        shorten(order, until)
    turn.record("order.shortened", order, until=order.until, also=list(rows.order_by("pk")))
