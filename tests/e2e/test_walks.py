"""What people met at the desk, walked in a real browser: each step as it is said, and where the keyboard stands."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cases.models import Inquiry, Person
from cases.services.persons import merges, people
from cases.services.persons.identity import Identity
from complaints.models import Ticket
from complaints.services import findings, handling, telling
from tests.cases.scenes import Scene, fresh
from tests.e2e.conftest import Desk, Red
from tests.e2e.test_desk import REASON, routed
from tests.factories import Cast, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def focused(desk: Desk) -> str:
    return str(desk.page.evaluate("document.activeElement.name || document.activeElement.id"))


def test_a_name_and_four_digits_open_the_person_from_any_page_by_keyboard(cast: Cast, desk: Desk) -> None:
    person = register(by=cast.community_yulin, name="陈晓明", phone="13800002468")
    desk.sit_down("community.yulin")
    desk.go("/password_change/")
    desk.page.keyboard.press("Alt+/")
    desk.page.keyboard.insert_text("陈晓明2468")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url(f"**/cases/person/{person.pk}/change/")
    desk.page.keyboard.press("/")
    desk.page.keyboard.insert_text("陈晓明0000")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("form.find .errorlist")
    assert desk.page.input_value("form.find [name=text]") == "陈晓明0000"
    assert "按姓名只能查到本辖区人员" in desk.text() and not desk.complaints


def test_a_look_that_is_too_old_clears_the_tick_and_marks_what_came(
    cast: Cast,
    desk: Desk,
    red: Red,
    clock: Any,
    settings: Any,
) -> None:
    settings.IDLE_MINUTES = 60  # else the log-in ends first, which the walk of unsent forms is about
    began = timezone.now()
    person, scene = red(), Scene(cast)
    desk.sit_down("community.yulin")
    desk.explain(person)
    desk.page.locator("details:has([name=description]) summary").click()
    desk.page.fill("[name=description]", "我没有去过")
    scene.overseas(fresh(person), at=timezone.now(), began_on=timezone.localdate() - timedelta(days=2))
    clock(began + timedelta(minutes=31))
    desk.page.click("#register")
    desk.page.wait_for_selector(".came")
    assert not desk.page.is_checked("[name=explained]") and Ticket.objects.count() == 0
    assert "境外旅居史" in desk.page.inner_text(".came")
    assert desk.page.input_value("[name=description]") == "我没有去过"
    desk.page.click("#register")  # once more, without having explained what came
    desk.page.wait_for_load_state()
    assert Ticket.objects.count() == 0
    desk.page.check("[name=explained]")
    desk.page.click("#register")
    desk.page.wait_for_selector("#number")
    assert Ticket.objects.count() == 1


def test_a_citizen_who_still_sees_red_comes_first_and_stands_with_the_lead(
    cast: Cast,
    desk: Desk,
    red: Red,
) -> None:
    now = timezone.now()
    person = red()
    ticket = routed(cast, person, now - timedelta(hours=3), category="C09", is_disputed=False)
    handling.take(ticket, by=cast.bureau_one, at=now - timedelta(hours=2))
    ticket = fresh(ticket)
    handling.look(ticket, by=cast.bureau_one, at=now - timedelta(hours=2))
    findings.decide(ticket, finding="UPHELD", reason=REASON, by=cast.bureau_one, at=now - timedelta(hours=2))
    words = {"channel": "SMS", "reached": "本人", "text": "按规定继续管控。"}
    telling.tell(fresh(ticket), **words, by=cast.bureau_one, at=now - timedelta(hours=1))
    assert fresh(ticket).priority == 2
    desk.sit_down("community.yulin")
    desk.go(f"/complaints/ticket/{ticket.pk}/do/visit/")
    desk.fill(reached="YES", colour_seen="GREEN", solved="no")
    desk.page.locator("form.act-form .btn-row button").first.click()
    if desk.page.locator("[name=_confirm]").count():
        desk.page.click("[name=_confirm]")
    desk.page.wait_for_load_state()
    assert fresh(ticket).priority == 1, desk.text()
    desk.sit_down("lead.city")
    assert ticket.number in desk.text() and "P1" in desk.text()


def test_a_merge_of_two_tickets_keeps_the_earlier_day_on_the_page(
    cast: Cast,
    desk: Desk,
    red: Red,
) -> None:
    now, person = timezone.now(), red()
    calm = routed(cast, person, now - timedelta(hours=1), category="C09", is_disputed=False)
    urgent = routed(cast, person, now - timedelta(minutes=50), received_at=now - timedelta(hours=2))
    desk.sit_down("bureau.one")
    desk.go(f"/complaints/ticket/{urgent.pk}/do/merge/")
    desk.fill(into=calm.number)
    desk.page.locator("form.act-form .btn-row button").first.click()
    desk.page.wait_for_load_state()
    kept = fresh(calm)
    assert (kept.priority, kept.sign_due) == (1, urgent.sign_due)
    desk.go(f"/complaints/ticket/{calm.pk}/change/")
    assert f"{timezone.localtime(urgent.sign_due):%Y-%m-%d %H:%M}" in desk.text()


def test_a_passport_opens_who_stands_for_it_and_the_page_says_both_numbers(cast: Cast, desk: Desk) -> None:
    now, by = timezone.now(), cast.service_xinchang
    kept = register(by=by, name="金敏俊", at=now - timedelta(days=2))
    passport = Identity("金敏俊", "PASSPORT", "M7654321", "KOR")
    gone = people.register(passport, present=kept.present, by=by, at=now - timedelta(days=1)).person
    proposed = merges.propose(gone, survivor=kept, reason="同一人", by=by, at=now - timedelta(hours=2))
    merges.approve(proposed, by=cast.bureau_one, at=now - timedelta(hours=1))
    desk.sit_down("service.xinchang")
    desk.page.keyboard.press("/")
    desk.page.keyboard.insert_text("KOR M7654321")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url(f"**/cases/person/{kept.pk}/change/")
    person = Person.objects.get(pk=gone.pk)
    assert kept.masked_document in desk.text() and person.masked_document in desk.text()


def test_a_question_of_supervision_goes_to_the_office_and_back_by_keyboard(cast: Cast, desk: Desk) -> None:
    day = timezone.localdate() + timedelta(days=1)
    desk.sit_down("supervisor.city")
    desk.go("/do/ask-inquiry/")
    assert focused(desk) == "office"
    desk.fill(office="community-yulin", question="请说明依据", answer_by=f"{day:%Y-%m-%d}")
    desk.page.press("[name=answer_by]", "Enter")
    desk.page.wait_for_selector("[name=_confirm]:focus")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/cases/inquiry/*/change/")
    inquiry = Inquiry.objects.get()
    desk.sit_down("community.yulin")
    assert "请说明依据" in desk.text()
    desk.go(f"/do/answer-inquiry/?inquiry={inquiry.pk}")
    assert focused(desk) == "answer"  # the only question there is asks for nothing
    desk.page.keyboard.insert_text("已补录")
    desk.page.locator("form.act-form .btn-row button").first.click()
    desk.page.wait_for_selector("[name=_confirm]:focus")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/cases/inquiry/*/change/")
    desk.sit_down("supervisor.city")
    assert "督查问询已答复" in desk.text() and not desk.complaints


def test_no_column_of_a_list_is_pushed_out_of_its_card_in_english(cast: Cast, desk: Desk, red: Red) -> None:
    red()
    desk.sit_down("community.yulin")
    desk.page.click("form.language button")
    desk.go("/cases/transition/")
    assert "Conversions" in desk.text()
    outside = "table => table.offsetWidth > table.parentElement.offsetWidth"
    assert not desk.page.eval_on_selector("#result_list", outside)
