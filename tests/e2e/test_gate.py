"""A gate keeper's morning on a phone 360 pixels wide, with a scanner that types and presses Enter."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser

from cases.models import GateCheck
from cases.policy.days import ZONE
from tests.e2e.conftest import Desk
from tests.factories import PASSWORD, Cast, contact, guarded, register

START = datetime(2020, 9, 1, 9, 0, tzinfo=ZONE)
PHONE = {"width": 360, "height": 640}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


@pytest.fixture
def phone(browser: Browser, live_server: object) -> Iterator[Desk]:
    """A phone without JavaScript."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    context.set_default_timeout(20_000)
    yield Desk(context.new_page(), str(live_server))
    context.close()


def scan(phone: Desk, text: str) -> None:
    """Type like a scanner: into whatever has the focus, then Enter."""
    phone.page.locator("input:focus").wait_for()
    with phone.page.expect_navigation():
        phone.page.keyboard.type(text)
        phone.page.keyboard.press("Enter")


def fits(phone: Desk) -> bool:
    """Tell whether nothing sticks out at the side, and the next person's field is on the first screen."""
    boxes = [one.bounding_box() for one in phone.page.locator("main *:visible:not(.unseen)").all()]
    number = phone.page.locator("[name=number]").bounding_box()
    assert number is not None
    return (
        all(box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] + 0.5 for box in boxes if box)
        and number["y"] + number["height"] <= PHONE["height"]
    )


def test_one_person_after_the_other_by_scanner_and_keyboard(
    cast: Cast, phone: Desk, clock: Callable[[datetime], None]
) -> None:
    clock(START)
    guarded("SCHOOL", at=START - timedelta(days=1))
    green, red = register(by=cast.cdc_xinchang, name="王小明"), register(by=cast.cdc_xinchang, name="李红")
    contact(red, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=START)

    # Logging in leads to the gate; the number waits for the scanner.
    phone.page.context.clear_cookies()
    phone.go("/login/")
    phone.page.fill("[name=username]", "gate.school")
    phone.page.fill("[name=password]", PASSWORD)
    phone.page.press("[name=password]", "Enter")
    phone.page.wait_for_url(f"{phone.address}/gate/")

    # A green person without a fever: number, Enter, temperature, Enter.
    scan(phone, green.document)
    scan(phone, "36.5")
    text = phone.text()
    assert "绿码" in text and "放行" in text and "不予放行" not in text and "王**" in text
    assert fits(phone)

    # The next number is scanned right on the answer: red, and nothing but the colour is said.
    scan(phone, red.document)
    scan(phone, "36.8")
    text = phone.text()
    assert "红码" in text and "不予放行" in text and "新昌县防控办" in text
    assert not [word for word in ("李红", "密切接触", "管控组", red.document, "1.1d") if word in text]
    assert fits(phone)

    # The green person again, with a fever: the colour stays, the clinic is named.
    scan(phone, str(green.public_id))
    scan(phone, "37.9")
    text = phone.text()
    assert "绿码" in text and "不予放行" in text and "新昌县人民医院发热门诊" in text
    assert fits(phone)

    # Enter alone is ready for the next person.
    scan(phone, "")
    assert phone.page.locator("[name=number]:focus").count() == 1
    assert list(GateCheck.objects.order_by("pk").values_list("why", flat=True)) == ["GREEN", "RED", "FEVER"]
    assert phone.complaints == []
