"""Create a ticket: its number, its clocks, its route."""

import re
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from cases.policy import spellings
from cases.policy.days import local_day
from complaints import clocks, routing
from complaints.clocks import Clock
from complaints.models import NumberSeries, Ticket
from complaints.models.choices import TicketState
from complaints.selectors import desks, finding
from complaints.services.steps import EventKind, Step
from healthcode.core import vault
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

PHONE = re.compile(r"\+?[0-9]{6,19}")


class WrongContactPhone(Refusal):
    code = "tickets.phone.wrong_form"
    message = _("A telephone number has 6 to 19 digits.")
    field = "contact_phone"


def number(at: datetime) -> str:
    """Return the next ticket number of the day. The day's row stays locked until the transaction ends."""
    day = local_day(at)
    NumberSeries.objects.get_or_create(day=day)
    NumberSeries.objects.filter(day=day).update(last=F("last") + 1)
    last = NumberSeries.objects.values_list("last", flat=True).get(day=day)
    return f"JK{day:%Y%m%d}-{last:05d}"


def phone(text: str) -> str:
    """Return a telephone number in its one spelling; empty stays empty. Raises WrongPhone."""
    number = spellings.telephone(text)
    if number and not PHONE.fullmatch(number):
        raise WrongContactPhone()
    return number


def create(
    *, by: User, at: datetime, contact_phone: str, colour: str, letter_number: str = "", **values: Any
) -> Step:
    """Store a new ticket in state REGISTERED, its clocks running from its reception.

    `colour` is the live colour, by which the ticket is prioritised; `values` are fields of Ticket. A letter's telephone
    and document number are kept as the citizen wrote them.
    """
    ticket = Ticket(
        number=number(at),
        state=TicketState.REGISTERED.value,
        registered_at=at,
        first_responder=by,
        first_office=by.office,
        office=by.office,
        priority=routing.priority(values["category"], colour, disputed=values["is_disputed"]),
        **values,
    )
    ticket.sign_due = clocks.due(Clock.SIGN, ticket.priority, ticket.received_at)
    ticket.decide_due = clocks.due(Clock.DECIDE, ticket.priority, ticket.received_at)
    if contact_phone:
        ticket.contact_phone_sealed = vault.encrypt(
            contact_phone, owner=ticket.vault_owner("contact_phone_sealed")
        )
        ticket.contact_phone_index = finding.phone_index(contact_phone)
    if letter_number:
        ticket.letter_number_sealed = vault.encrypt(
            letter_number, owner=ticket.vault_owner("letter_number_sealed")
        )
    ticket.follows = _last_closed(ticket)
    ticket.save()
    step = Step(ticket, by, at, 0, ticket.person)
    step.log(
        EventKind.REGISTERED,
        body=ticket.description,
        before=TicketState.REGISTERED.value,
        category=ticket.category,
    )
    return step


def route(step: Step, *, letter: bool = False) -> None:
    """Route a registered ticket to the office that handles its category."""
    ticket = step.ticket
    ticket.office = desks.office(routing.office(ticket.category, letter=letter))
    ticket.return_due = clocks.due(Clock.RETURN, ticket.priority, step.at)
    step.move("route", EventKind.ROUTED, office=ticket.office.code)


def _last_closed(ticket: Ticket) -> Ticket | None:
    """Return the last closed ticket of the same person and ground: the new one is linked with it."""
    if ticket.person is None:
        return None
    closed = Ticket.objects.of(ticket.person).filter(state=TicketState.CLOSED)
    if ticket.disputed_case is not None:
        closed = closed.filter(disputed_case__ground=ticket.disputed_case.ground)
    return closed.order_by("-closed_at", "-pk").first()
