"""Extensions of an order that count, and the end it would have without them."""

import json
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, Min, Q, QuerySet
from django.utils.translation import gettext

from cases.models import ControlOrder, Extension, OrderCase
from cases.models.cases import State
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User


def end_by_book(order: ControlOrder) -> datetime | None:
    """Return the end that the rule book asks for, whatever was added to it; None with an open end."""
    served = order.served.filter(case__state=State.OPEN)
    ends = [row.needed for row in served]
    if ends:
        return None if None in ends else max(end for end in ends if end)
    # Monitoring serves no case: what was ever added to it says from where.
    first = _made_on(order).aggregate(first=Min("before"))["first"]
    return first or order.until


def standing_of(order: ControlOrder) -> QuerySet[Extension]:
    """Return the extensions by which an order ends later, made on it or on one that it goes on from; oldest first."""
    return _made_on(order).filter(withdrawn_at=None).order_by("at", "pk")


def end_left(order: ControlOrder) -> datetime | None:
    """Return the end of an order by what extends it still."""
    last = standing_of(order).aggregate(last=Max("until"))["last"]
    by_book = end_by_book(order)
    if order.until is None or by_book is None:
        return order.until
    return min(order.until, max(by_book, last or by_book))


def ends_left(row: OrderCase) -> tuple[datetime | None, datetime | None]:
    """Return the end of what a case needs by what extends it still, and the book's where that is an earlier one."""
    if row.until is None or row.book_until is None:
        return row.until, row.book_until
    served = OrderCase.objects.filter(_same_chain(row.case.origin_pk)).values("order")
    extensions = Extension.objects.filter(order__in=served, withdrawn_at=None)
    last = extensions.aggregate(last=Max("until"))["last"] or row.book_until
    until = min(row.until, last)
    return (until, row.book_until) if until > row.book_until else (row.book_until, None)


def _made_on(order: ControlOrder) -> QuerySet[Extension]:
    """Return what extended an order, one it goes on from or one that served its cases; taken back or not."""
    keys, one = [order.pk], order
    while one.follows is not None and one.follows.kind == order.kind:
        one = one.follows
        keys.append(one.pk)
    extended = order.served.filter(case__state=State.OPEN, book_until__isnull=False)
    carried = Q(pk=None)
    for row in extended.select_related("case"):
        carried |= _same_chain(row.case.origin_pk)
    orders = OrderCase.objects.filter(carried).values("order")
    return Extension.objects.filter(Q(order__in=keys) | Q(order__in=orders))


def _same_chain(origin: int) -> Q:
    return Q(case=origin) | Q(case__origin=origin)


def known_to_the_ledger(order: ControlOrder) -> list[Extension]:
    """Return the extensions from before each was a row of its own, not yet stored, as the order's events tell of them.

    None where they do not lead to the end there is: then that end is the book's, as far as anybody knows.
    """
    if order.until is None or standing_of(order).exists():
        return []
    found = list(_recorded_before(order))
    return found if found and found[-1].until == order.until else []


def _recorded_before(order: ControlOrder) -> Iterator[Extension]:
    events = Event.objects.filter(target=order.audit_target, action__in=("order.opened", "order.changed"))
    before: datetime | None = None
    for event in events.prefetch_related("notes").order_by("pk"):
        body = json.loads(event.body)
        if not body.get("until"):
            continue
        until = instant(body["until"])
        # Of what changes an order only an extension names a document.
        if before is not None and "document" in body and until > before:
            texts = {note.field: note.text for note in event.notes.all()}
            yield Extension(
                order=order,
                before=before,
                until=until,
                document=texts.get("document", gettext("before extensions were kept")),
                reason=texts.get("reason", ""),
                by=User.objects.get(username=event.actor),
                at=instant(event.at_us),
            )
        before = until
