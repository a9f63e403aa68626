"""The one box by keyboard, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.conftest import Desk
from tests.factories import Cast, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def test_a_slash_and_a_scan_open_the_person_from_any_page(cast: Cast, desk: Desk) -> None:
    person = register(by=cast.service_xinchang, at=timezone.now())
    desk.sit_down("service.xinchang")
    for path in ("/", "/cases/person/", "/complaints/ticket/"):
        desk.go(path)
        desk.page.locator("h1").first.click()
        desk.page.keyboard.press("/")
        desk.page.keyboard.type(person.document)  # as a scanner does
        desk.page.keyboard.press("Enter")
        desk.page.wait_for_url(f"{desk.address}/cases/person/{person.pk}/change/")


def test_a_slash_that_is_typed_into_a_text_stays_there(cast: Cast, desk: Desk) -> None:
    desk.sit_down("service.xinchang")
    desk.go("/do/register/")
    desk.page.focus("[name=name]")
    desk.page.keyboard.type("1/2")
    expect(desk.page.locator("[name=name]")).to_have_value("1/2")
    desk.page.keyboard.press("Alt+/")
    expect(desk.page.locator("#box")).to_be_focused()


def test_a_number_from_elsewhere_asks_for_the_purpose_alone(cast: Cast, desk: Desk) -> None:
    person = register(by=cast.community_yuecheng, present="330602001", at=timezone.now())
    desk.sit_down("service.xinchang")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type(person.document)
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("[name=purpose]")).to_be_focused()
    assert person.document not in desk.page.url
    assert not Axe().run(desk.page).response["violations"]
    desk.page.keyboard.type("来电询问红码原因")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url(f"{desk.address}/cases/person/{person.pk}/change/")
    assert not desk.complaints


def test_the_box_fits_on_a_telephone(cast: Cast, desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 360, "height": 740})
    desk.sit_down("service.xinchang")
    box = desk.page.locator("#box").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360
