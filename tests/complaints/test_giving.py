"""The complaint lead shares out tickets, one or many at a time."""

import pytest
from django.urls import reverse

from complaints.models import Ticket
from complaints.models.choices import TicketState
from complaints.services import handling
from complaints.services.handling import NotAColleague
from complaints.services.steps import WrongState
from healthcode.core.offices.refusals import NotAllowed
from tests.admin.conftest import at_desk as at_desk
from tests.admin.conftest import texts
from tests.cases.scenes import fresh, refused
from tests.complaints.desk import NOON

LIST = reverse("admin:complaints_ticket_changelist")


@pytest.fixture
def lead(desk):
    return desk.cast.lead_city


@pytest.mark.parametrize("make", ["routed", "taken"])
def test_whoever_is_given_a_ticket_handles_it(desk, lead, make):
    ticket = getattr(desk, make)()
    handling.give(ticket, to=desk.cast.bureau_two, by=lead, at=NOON)
    assert (ticket.state, ticket.owner) == (TicketState.IN_PROGRESS, desk.cast.bureau_two)
    assert ticket.events.latest("seq").data == {"to": "bureau.two"}


def test_one_that_waits_for_the_citizen_goes_on_waiting(desk, lead):
    ticket = desk.taken()
    handling.ask(ticket, missing="身份证照片", by=desk.cast.bureau_one, at=NOON)
    handling.give(ticket, to=desk.cast.bureau_two, by=lead, at=NOON)
    assert (ticket.state, ticket.owner) == (TicketState.NEED_INFO, desk.cast.bureau_two)


@pytest.mark.parametrize("username", ["bureau.one", "community.yulin", "supervisor.city"])
def test_nobody_but_the_lead_shares_out(desk, username):
    ticket = desk.routed()
    refused(NotAllowed, handling.give, ticket, to=desk.cast.bureau_two, by=desk.cast[username], at=NOON)


@pytest.mark.parametrize("username", ["lead.city", "community.yulin", "bureau.one"])
def test_nobody_gets_it_who_does_not_handle_tickets_there_or_has_it(desk, lead, username):
    refused(NotAColleague, handling.give, desk.taken(), to=desk.cast[username], by=lead, at=NOON)


def test_a_decided_ticket_is_not_shared_out(desk, lead):
    refused(WrongState, handling.give, desk.upheld(), to=desk.cast.bureau_two, by=lead, at=NOON)


def test_a_selection_is_shared_out_each_recorded_singly(desk, lead, at_desk):
    tickets = [desk.routed(), desk.taken(), desk.upheld()]
    client = at_desk(lead)
    ticked = {"_selected_action": [ticket.pk for ticket in tickets]}
    form = client.post(LIST + "?queue=all", {"action": "do_give", **ticked})
    assert "For 3 tickets" in texts(form).body
    page = reverse("admin:complaints_ticket_do_many", args=("give",))
    seen = {"seen": [f"{ticket.pk}:{fresh(ticket).version}" for ticket in tickets]}
    effect = client.post(page, {**ticked, **seen, "to": "bureau.two", "_next": "1"})
    assert "Confirm for 2 tickets" in texts(effect).body
    assert not Ticket.objects.filter(owner=desk.cast.bureau_two).exists()
    address = f"{page}?attempt={effect.request['QUERY_STRING'].split('=')[1]}"
    client.post(address, {"_confirm": "1"})
    given = Ticket.objects.filter(owner=desk.cast.bureau_two)
    assert set(given) == set(tickets[:2])


@pytest.mark.parametrize(("username", "offered"), [("lead.city", True), ("bureau.one", False)])
def test_the_list_offers_it_to_the_lead_alone(desk, at_desk, username, offered):
    desk.routed()
    body = texts(at_desk(desk.cast[username]).get(LIST + "?queue=all")).body
    assert ("do_give" in body) is offered
