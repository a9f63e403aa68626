"""The person's page: it tells a story, offers what may be done now, and every reading is recorded."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import ControlOrder, Declaration, LookUp
from cases.services import control
from cases.services.grounds import voids
from cases.services.persons import lookups, merges
from healthcode.core.audit.models import Event, Note
from tests import factories
from tests.admin.conftest import texts
from tests.cases.scenes import Scene
from tests.factories import DivisionFactory, register, sampled


def page(person, name="change"):
    return reverse(f"admin:cases_person_{name}", args=(person.pk,))


def test_the_page_says_why_since_when_and_who_entered_it(cast, red, at_desk):
    person = red()
    body = texts(at_desk(cast.community_yulin).get(page(person))).body
    assert "Close contact" in body and "clause 1.1d" in body
    assert cast.group_xinchang.name in body


def test_the_page_says_what_ends_it_and_whose_act_is_missing(cast, red, at_desk):
    body = texts(at_desk(cast.community_yulin).get(page(red()))).body
    assert "The measure runs until" in body
    assert "act of: Responsible control officer" in body
    assert "At the earliest" in body


def test_when_all_is_met_the_page_says_who_can_act(cast, red, now, at_desk):
    person = red(days_ago=17)
    sampled(person, by=cast.officer_yulin, at=now - timedelta(hours=20))
    body = texts(at_desk(cast.community_yulin).get(page(person))).body
    assert "Everything is met" in body and "overdue, not ended" in body


def test_the_page_speaks_chinese_too(cast, red, at_desk):
    assert "密切接触者" in texts(at_desk(cast.community_yulin, "zh-hans").get(page(red()))).body


def test_numbers_are_masked(cast, red, at_desk):
    person = red()
    body = texts(at_desk(cast.community_yulin).get(page(person))).body
    assert person.masked_document in body
    assert person.document not in body and person.phone not in body


def test_only_what_the_reader_may_do_now_is_offered(cast, red, at_desk):
    person = red()
    officer = texts(at_desk(cast.officer_yulin).get(page(person))).body
    clerk = texts(at_desk(cast.cdc_xinchang).get(page(person))).body
    assert "End control" in officer
    assert "/do/end-control/" not in clerk and "/do/report/" in clerk


def test_a_supervisor_reads_and_is_offered_nothing(cast, red, at_desk):
    person = red()
    body = texts(at_desk(cast.supervisor_city).get(page(person))).body
    assert f"/person/{person.pk}/do/" not in body
    assert f"/person/{person.pk}/do/" in texts(at_desk(cast.group_xinchang).get(page(person))).body


def test_there_is_nothing_to_post_to_a_persons_page(cast, red, at_desk):
    assert at_desk(cast.group_xinchang).post(page(red()), {"name": "x"}).status_code == 403


@pytest.mark.parametrize("name", ["change", "explanation", "history"])
def test_every_reading_is_recorded(cast, red, at_desk, name):
    person = red()
    at_desk(cast.community_yulin).get(page(person, name))
    event = Event.objects.filter(action="person.viewed").latest("pk")
    assert (event.actor, event.person) == ("community.yulin", str(person.public_id))


def test_a_reading_by_look_up_is_recorded_with_its_purpose(cast, red, at_desk, now):
    person = red()
    lookups.look_up(
        document_type="RESIDENT_ID",
        document_number=person.document,
        purpose="电话解释",
        by=cast.service_yuecheng,
        at=now,
    )
    at_desk(cast.service_yuecheng).get(page(person))
    event = Event.objects.filter(action="person.viewed").latest("pk")
    assert Note.objects.get(event=event).text == "电话解释"


def test_a_case_read_by_look_up_is_recorded_with_its_purpose(cast, red, at_desk, now):
    person = red()
    lookups.look_up(
        document_type="RESIDENT_ID",
        document_number=person.document,
        purpose="电话解释",
        by=cast.service_yuecheng,
        at=now,
    )
    case = person.cases.get()
    at_desk(cast.service_yuecheng).get(reverse("admin:cases_case_change", args=(case.pk,)))
    event = Event.objects.get(action="person.viewed", target=f"case:{case.pk}")
    assert Note.objects.get(event=event).text == "电话解释"


def test_a_look_up_that_is_over_opens_nothing(cast, red, at_desk, now):
    person = red()
    LookUp.objects.create(
        person=person, user=cast.service_yuecheng, purpose="x", at=now - timedelta(hours=2), until=now
    )
    assert at_desk(cast.service_yuecheng).get(page(person)).status_code == 302


def test_a_look_up_does_not_open_the_audit_trail(cast, red, at_desk, now):
    person = red()
    LookUp.objects.create(
        person=person, user=cast.service_yuecheng, purpose="x", at=now, until=now + timedelta(hours=1)
    )
    assert at_desk(cast.service_yuecheng).get(page(person, "history")).status_code == 403


def test_the_audit_trail_is_told_in_words(cast, red, at_desk):
    body = texts(at_desk(cast.community_yulin).get(page(red(), "history"))).body
    assert "case opened" in body and "Close contact" in body
    assert "CLOSE_CONTACT" not in body and "group.xinchang" not in body


def test_who_looked_is_for_supervision_alone(cast, red, at_desk):
    person = red()
    at_desk(cast.group_xinchang).get(page(person))
    read = "page read"
    assert read not in texts(at_desk(cast.community_yulin).get(page(person, "history"))).body
    # Supervision is led to the person's timeline, where looks are told too.
    assert read in texts(at_desk(cast.supervisor_city).get(page(person, "history"), follow=True)).body


def test_a_merged_record_leads_to_the_one_that_stays(cast, at_desk, now):
    survivor, duplicate = (register(by=cast.service_xinchang) for _ in range(2))
    merge = merges.propose(duplicate, survivor, reason="同一人", by=cast.bureau_one, at=now)
    merges.approve(merge, by=cast.bureau_two, at=now)
    body = texts(at_desk(cast.service_xinchang).get(page(duplicate))).body
    assert "was merged into another" in body and page(survivor) in body


def test_another_citys_code_is_named_as_recognised(cast, at_desk):
    person = register(by=cast.service_xinchang, code_city=DivisionFactory(code="3301"))
    assert (
        "nobody may ask for a second one (clause 4.2)"
        in texts(at_desk(cast.service_xinchang).get(page(person))).body
    )


def test_a_positive_result_warns_and_turns_no_code(cast, at_desk, now):
    person = register(by=cast.service_xinchang)
    factories.sampled(person, by=cast.service_xinchang, at=now, outcome="POSITIVE")
    body = texts(at_desk(cast.service_xinchang).get(page(person))).body
    assert "Do not let the person leave" in body and "code-green code-large" in body


def test_an_order_that_ended_stays_on_the_page(cast, due, at_desk, now):
    person = due()
    control.end(person, by=cast.officer_yulin, at=now)
    body = texts(at_desk(cast.community_yulin).get(page(person))).body
    assert "Ended control orders" in body and "result relied on" in body
    assert "control ended" in body and cast.officer_yulin.name in body


def test_the_conversions_say_what_turned_the_code(cast, due, red, at_desk, now):
    ended, voided = due(), red()
    control.end(ended, by=cast.officer_yulin, at=now)
    case = voided.cases.get()
    void = voids.propose(case, reason_class="WRONG_PERSON", reason="错", by=cast.cdc_xinchang, at=now)
    voids.approve(void, by=cast.group_xinchang, at=now)
    client = at_desk(cast.community_yulin)
    body = texts(client.get(page(ended))).body
    assert (
        body.count("Control ended after the due day, with a negative test") == 2
    )  # also of the earlier case
    assert texts(client.get(page(voided))).body.count("coded in error, voided") == 2


def test_the_explanation_can_be_printed_and_cites_the_guide(cast, red, at_desk):
    body = texts(at_desk(cast.service_xinchang).get(page(red(), "explanation"))).body
    assert "绍市防控办〔2020〕91号" in body and "data-print" in body


def test_the_number_of_queries_does_not_grow_with_the_story(
    cast, red, at_desk, now, django_assert_max_num_queries
):
    person = red()
    for hours in range(2, 40):
        factories.sampled(person, by=cast.officer_yulin, at=now - timedelta(hours=hours))
    client = at_desk(cast.supervisor_city)
    with django_assert_max_num_queries(70):
        client.get(page(person))


def test_whoever_was_not_reached_has_that_in_the_health_log(cast, red, at_desk):
    person = red()
    order = ControlOrder.objects.get()
    box = f"t{order.pk}_MORNING"
    at_desk(cast.officer_yulin).post(f"{reverse('admin:cases_round')}?day=yesterday", {box: "*"})
    body = texts(at_desk(cast.officer_yulin).get(page(person))).body
    assert "not reached" in body and "None" not in body


def test_beyond_the_last_day_the_days_go_on(cast, due, at_desk):
    person = due()
    order = ControlOrder.objects.get()
    body = texts(at_desk(cast.officer_yulin).get(page(person))).body
    today = (timezone.localdate() - order.day0).days
    assert f"day {today}: the 14 days are over" in body and today > 14


def test_a_ground_that_rests_on_a_form_names_it_in_words(cast, at_desk, db):
    person = register(by=cast.community_yulin)
    Scene(cast).fever(person, at=timezone.now())
    body = texts(at_desk(cast.community_yulin).get(page(person))).body
    form = Declaration.objects.get()
    assert f"form {form.pk}" in body and "declaration:" not in body
