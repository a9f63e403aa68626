"""Extensions of an order that count, and the end it would have without them."""

from datetime import datetime

from django.db.models import Q, QuerySet

from cases.models import ControlOrder, Extension, OrderCase
from cases.models.cases import State


def end_by_book(order: ControlOrder) -> datetime | None:
    """Return the end that the rule book asks for, whatever was added to it; None with an open end."""
    served = order.served.filter(case__state=State.OPEN)
    ends = [row.needed for row in served]
    if ends:
        return None if None in ends else max(end for end in ends if end)
    first = standing_of(order).first()  # monitoring serves no case
    return first.before if first else order.until


def standing_of(order: ControlOrder) -> QuerySet[Extension]:
    """Return the extensions by which an order ends later, made on it or on one that it goes on from; oldest first."""
    keys, one = [order.pk], order
    while one.follows is not None and one.follows.kind == order.kind:
        one = one.follows
        keys.append(one.pk)
    extended = order.served.filter(case__state=State.OPEN, book_until__isnull=False).values("case")
    carried = OrderCase.objects.filter(case__in=extended).values("order")
    found = Extension.objects.filter(Q(order__in=keys) | Q(order__in=carried), withdrawn_at=None)
    return found.order_by("at", "pk")
