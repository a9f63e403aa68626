"""Making a ticket: its number, its clocks, where it goes."""

import re
import unicodedata
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from cases.policy.days import local_day
from complaints import clocks, routing
from complaints.clocks import Clock
from complaints.models import NumberSeries, Ticket
from complaints.models.choices import State
from complaints.selectors import desks
from complaints.services.steps import Hand, Kind
from healthcode.core import vault
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

PHONE = re.compile(r"\+?[0-9][0-9-]{5,18}")
PHONE_LENGTH = 20


class WrongPhone(Refusal):
    code = "tickets.phone.wrong_form"
    message = _("A telephone number has 6 to 19 digits.")
    field = "contact_phone"


def number(at: datetime) -> str:
    """Return the next number of the day; its row stays locked until the ticket is written."""
    day = local_day(at)
    NumberSeries.objects.get_or_create(day=day)
    NumberSeries.objects.filter(day=day).update(last=F("last") + 1)
    last = NumberSeries.objects.values_list("last", flat=True).get(day=day)
    return f"JK{day:%Y%m%d}-{last:05d}"


def phone(text: str) -> str:
    """Return the one spelling of a telephone number; empty stays empty."""
    text = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", text))
    if text and (len(text) > PHONE_LENGTH or not PHONE.fullmatch(text)):
        raise WrongPhone()
    return text


def create(*, by: User, at: datetime, contact_phone: str, colour: str, **said: Any) -> Hand:
    """Write a ticket that is registered, with the clocks that run from its reception."""
    ticket = Ticket(
        number=number(at),
        state=State.REGISTERED.value,
        registered_at=at,
        first_responder=by,
        first_office=by.office,
        office=by.office,
        priority=routing.priority(said["category"], colour, disputed=said["is_disputed"]),
        **said,
    )
    ticket.sign_due = clocks.due(Clock.SIGN, ticket.priority, ticket.received_at)
    ticket.decide_due = clocks.due(Clock.DECIDE, ticket.priority, ticket.received_at)
    if contact_phone:
        ticket.contact_phone_sealed = vault.encrypt(phone(contact_phone), owner=f"ticket:{ticket.number}")
    ticket.follows = _earlier(ticket)
    ticket.save()
    held = Hand(ticket, by, at, 0, ticket.person)
    held.say(
        Kind.REGISTERED, body=ticket.description, before=State.REGISTERED.value, category=ticket.category
    )
    return held


def route(held: Hand, *, letter: bool = False) -> None:
    """Hand a registered ticket on to the office that handles its category; the clock has been running."""
    ticket = held.ticket
    ticket.office = desks.office(routing.office(ticket.category, letter=letter))
    ticket.return_due = clocks.due(Clock.RETURN, ticket.priority, held.at)
    held.go("route", Kind.ROUTED, office=ticket.office.code)


def _earlier(ticket: Ticket) -> Ticket | None:
    """Return the last ticket about the same ground that is closed already, for this one to be linked with."""
    if ticket.person is None:
        return None
    closed = Ticket.objects.of(ticket.person).filter(state=State.CLOSED)
    if ticket.disputed_case is not None:
        closed = closed.filter(disputed_case__ground=ticket.disputed_case.ground)
    return closed.order_by("-closed_at", "-pk").first()
