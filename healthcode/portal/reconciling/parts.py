"""What is committed to by what it adds up to: the parts of an order, and how far a delivery has come."""

from collections.abc import Callable, Iterator, Sequence

from django.db.models import Exists, F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, Case, ControlOrder, OrderCase, RuleBook
from cases.models.cases import CaseQuerySet, State
from cases.models.control import Ending
from cases.policy.reader import RuleBookError
from cases.policy.rulebook import Policy
from cases.selectors.humans import records_of, without
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling.comparing import CHUNK, chunks_of, covering

END_DIFFERS = FindingKind(
    "order_end_differs",
    _("Control order %(order)s does not end when the cases it serves ask for: %(end)s ≠ %(asked)s."),
)
ORDER_SERVES_NOBODY = FindingKind(
    "order_serves_no_case",
    _("Control order %(order)s stands, and no case of its person that it serves does."),
)
CASE_WITHOUT_ORDER = FindingKind(
    "case_without_order", _("Case %(case)s stands, and no order serves it, though its ground asks for one.")
)
BOOK_UNREADABLE = FindingKind(
    "rulebook_unreadable",
    _("Rule book %(book)s cannot be read: which orders it asks for is not compared."),
)
DELIVERY_DIFFERS = FindingKind(
    "delivery_state_differs",
    _("Delivery %(batch)s is not what the ledger says of it: %(stored)s ≠ %(recorded)s."),
)
# The state in which an act leaves a delivery; on the way there it is counted in chunks, with no event for each.
LEFT_BY = {
    "batch.failed": Batch.State.RETURNED,
    "batch.given_up": Batch.State.FAILED,
    "batch.cancelled": Batch.State.CANCELLED,
    "batch.sent_back": Batch.State.CANCELLED,
    "batch.delivered": Batch.State.APPLIED,
    "batch.undone": Batch.State.UNDONE,
}


def ends() -> Iterator[Finding]:
    """Compare each standing order's end, which is committed to, with the latest that its open cases ask for."""
    asked = ControlOrder.objects.standing().filter(until__isnull=False)
    asked = asked.annotate(asked=Max("served__until", filter=Q(served__case__state=State.OPEN)))
    differ = asked.filter(asked__isnull=False).exclude(asked=F("until")).order_by("pk")
    for order in differ.iterator(chunk_size=CHUNK):
        values = {"order": order.pk, "end": order.until, "asked": order.asked}
        yield Finding(END_DIFFERS, values)


def served() -> Iterator[Finding]:
    """Find control without a ground, and grounds without control: a standing order that serves no case of its human.

    Monitoring follows the end of isolation and serves none (2.1e).
    """
    books, unreadable = _adopted()
    if unreadable:  # a text altered behind the guards hides nothing else that was
        yield from (Finding(BOOK_UNREADABLE, {"book": book.version}) for book in unreadable)
        return
    following = {kind for book in books for ground in book.grounds.values() for kind in ground.follows}
    open_cases = OrderCase.objects.filter(order=OuterRef("pk"), case__state=State.OPEN)
    theirs = open_cases.filter(case__person__in=records_of())
    idle = ControlOrder.objects.standing().exclude(kind__in=following).filter(without(theirs))
    for order in idle.order_by("pk").iterator(chunk_size=CHUNK):
        yield Finding(ORDER_SERVES_NOBODY, {"order": order.pk})
    book_at = RuleBook.objects.at_many()
    for case in _unserved(books).order_by("pk").iterator(chunk_size=CHUNK):
        assert case.opened_at is not None
        ground = book_at(case.opened_at).policy.grounds.get(case.ground)
        if ground is not None and ground.measure:  # a book adopted since orders nothing for what stood
            yield Finding(CASE_WITHOUT_ORDER, {"case": case.pk})


def _adopted() -> tuple[list[Policy], list[RuleBook]]:
    """Return the adopted books, and those of them whose text is none any more."""
    books, unreadable = list[Policy](), list[RuleBook]()
    for book in RuleBook.objects.exclude(adopted_at=None):
        try:
            books.append(book.policy)
        except RuleBookError:
            unreadable.append(book)
    return books, unreadable


def _unserved(books: Sequence[Policy]) -> CaseQuerySet:
    """Return the open cases of grounds with a measure that no standing order serves, nor another province."""
    measured = {key for book in books for key, ground in book.grounds.items() if ground.measure}
    rows = OrderCase.objects.filter(case=OuterRef("pk"))
    last = rows.order_by("-pk").values("order__ending")[:1]
    unserved = Case.objects.open().filter(~Exists(rows.filter(order__ended_at=None)), ground__in=measured)
    away = unserved.annotate(how=Coalesce(Subquery(last), Value("")))
    return away.exclude(how=Ending.TRANSFERRED_OUT)


def deliveries() -> Iterator[Finding]:
    """Compare where each delivery has come to an end with the last act that ended it."""
    for chunk in chunks_of(Batch.objects.only("pk", "state")):
        names = [batch.audit_key for batch in chunk]
        last_events: dict[str, Event] = {}
        for event in Event.objects.filter(target__in=names, action__in=LEFT_BY).order_by("pk"):
            last_events[event.target] = event
        for batch in chunk:
            last = last_events.get(batch.audit_key)
            state = LEFT_BY[last.action].value if last else ""
            if batch.state != state and (last or batch.state in LEFT_BY.values()):
                values = {"batch": batch.pk, "stored": batch.state, "recorded": state or "–"}
                yield Finding(DELIVERY_DIFFERS, values, covering(last.pk) if last else None)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (ends, served, deliveries)
