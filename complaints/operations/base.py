"""What an operation on a ticket is: its subject is the ticket, and who may do it is asked of the flow and a guard."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from cases.models import Person
from complaints import flow
from complaints.models import Ticket
from complaints.services import steps
from healthcode.core.acts.base import Operation
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

Guard = Callable[[Ticket, User], None]


def anybody(ticket: Ticket, by: User) -> None:
    """Let in whoever may read the ticket and may register one."""
    if not by.may("ticket.register"):
        raise steps.NotAllowed()


def answers_for(ticket: Ticket, by: User) -> bool:
    """Tell whether the user handles tickets, or works in the office that was asked first (5.0)."""
    return by.may("ticket.handle") or by.office_id == ticket.first_office_id


class TicketOperation(Operation):
    """One thing that may be done about a ticket; a form that ends in one service call."""

    confirms = False
    step: ClassVar[str] = ""  # of the flow; empty where it moves nothing
    states: ClassVar[tuple[str, ...]] = ()  # in which it is offered, where no step says so
    guard: ClassVar[Guard] = staticmethod(anybody)
    looks: ClassVar[bool] = False  # opening its page is the look that the decision rests on
    insert_into: ClassVar[str] = ""  # the field into which a text module can be inserted
    tone: ClassVar[str] = ""  # "note" or "reply": the two are told apart at a glance

    @property
    def ticket(self) -> Ticket:
        return self.subject  # type: ignore[no-any-return]

    @property
    def person(self) -> Person | None:
        return self.ticket.person

    @classmethod
    def offered(cls, ticket: Any, *, by: User, at: datetime) -> bool:
        """Tell whether this user has something to do here now."""
        sources = flow.STEPS[cls.step][0] if cls.step else cls.states
        if (sources and ticket.state not in sources) or not by.may(cls.act):
            return False
        try:
            cls.guard(ticket, by)
        except Refusal:
            return False
        return cls.fits(ticket, by=by, at=at)

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        """Tell whether there is something for it to act on; the default asks nothing more."""
        return True
