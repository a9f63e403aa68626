"""First contact: no ticket without status and reason; what was seen is frozen; disputes go to the bureau."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from complaints.models import Draft, Ticket
from complaints.models.choices import TicketState
from complaints.services import drafts, intake
from complaints.services.intake import Intake
from healthcode.core.offices.refusals import NotAllowed
from tests.cases.scenes import later, refused

from .desk import NOON


def test_a_disputed_red_is_routed_to_the_bureau_at_once(desk):
    ticket = desk.routed()
    assert (ticket.state, ticket.office.code, ticket.priority) == (TicketState.ROUTED, "bureau", 1)


def test_the_number_counts_within_the_day(desk):
    numbers = [desk.routed().number for _ in range(2)]
    assert numbers == ["JK20261102-00001", "JK20261102-00002"]


def test_the_clocks_start_when_the_citizen_asked(desk):
    ticket = desk.routed(received_at=NOON - timedelta(minutes=50))
    assert ticket.sign_due == NOON + timedelta(minutes=10)


def test_what_the_code_said_is_frozen_in_the_ticket(desk):
    ticket = desk.routed()
    frozen = ticket.snapshot
    assert (frozen["colour"], [one["ground"] for one in frozen["cases"]]) == ("RED", ["CLOSE_CONTACT"])


def test_a_question_that_is_answered_is_closed_at_the_first_contact(desk):
    person = desk.scene.person()
    heard = Intake(outcome=intake.ACCEPTED, category="C14", kind="CONSULT", explained=NOON)
    ticket = intake.register(desk.looked(person), heard, by=desk.cast.community_yulin, at=NOON)
    assert (ticket.state, "绿码" in ticket.explanation) == (TicketState.CLOSED, True)


def test_the_words_read_out_name_reason_and_end_and_the_ticket_the_clause(desk):
    ticket = desk.routed()
    explanation = ticket.explanation
    assert "密切接触者" in explanation and "结束" in explanation and "1.1d" in ticket.policy_ref, explanation


def test_without_a_look_up_there_is_no_ticket(desk):
    draft = drafts.begin(by=desk.cast.community_yulin, at=NOON)
    heard = Intake(outcome=intake.HAND_ON, category="C07", contact_phone="13900001111")
    refused(intake.AnonymousQuestion, intake.register, draft, heard, by=desk.cast.community_yulin, at=NOON)


def test_the_database_itself_wants_the_look_up(desk):
    ticket = desk.routed()
    with pytest.raises(IntegrityError):
        Ticket.objects.filter(pk=ticket.pk).update(snapshot=None, snapshot_at=None, snapshot_by=None)


def test_a_look_up_of_half_an_hour_ago_is_too_old(desk):
    person = desk.red()
    draft = desk.looked(person)
    refused(
        intake.LookTooOld, intake.register, draft, desk.heard(person),
        by=desk.cast.community_yulin, at=NOON + timedelta(minutes=31),
    )  # fmt: skip


def test_a_code_that_turned_since_has_to_be_looked_at_again(desk):
    person = desk.red()
    draft = desk.looked(person)
    desk.scene.overseas(person, at=NOON)
    heard = desk.heard(person, disputed_case=None, no_case=True)
    refused(intake.IntakeCodeMoved, intake.register, draft, heard, by=desk.cast.community_yulin, at=NOON)


def test_a_disputed_code_is_not_settled_by_explaining(desk):
    person = desk.red()
    heard = desk.heard(person, outcome=intake.ACCEPTED)
    refused(
        intake.Disputed, intake.register, desk.looked(person), heard, by=desk.cast.community_yulin, at=NOON
    )


@pytest.mark.parametrize("outcome", [intake.ACCEPTED, intake.HAND_ON, intake.WITHDRAWN])
def test_whatever_comes_of_it_the_code_is_explained_first(desk, outcome):
    person = desk.red()
    heard = desk.heard(person, outcome=outcome, kind="CONSULT", is_disputed=False, explained=None)
    refused(
        intake.NotExplained,
        intake.register,
        desk.looked(person),
        heard,
        by=desk.cast.community_yulin,
        at=NOON,
    )


def test_what_was_explained_before_the_code_was_looked_up_again_does_not_count(desk):
    person, by, again = desk.red(), desk.cast.community_yulin, NOON + timedelta(minutes=5)
    draft = desk.looked(person)
    drafts.look(draft, person, by=by, at=again)
    refused(intake.ExplainedBefore, intake.register, draft, desk.heard(person), by=by, at=again)


@pytest.mark.parametrize(
    ("relation", "hears"),
    [
        ("SELF", True),
        ("PARENT", True),
        ("GUARDIAN", True),
        ("RELATIVE", False),
        ("OTHER", False),
        ("UNVERIFIED", False),
    ],
)
def test_only_the_person_a_parent_and_a_guardian_hear_the_reason(desk, relation, hears):
    ticket = desk.routed(relation=relation)
    assert ("密切接触者" in ticket.explanation, ticket.state) == (hears, TicketState.ROUTED)


def test_whoever_is_not_verified_was_told_no_colour(desk):
    person = desk.red()
    heard = desk.heard(
        person, outcome=intake.ACCEPTED, kind="CONSULT", is_disputed=False, relation="UNVERIFIED"
    )
    ticket = intake.register(desk.looked(person), heard, by=desk.cast.community_yulin, at=NOON)
    assert (ticket.state, ticket.told_colour) == (TicketState.CLOSED, "")


def test_nothing_is_disputed_unless_somebody_says_so(desk):
    person = desk.red()
    heard = Intake(outcome=intake.HAND_ON, category="C02", explained=NOON, contact_phone="13900001111")
    ticket = intake.register(desk.looked(person), heard, by=desk.cast.community_yulin, at=NOON)
    assert (ticket.is_disputed, ticket.disputed_case) == (False, None)


def test_the_number_on_the_record_is_used_where_no_other_is_typed(desk):
    ticket = desk.routed(desk.red(phone="13912345678"), contact_phone="")
    assert ticket.contact_phone == "13912345678"


def test_whoever_hands_on_says_how_to_reach_the_citizen(desk):
    person = desk.red(phone="")
    heard = desk.heard(person, contact_phone="")
    refused(
        intake.ContactMissing,
        intake.register,
        desk.looked(person),
        heard,
        by=desk.cast.community_yulin,
        at=NOON,
    )


def test_a_dispute_names_its_ground_or_says_none(desk):
    person = desk.red()
    heard = desk.heard(person, disputed_case=None)
    refused(
        intake.CaseMissing, intake.register, desk.looked(person), heard, by=desk.cast.community_yulin, at=NOON
    )


def test_another_persons_case_is_refused(desk):
    person, other = desk.red(), desk.red()
    heard = desk.heard(person, disputed_case=desk.case_of(other))
    refused(
        intake.NotTheirCase,
        intake.register,
        desk.looked(person),
        heard,
        by=desk.cast.community_yulin,
        at=NOON,
    )


def test_nobody_registers_from_a_colleagues_look_up(desk):
    person = desk.red()
    draft = desk.looked(person)
    refused(NotAllowed, intake.register, draft, desk.heard(person), by=desk.cast.service_xinchang, at=NOON)


@pytest.mark.parametrize("asked", [timedelta(hours=73), timedelta(hours=-1)])
def test_the_reception_lies_within_three_days_and_not_ahead(desk, asked):
    person = desk.red()
    heard = desk.heard(person, received_at=NOON - asked)
    refused(
        intake.WrongReception,
        intake.register,
        desk.looked(person),
        heard,
        by=desk.cast.community_yulin,
        at=NOON,
    )


def test_a_form_sent_twice_makes_one_ticket(desk):
    person = desk.red()
    draft = desk.looked(person)
    made = {
        intake.register(draft, desk.heard(person), by=desk.cast.community_yulin, at=NOON).pk for _ in range(2)
    }
    assert len(made) == 1


def test_a_gate_keeper_registers_nothing(desk):
    refused(NotAllowed, drafts.begin, by=desk.cast.gate_school, at=NOON)


@pytest.mark.parametrize(
    "username", ["duty.city", "policy.city", "cdc.city", "officer.yulin", "clinic.xinchang"]
)
def test_anyone_first_asked_may_look_and_register(desk, username):
    person, by = desk.red(), desk.cast[username]
    draft = drafts.begin(by=by, at=NOON)
    found = drafts.find(draft, person.document, purpose="来电询问", by=by, at=NOON)
    drafts.look(draft, *found, by=by, at=NOON)
    ticket = intake.register(draft, desk.heard(person), by=by, at=NOON)
    assert (ticket.first_responder, ticket.state) == (by, TicketState.ROUTED)


def test_a_draft_keeps_what_was_typed_sealed(desk):
    by = desk.cast.community_yulin
    draft = drafts.begin(by=by, at=NOON)
    drafts.save(draft, {"description": "我没去过那里"}, by=by, at=NOON)
    draft = Draft.objects.get(pk=draft.pk)
    assert draft.typed == {"description": "我没去过那里"} and "我没去过".encode() not in bytes(draft.sealed)


def test_a_user_keeps_three_drafts_for_a_day(desk):
    by = desk.cast.community_yulin
    for _ in range(5):
        drafts.save(drafts.begin(by=by, at=NOON), {}, by=by, at=NOON)
    assert (drafts.of(by, NOON).count(), drafts.of(by, later(hours=26)).count()) == (3, 0)


def test_a_second_ticket_about_the_same_ground_is_linked_with_the_first(desk):
    person = desk.red()
    first = desk.visited(desk.informed(desk.upheld(desk.taken(desk.routed(person)))))
    second = desk.routed(person, at=later(hours=3))
    assert (first.state, second.follows) == (TicketState.CLOSED, first)


def test_a_draft_that_was_pushed_out_by_newer_ones_is_looked_up_again(desk):
    person, by = desk.red(), desk.cast.community_yulin
    draft = desk.looked(person)
    for _newer in range(drafts.MAX_DRAFTS + 1):
        desk.looked(person, at=later(hours=1, minutes=1))
    at = later(hours=1, minutes=2)
    refused(intake.LookMissing, intake.register, draft, desk.heard(person), by=by, at=at)
