"""Clocks that run out are marked once; waiting for material ends by itself; nothing closes by time."""

from datetime import timedelta

from complaints.models import Escalation
from complaints.models.choices import TicketState
from complaints.services import handling, timer
from healthcode.portal.recurring.ticking import tick
from tests.cases.scenes import fresh, later

from .desk import NOON


def test_an_unsigned_ticket_is_marked_once_however_often_the_timer_runs(desk):
    desk.routed()
    late = NOON + timedelta(minutes=61)
    done = [timer.escalate(by=desk.cast.bureau_two, at=late + timedelta(minutes=run)) for run in range(3)]
    assert (done, Escalation.objects.count()) == ([1, 0, 0], 1)


def test_marking_changes_neither_priority_nor_handler_nor_state(desk):
    ticket = desk.taken()
    timer.escalate(by=desk.cast.bureau_two, at=NOON + timedelta(hours=25))
    after = fresh(ticket)
    assert (after.priority, after.owner, after.state) == (ticket.priority, ticket.owner, ticket.state)


def test_an_urgent_ticket_is_warned_about_after_eight_hours(desk):
    desk.taken()
    timer.escalate(by=desk.cast.bureau_two, at=NOON + timedelta(hours=8))
    assert Escalation.objects.get().level == "WARNING"


def test_a_ticket_taken_up_again_has_a_new_time_to_miss(desk):
    ticket = desk.visited(solved=False)
    timer.escalate(by=desk.cast.bureau_two, at=ticket.decide_due)
    assert Escalation.objects.filter(due_at=ticket.decide_due, level="OVERDUE").exists()


def test_after_48_hours_the_clock_runs_again_without_the_material(desk):
    ticket = desk.taken()
    due = ticket.decide_due
    handling.ask(ticket, missing="身份证照片", by=desk.cast.bureau_one, at=NOON)
    for hours in (47, 48, 49):
        timer.resume(by=desk.cast.bureau_two, at=NOON + timedelta(hours=hours))
    after = fresh(ticket)
    assert (after.state, after.paused_seconds) == (TicketState.IN_PROGRESS, 172_800)
    assert after.decide_due == due + timedelta(hours=48)


def test_the_house_timer_runs_the_desk(desk):
    ticket = desk.void_approved()
    ran = tick(at=later(hours=3))
    assert fresh(ticket).state == TicketState.DECIDED and not any(step.failed for step in ran)
