"""A text module is inserted by its key where the cursor stands, in a real browser."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from complaints.services import handling, modules
from tests.e2e.conftest import Desk
from tests.e2e.test_desk import routed
from tests.factories import Cast, contact, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def test_a_key_and_a_pick_insert_what_the_lead_keeps(cast: Cast, desk: Desk) -> None:
    now = timezone.now()
    person = register(by=cast.service_xinchang, at=now - timedelta(days=2))
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(days=1))
    ticket = routed(cast, person, now)
    handling.take(ticket, by=cast.bureau_one, at=now)
    for title, text, shortcut in (("材料", "请带身份证。", "1"), ("时间", "工作日八点至十七点。", "")):
        modules.create(title=title, text=text, shortcut=shortcut, by=cast.lead_city, at=now)
    desk.sit_down("bureau.one")
    desk.go(f"/complaints/ticket/{ticket.pk}/do/reply/")
    area = desk.page.locator("textarea[name=text]")
    area.fill("您好。")
    desk.page.keyboard.press("Alt+1")
    expect(area).to_have_value("您好。\n请带身份证。")
    expect(area).to_be_focused()
    desk.page.get_by_role("button", name="时间").click()
    expect(area).to_have_value("您好。\n请带身份证。\n工作日八点至十七点。")
    assert not Axe().run(desk.page).response["violations"]
    area.fill("字" * 798)
    desk.page.keyboard.press("Alt+1")
    expect(area).to_have_value("字" * 798)
    assert not desk.complaints
