"""At the same moment: one signs, one letter is one ticket, numbers are given out once, telling waits for the code."""

import pytest
from django.db import connection

from complaints.models import Ticket
from complaints.services import handling, intake, letters, telling
from complaints.services.letters import Letter
from complaints.services.steps import NotOwner
from tests.cases.scenes import fresh

from .desk import NOON, TOLD

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]


def test_two_who_sign_at_once_are_one(desk, together):
    ticket = desk.routed()
    one, two = desk.cast.bureau_one, desk.cast.bureau_two
    outcomes = together(
        *(lambda by=by: handling.take(fresh(ticket), by=by, at=NOON).owner for by in (one, two))
    )
    assert sorted(type(one).__name__ for one in outcomes) == [NotOwner.__name__, "User"]


def test_the_same_letter_twice_at_once_is_one_ticket(desk, together):
    person, by = desk.red(), desk.cast.hotline
    letter = Letter("Z-1", NOON, "为什么是红码？", document_number=person.document)
    outcomes = together(*(lambda: letters.receive(letter, by=by, at=NOON).ticket.pk for _ in range(3)))
    assert len(set(outcomes)) == 1 == Ticket.objects.count()


def test_numbers_are_given_out_once(desk, together):
    people = [desk.red() for _ in range(3)]  # of a fourth draft of one user the first would be emptied
    cast = desk.cast.community_yulin
    together(*(lambda person=person: desk.routed(person, by=cast) for person in people))
    assert Ticket.objects.values("number").distinct().count() == 3


def test_who_tells_while_the_code_turns_tells_the_code_as_it_then_is(desk, together):
    ticket = desk.upheld()
    case, by = ticket.disputed_case, desk.cast.bureau_one

    def tell():
        telling.tell(fresh(ticket), channel="SMS", reached="本人", text=TOLD, by=by, at=NOON)

    together(lambda: desk.scene.voided(case, at=NOON), tell)
    informed = fresh(ticket)
    assert informed.told_colour in ("", "RED") and (informed.state == "DECIDED") == (
        informed.told_colour == ""
    )


def test_one_draft_sent_three_times_at_once_is_one_ticket(desk, together):
    person, by = desk.red(), desk.cast.community_yulin
    draft, heard = desk.looked(person, by=by), desk.heard(person)
    outcomes = together(*(lambda: intake.register(draft, heard, by=by, at=NOON).pk for _ in range(3)))
    assert len(set(outcomes)) == 1 == Ticket.objects.count()
