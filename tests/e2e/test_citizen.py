"""A citizen's phone in a real browser: the code that turns green while the page is open, and that a door takes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page

from cases.models import GateCheck, Person
from cases.passes import keys
from cases.services import passes
from cases.services.persons import people
from cases.services.persons.identity import Identity
from tests.cases.scenes import Scene
from tests.factories import Cast, guarded, register, sampled
from tests.gate.conftest import Keeper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def phone(browser: Browser, live_server: object) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=str(live_server))
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def yellow(cast: Cast) -> Person:
    """Somebody whom screening of population movements made yellow: one test of these days ends it (3.4b)."""

    person = register(by=cast.cdc_xinchang, at=timezone.now() - timedelta(days=1), name="王小明")
    Scene(cast).automatic(person, "AUTO_YELLOW", at=timezone.now() - timedelta(hours=6))
    return person


def opened(phone: Page, person: Person, cast: Cast) -> None:
    _made, secret = passes.hand_off(person, by=cast.citizen, at=timezone.now())
    phone.goto(f"/p/{secret}/")
    phone.locator("main form button").click()
    phone.wait_for_url("**/p/")
    phone.locator("[data-digits]").wait_for()


def test_it_shows_a_code_of_its_own_drawing_that_a_door_takes(
    cast: Cast, phone: Page, yellow: Person
) -> None:
    opened(phone, yellow, cast)
    digits = phone.locator("[data-drawn]").get_attribute("data-digits") or ""
    body = keys.opened(digits)
    assert body is not None and body.colour == "YELLOW"
    guarded("SCHOOL", at=timezone.now() - timedelta(days=2))
    Keeper(cast.gate_school).press(number=digits, temperature="36.5")
    assert GateCheck.objects.get().person == yellow


def test_it_turns_green_while_it_is_open(cast: Cast, phone: Page, yellow: Person) -> None:
    opened(phone, yellow, cast)
    assert "黄码" in phone.locator(".own-code").inner_text()
    sampled(yellow, by=cast.service_xinchang, at=timezone.now())
    phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    phone.locator(".own-code.edge-green").wait_for()
    assert "绿码" in phone.title()


def test_it_fits_a_narrow_phone_and_everybody_can_use_it(cast: Cast, phone: Page, yellow: Person) -> None:
    opened(phone, yellow, cast)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert Axe().run(phone).response["violations"] == []
    phone.locator("footer form button").click()
    phone.get_by_role("heading").first.wait_for()
    assert "这里没有可显示的健康码" in phone.inner_text("main")


def test_without_a_script_the_code_comes_anew_each_minute(
    cast: Cast, browser: Browser, live_server: object, yellow: Person
) -> None:
    context = browser.new_context(viewport=PHONE, base_url=str(live_server), java_script_enabled=False)
    page = context.new_page()
    _made, secret = passes.hand_off(yellow, by=cast.citizen, at=timezone.now())
    page.goto(f"/p/{secret}/")
    page.locator("main form button").click()
    page.wait_for_url("**/p/")
    assert page.locator("svg.qr").count() == 1
    assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "60"
    context.close()


def test_the_form_is_filled_in_by_keyboard_and_everybody_can_use_it(
    cast: Cast, phone: Page, yellow: Person
) -> None:
    opened(phone, yellow, cast)
    phone.get_by_role("link", name="填报健康码申报表").press("Enter")
    phone.wait_for_url("**/p/form/**")
    phone.evaluate("document.documentElement.style.fontSize = '200%'")  # as large as somebody needs it
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert Axe().run(phone).response["violations"] == []
    phone.get_by_role("button", name="确认填报").press("Enter")
    phone.get_by_text("请选择有无发热").wait_for()
    assert Axe().run(phone).response["violations"] == []
    phone.get_by_label("无", exact=True).press("Space")
    phone.get_by_role("button", name="确认填报").press("Enter")
    phone.get_by_text("申报表已填报").wait_for()


def test_a_paper_is_printed_from_the_phone_on_one_page_of_a6(cast: Cast, phone: Page, yellow: Person) -> None:
    opened(phone, yellow, cast)
    phone.get_by_role("button", name="打印纸质凭证").click()
    phone.locator("svg.qr").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert Axe().run(phone).response["violations"] == []
    paper = phone.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") == 1
    phone.emulate_media(media="print")
    box = phone.locator("svg.qr").bounding_box()
    assert box and box["width"] / 96 * 25.4 >= 40


def test_a_guardian_goes_from_their_own_code_to_the_childs(cast: Cast, phone: Page, yellow: Person) -> None:
    identity = Identity(
        name="王小宝", document_type="NONE", birth_date=timezone.localdate() - timedelta(days=3000)
    )
    whose = {"guardian": yellow, "guardian_relation": "母子", "present": yellow.present}
    people.register(identity, **whose, by=cast.community_yulin, at=timezone.now())
    opened(phone, yellow, cast)
    phone.get_by_role("button", name="出示王**的健康码").press("Enter")
    phone.wait_for_url("**/p/?who=1")
    assert "绿码" in phone.locator(".own-code").inner_text()
    phone.locator("[data-digits]").wait_for()
    assert Axe().run(phone).response["violations"] == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.get_by_role("navigation", name="家庭成员").get_by_role("link").first.press("Enter")
    phone.locator(".own-code.edge-yellow").wait_for()
