"""The guide's pictures, two for each role: what waits on its home page, and an act of its day."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from tools.palette import with_palette

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "guide" / "images"
WIDTH, HEIGHT = 1280, 720
PHONE, TALL = 360, 520
LIMIT = 80_000  # bytes of one picture: the repository keeps every version of it
SitDown = Callable[..., Page]


class GuidePictures:
    """Each role of the cast in turn at one browser."""

    def __init__(self, sit_down: SitDown) -> None:
        self.sit_down = sit_down

    def take_all(self) -> None:
        """Take every picture of the guide."""
        GUIDE.mkdir(exist_ok=True)
        for role, (username, act) in ACTS.items():
            phone = role == "gate"
            home = {"width": PHONE, "home": "/gate/"} if phone else {"width": WIDTH}
            page = self.sit_down(username, **home)
            self._take(page, f"{role}-home", phone)
            act(page)
            self._take(page, f"{role}-act", phone)
            page.context.close()

    def _take(self, page: Page, name: str, phone: bool) -> None:
        page.set_viewport_size({"width": PHONE if phone else WIDTH, "height": TALL if phone else HEIGHT})
        page.evaluate("window.scrollTo(0, 0)")
        empty = page.context.new_page()
        path = GUIDE / f"{name}.png"
        path.write_bytes(with_palette(page.screenshot(), empty))
        empty.close()
        size = path.stat().st_size
        print(f"docs/guide/images/{path.name}  {size // 1000} kB")
        if size > LIMIT:
            raise SystemExit(f"{path.name} is larger than {LIMIT // 1000} kB.")


def _first_of(key: str) -> Callable[[Page], None]:
    """Begin to work through a list of the home page."""

    def begin(page: Page) -> None:
        page.click(f"form[action*='/{key}/through/'] button")
        page.wait_for_selector(".strip")

    return begin


def _sent(page: Page, typed: dict[str, str]) -> None:
    """Type into the fields by name, and send the form from the last of them as far as its effect."""
    for name, text in typed.items():
        page.fill(f"[name={name}]", text)
    page.press(f"[name={list(typed)[-1]}]", "Enter")
    page.wait_for_selector("[name=_confirm]")


def _result(page: Page) -> None:
    _first_of("untested")(page)
    page.check("[name=outcome][value=NEGATIVE]")
    laboratory = "新昌县综合服务点检测室"
    _sent(page, {"sampled_at": "昨0930", "laboratory": laboratory, "report_number": "检0002"})


def _overseas(page: Page) -> None:
    page.goto("/cases/person/?colour=GREEN")
    page.click("#result_list tbody tr:last-child th a")
    page.click("a[href*='/do/open-case/']")
    page.check("[name=ground][value=OVERSEAS]")
    page.select_option("[name=evidence_kind]", "ENTRY_RECORD")
    _sent(page, {"began_on": "昨天", "evidence_ref": "入境0002"})


def _visit(page: Page) -> None:
    _first_of("fever_unexamined")(page)
    page.check("[name=finding][value=RULED_OUT]")
    _sent(page, {"visited_at": "昨0930", "record_number": "门诊0002"})


def _report(page: Page) -> None:
    page.goto("/cases/person/?colour=GREEN")
    page.click("#result_list tbody tr:last-child th a")
    page.click("a[href*='/do/report/']")
    page.check("[name=ground][value=CLOSE_CONTACT]")


def _open(words: str, button: str) -> Callable[[Page], None]:
    """Open the first row of a card of the home page, and press a button of the page it leads to."""

    def open_it(page: Page) -> None:
        page.locator(".worklist", has_text=words).locator("li a").first.click()
        page.click(f"a[href*='/do/{button}/']")
        page.wait_for_selector(".act-form")

    return open_it


def _held(page: Page) -> None:
    page.locator(".worklist").get_by_role("link", name="复核赋码").first.click()
    page.wait_for_selector(".act-form")


def _gate(page: Page) -> None:
    page.fill("[name=number]", "E87654321")
    page.fill("[name=temperature]", "36.5")
    page.press("[name=temperature]", "Enter")
    page.wait_for_url("**/checks/**")


def _at(address: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(address)

    return go


ACTS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "service_point": ("service.xinchang", _result),
    "community": ("community.yulin", _overseas),
    "officer": ("officer.yulin", _at("/cases/controlorder/round/")),
    "supervisor": ("supervisor.city", _at("/signs/")),
    "clinic": ("clinic.xinchang", _visit),
    "hospital": ("hospital.city", _open("应有的体温尚未记录", "report-exit")),
    "duty_lead": ("duty.city", _held),
    "bureau": ("bureau.one", _first_of("desk_unsigned")),
    "cdc": ("cdc.xinchang", _report),
    "group": ("group.xinchang", _open("已上报，待录入", "enter-report")),
    "complaint_lead": ("lead.city", _first_of("desk_rule")),
    "policy_editor": ("policy.city", _at("/do/propose-rule-book/")),
    "administrator": ("admin.one", _at("/offices/user/do/create/")),
    "gate": ("gate.school", _gate),
}
