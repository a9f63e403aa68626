"""What is committed to by what it adds up to: the parts of an order, and how far a delivery has come."""

from collections.abc import Callable, Iterator

from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, ControlOrder
from cases.models.cases import State
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling.comparing import CHUNK, chunks_of, covering

END_DIFFERS = FindingKind(
    "order_end_differs",
    _("Control order %(order)s does not end when the cases it serves ask for: %(end)s ≠ %(asked)s."),
)
DELIVERY_DIFFERS = FindingKind(
    "delivery_state_differs",
    _("Delivery %(batch)s is not what the ledger says of it: %(stored)s ≠ %(recorded)s."),
)
# The state in which an act leaves a delivery; on the way there it is counted in chunks, with no event for each.
LEFT_BY = {
    "batch.failed": Batch.State.FAILED,
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


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (ends, deliveries)
