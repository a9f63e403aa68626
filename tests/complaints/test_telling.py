"""Told what was decided while it is so; asked again by somebody else; closed only when it is true."""

from datetime import timedelta

import pytest

from complaints.models.choices import TicketState
from complaints.selectors import worklists
from complaints.services import findings, following, handling, telling, wording
from complaints.services.steps import WrongState
from healthcode.core.offices.refusals import NotAllowed
from tests.cases.scenes import Scene, fresh, later, refused
from tests.factories import Cast

from .desk import NEXT, NOON, REASON, TOLD, Desk


@pytest.fixture(scope="module")
def upheld_once(kept):
    return Desk(Scene(Cast())).upheld().pk


@pytest.fixture
def desk(scene, upheld_once):
    return Desk(scene, ready=[upheld_once])


def tell(desk, ticket, **body):
    fields = {"channel": "CALL", "reached": "本人", "text": TOLD, "by": ticket.owner, "at": NOON, **body}
    return telling.tell(ticket, **fields)


def test_the_citizen_is_told_word_for_word(desk):
    ticket = desk.informed()
    text = ticket.notices.get().text
    assert (ticket.state, ticket.told_colour) == (TicketState.INFORMED, "RED")
    assert text.startswith("经核实，赋码属实。您的健康码现为红码。") and text.endswith(TOLD)


def test_no_ground_is_called_right_where_none_stands(desk):
    green = desk.scene.person()
    ticket = desk.upheld(desk.taken(desk.routed(green, is_disputed=False, category="C09")))
    text = tell(desk, ticket, text="").text
    assert text.startswith("经核实，平台记录无误。您的健康码现为绿码。") and "赋码" not in text


def test_a_ground_that_was_disputed_is_called_right_though_none_is_looked_at(desk):
    ticket = desk.upheld()
    assert wording.outcome(ticket, None).startswith("经核实，赋码属实。")


def test_nobody_has_to_add_words(desk):
    ticket = desk.upheld()
    assert "红码" in tell(desk, ticket, text="").text


PUBLIC = {
    "tell": (lambda desk: desk.upheld(), lambda desk, ticket, words: tell(desk, ticket, text=words)),
    "reply": (
        lambda desk: desk.taken(),
        lambda desk, ticket, words: telling.reply(
            ticket, channel="SMS", reached="本人", text=words, by=ticket.owner, at=NOON
        ),
    ),
    "ask": (
        lambda desk: desk.taken(),
        lambda desk, ticket, words: handling.ask(ticket, missing=words, by=ticket.owner, at=NOON),
    ),
    "extend": (
        lambda desk: desk.taken(),
        lambda desk, ticket, words: handling.extend(ticket, reason=words, by=desk.cast.lead_city, at=NOON),
    ),
}


@pytest.mark.parametrize("act", PUBLIC)
@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (wording.AnotherColour, "您的健康码现为绿码，请放心出行。"),
        (wording.AnotherNumber, "请您自行拨打0575-86123456联系管控组处理。"),
    ],
)
def test_no_words_for_the_citizen_say_another_colour_or_number(desk, act, refusal, words):
    make, say = PUBLIC[act]
    assert refused(refusal, say, desk, make(desk), words).field in ("text", "missing", "reason")


def test_what_is_missing_can_be_said_in_four_characters(desk):
    ticket = desk.taken()
    handling.ask(ticket, missing="出生证明", by=ticket.owner, at=NOON)
    assert ticket.state == TicketState.NEED_INFO


def test_a_citizen_who_sees_another_colour_comes_first_and_stands_on_the_leads_list(desk):
    person = desk.red()
    ticket = desk.upheld(desk.taken(desk.routed(person, category="C09", is_disputed=False)))
    assert ticket.priority == 2
    ticket = desk.visited(desk.informed(ticket), colour_seen="GREEN")
    listed = {kind.key: kind.find(desk.cast.lead_city, NEXT) for kind in worklists.KINDS}
    assert (ticket.priority, list(listed["desk_other_colour"])) == (1, [ticket])
    findings.decide(handling_again(desk, ticket), finding="UPHELD", reason=REASON, by=ticket.owner, at=NEXT)
    assert not listed["desk_other_colour"].all().exists()


def handling_again(desk, ticket):
    handling.look(ticket, by=ticket.owner, at=NEXT)
    return ticket


def test_nobody_is_told_a_colour_that_has_turned(desk):
    ticket = desk.upheld()
    desk.scene.voided(ticket.disputed_case, at=later(hours=2))
    refused(telling.ColourDiffers, tell, desk, ticket, at=later(hours=3))


def test_a_decision_brought_up_to_date_can_be_told(desk):
    ticket = desk.upheld()
    desk.scene.voided(ticket.disputed_case, at=later(hours=2))
    findings.refresh(ticket, reason="该赋码记录已另行撤销，以此为准", by=ticket.owner, at=later(hours=3))
    tell(desk, ticket, at=later(hours=3))
    assert ticket.told_colour == "GREEN"


def test_what_was_decided_is_not_refreshed_without_need(desk):
    ticket = desk.upheld()
    refused(
        findings.NotMoved, findings.refresh, ticket, reason="没有变化也要更新决定", by=ticket.owner, at=NOON
    )


def test_the_office_of_the_first_responder_may_tell(desk):
    ticket = desk.upheld()
    tell(desk, ticket, by=desk.cast.community_yulin)
    assert ticket.state == TicketState.INFORMED


@pytest.mark.parametrize("username", ["bureau.two", "community.nanming", "supervisor.city"])
def test_nobody_else_tells(desk, username):
    refused(NotAllowed, tell, desk, desk.upheld(), by=desk.cast[username])


def test_people_are_not_rung_up_at_night(desk):
    refused(telling.QuietHours, tell, desk, desk.upheld(), at=later(hours=13))


def test_nobody_is_told_to_ring_another_office(desk):
    text = "请您自行拨打0575-86123456联系管控组处理。"
    assert refused(wording.AnotherNumber, tell, desk, desk.upheld(), text=text).field == "text"


def test_days_and_numbers_of_the_own_office_may_be_named(desk):
    text = "您的健康码在2026-11-17后解除，件号JK20261102-00001，有问题请打85085591。"
    assert tell(desk, desk.upheld(), text=text).text.endswith(text)


def test_a_good_answer_closes_the_ticket(desk):
    assert desk.visited().state == TicketState.CLOSED


def test_whoever_decided_does_not_ask_whether_it_is_solved(desk):
    ticket = desk.informed()
    refused(
        telling.OwnDecision, telling.visit, ticket, reached="YES", colour_seen="RED", solved=True,
        by=desk.cast.bureau_one, at=later(hours=2),
    )  # fmt: skip


def test_the_second_person_of_the_void_does_not_ask_either(desk):
    ticket = desk.void_approved(desk.void_proposed(desk.taken(desk.routed(by=desk.cast.group_xinchang))))
    following.follow(ticket, by=desk.cast.bureau_two, at=later(hours=3))
    ticket = desk.informed(fresh(ticket), at=later(hours=3))
    refused(
        telling.OwnDecision, telling.visit, ticket, reached="YES", colour_seen="GREEN", solved=True,
        by=desk.cast.group_xinchang, at=later(hours=4),
    )  # fmt: skip


def test_who_was_reached_says_which_colour_they_see(desk):
    refused(
        telling.AnswerMissing, telling.visit, desk.informed(), reached="YES", solved=True,
        by=desk.cast.bureau_two, at=later(hours=2),
    )  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        {"solved": False},
        {"colour_seen": "GREEN", "comment": "我手机上是绿的"},
        {"satisfaction": 2, "comment": "没有说清楚什么时候解除"},
    ],
)
def test_a_bad_answer_takes_the_ticket_up_again(desk, answer):
    ticket = desk.visited(**answer)
    assert (ticket.state, ticket.redo_count, ticket.owner) == (
        TicketState.IN_PROGRESS,
        1,
        desk.cast.bureau_one,
    )


def test_half_the_time_is_given_when_it_is_taken_up_again(desk):
    ticket = desk.visited(solved=False, at=later(hours=2))
    assert ticket.decide_due == later(hours=14)


def test_the_second_failure_is_the_complaint_leads(desk):
    ticket = desk.visited(solved=False)
    handling.look(ticket, by=desk.cast.bureau_one, at=later(hours=3))
    ticket = desk.informed(desk.upheld(ticket, at=later(hours=3)), at=later(hours=3))
    ticket = desk.visited(ticket, at=later(hours=4), solved=False)
    assert (ticket.owner, ticket.office.code) == (desk.cast.lead_city, "prevention-city")


def test_the_lead_gives_it_to_somebody_who_did_not_decide_it(desk):
    ticket = desk.visited(solved=False)
    lead = desk.cast.lead_city
    assign = {"ruling": "重新核实后再告知", "by": lead, "at": later(hours=3)}
    refused(handling.NotAColleague, handling.assign, ticket, to=desk.cast.bureau_one, **assign)
    assert handling.assign(ticket, to=desk.cast.bureau_two, **assign).owner == desk.cast.bureau_two


def no_answer(desk, ticket, at):
    telling.visit(ticket, reached="NO_ANSWER", by=desk.cast.bureau_two, at=at)
    return ticket.state


def test_three_calls_in_vain_on_two_days_close_it(desk):
    ticket = desk.informed()
    calls = (later(hours=2), later(hours=3), later(days=1))
    assert [no_answer(desk, ticket, at) for at in calls] == [
        TicketState.INFORMED,
        TicketState.INFORMED,
        TicketState.CLOSED,
    ]


def test_three_calls_in_vain_on_one_day_do_not(desk):
    ticket = desk.informed()
    assert [no_answer(desk, ticket, later(hours=hour)) for hour in (2, 3, 4)][-1] == TicketState.INFORMED


def test_a_code_that_turns_after_it_was_told_takes_the_ticket_up_again(desk):
    ticket = desk.informed()
    desk.scene.voided(ticket.disputed_case, at=later(hours=2))
    following.follow_all(by=desk.cast.bureau_two, at=later(hours=3))
    ticket = fresh(ticket)
    assert (ticket.state, ticket.redo_count) == (TicketState.IN_PROGRESS, 0)


def test_no_ticket_is_closed_whose_code_has_turned(desk):
    ticket = desk.informed()
    desk.scene.voided(ticket.disputed_case, at=later(hours=2))
    with pytest.raises(WrongState):
        desk.visited(ticket, at=later(hours=3))
    assert fresh(ticket).state != TicketState.CLOSED


def test_a_closed_ticket_is_reopened_in_the_citizens_words(desk):
    ticket = desk.visited()
    telling.reopen(ticket, statement="第二天又变红了", by=desk.cast.community_yulin, at=later(days=3))
    assert (ticket.state, ticket.reopen_count) == (TicketState.IN_PROGRESS, 1)


def test_after_thirty_days_it_is_a_new_ticket(desk):
    ticket = desk.visited()
    refused(
        telling.TooLateToReopen, telling.reopen, ticket, statement="又变红了，请查",
        by=desk.cast.community_yulin, at=later(days=31),
    )  # fmt: skip


def test_what_was_settled_at_the_first_contact_waits_for_the_bureau_when_reopened(desk):
    from complaints.services import intake

    person = desk.scene.person()
    heard = intake.Intake(outcome=intake.ACCEPTED, category="C13", kind="CONSULT", explained=NOON)
    ticket = intake.register(desk.looked(person), heard, by=desk.cast.community_yulin, at=NOON)
    telling.reopen(ticket, statement="页面还是打不开", by=desk.cast.community_yulin, at=later(hours=3))
    assert desk.taken(ticket, by=desk.cast.bureau_two, at=later(hours=4)).owner == desk.cast.bureau_two


def test_a_reply_is_public_and_moves_nothing(desk):
    ticket = desk.taken()
    telling.reply(ticket, channel="SMS", reached="本人", text="正在核实", by=desk.cast.bureau_one, at=NOON)
    assert (ticket.state, ticket.events.get(kind="REPLIED").is_public) == (TicketState.IN_PROGRESS, True)


def test_the_last_word_undoes_everything_before_it(desk, monkeypatch):
    ticket = desk.upheld()

    def broken(*_args, **_fields):
        raise RuntimeError

    monkeypatch.setattr(telling.outbox, "answer", broken)
    refused(RuntimeError, tell, desk, ticket)
    assert fresh(ticket).state == TicketState.DECIDED, REASON


def test_the_timer_finds_nothing_in_a_ticket_whose_code_stayed(desk):
    desk.informed()
    assert following.follow_all(by=desk.cast.bureau_two, at=NOON + timedelta(days=1)) == 0


def reply(desk, ticket, **fields):
    fields = {"channel": "VISIT", "reached": "本人", "text": TOLD, "by": desk.cast.bureau_one, **fields}
    return telling.reply(ticket, at=NOON, **fields)


def test_a_closed_ticket_is_not_replied_to(desk):
    ticket = desk.visited()
    refused(telling.NotAnswered, reply, desk, ticket, by=ticket.owner)


def test_who_did_not_write_through_the_hotline_is_not_answered_through_it(desk):
    ticket = desk.taken()
    refused(telling.NotThroughTheHotline, reply, desk, ticket, channel="HOTLINE", by=ticket.owner)
