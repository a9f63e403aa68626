"""In a real browser: a form sent after the log-in was over stands as it was typed, for its typist alone."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import LabResult, Person
from complaints.services import handling
from tests.e2e.conftest import Desk
from tests.e2e.test_desk import routed
from tests.factories import PASSWORD, Cast, contact, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def log_in(desk: Desk, username: str) -> None:
    """Log in at the page that the browser is on."""
    desk.page.fill("[name=username]", username)
    desk.page.fill("[name=password]", PASSWORD)
    desk.page.press("[name=password]", "Enter")
    desk.page.wait_for_load_state()


def log_out_in_another_tab(desk: Desk) -> None:
    other = desk.page.context.new_page()
    other.goto(f"{desk.address}/")
    other.click("#logout-form button")
    other.wait_for_load_state()
    other.close()


def type_a_result(desk: Desk, person: Person) -> None:
    desk.go(f"/cases/person/{person.pk}/do/enter-result/")
    desk.fill(outcome="NEGATIVE", laboratory="新昌县疾控中心", report_number="N-77")
    now = timezone.localtime()
    desk.page.fill("[name=sampled_at]", f"{now:%Y-%m-%dT00:01}")


def test_a_log_out_in_another_tab_loses_nothing(cast: Cast, desk: Desk) -> None:
    person = register(by=cast.service_xinchang, at=timezone.now())
    desk.sit_down("service.xinchang")
    type_a_result(desk, person)
    log_out_in_another_tab(desk)
    desk.page.locator("form.act-form .btn-row button").first.click()
    expect(desk.page.locator("#login-form")).to_be_visible()
    assert "您填写的内容已保留" in desk.text()
    log_in(desk, "service.xinchang")
    expect(desk.page.locator("[name=report_number]")).to_have_value("N-77")
    expect(desk.page.locator(".unsent")).to_contain_text("尚未办理")
    assert not LabResult.objects.exists()
    assert not Axe().run(desk.page).response["violations"]
    desk.page.locator("form.act-form .btn-row button").first.click()
    desk.page.click("[name=_confirm]")
    expect(desk.page.locator(".messagelist")).to_be_visible()
    assert LabResult.objects.get().report_number == "N-77"


def test_another_log_in_of_the_same_account_leads_straight_back_to_the_form(cast: Cast, desk: Desk) -> None:
    person = register(by=cast.service_xinchang, at=timezone.now())
    desk.sit_down("service.xinchang")
    type_a_result(desk, person)
    log_out_in_another_tab(desk)
    other = desk.page.context.new_page()
    other.goto(f"{desk.address}/login/")
    other.fill("[name=username]", "service.xinchang")
    other.fill("[name=password]", PASSWORD)
    other.press("[name=password]", "Enter")
    other.wait_for_url(f"{desk.address}/")
    desk.page.locator("form.act-form .btn-row button").first.click()
    expect(desk.page.locator("[name=report_number]")).to_have_value("N-77")
    assert not LabResult.objects.exists()


def test_whoever_logs_in_next_at_a_shared_computer_reads_nothing_of_it(cast: Cast, desk: Desk) -> None:
    person = register(by=cast.service_xinchang, at=timezone.now())
    desk.sit_down("service.xinchang")
    type_a_result(desk, person)
    log_out_in_another_tab(desk)
    desk.page.locator("form.act-form .btn-row button").first.click()
    log_in(desk, "community.yulin")
    assert re.fullmatch(rf"{desk.address}/", desk.page.url)
    assert "N-77" not in desk.page.content() and not desk.page.locator(".unsent").count()
    desk.page.go_back()
    assert "N-77" not in desk.page.content()
    desk.sit_down("service.xinchang")
    desk.page.click(".unsent a")
    expect(desk.page.locator("[name=report_number]")).to_have_value("N-77")


def test_a_ticket_handed_over_behind_a_session_that_ended_gives_back_what_was_typed(
    cast: Cast, desk: Desk
) -> None:
    now = timezone.now()
    person = register(by=cast.service_xinchang, at=now - timedelta(days=2))
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(days=1))
    ticket = routed(cast, person, now)
    handling.take(ticket, by=cast.bureau_one, at=now)
    desk.sit_down("bureau.one")
    desk.go(f"/complaints/ticket/{ticket.pk}/do/ask-citizen/")
    desk.page.locator("form.act-form textarea").first.fill("请补交解除隔离通知书的照片。")
    Session.objects.all().delete()
    handling.hand_over(ticket, to=cast.bureau_two, reason="换班", by=cast.bureau_one, at=timezone.now())
    desk.page.locator("form.act-form .btn-row button").first.click()
    log_in(desk, "bureau.one")
    assert "请补交解除隔离通知书的照片。" in desk.page.content()
