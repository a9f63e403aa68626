"""A real browser against the running server, and a clock that can be moved."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from cases.models import Person
from tests.factories import PASSWORD, Cast, contact, register

Red = Callable[[], Person]

# What a card hides of a button or a field beyond its edge makes no page wider. What scrolls can be reached.
CUT = """() => [...document.querySelectorAll("main :is(button, .btn, input, select, textarea)")]
    .filter((one) => one.checkVisibility() && !one.closest(".scrolls, .unseen, .visually-hidden, [hidden], thead"))
    .filter((one) => {
        const right = one.getBoundingClientRect().right;
        for (let above = one.parentElement; above; above = above.parentElement)
            if (getComputedStyle(above).overflowX === "hidden" && right > above.getBoundingClientRect().right + 1)
                return true;
        return right > 361;
    }).map((one) => one.outerHTML.slice(0, 80))"""

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium as the machine has it; its event loop ends with the module, for the sake of other tests."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium for the browser's walk.")
        pytest.skip("There is no Chromium on this machine.")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


class Desk:
    """One browser window at which staff sit down in turn."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []  # what the browser itself complained about
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sit_down(self, username: str) -> None:
        """Log in as somebody, after whoever sat here before."""
        self.page.context.clear_cookies()
        self.go("/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(f"{self.address}/")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def explain(self, person: Person) -> None:
        """Look somebody up at the first contact, tick that it was explained, and choose the first outcome."""
        self.go("/complaints/ticket/intake/")
        self.page.keyboard.insert_text(person.document)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#intake")
        self.page.keyboard.press("Alt+e")
        self.page.check("[name=outcome] >> nth=0")

    def fill(self, **fields: str | Path) -> None:
        """Fill fields of the page's form by name: type, choose, tick or attach."""
        for name, value in fields.items():
            field = self.page.locator(f"form.act-form [name={name}]").first
            match field.evaluate("field => field.type || field.tagName"):
                case "radio":
                    self.page.check(f"form.act-form [name={name}][value='{value}']")
                case "checkbox":
                    field.check()
                case "file":
                    field.set_input_files(value)
                case "select-one":
                    field.select_option(str(value))
                case _:
                    field.fill(str(value))

    def do(self, operation: str, person: Person | None = None, **fields: str | Path) -> str:
        """Fill an operation's page and press on to its end; return what the page then says."""
        self.attempt(operation, person, **fields)
        if self.page.locator("[name=_confirm]").count():
            self.page.click("[name=_confirm]")
        assert not self.page.locator(".errorlist").count(), self.page.inner_text("main")
        return self.text()

    def attempt(self, operation: str, person: Person | None = None, **fields: str | Path) -> str:
        """Fill an operation's page and press once; return what the page then says."""
        self.go(f"/cases/person/{person.pk}/do/{operation}/" if person else f"/do/{operation}/")
        self.fill(**fields)
        self.page.locator("form.act-form .btn-row button").first.click()
        return self.text()

    def error_on(self, field: str) -> str:
        """Return what stands in red at a field."""
        return self.page.locator(f".field.wrong:has([name={field}]) .errorlist").inner_text()

    def badge(self) -> str:
        """Return the colour that the person's page shows."""
        return self.page.locator(".code").first.inner_text().strip()

    def text(self) -> str:
        return self.page.inner_text("body")


@pytest.fixture
def desk(browser: Browser, live_server: object) -> Iterator[Desk]:
    context = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
    context.set_default_timeout(20_000)
    yield Desk(context.new_page(), str(live_server))
    context.close()


@pytest.fixture
def clock() -> Iterator[Callable[[datetime], None]]:
    """Return a function that sets the time for the server and the test alike; time goes on from there."""
    running: list[time_machine.travel] = []

    def set_to(instant: datetime) -> None:
        while running:
            running.pop().stop()
        travel = time_machine.travel(instant, tick=True)
        travel.start()
        running.append(travel)

    yield set_to
    while running:
        running.pop().stop()


@pytest.fixture(scope="module", autouse=True)
def beside_playwright() -> Iterator[None]:
    """Let the test use the ORM although Playwright keeps an event loop in this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def red(cast: Cast) -> Red:
    """Return a function: somebody of Yulin who is red now."""

    def make() -> Person:
        now = timezone.now()
        person = register(by=cast.service_xinchang, at=now - timedelta(days=2))
        contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(days=1))
        return person

    return make
