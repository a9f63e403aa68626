"""What the timer does for the desk: mark clocks that ran out, end pauses."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from complaints import clocks
from complaints.clocks import Clock
from complaints.models import Escalation, Ticket
from complaints.models.choices import TicketState
from complaints.models.tickets import RUNS_IN
from complaints.services import pauses, steps
from complaints.services.steps import EventKind
from healthcode.core.offices.models import User

CLOCK_OF = {
    "sign_due": Clock.SIGN,
    "decide_due": Clock.DECIDE,
    "inform_due": Clock.INFORM,
    "visit_due": Clock.VISIT,
}
CLOCKS = [
    # state, clock, the column that says when it runs out
    (state, CLOCK_OF[column], column)
    for column, states in RUNS_IN.items()
    for state in states
]


def escalate(*, by: User, at: datetime) -> int:
    """Mark every clock that ran out, once for each due time; return how many. Nothing else changes."""
    count = 0
    for ticket, clock, level, due in (*_overdue(at), *_warned(at)):
        with transaction.atomic():
            _mark, is_new = Escalation.objects.get_or_create(
                ticket=ticket, clock=clock.value, level=level.value, due_at=due, defaults={"at": at}
            )
            if is_new:
                with steps.locked(ticket, by=by, at=at) as step:
                    step.log(EventKind.ESCALATED, clock=clock.value, level=level.value)
        count += is_new
    return count


def resume(*, by: User, at: datetime) -> int:
    """End the pauses whose 48 hours are used up, even without the material; return how many."""
    count = 0
    for ticket in Ticket.objects.filter(state=TicketState.NEED_INFO).order_by("pk"):
        if not pauses.used_up(ticket, at):
            continue
        with steps.locked(ticket, by=by, at=at) as step:
            if pauses.used_up(step.ticket, at):  # still, now that nobody else can end it
                pauses.end(step)
                count += 1
    return count


def _overdue(at: datetime) -> Iterator[tuple[Ticket, Clock, Escalation.Level, datetime]]:
    for state, clock, column in CLOCKS:
        marks = Escalation.objects.filter(clock=clock.value, level=Escalation.Level.OVERDUE)
        late = Ticket.objects.filter(state=state, **{f"{column}__lte": at}).select_related("person")
        known = set(marks.filter(ticket__in=late).values_list("ticket", "due_at"))
        for ticket in late.order_by("pk"):
            due = getattr(ticket, column)
            if (ticket.pk, due) not in known:
                yield ticket, clock, Escalation.Level.OVERDUE, due


def _warned(at: datetime) -> Iterator[tuple[Ticket, Clock, Escalation.Level, datetime]]:
    """Yield first-priority tickets without a decision after eight hours."""
    since = at - timedelta(minutes=clocks.WARN_AFTER.minutes)
    waiting = Ticket.objects.filter(
        state__in=(TicketState.ROUTED, TicketState.IN_PROGRESS),
        priority=1,
        received_at__lte=since,
        decide_due__gt=at,
    )
    unwarned = waiting.exclude(escalations__level=Escalation.Level.WARNING).select_related("person")
    for ticket in unwarned.order_by("pk"):
        if ticket.decide_due is not None:
            yield ticket, Clock.DECIDE, Escalation.Level.WARNING, ticket.decide_due
