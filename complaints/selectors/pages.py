"""What a ticket's page shows beside its own fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cases.selectors.explanation import Explanation, explain
from complaints.models import Assist, Attachment, CodeCorrection, Notice, ReturnVisit, Ticket, TicketEvent
from complaints.models.tickets import DONE_BY, DUE_OF
from complaints.selectors import receivers, snapshots

SOON = timedelta(hours=2)


@dataclass(frozen=True)
class ClockStatus:
    """One clock of a ticket: when it is due, when it was done, and its status."""

    label: Any
    due: datetime
    done: datetime | None
    runs: bool
    state: str  # as in state_of


@dataclass(frozen=True)
class TicketPage:
    """Everything the page of one ticket shows."""

    ticket: Ticket
    explanation: Explanation | None
    cases: tuple[snapshots.ComparedCase, ...]
    clocks: tuple[ClockStatus, ...]
    events: tuple[TicketEvent, ...]
    notices: tuple[Notice, ...]
    visits: tuple[ReturnVisit, ...]
    assists: tuple[Assist, ...]
    corrections: tuple[CodeCorrection, ...]
    attachments: tuple[Attachment, ...]
    others: tuple[Ticket, ...]

    @property
    def thread(self) -> tuple[TicketEvent, ...]:
        """Return what the citizen was told, the newest first."""
        return tuple(event for event in self.events if event.is_public)

    @property
    def differs(self) -> bool:
        """Tell whether the live colour differs from the one told or, before that, decided."""
        stated = self.ticket.told_colour or self.ticket.decided_colour
        return bool(stated and self.explanation and self.explanation.colour.value != stated)


def page(ticket: Ticket, *, at: datetime, explanation: Explanation | None = None) -> TicketPage:
    """Gather a ticket's page; `explanation` is of the code as it was just looked up, if it was."""
    if explanation is None and ticket.person is not None:
        explanation = explain(ticket.person, at=at)
    live: Mapping[str, Any] | None = snapshots.of(explanation) if explanation else None
    others = Ticket.objects.of(ticket.person).exclude(pk=ticket.pk) if ticket.person is not None else ()
    return TicketPage(
        ticket=ticket,
        explanation=explanation,
        cases=snapshots.compared(ticket.snapshot, live),
        clocks=clocks(ticket, at),
        events=receivers.named(ticket, ticket.events.select_related("actor", "office").order_by("-seq")),
        notices=tuple(ticket.notices.select_related("by").order_by("pk")),
        visits=tuple(ticket.visits.select_related("by").order_by("pk")),
        assists=tuple(ticket.assists.select_related("office", "asked_by", "answered_by").order_by("pk")),
        corrections=tuple(
            ticket.corrections.select_related(
                "void__proposed_by__office", "void__decided_by__office", "void__case"
            ).order_by("pk")
        ),
        attachments=tuple(ticket.attachments.defer("sealed").select_related("added_by").order_by("pk")),
        others=tuple(others.order_by("-pk")[:10]) if others else (),
    )


def clocks(ticket: Ticket, at: datetime) -> tuple[ClockStatus, ...]:
    """Return the clocks that were ever started, in the order in which they run."""
    found = []
    for name, end in DONE_BY.items():
        due = getattr(ticket, name)
        if due is None:
            continue
        done = getattr(ticket, end)
        runs = DUE_OF.get(ticket.state) == name
        label = Ticket._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        found.append(ClockStatus(label, due, done, runs, state_of(due, at, runs=runs, done=done)))
    return tuple(found)


def state_of(due: datetime | None, at: datetime, *, runs: bool = True, done: datetime | None = None) -> str:
    """Return a clock's status: `calm`, `soon` (two hours left), `late` (run out, or done too late) or `done`."""
    if due is None:
        return "calm"
    if not runs:
        if done is None:
            return "calm"
        return "late" if done > due else "done"
    if due <= at:
        return "late"
    return "soon" if due - at <= SOON else "calm"
