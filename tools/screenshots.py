"""Take the pictures of the README and of the guide from a fresh demo: `python -m tools.screenshots` (make screenshots).

A server of its own runs on a database of its own, so the pictures show what a newcomer sees.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, sync_playwright

from tools.guide_pictures import GuidePictures
from tools.palette import with_palette

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1366, 900
PHONE = 360
START_SECONDS = 240
LIMIT = 200_000  # bytes of one picture: the repository keeps every version of it
SHANGHAI = ZoneInfo("Asia/Shanghai")


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """Serve a fresh demo; give its address and the cast's password."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        server = subprocess.Popen(
            [sys.executable, "manage.py", "start", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "VAR_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # granian has workers: all of them are stopped together
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/login/", server)
            yield address, (Path(folder) / "demo-password").read_text().strip()
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


class Tour:
    """One browser, at which the cast sits down in turn."""

    def __init__(self, browser: Browser, address: str, password: str) -> None:
        self.browser, self.address, self.password = browser, address, password
        self.tested = ""  # where the pages of the person begin whose code the service point turned

    def sit_down(self, username: str, *, width: int = WIDTH, home: str = "/") -> Page:
        context = self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": HEIGHT},
            locale="zh-CN",
            timezone_id=SHANGHAI.key,
        )
        page = context.new_page()
        page.goto("/login/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", self.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{self.address}{home}")
        return page

    def take(self, page: Page, name: str, *, height: int, width: int = WIDTH) -> None:
        """Keep what the page shows, from its top."""
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("window.scrollTo(0, 0)")
        path = IMAGES / f"{name}.png"
        empty = page.context.new_page()
        path.write_bytes(with_palette(page.screenshot(), empty))
        empty.close()
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}  {size // 1000} kB")
        if size > LIMIT:
            raise SystemExit(f"{path.name} is larger than {LIMIT // 1000} kB.")

    def service_point(self) -> None:
        """A clerk enters a negative test, and reads beforehand that the code turns green."""
        page = self.sit_down("service.xinchang")
        page.goto("work/untested/")
        self.tested = _open_first_person(page)
        page.click("a[href$='/do/enter-result/']")
        page.check("[name=outcome][value=NEGATIVE]")
        page.fill("[name=sampled_at]", _typed(_today(0) - timedelta(hours=12)))
        page.fill("[name=laboratory]", "新昌县综合服务点检测室")
        page.fill("[name=report_number]", "检0001")
        page.click("[name=_next]")
        self.take(page, "service-point", height=620)
        page.click("[name=_confirm]")

    def community(self) -> None:
        """A worker enters an overseas stay found by screening, and reads that the code turns red."""
        page = self.sit_down("community.yulin")
        page.goto("/cases/person/?colour=GREEN")
        page.click("#result_list tbody tr:last-child th a")
        page.click("a[href$='/do/open-case/']")
        page.check("[name=ground][value=OVERSEAS]")
        page.fill("[name=began_on]", f"{_today(0) - timedelta(days=2):%Y-%m-%d}")
        page.select_option("[name=evidence_kind]", "ENTRY_RECORD")
        page.fill("[name=evidence_ref]", "入境0001")
        page.check("[name=site][value='isolation-xinchang']")
        page.click("[name=_next]")
        self.take(page, "community", height=760)

    def control_officer(self) -> None:
        """The officer's page of a person whose days are over: one act is missing, and it is the officer's."""
        page = self.sit_down("officer.yulin")
        page.goto("work/ready/")
        _open_first_person(page)
        self.take(page, "control-officer", height=860)

    def supervision(self) -> None:
        """The trail of the person whom the service point tested: acts and looks, with office and actor."""
        page = self.sit_down("supervisor.city")
        page.goto(f"{self.tested}history/")
        self.take(page, "supervision", height=840)

    def desk(self) -> None:
        """The intake beside the code it is about: why it is red, what ends it, the words to read out."""
        page = self.sit_down("community.yulin")
        page.goto("/cases/person/?colour=RED")
        row = page.locator("#result_list tbody tr").last
        name, number = (row.locator(f".field-{field}").inner_text() for field in ("name", "masked_number"))
        page.goto("/")
        page.keyboard.press("Alt+n")
        page.fill("#find [name=text]", f"{name} {number[-4:]}")
        page.press("#find [name=text]", "Enter")
        page.wait_for_selector("#intake")
        self.take(page, "complaint-desk", height=760)

    def gate(self) -> None:
        """A gate keeper's phone: somebody by passport, without a fever."""
        page = self.sit_down("gate.school", width=PHONE, home="/gate/")
        page.fill("[name=number]", "E87654321")
        page.fill("[name=temperature]", "36.5")
        page.press("[name=temperature]", "Enter")
        page.wait_for_url("**/checks/**")
        self.take(page, "gate", height=446, width=PHONE)


def main() -> None:
    """Take every picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Debian's chromium is needed.")
    IMAGES.mkdir(exist_ok=True)
    with demo() as (address, password), sync_playwright() as playwright:
        # Chromium writes the hints in its date fields in its own language, not the page's.
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--lang=zh-CN"],
            env={**os.environ, "LANGUAGE": "zh_CN"},
        )
        tour = Tour(browser, address, password)
        pictures = (tour.service_point, tour.community, tour.control_officer, tour.supervision)
        for picture in (*pictures, tour.desk, tour.gate):
            picture()
        GuidePictures(tour.sit_down).take_all()
        browser.close()


def _open_first_person(page: Page) -> str:
    """Go to the first person of a list of what waits; return where the person's pages begin."""
    page.click(".worklist li a >> nth=0")
    return page.url.removesuffix("change/")


def _today(hour: int) -> datetime:
    return datetime.now(SHANGHAI).replace(hour=hour, minute=0, second=0, microsecond=0)


def _typed(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit("The demo server did not start: run `make run` to see why.")
        try:
            with urllib.request.urlopen(address):  # noqa: S310 - an address of our own
                return
        except URLError:
            time.sleep(0.5)
    raise SystemExit(f"The demo server did not answer within {START_SECONDS} seconds.")


if __name__ == "__main__":
    main()
