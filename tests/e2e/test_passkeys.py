"""Passkeys in a real browser, with a device that Chromium itself plays: registered, asked for at log-in, removed."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser

from healthcode.core.audit.models import Event
from healthcode.core.offices import second_factor, totp
from healthcode.core.offices.models import Passkey, User
from tests.e2e.conftest import Desk
from tests.factories import PASSWORD, Cast
from tests.offices.test_second_factor import KEY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
DEVICE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}


@pytest.fixture
def named(browser: Browser, live_server: object) -> Iterator[Desk]:
    """A window in which the portal is reached by a name, with a device that answers at once."""
    context = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
    context.set_default_timeout(20_000)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    answers = {"isUserVerified": True, "automaticPresenceSimulation": True}
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, **answers}})
    yield Desk(page, str(live_server).replace("127.0.0.1", "localhost"))
    context.close()


def type_password(desk: Desk, username: str) -> None:
    desk.page.context.clear_cookies()
    desk.go("/login/")
    desk.page.fill("[name=username]", username)
    desk.page.fill("[name=password]", PASSWORD)
    desk.page.press("[name=password]", "Enter")
    desk.page.wait_for_selector("[name=code]")


def test_a_device_is_registered_logs_in_alone_and_is_removed(cast: Cast, named: Desk):
    user, now = cast.duty_city, timezone.now()
    second_factor.add(user, KEY, totp.code_of(KEY, totp.step_at(now) - 1), at=now)
    type_password(named, user.username)
    assert not named.page.locator("[data-passkey]").count()
    named.page.fill("[name=code]", totp.code_of(KEY, totp.step_at(timezone.now())))
    named.page.click("#content form [type=submit]")
    named.page.wait_for_url(f"{named.address}/")

    named.go(reverse("admin:passkeys"))
    named.page.fill("#id_name", "办公电脑")
    named.page.click("[data-passkey-new]")
    named.page.wait_for_selector("h2:has-text('办公电脑')")
    assert Passkey.objects.get().host == "localhost"

    type_password(named, user.username)
    named.page.click("[data-passkey]")
    named.page.wait_for_url(f"{named.address}/")
    assert Event.objects.filter(action="session.passkey_used").count() == 1

    named.go(reverse("admin:passkeys"))
    named.page.click("[name=remove]")
    named.page.wait_for_selector("h2:has-text('办公电脑')", state="detached")
    assert User.objects.get(pk=user.pk).second_factor_id
    type_password(named, user.username)
    assert not named.page.locator("[data-passkey]").count()
    assert named.complaints == []


def test_a_device_that_does_not_answer_leaves_the_code(cast: Cast, named: Desk):
    user, now = cast.duty_city, timezone.now()
    second_factor.add(user, KEY, totp.code_of(KEY, totp.step_at(now) - 1), at=now)
    Passkey.objects.create(
        user=user,
        host="localhost",
        name="别处",
        credential="YWJj",
        digest="0",
        public_key="YWJj",
        added_at=now,
    )
    type_password(named, user.username)
    named.page.click("[data-passkey]")
    named.page.wait_for_selector("[data-passkey-failed]:not([hidden])")
    named.page.fill("[name=code]", totp.code_of(KEY, totp.step_at(timezone.now())))
    named.page.press("[name=code]", "Enter")
    named.page.wait_for_url(f"{named.address}/")
