"""A ticket follows its cases: what falls after it was told opens it again, and no void passes for an end."""

from datetime import timedelta

import pytest

from cases.models import Case, LabResult
from cases.services.grounds import voids
from cases.services.samples import corrections
from complaints.models import Ticket
from complaints.models.choices import TicketFinding, TicketState
from complaints.services import findings, following
from tests.cases.scenes import DUE, fresh, sample

from .desk import Desk

NOON = DUE + timedelta(hours=9)


def after(**span: float):
    return NOON + timedelta(**span)


@pytest.fixture
def asked(desk: Desk):
    """Return somebody whose end of control the desk has asked an office to enter, with the ticket."""
    person = desk.red()
    ticket = desk.taken(person=person, at=NOON, category="C01")
    question = {
        "case": ticket.disputed_case,
        "office": desk.cast.office("community-yulin"),
        "question": "隔离期满，请结束管控。",
    }
    findings.ask_for_end(ticket, **question, by=ticket.owner, at=NOON)
    return person, ticket


def followed(desk: Desk, ticket: Ticket, *, at) -> Ticket:
    following.follow_all(by=desk.cast.bureau_one, at=at)
    return fresh(ticket)


def taken_back(desk: Desk, *, at) -> None:
    row = LabResult.objects.get()
    right = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    corrections.correct(row, right, reason="更正", by=desk.cast.officer_yulin, at=at)


def closed(desk: Desk, person, ticket: Ticket) -> Ticket:
    desk.scene.ended(person, at=after(hours=1))
    ticket = desk.informed(followed(desk, ticket, at=after(hours=2)), at=after(hours=2))
    return desk.visited(fresh(ticket), at=after(hours=3), colour_seen="GREEN")


def test_a_ticket_closed_on_an_end_that_falls_is_reopened_and_is_no_failure(desk: Desk, asked):
    person, ticket = asked
    ticket = fresh(closed(desk, person, ticket))
    assert ticket.state == TicketState.CLOSED
    taken_back(desk, at=after(hours=4))
    ticket = followed(desk, ticket, at=after(hours=5))
    assert (ticket.state, ticket.finding) == (TicketState.IN_PROGRESS, "")
    assert (ticket.redo_count, ticket.reopen_count) == (0, 0)
    assert following.follow_all(by=desk.cast.bureau_one, at=after(hours=6)) == 0


def test_a_closed_ticket_stays_closed_when_another_ground_comes(desk: Desk, asked):
    person, ticket = asked
    closed(desk, person, ticket)
    desk.scene.clinical(fresh(person), began_on=NOON.date(), at=after(hours=4))
    assert followed(desk, ticket, at=after(hours=5)).state == TicketState.CLOSED


def test_a_voided_case_has_met_no_end_and_the_owner_decides_anew(desk: Desk, asked):
    person, ticket = asked
    void = voids.propose(
        Case.objects.get(person=person),
        reason_class="WRONG_PERSON",
        reason="同名",
        by=desk.cast.cdc_xinchang,
        at=after(hours=1),
    )
    voids.approve(void, by=desk.cast.group_xinchang, at=after(hours=2))
    ticket = followed(desk, ticket, at=after(hours=3))
    assert (ticket.state, ticket.finding) == (TicketState.IN_PROGRESS, "")
    assert ticket.assists.get().answered_at is not None


def test_what_stands_again_before_the_ticket_followed_is_still_asked_for(desk: Desk, asked):
    person, ticket = asked
    desk.scene.ended(person, at=after(hours=1))
    taken_back(desk, at=after(hours=2))
    ticket = followed(desk, ticket, at=after(hours=3))
    assist = ticket.assists.get()
    assert (assist.answered_at, assist.case.state) == (None, "OPEN")
    desk.scene.ended(fresh(person), at=after(hours=4))
    ticket = followed(desk, ticket, at=after(hours=5))
    assert (ticket.state, ticket.finding) == (TicketState.DECIDED, TicketFinding.END_CONDITION_MET)
