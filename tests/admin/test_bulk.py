"""Acts on a selection: each person singly, the refused listed with their reasons."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from cases.models import LabResult
from cases.policy.colours import Colour
from cases.selectors.colours import colour_at
from cases.services import control
from healthcode.core.audit.models import Event
from tests.admin.conftest import texts
from tests.factories import register, reported

LIST = "admin:cases_person_changelist"


def many(name):
    return reverse("admin:cases_person_do_many", args=(name,))


def chosen(*persons):
    return {ACTION_CHECKBOX_NAME: [person.pk for person in persons]}


def test_the_list_offers_the_acts_of_the_role_alone(cast, red, at_desk):
    red()
    officer = texts(at_desk(cast.officer_yulin).get(reverse(LIST))).body
    cdc = texts(at_desk(cast.cdc_xinchang).get(reverse(LIST))).body
    assert 'value="do_end_control"' in officer and "delete_selected" not in officer
    assert 'value="do_end_control"' not in cdc


def test_the_action_leads_to_one_form_for_the_selection(cast, red, at_desk):
    first, second = red(), red()
    answer = at_desk(cast.officer_yulin).post(
        reverse(LIST), {"action": "do_end_control", "index": "0", **chosen(first, second)}
    )
    assert first.name in texts(answer).body and second.name in texts(answer).body
    assert "_next" in texts(answer).body


def test_the_effect_is_shown_for_each_before_anything_is_done(cast, red, due, at_desk, now):
    early, ready = red(), due()
    body = texts(
        at_desk(cast.officer_yulin).post(many("end-control"), {**chosen(early, ready), "_next": "1"})
    ).body
    assert "This will happen" in body and "Nothing is stored yet" in body and "Not possible" in body
    assert colour_at(ready, now + timedelta(hours=1)) == Colour.RED


def test_the_eligible_are_done_and_the_others_listed_with_their_reason(cast, red, due, at_desk, now):
    early, ready = red(), due()
    body = texts(
        at_desk(cast.officer_yulin).post(
            many("end-control"), {**chosen(early, ready), "_confirm": "1"}, follow=True
        )
    ).body
    assert "Not done" in body and "The measure runs until" in body
    later = now + timedelta(hours=1)
    assert (colour_at(early, later), colour_at(ready, later)) == (Colour.RED, Colour.GREEN)


def test_whose_act_it_is_stands_beside_who_was_left_out(cast, red, due, at_desk, now):
    other, gone = red(), due()
    control.hand_over(other, officer=cast.officer_deputy, reason="代管", by=cast.officer_yulin, at=now)
    control.end(gone, by=cast.officer_yulin, at=now)
    body = texts(
        at_desk(cast.officer_yulin).post(
            many("end-control"), {**chosen(other, gone), "_confirm": "1"}, follow=True
        )
    ).body
    assert f"{cast.officer_deputy.name} (" in body
    assert f"already, by {cast.officer_yulin.name}." in body


def test_each_person_is_recorded_singly(cast, due, at_desk):
    first, second = due(), due()
    at_desk(cast.officer_yulin).post(
        many("end-control"), {**chosen(first, second), "_confirm": "1"}, follow=True
    )
    assert set(Event.objects.filter(action="order.ended").values_list("person", flat=True)) == {
        str(first.public_id),
        str(second.public_id),
    }


def test_one_days_results_take_a_report_number_for_each_person(cast, red, at_desk, now, typed):
    first, second = red(), red()
    form = {**typed(now), f"report_number-{first.pk}": "A-1", f"report_number-{second.pk}": "A-2"}
    at_desk(cast.officer_yulin).post(
        many("enter-result"), {**form, **chosen(first, second), "_confirm": "1"}, follow=True
    )
    assert set(LabResult.objects.values_list("person", "report_number")) == {
        (first.pk, "A-1"),
        (second.pk, "A-2"),
    }


def test_a_person_without_a_report_number_is_listed_and_the_other_done(cast, red, at_desk, now, typed):
    first, second = red(), red()
    form = {**typed(now), f"report_number-{first.pk}": "A-1"}
    body = texts(
        at_desk(cast.officer_yulin).post(
            many("enter-result"), {**form, **chosen(first, second), "_confirm": "1"}, follow=True
        )
    ).body
    assert "report number: Fill this in." in body
    assert LabResult.objects.get().person == first


def test_somebody_who_changed_since_the_form_is_not_done(cast, due, at_desk, now):
    person = due()
    stale = {"seen": f"{person.pk}:0", "_confirm": "1"}
    body = texts(
        at_desk(cast.officer_yulin).post(many("end-control"), {**chosen(person), **stale}, follow=True)
    ).body
    assert "has changed since you opened the page" in body
    assert colour_at(person, now + timedelta(hours=1)) == Colour.RED


def test_a_report_number_typed_for_two_is_flagged_before_the_preview(cast, red, at_desk, now, typed):
    first, second, third = red(), red(), red()
    numbers = {f"report_number-{first.pk}": "A-1", f"report_number-{second.pk}": " ａ-1 "}
    form = {**typed(now), **numbers, f"report_number-{third.pk}": "A-2", **chosen(first, second, third)}
    for button in ("_next", "_confirm"):
        answer = at_desk(cast.officer_yulin).post(many("enter-result"), {**form, button: "1"})
        assert texts(answer).body.count("each report has its own number") == 2
    assert not LabResult.objects.exists()


@pytest.mark.parametrize("key", ["9" * 23, "9" * 5000, "x", "-1"])
def test_what_is_no_number_of_a_row_is_left_out(cast, due, at_desk, key):
    person, client = due(), at_desk(cast.officer_yulin)
    ticked = {ACTION_CHECKBOX_NAME: [key, person.pk], "seen": [f"{key}:{key}", "1:2:3", "x"]}
    assert client.post(many("end-control"), {**ticked, "_next": "1"}).status_code == 200
    begun = client.post(reverse(LIST), {"action": "do_end_control", "index": "0", **ticked})
    assert person.name in texts(begun).body


def test_strangers_in_the_selection_are_dropped_without_a_word(cast, red, at_desk, now, typed):
    own, stranger = red(), register(by=cast.service_xinchang, present="330602001", name="外县人")
    form = {**typed(now), f"report_number-{own.pk}": "A-1", f"report_number-{stranger.pk}": "A-2"}
    answer = at_desk(cast.service_xinchang).post(
        many("enter-result"), {**form, **chosen(own, stranger), "_confirm": "1"}
    )
    assert "外县人" not in texts(answer).body
    assert LabResult.objects.get().person == own


@pytest.mark.parametrize("name", ["end-control", "enter-result"])
def test_a_role_without_the_act_is_forbidden(cast, red, at_desk, name):
    assert at_desk(cast.cdc_xinchang).post(many(name), chosen(red())).status_code == 403


def test_what_is_not_for_a_selection_does_not_exist(cast, red, at_desk):
    assert at_desk(cast.group_xinchang).post(many("unmask"), chosen(red())).status_code == 404


def test_loading_the_result_again_repeats_nothing(cast, due, at_desk):
    person, client = due(), at_desk(cast.officer_yulin)
    answer = client.post(many("end-control"), {**chosen(person), "_confirm": "1"}, follow=True)
    page = answer.redirect_chain[-1][0]
    first, again = (texts(client.get(page)).body for _time in range(2))
    assert "Control ended." in first and "Control ended." in again
    assert Event.objects.filter(action="order.ended").count() == 1


def test_what_another_user_did_is_not_shown(cast, due, at_desk):
    done = at_desk(cast.officer_yulin).post(
        many("end-control"), {**chosen(due()), "_confirm": "1"}, follow=True
    )
    assert at_desk(cast.officer_deputy).get(done.redirect_chain[-1][0]).url == reverse(LIST)


def test_a_groups_reports_are_entered_together(cast, at_desk, now):
    persons = [register(by=cast.service_xinchang) for _time in range(2)]
    for person in persons:
        reported(person, by=cast.cdc_xinchang, at=now - timedelta(hours=1))
    fields = {**chosen(*persons), "site": "isolation-xinchang", "officer": cast.officer_yulin.username}
    at_desk(cast.group_xinchang).post(many("enter-report"), {**fields, "_confirm": "1"})
    assert {colour_at(person, now + timedelta(hours=1)) for person in persons} == {Colour.RED}
