"""A door in a cellar: checks without a network, kept on the device and sent later exactly once (clause 4.1)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Route

from cases.models import GateCheck, Person
from cases.models.declarations import Mode
from cases.policy import days
from cases.selectors.phones import phone_of
from cases.services import passes
from cases.services.samples import declarations
from tests.e2e.conftest import CUT
from tests.factories import PASSWORD, Cast, DivisionFactory, contact, guarded, register
from tests.gate.test_passes import digits

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


STORED = """async () => {
    const database = await new Promise((resolve) => {
        const asked = indexedDB.open("gate", 1);
        asked.onsuccess = () => resolve(asked.result);
    });
    const all = (name) => new Promise((resolve) => {
        const asked = database.transaction(name).objectStore(name).getAll();
        asked.onsuccess = () => resolve(asked.result);
    });
    const found = [await all("checks"), await all("facts"), { ...localStorage }, { ...sessionStorage }];
    database.close();
    return JSON.stringify(found);
}"""


class Door:
    """A keeper's phone, whose network comes and goes."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def log_in(self, username: str) -> None:
        self.page.goto(f"{self.address}/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url("**/gate/")
        self.kept()

    def kept(self) -> None:
        """Wait until the device can do without a network."""
        ready = "navigator.serviceWorker.ready.then(() => caches.match('/gate/offline/')).then((page) => Boolean(page))"
        for _ in range(100):
            if self.page.evaluate(ready):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("The page was not kept.")

    def lose(self) -> None:
        self.context.set_offline(True)
        self.page.goto(f"{self.address}/gate/")
        self.page.locator("body.offline").wait_for()

    def back(self) -> None:
        self.context.set_offline(False)

    def check(self, number: str, temperature: str = "36.5") -> str:
        """Scan, and take the temperature; return what the page then says."""
        self.page.fill("#number", number)
        self.page.fill("#temperature", temperature)
        self.page.press("#temperature", "Enter")
        self.page.locator("#number:placeholder-shown").wait_for()  # it waits for the next
        return self.verdict()

    def stored(self) -> str:
        """Return everything that the device has in store."""
        return str(self.page.evaluate(STORED))

    def verdict(self) -> str:
        self.page.locator("[data-verdict]:visible").wait_for()
        return self.page.inner_text("[data-verdict]")


@pytest.fixture
def door(cast: Cast, browser: Browser, live_server: object) -> Iterator[Door]:
    guarded("SCHOOL", at=timezone.now() - timedelta(days=2))
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    context.set_default_timeout(10_000)
    made = Door(context, str(live_server))
    made.log_in("gate.school")
    yield made
    assert made.complaints == []
    context.close()


@pytest.fixture
def person(cast: Cast) -> Person:
    return register(by=cast.service_xinchang, at=timezone.now() - timedelta(days=1), name="王小明")


def on_screen(person: Person, cast: Cast) -> str:
    """Return what the person's phone shows."""
    return passes_of(person, cast, timezone.now())


def passes_of(person: Person, cast: Cast, at: datetime) -> str:
    _made, secret = passes.hand_off(person, by=cast.citizen, at=at)
    phone = phone_of(passes.use_up(secret, at=at), at)
    assert phone is not None
    return phone.passes[0]


def fever(person: Person, cast: Cast) -> None:
    then = timezone.now() - timedelta(minutes=30)
    form = declarations.Form(fever=True, onset_on=days.local_day(then))
    declarations.declare(person, form, mode=Mode.ALONE, by=cast.citizen, at=then)


@pytest.fixture
def held(cast: Cast) -> Callable[..., str]:
    """Return a function: the digits on the paper of somebody of the town."""

    def make(name: str = "王小明") -> str:
        at = timezone.now()
        somebody = register(by=cast.service_xinchang, at=at - timedelta(days=1), name=name)
        return digits(passes.print_paper(somebody, by=cast.service_xinchang, at=at))

    return make


def made() -> list[GateCheck]:
    return list(GateCheck.objects.order_by("at", "pk"))


def sent(door: Door, count: int = 1) -> None:
    door.page.get_by_text(f"已补传：{count}", exact=False).first.wait_for()


def test_a_pass_is_checked_without_a_network_and_sent_when_it_is_back(
    door: Door, cast: Cast, person: Person
) -> None:
    scanned = on_screen(person, cast)
    door.lose()
    words = door.check(scanned)
    assert "绿码" in words and "✓" in words and "颜色截至" in words
    assert not made()
    door.back()
    sent(door)
    (one,) = made()
    assert (one.person, one.colour, one.passed, one.on_pass) == (person, "GREEN", True, "GREEN")
    assert one.sent_at is not None and one.sent_at > one.at


def test_what_was_typed_into_a_page_that_could_not_be_sent_is_checked_here(
    door: Door, cast: Cast, person: Person
) -> None:
    door.page.fill("#number", on_screen(person, cast))
    door.page.fill("#temperature", "36.6")
    door.context.set_offline(True)
    door.page.press("#temperature", "Enter")
    assert "✓" in door.verdict()
    door.back()
    sent(door)
    assert [str(one.temperature) for one in made()] == ["36.6"]


def test_a_number_that_was_typed_stays_in_its_box_and_nowhere_else(door: Door, person: Person) -> None:
    door.page.fill("#number", person.document)
    door.page.fill("#temperature", "36.6")
    door.context.set_offline(True)
    door.page.press("#temperature", "Enter")
    door.page.locator("body.offline").wait_for()
    door.page.wait_for_selector("#number")
    door.page.press("#temperature", "Enter")
    door.page.get_by_text("没有网络时不能凭号码核验").wait_for()
    assert door.page.input_value("#number") == person.document
    assert person.document not in door.stored()


def test_it_opens_anew_in_another_tab_and_nothing_is_lost(door: Door, cast: Cast, person: Person) -> None:
    scanned = on_screen(person, cast)
    door.lose()
    for _ in range(3):
        door.check(scanned)
    other = door.context.new_page()
    other.goto(f"{door.address}/gate/")
    other.get_by_text("待补传的核验：3").wait_for()
    door.page.reload()
    door.page.get_by_text("待补传的核验：3").wait_for()
    door.back()
    for page in (other, door.page):
        page.locator("[data-own]:has-text('待补传')").wait_for(state="hidden")
    assert len(made()) == 3


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_recorded_twice(
    door: Door, cast: Cast, person: Person
) -> None:
    scanned, lost = on_screen(person, cast), []
    door.lose()
    door.check(scanned)

    def lose_one(route: Route) -> None:
        route.fetch()
        lost.append(len(made()))
        route.abort()

    door.context.route("**/gate/checks/late", lose_one, times=1)
    door.back()
    while not lost:
        door.page.wait_for_timeout(50)
    door.page.wait_for_timeout(300)
    door.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # somebody looks at it again
    sent(door)
    assert lost == [1] and len(made()) == 1


def test_whoever_logs_in_next_is_told_and_sends_nothing_of_another(
    door: Door, cast: Cast, person: Person
) -> None:
    scanned = on_screen(person, cast)
    door.lose()
    door.check(scanned)
    door.context.route("**/gate/checks/late", lambda route: route.abort())
    door.back()
    door.page.goto(f"{door.address}/gate/")
    leave = door.page.get_by_role("button", name="退出")
    leave.click()
    door.page.get_by_text("再按一次即可退出").wait_for()
    leave.click()
    door.page.wait_for_url("**/logout/")
    door.context.unroute("**/gate/checks/late")
    door.log_in("gate.market")
    door.page.get_by_text("其他查验人员的核验").wait_for()
    assert not made()
    door.context.clear_cookies()
    door.log_in("gate.school")
    sent(door)
    assert [one.by for one in made()] == [cast.gate_school]


def test_after_logging_out_nobody_goes_on_at_this_door(door: Door) -> None:
    door.page.get_by_role("button", name="退出").click()
    door.page.wait_for_url("**/logout/")
    assert door.page.evaluate("caches.match('/gate/offline/').then((page) => Boolean(page))") is False


def test_a_clock_that_is_ten_minutes_wrong_is_put_right(door: Door, cast: Cast, person: Person) -> None:
    door.context.clock.install(time=timezone.now() + timedelta(minutes=10))
    door.page.evaluate("caches.delete('gate-page')")
    door.page.reload()
    door.kept()
    at, scanned = timezone.now(), on_screen(person, cast)
    door.lose()
    assert "✓" in door.check(scanned)
    door.back()
    sent(door)
    assert abs(made()[0].at - at) < timedelta(seconds=20)


def test_three_hundred_are_sent_by_the_hundred(door: Door, cast: Cast, person: Person) -> None:
    scanned, calls = on_screen(person, cast), []
    door.lose()
    door.check(scanned)
    door.page.evaluate(
        """async () => {
            const database = await new Promise((resolve) => {
                const asked = indexedDB.open("gate", 1);
                asked.onsuccess = () => resolve(asked.result);
            });
            const rows = () => database.transaction("checks", "readwrite").objectStore("checks");
            const [first] = await new Promise((resolve) => {
                const asked = rows().getAll();
                asked.onsuccess = () => resolve(asked.result);
            });
            const store = rows();
            for (let i = 1; i < 300; i++)
                store.add({ ...first, check: { ...first.check, device_id: crypto.randomUUID() } });
            await new Promise((resolve) => (store.transaction.oncomplete = resolve));
            database.close();
        }"""
    )
    door.page.on("request", lambda request: calls.append(request.url) if "late" in request.url else None)
    door.back()
    door.page.get_by_text("已补传：300").wait_for(timeout=60_000)
    assert len(made()) == 300 and len([url for url in calls if url.endswith("/late")]) == 3


def test_a_screenshot_is_out_of_date(door: Door, cast: Cast, person: Person) -> None:
    old = passes_of(person, cast, timezone.now() - timedelta(minutes=3))
    door.lose()
    words = door.check(old)
    assert "✕" in words and "绿码" not in words


def test_what_was_said_of_the_last_is_not_said_of_the_next(door: Door, cast: Cast, person: Person) -> None:
    scanned = on_screen(person, cast)
    door.lose()
    door.check(scanned)
    door.page.fill("#number", person.document)
    door.page.press("#number", "Enter")
    door.page.get_by_text("没有网络时不能凭号码核验").wait_for()
    assert door.page.locator("[data-verdict]").is_hidden()


def test_a_pass_of_nobody_tells_nothing(door: Door, cast: Cast, person: Person) -> None:
    scanned = on_screen(person, cast)
    forged = scanned[:-1] + str((int(scanned[-1]) + 1) % 10)
    door.lose()
    assert "✕" in door.check(forged)


def test_a_browser_without_ed25519_reads_it_too(door: Door, cast: Cast, person: Person) -> None:
    door.context.add_init_script("crypto.subtle.importKey = () => Promise.reject(new Error('unknown'))")
    scanned = on_screen(person, cast)
    door.lose()
    assert "✓" in door.check(scanned)
    assert "✕" in door.check(scanned[:-1] + str((int(scanned[-1]) + 1) % 10))


def test_paper_is_asked_about_by_telephone(door: Door, held: Callable[..., str]) -> None:
    scanned = held()
    door.lose()
    door.page.fill("#number", scanned)
    door.page.fill("#temperature", "36.5")
    door.page.press("#temperature", "Enter")
    door.page.get_by_text("请致电综合服务点").wait_for()
    door.page.locator("[data-paper] .tile-yellow").click()
    assert "黄码" in door.verdict()
    door.back()
    sent(door)
    assert [(one.on_pass, one.colour, one.why) for one in made()] == [("PAPER", "YELLOW", "RESTRICTED")]


@pytest.mark.parametrize(("press", "passed"), [("未核验，放行", True), ("未核验，不放行", False)])
def test_where_nobody_answers_it_says_what_the_keeper_did(
    door: Door, held: Callable[..., str], press: str, passed: bool
) -> None:
    scanned = held()
    door.lose()
    door.page.fill("#number", scanned)
    door.page.fill("#temperature", "36.5")
    door.page.press("#temperature", "Enter")
    door.page.get_by_role("button", name=press).click()
    door.verdict()
    door.back()
    sent(door)
    assert [(one.why, one.passed, one.colour) for one in made()] == [("UNVERIFIED", passed, "NONE")]


def test_whoever_was_red_by_then_is_named_to_the_keeper(door: Door, cast: Cast, person: Person) -> None:
    scanned = on_screen(person, cast)
    door.lose()
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=timezone.now())
    door.page.wait_for_timeout(1500)  # the device knows its clock to the second
    door.check(scanned)
    door.back()
    door.page.get_by_text("当时已是红码，已转防控办处理").wait_for()
    assert [one.colour_then for one in made()] == ["RED"]


def test_a_yellow_code_is_admitted_with_a_reason_here_too(door: Door, cast: Cast, person: Person) -> None:
    fever(person, cast)
    scanned = on_screen(person, cast)
    door.lose()
    assert "✕" in door.check(scanned)
    door.page.fill("#reason", "住校学生")
    door.page.press("#reason", "Enter")
    door.page.locator("[data-passes]:visible").wait_for()
    door.back()
    sent(door, 2)
    assert [(one.passed, one.reason) for one in made()] == [(False, ""), (True, "住校学生")]


@pytest.mark.parametrize(
    ("typed", "words"), [("365", "是否为 36.5"), ("20", "体温"), ("", "请先测量体温"), ("热", "36.5")]
)
def test_a_temperature_is_asked_for_as_with_a_network(
    door: Door, cast: Cast, person: Person, typed: str, words: str
) -> None:
    scanned = on_screen(person, cast)
    door.lose()
    door.page.fill("#number", scanned)
    door.page.fill("#temperature", typed)
    door.page.press("#temperature", "Enter")
    assert words in door.page.locator(".ask:has(#temperature) .fault").inner_text()
    assert door.page.input_value("#number") == scanned
    assert door.page.evaluate("document.activeElement.id") == "temperature"


def test_a_code_from_elsewhere_is_looked_at(door: Door) -> None:
    DivisionFactory(code="3301", name="杭州市")
    door.page.evaluate("caches.delete('gate-page')")
    door.page.reload()
    door.kept()
    door.lose()
    door.page.get_by_text("核验其他市、外省健康码").last.click()
    door.page.select_option("#issuer", "3301")
    door.page.locator("[data-abroad] .tile-green").click()
    door.page.fill("#elsewhere-temperature", "36.5")
    door.page.press("#elsewhere-temperature", "Enter")
    assert "✓" in door.verdict()
    door.back()
    sent(door)
    assert [(one.issuer_id, one.passed) for one in made()] == [("3301", True)]


def test_rules_of_the_day_before_decide_nothing(door: Door, cast: Cast, person: Person) -> None:
    scanned = on_screen(person, cast)
    door.context.set_offline(True)
    door.context.clock.install(time=timezone.now() + timedelta(hours=25))
    door.page.goto(f"{door.address}/gate/")
    door.page.get_by_text("本机保存的规则已超过一天").wait_for()
    door.page.fill("#number", scanned)
    assert door.page.locator("[data-check] button.primary").is_disabled()


def test_everybody_can_use_it(door: Door, cast: Cast, person: Person) -> None:
    scanned = on_screen(person, cast)
    door.lose()
    door.check(scanned)
    assert door.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert door.page.evaluate(CUT) == []
    assert Axe().run(door.page).response["violations"] == []
