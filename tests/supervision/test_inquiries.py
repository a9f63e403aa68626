"""A question of supervision: asked of an office, answered by a day, climbing when it is not, closed with a finding."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from cases.models import Inquiry
from cases.policy import days
from cases.selectors.roster import Stage
from cases.selectors.worklists import worklists
from cases.services import inquiries
from cases.services.engine.refusals import NotAllowed
from cases.services.persons import erasure
from healthcode.core import spans
from healthcode.core.audit.models import Event, Note
from healthcode.portal import waiting
from healthcode.portal.signs import board
from tests.cases.scenes import T, later, refused

QUESTION = "请说明该人员赋红码所依据的流调材料"
DO = "admin:do"


@pytest.fixture
def person(scene):
    return scene.person()


@pytest.fixture
def ask(cast):
    def asked(office="community.yulin", at=T, in_days=2, **fields):
        fields = {"question": QUESTION, "by": cast.supervisor_city, **fields}
        day = days.local_day(at) + timedelta(days=in_days)
        return inquiries.ask(cast[office].office, answer_by=day, at=at, **fields)

    return asked


def keys(user, at):
    return {one.key: [row.about for row in one.rows] for one in worklists(user, at) if "inquir" in one.key}


# --- asked -----------------------------------------------------------------------------------------------
def test_a_question_waits_on_the_home_of_the_asked_office_alone(cast, ask):
    inquiry = ask()
    assert keys(cast.community_yulin, T) == {"inquiries": [inquiry]}
    assert keys(cast.officer_yulin, T) == {"inquiries": [inquiry]}  # of the same office
    assert keys(cast.community_nanming, T) == keys(cast.supervisor_city, T) == {}


def test_it_is_due_at_the_end_of_its_day(cast, ask):
    inquiry = ask(in_days=0)
    assert inquiry.due_at == days.midnight(days.local_day(T) + timedelta(days=1))
    assert not inquiry.is_late(inquiry.due_at - timedelta(seconds=1)) and inquiry.is_late(inquiry.due_at)


def test_the_home_says_until_when_in_words_and_leads_to_the_question(cast, ask):
    inquiry = ask()
    at = inquiry.due_at - timedelta(hours=30)
    with translation.override("en"):
        card = waiting.card(cast.community_yulin, "inquiries", at=at)
        (item,) = card.items
        assert (
            item.clock is None and spans.left(item.wait.due, at) == "30 hours left"
        )  # said once, by the wait
    assert not item.late and QUESTION in item.text
    assert item.page == reverse("admin:cases_inquiry_change", args=(inquiry.pk,))


def test_the_ledger_has_of_a_question_all_but_its_words(cast, ask, person):
    inquiry = ask(about=str(person.public_id))
    event = Event.objects.get(action="inquiry.asked")
    assert event.target == f"inquiry:{inquiry.pk}" and event.person == str(person.public_id)
    assert QUESTION not in event.body and Note.objects.get(event=event).text == QUESTION


@pytest.mark.parametrize("role", ["community.yulin", "duty.city", "admin.one", "bureau.one"])
def test_supervision_alone_asks(cast, ask, role):
    refused(NotAllowed, ask, by=cast[role])


@pytest.mark.parametrize("office", ["province", "telecom", "gate.school", "supervisor.city"])
def test_an_office_in_which_nobody_answers_is_not_asked(ask, office):
    refused(inquiries.NobodyAnswers, ask, office=office)


@pytest.mark.parametrize(("in_days", "why"), [(-1, "DayOver"), (61, "DayTooFar")])
def test_its_day_is_today_or_within_two_months(ask, in_days, why):
    refused(getattr(inquiries, why), ask, in_days=in_days)
    assert ask(in_days=0) and ask(in_days=60)


def test_a_number_that_names_nothing_is_refused(ask):
    refused(inquiries.MatterUnknown, ask, about="JK20200101-00001")


# --- answered --------------------------------------------------------------------------------------------
def answered(cast, inquiry, by="community.yulin", at=None):
    return inquiries.answer(inquiry, answer="流调表已补录", by=cast[by], at=at or later(hours=2))


def test_an_answer_takes_it_off_the_office_and_onto_supervisions_list(cast, ask):
    inquiry = answered(cast, ask())
    assert keys(cast.community_yulin, later(hours=3)) == {}
    assert keys(cast.supervisor_city, later(hours=3)) == {"inquiries_answered": [inquiry]}
    body = json.loads(Event.objects.get(action="inquiry.answered").body)
    assert body["late"] is False


def test_another_office_answers_nothing(cast, ask):
    refused(NotAllowed, answered, cast, ask(), by="community.nanming")


def test_a_question_is_answered_once(cast, ask):
    inquiry = answered(cast, ask())
    refused(inquiries.InquirySettled, answered, cast, inquiry, by="officer.yulin")


def test_a_late_answer_is_taken_and_says_so(cast, ask):
    inquiry = ask()
    late = answered(cast, inquiry, at=inquiry.due_at + timedelta(hours=1))
    assert late.is_late(T) and json.loads(Event.objects.get(action="inquiry.answered").body)["late"] is True


# --- overdue ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hours", "stage", "lists"),
    [
        (-1, Stage.OFFICE, set()),
        (0, Stage.LEADER, {"duty.city"}),
        (24, Stage.SUPERVISION, {"duty.city", "supervisor.city"}),
    ],
)
def test_what_is_not_answered_climbs_from_the_end_of_its_day(cast, ask, hours, stage, lists):
    inquiry = ask()
    at = inquiry.due_at + timedelta(hours=hours)
    (row,) = next(one.rows for one in worklists(cast.community_yulin, at) if one.key == "inquiries")
    assert row.wait.due == inquiry.due_at and row.wait.stage == stage
    watching = ("duty.city", "supervisor.city", "duty.xinchang")
    late = {
        name: next((one.rows for one in worklists(cast[name], at) if one.key == "late"), ())
        for name in watching
    }
    late["duty.city"] += late.pop("duty.xinchang") and ()
    assert {name for name, rows in late.items() if [one.about for one in rows] == [inquiry]} == lists


def test_supervision_sees_its_own_overdue_questions_at_once(cast, ask):
    inquiry = ask()
    assert keys(cast.supervisor_city, inquiry.due_at - timedelta(seconds=1)) == {}
    assert keys(cast.supervisor_city, inquiry.due_at) == {"inquiries_late": [inquiry]}


# --- closed ----------------------------------------------------------------------------------------------
def closed(cast, inquiry, finding="IN_ORDER", at=None, **fields):
    fields = {"reason": "材料齐全", "by": cast.supervisor_city, "at": at or later(hours=3), **fields}
    return inquiries.close(inquiry, finding=finding, **fields)


def test_a_finding_closes_what_was_answered(cast, ask):
    inquiry = closed(cast, answered(cast, ask()))
    assert keys(cast.supervisor_city, later(hours=4)) == {} and inquiry.finding == "IN_ORDER"
    assert json.loads(Event.objects.get(action="inquiry.closed").body)["finding"] == "IN_ORDER"


def test_before_answer_and_day_it_can_only_be_withdrawn(cast, ask):
    inquiry = ask()
    refused(inquiries.AnswerAwaited, closed, cast, inquiry)
    assert closed(cast, inquiry, "WITHDRAWN").closed_at
    assert keys(cast.community_yulin, later(hours=4)) == {}


def test_after_its_day_a_finding_is_made_without_an_answer(cast, ask):
    inquiry = ask()
    assert closed(cast, inquiry, "NOT_IN_ORDER", at=inquiry.due_at).closed_at
    refused(inquiries.InquirySettled, answered, cast, inquiry)


def test_a_finding_says_what_it_rests_on_and_is_made_once(cast, ask):
    inquiry = answered(cast, ask())
    refused(inquiries.FindingWithoutReason, closed, cast, inquiry, reason="。")
    refused(NotAllowed, closed, cast, inquiry, by=cast.community_yulin)
    closed(cast, inquiry)
    refused(inquiries.InquirySettled, closed, cast, inquiry)


def test_nobody_is_erased_while_an_office_is_asked_about_them(cast, ask, person):
    inquiry = ask(about=str(person.public_id))
    refused(erasure.StillOpen, erasure.require_closed, person)
    closed(cast, inquiry, "WITHDRAWN")
    erasure.require_closed(person)


@pytest.mark.parametrize(
    ("column", "value"),
    [("due_at", later(days=9)), ("question", None), ("asked_at", later(hours=1)), ("about", "x")],
)
def test_the_database_keeps_a_question_as_it_was_asked(ask, column, value):
    inquiry = ask()
    if value is None:  # its words alone may be written over, by erasing
        assert Inquiry.objects.filter(pk=inquiry.pk).update(question="–") == 1
        return
    with pytest.raises(DatabaseError), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(**{column: value})


# --- the pages -------------------------------------------------------------------------------------------
def test_supervision_asks_from_a_sign_and_the_board_says_what_was_asked(cast, scene, supervisor):
    at = timezone.now()
    scene.opened(
        scene.person(at=at),
        "OVERSEAS",
        at=at,
        began_on=at.date(),
        evidence_kind="SCREENING",
        evidence_ref="邻居反映",
    )
    (row,) = board.rows("evidence", at=at)
    page = supervisor.get(reverse("admin:signs")).content.decode()
    link = f"{reverse(DO, args=('ask-inquiry',))}?about=sign:evidence:{board.subject_of(row)}"
    assert link in page
    form = supervisor.get(link).content.decode()
    assert "邻居反映" in form and 'type="hidden" name="about"' in form
    typed = {
        "office": cast.community_yulin.office.code,
        "question": "依据不足，请补充",
        "answer_by": f"{days.local_day(at) + timedelta(days=1):%Y-%m-%d}",
        "about": link.split("about=")[1],
    }
    supervisor.post(reverse(DO, args=("ask-inquiry",)), {**typed, "_confirm": "1"})
    inquiry = Inquiry.objects.get()
    assert inquiry.about == "sign:evidence" and inquiry.subject == board.subject_of(row)
    assert (
        reverse("admin:cases_inquiry_change", args=(inquiry.pk,))
        in supervisor.get(reverse("admin:signs")).content.decode()
    )


def test_an_office_reads_answers_and_prints_its_question_and_no_other_one(cast, ask, at_desk):
    inquiry = ask(at=timezone.now(), in_days=1)
    page = reverse("admin:cases_inquiry_change", args=(inquiry.pk,))
    client, other = at_desk(cast.community_yulin), at_desk(cast.community_nanming)
    body = client.get(page).content.decode()
    answer = f"{reverse(DO, args=('answer-inquiry',))}?inquiry={inquiry.pk}"
    assert QUESTION in body and answer in body and "data-print" in body
    assert other.get(page).status_code == 302
    assert QUESTION in client.get(answer).content.decode()
    client.post(answer, {"inquiry": inquiry.pk, "answer": "已补录", "_confirm": "1"})
    inquiry.refresh_from_db()
    assert inquiry.answer == "已补录"
    assert "answered in time" in client.get(page).content.decode()


@pytest.mark.parametrize(("username", "named"), [("community.yulin", True), ("community.nanming", False)])
def test_whom_it_is_about_is_named_where_the_office_may_read_them(cast, ask, at_desk, scene, username, named):
    person = scene.person(name="李强红", present="330602001" if not named else "330624001", at=timezone.now())
    ask(office=username, at=timezone.now(), about=str(person.public_id))
    body = at_desk(cast[username]).get(
        reverse("admin:cases_inquiry_change", args=(Inquiry.objects.get().pk,))
    )
    assert ("李强红" in body.content.decode()) is named and str(person.public_id)[:8] in body.content.decode()
    assert Event.objects.filter(action="person.viewed", person=str(person.public_id)).exists()


def test_the_supervisors_file_has_question_answer_and_finding(cast, ask, person, supervisor):
    inquiry = closed(cast, answered(cast, ask(about=str(person.public_id))))
    typed = {"number": str(person.public_id), "reason": "督查办案 17 号"}
    page = supervisor.post(reverse("admin:dossier_ask"), typed, follow=True).content.decode()
    assert (
        "Questions to offices" in page
        and QUESTION in page
        and "流调表已补录" in page
        and inquiry.reason in page
    )
    assert f"{reverse(DO, args=('ask-inquiry',))}?about={person.public_id}" in page
