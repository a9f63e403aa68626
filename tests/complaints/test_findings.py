"""F1 to F5: what each rests on, and that a ticket never runs ahead of the code."""

from datetime import timedelta

import pytest

from cases.models import Case
from cases.services.grounds import voids
from cases.services.persons import identity as identities
from cases.services.persons import people
from complaints.models import CodeCorrection
from complaints.models.choices import TicketState
from complaints.services import findings, following, handling, telling
from complaints.services.steps import NotOwner, TextTooShort
from tests.cases.scenes import DUE, colour, day, fresh, later, refused

from .desk import NOON, REASON


def follow(desk, ticket, at):
    following.follow_all(by=desk.cast.bureau_two, at=at)
    return fresh(ticket)


def test_a_void_waits_for_its_second_person_and_so_does_the_ticket(desk):
    ticket = desk.void_proposed()
    assert (ticket.state, colour(ticket.person, later(hours=2))) == (TicketState.IN_PROGRESS, "RED")


def test_the_second_persons_approval_decides_the_ticket(desk):
    ticket = desk.void_approved()
    ticket = follow(desk, ticket, later(hours=3))
    correction = CodeCorrection.objects.get(ticket=ticket)
    assert (ticket.state, ticket.finding, ticket.decided_colour) == (
        TicketState.DECIDED,
        "GROUND_WRONG",
        "GREEN",
    )
    assert (correction.colour_before, correction.colour_after) == ("RED", "GREEN")


def test_the_decision_dates_from_the_second_person_however_late_the_timer(desk):
    ticket = desk.void_approved(at=later(hours=2))
    decided = ticket.corrections.get().void.decided_at
    assert follow(desk, ticket, later(days=1)).decided_at == decided


def test_following_again_changes_nothing(desk):
    ticket = follow(desk, desk.void_approved(), later(hours=3))
    again = follow(desk, ticket, later(hours=4))
    assert (again.version, again.events.count()) == (ticket.version, ticket.events.count())


def test_another_ground_that_remains_keeps_the_code_red(desk):
    person = desk.red()
    case = desk.case_of(person)
    desk.scene.overseas(person)
    ticket = desk.void_proposed(desk.taken(desk.routed(person, disputed_case=case)))
    ticket = follow(desk, desk.void_approved(ticket), later(hours=3))
    assert (ticket.state, ticket.decided_colour) == (TicketState.DECIDED, "RED")


def test_a_void_sent_back_leaves_the_ticket_to_be_decided_anew(desk):
    ticket = desk.void_proposed()
    void = ticket.corrections.get().void
    voids.refuse(void, answer="流调确认接触属实", by=desk.cast.group_xinchang, at=later(hours=2))
    ticket = follow(desk, ticket, later(hours=3))
    assert (ticket.state, ticket.finding) == (TicketState.IN_PROGRESS, "")


def test_nothing_else_is_found_while_a_void_waits(desk):
    ticket = desk.void_proposed()
    refused(
        findings.VoidPending, findings.decide, ticket, finding="UPHELD", reason=REASON,
        by=desk.cast.bureau_one, at=NOON,
    )  # fmt: skip


def test_a_void_names_a_case_that_stands_against_this_person(desk):
    ticket, other = desk.taken(), desk.red()
    refused(
        findings.NotACaseOfTicket, findings.propose_void, ticket, case=desk.case_of(other),
        reason_class="WRONG_PERSON", reason=REASON, by=desk.cast.bureau_one, at=NOON,
    )  # fmt: skip


def test_only_the_handler_decides(desk):
    refused(
        NotOwner,
        findings.decide,
        desk.taken(),
        finding="UPHELD",
        reason=REASON,
        by=desk.cast.bureau_two,
        at=NOON,
    )


def test_a_decision_rests_on_a_fresh_look(desk):
    ticket, late = desk.taken(), NOON + timedelta(minutes=31)
    decide = {"finding": "UPHELD", "reason": REASON, "by": desk.cast.bureau_one, "at": late}
    refused(findings.LookAgain, findings.decide, ticket, **decide)
    handling.look(ticket, by=desk.cast.bureau_one, at=late)
    assert findings.decide(ticket, **decide).state == TicketState.DECIDED


def test_a_decision_does_not_rest_on_a_code_that_turned(desk):
    ticket = desk.taken()
    desk.scene.overseas(ticket.person, at=NOON)
    refused(
        findings.FindingCodeMoved, findings.decide, ticket, finding="UPHELD", reason=REASON,
        by=desk.cast.bureau_one, at=NOON,
    )  # fmt: skip


def test_a_decision_waits_for_the_office_that_was_asked(desk):
    ticket, by = desk.taken(), desk.cast.bureau_one
    cdc = desk.cast.office("cdc-xinchang")
    assist = findings.ask_office(ticket, office=cdc, question="接触是否属实？", by=by, at=NOON)
    decide = {"finding": "UPHELD", "reason": REASON, "by": by, "at": NOON}
    refused(findings.AssistsOpen, findings.decide, ticket, **decide)
    findings.answer(assist, text="属实", by=desk.cast.cdc_xinchang, at=NOON)
    assert findings.decide(ticket, **decide).state == TicketState.DECIDED


def test_another_office_does_not_answer_for_the_one_asked(desk):
    ticket, cdc = desk.taken(), desk.cast.office("cdc-xinchang")
    assist = findings.ask_office(
        ticket, office=cdc, question="接触是否属实？", by=desk.cast.bureau_one, at=NOON
    )
    refused(findings.AnotherOfficeAsked, findings.answer, assist, text="属实", by=desk.cast.cdc_city, at=NOON)


@pytest.fixture
def overdue(desk):
    """Return a ticket of somebody whose days are over, and whose officer was asked to end control (F2)."""
    at = DUE + timedelta(hours=10)
    ticket = desk.taken(at=at, category="C01")
    findings.ask_for_end(
        ticket, case=ticket.disputed_case, office=desk.cast.office("community-yulin"),
        question="隔离期满，请结束管控并录入检测结果。", by=desk.cast.bureau_one, at=at,
    )  # fmt: skip
    return ticket


def test_the_end_that_was_asked_for_decides_the_ticket_by_itself(desk, overdue):
    desk.scene.ended(overdue.person, at=DUE + timedelta(hours=12))
    ticket = follow(desk, overdue, DUE + timedelta(hours=13))
    assert (ticket.state, ticket.finding, ticket.decided_colour) == (
        TicketState.DECIDED,
        "END_CONDITION_MET",
        "GREEN",
    )
    assert ticket.assists.get().answered_by == desk.cast.officer_yulin


def test_until_the_responsible_role_acts_the_ticket_waits(desk, overdue):
    assert follow(desk, overdue, DUE + timedelta(hours=13)).state == TicketState.IN_PROGRESS


def test_an_end_that_cannot_be_entered_is_answered_in_words(desk, overdue):
    at = DUE + timedelta(hours=12)
    findings.answer(overdue.assists.get(), text="检测结果未出，尚不能解除", by=desk.cast.officer_yulin, at=at)
    assert (fresh(overdue).state, fresh(overdue).finding) == (TicketState.IN_PROGRESS, "")


def test_an_identity_is_not_said_to_be_fixed_untouched(desk):
    ticket, by = desk.taken(), desk.cast.bureau_one
    decide = {"finding": "IDENTITY_FIXED", "reason": REASON, "by": by}
    refused(findings.IdentityUntouched, findings.decide, ticket, **decide, at=NOON)
    person = fresh(ticket.person)
    identity = identities.Identity(name="改正名", document_number=person.document, phone=person.phone)
    people.correct(person, identity, address="", reason="录错", by=by, at=later(hours=1, minutes=5))
    assert findings.decide(ticket, **decide, at=later(hours=1, minutes=6)).state == TicketState.DECIDED


def test_an_answer_from_outside_has_its_reference(desk):
    ticket = desk.taken()
    decide = {"finding": "OUTSIDE", "reason": REASON, "by": desk.cast.bureau_one, "at": NOON}
    assert refused(TextTooShort, findings.decide, ticket, **decide).field == "external_ref"


def test_a_ground_imposed_again_reopens_the_closed_ticket_first_of_all(desk):
    ticket = follow(desk, desk.void_approved(), later(hours=3))
    desk.visited(desk.informed(ticket, at=later(hours=3)), at=later(hours=4), colour_seen="GREEN")
    desk.scene.clinical(fresh(ticket.person), at=later(days=2))
    ticket = follow(desk, ticket, later(days=2, hours=1))
    assert (ticket.state, ticket.priority, ticket.reopen_count) == (TicketState.IN_PROGRESS, 1, 1)


def test_what_is_imposed_again_twice_names_the_first_and_reopens_once(desk):
    ticket = follow(desk, desk.void_approved(), later(hours=3))
    desk.visited(desk.informed(ticket, at=later(hours=3)), at=later(hours=4), colour_seen="GREEN")
    first = desk.scene.clinical(fresh(ticket.person), at=later(days=2))
    desk.scene.clinical(fresh(ticket.person), at=later(days=2, minutes=5))
    ticket = follow(desk, ticket, later(days=2, hours=1))
    assert ticket.corrections.get().imposed_again_by == first
    assert (ticket.reopen_count, ticket.disputed_case) == (1, first)
    assert follow(desk, ticket, later(days=2, hours=2)).reopen_count == 1


def test_what_stands_again_by_a_fact_taken_back_is_not_imposed_again(desk):
    """The other case of the ground was reclassified, in error: its later row is as old as its first."""
    scene, person = desk.scene, desk.red()
    first = desk.case_of(person)
    other = scene.clinical(fresh(person), at=later(minutes=10))
    scene.exited(other, "RECLASSIFIED", new_ground="SUSPECTED", at=later(minutes=20))
    ticket = desk.taken(desk.routed(fresh(person), disputed_case=first))
    ticket = follow(desk, desk.void_approved(desk.void_proposed(ticket)), later(hours=3))
    scene.exit_taken_back(fresh(other), at=later(days=1))
    assert Case.objects.of(fresh(ticket.person)).open().get().resumes_id == other.pk
    ticket = follow(desk, ticket, later(days=1, hours=1))
    assert ticket.corrections.get().imposed_again_by is None


def test_after_a_fortnight_a_new_ground_is_a_new_matter(desk):
    ticket = follow(desk, desk.void_approved(), later(hours=3))
    desk.visited(desk.informed(ticket, at=later(hours=3)), at=later(hours=4), colour_seen="GREEN")
    desk.scene.clinical(fresh(ticket.person), at=later(days=15), began_on=day(15))
    assert follow(desk, ticket, later(days=15, hours=1)).state == TicketState.CLOSED


# --- F6: about conduct --------------------------------------------------------------------------------------
SETTLED = "已约谈该岗亭值守人员，今后持任一浙江健康码均予放行。"


def conduct(desk, **fields):
    """Return a ticket about a gate that told somebody to apply for a Shaoxing code (4.2); the lead signs for it."""
    heard = {"kind": "CONDUCT", "category": "C11", "is_disputed": False, "no_case": True, **fields}
    return desk.taken(desk.routed(**heard), by=desk.cast.lead_city)


def test_the_lead_settles_a_complaint_about_conduct(desk):
    ticket = conduct(desk)
    findings.decide(ticket, finding="CONDUCT", reason=SETTLED, by=desk.cast.lead_city, at=NOON)
    assert (ticket.state, ticket.finding) == (TicketState.DECIDED, "CONDUCT")


def test_a_disputed_code_is_no_matter_of_conduct(desk):
    fields = {"finding": "CONDUCT", "reason": SETTLED, "by": desk.cast.bureau_one, "at": NOON}
    refused(findings.NotAboutConduct, findings.decide, desk.taken(), **fields)


def test_an_office_answers_once(desk):
    ticket, cdc = desk.taken(), desk.cast.office("cdc-xinchang")
    assist = findings.ask_office(
        ticket, office=cdc, question="接触是否属实？", by=desk.cast.bureau_one, at=NOON
    )
    fields = {"text": "属实", "by": desk.cast.cdc_xinchang, "at": NOON}
    findings.answer(assist, **fields)
    refused(findings.AnsweredAlready, findings.answer, assist, **fields)


def test_the_office_that_handles_a_ticket_does_not_ask_itself(desk):
    ticket, by = desk.taken(), desk.cast.bureau_one
    refused(
        findings.OwnOffice,
        findings.ask_office,
        ticket,
        office=by.office,
        question="接触是否属实？",
        by=by,
        at=NOON,
    )


def test_even_the_lead_waits_for_material_no_longer_than_48_hours(desk):
    ticket, lead = conduct(desk), desk.cast.lead_city
    handling.ask(ticket, missing="当时的照片", by=lead, at=NOON)
    handling.resume(ticket, material="没有照片", by=lead, at=later(days=3))
    fields = {"missing": "证人的电话", "by": lead, "at": later(days=3)}
    refused(handling.PauseUsedUp, handling.ask, ticket, **fields)


def test_a_ground_imposed_again_that_ended_and_stands_again_before_the_timer_ran_is_seen(desk):
    scene, ticket = desk.scene, follow(desk, desk.void_approved(), later(hours=3))
    desk.visited(desk.informed(ticket, at=later(hours=3)), at=later(hours=4), colour_seen="GREEN")
    again = scene.clinical(fresh(ticket.person), at=later(days=2))
    scene.exited(again, "RECLASSIFIED", new_ground="SUSPECTED", at=later(days=2, minutes=20))
    scene.exit_taken_back(fresh(again), at=later(days=2, minutes=40))
    stands = Case.objects.of(fresh(ticket.person)).open().get()
    assert stands.resumes_id == again.pk
    ticket = follow(desk, ticket, later(days=2, hours=1))
    assert (ticket.state, ticket.corrections.get().imposed_again_by) == (TicketState.IN_PROGRESS, stands)


def test_a_timer_that_started_before_the_second_person_decided_takes_the_colour_they_left(desk):
    ticket = desk.void_approved(at=later(hours=2))
    ticket = follow(desk, ticket, later(hours=2) - timedelta(microseconds=2))
    assert (ticket.state, ticket.decided_colour) == (TicketState.DECIDED, "GREEN")
    telling.tell(ticket, channel="CALL", reached="本人", text="", by=ticket.owner, at=later(hours=3))
    assert fresh(ticket).told_colour == "GREEN"
