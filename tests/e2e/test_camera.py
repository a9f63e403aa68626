"""A keeper reads a pass with the camera, or from a picture: a fake camera that shows three grey frames."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from cases.models import GateCheck
from cases.passes import keys, signed
from cases.services import passes
from tests.e2e.conftest import ARGUMENTS, CHROMIUM
from tests.factories import PASSWORD, Cast, guarded, register

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.any_database,
    pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium on this machine."),
]
WIDTH, HEIGHT, MODULE = 640, 480, 6  # pixels


@pytest.fixture
def printed(cast: Cast) -> str:
    """Return what is on somebody's paper."""
    at = timezone.now()
    person = register(by=cast.service_xinchang, at=at - timedelta(days=1), name="王小明")
    made = passes.print_paper(person, by=cast.service_xinchang, at=at)
    key = keys.signing(signed.PassKind.PAPER)
    assert key.private is not None
    return signed.sign(made.body(key.number), key.private)


def film(text: str, path: Path) -> Path:
    """Write what a camera sees of a code held into its middle: three frames in grey."""
    rows = [list(row) for row in segno.make(text, error="m").matrix_iter(border=4)]
    frame = bytearray(b"\xb4" * (WIDTH * HEIGHT))
    left, top = (WIDTH - len(rows) * MODULE) // 2, (HEIGHT - len(rows) * MODULE) // 2
    for y, row in enumerate(rows):
        line = b"".join((b"\x14" if dark else b"\xf0") * MODULE for dark in row)
        for step in range(MODULE):
            start = (top + y * MODULE + step) * WIDTH + left
            frame[start : start + len(line)] = line
    grey = b"\x80" * (WIDTH * HEIGHT // 2)
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F15:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + (b"FRAME\n" + bytes(frame) + grey) * 3)
    return path


@pytest.fixture
def keeper(cast: Cast, live_server: object, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """Return a function: the page of a school's door, before whose camera a code is held."""
    guarded("SCHOOL", at=timezone.now() - timedelta(days=2))
    with sync_playwright() as playwright:
        running = []

        def stand_before(text: str) -> Page:
            fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
            fake.append(f"--use-file-for-fake-video-capture={film(text, tmp_path / 'seen.y4m')}")
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *fake])
            running.append(browser)
            page = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN").new_page()
            page.goto(f"{live_server}/login/")
            page.fill("[name=username]", "gate.school")
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url("**/gate/")
            return page

        yield stand_before
        for one in running:
            one.close()


def test_the_camera_reads_a_pass_and_the_temperature_comes_next(
    cast: Cast, keeper: Callable[[str], Page], printed: str
) -> None:
    page = keeper(printed)
    page.get_by_role("button", name="用相机扫描").click()
    page.locator("#temperature:focus").wait_for()
    assert page.input_value("#number") == printed
    assert "已读取" in page.locator("[data-word]").inner_text()
    assert not GateCheck.objects.exists()
    assert page.evaluate("document.querySelector('video').srcObject.active") is False
    assert page.get_by_role("button", name="用相机扫描").is_visible()
    page.keyboard.type("36.5")
    page.keyboard.press("Enter")
    page.locator(".verdict-green").wait_for()
    # From the answer the next person is scanned at once.
    page.get_by_role("button", name="用相机扫描").click()
    page.locator("#temperature:focus").wait_for()
    assert page.input_value("#number") == printed


def test_another_code_leads_to_the_form_for_codes_from_elsewhere(
    cast: Cast, keeper: Callable[[str], Page]
) -> None:
    page = keeper("https://example.gov.cn/hz?code=1")
    page.get_by_role("button", name="用相机扫描").click()
    page.locator("[data-elsewhere] a").wait_for()
    assert "外地" in page.locator("[data-word]").inner_text()
    assert page.input_value("#number") == ""
    page.locator("[data-elsewhere] a").click()
    page.locator("[name=colour]").first.wait_for()


def test_a_picture_is_read_by_the_same_decoder(
    cast: Cast, keeper: Callable[[str], Page], printed: str
) -> None:
    page, picture = keeper("1"), io.BytesIO()
    segno.make(printed, error="m").save(picture, kind="png", scale=5, border=12)
    chosen = {"name": "code.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    page.set_input_files("[data-picture]", [chosen])
    page.locator("#temperature:focus").wait_for()
    assert page.input_value("#number") == printed


def test_a_picture_without_a_code_says_so_and_loses_nothing(
    cast: Cast, keeper: Callable[[str], Page]
) -> None:
    page = keeper("1")
    page.fill("#number", "330624199003078217")
    page.set_input_files(
        "[data-picture]", [{"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}]
    )
    page.get_by_text("没有找到二维码").wait_for()
    assert page.input_value("#number") == "330624199003078217"


def test_everybody_can_use_it_and_it_fits_a_narrow_phone(cast: Cast, keeper: Callable[[str], Page]) -> None:
    page = keeper("1")
    page.get_by_role("button", name="用相机扫描").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert Axe().run(page).response["violations"] == []


def test_a_picture_that_is_chosen_while_the_camera_looks_leaves_it_able_to_look_again(
    cast: Cast, keeper: Callable[[str], Page], printed: str
) -> None:
    page = keeper("nothing of ours")
    for _ in range(2):
        page.set_input_files(
            "[data-picture]", [{"name": "a.png", "mimeType": "image/png", "buffer": b"none"}]
        )
        page.get_by_text("没有找到二维码").wait_for()
        page.get_by_role("button", name="用相机扫描").click()
        page.locator("[data-elsewhere]:not([hidden])").wait_for()


def test_whoever_gives_no_camera_reads_what_else_there_is(
    cast: Cast, keeper: Callable[[str], Page], printed: str
) -> None:
    page = keeper(printed)
    page.evaluate("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no')); null")
    page.get_by_role("button", name="用相机扫描").click()
    page.get_by_text("未能使用相机").wait_for()
    assert page.locator("video").is_hidden()


def test_a_page_that_is_hidden_films_nobody(cast: Cast, keeper: Callable[[str], Page]) -> None:
    page = keeper("1")
    page.evaluate(
        "Object.defineProperty(HTMLVideoElement.prototype, 'videoWidth', { get: () => 0 })"
    )  # it sees nothing
    page.get_by_role("button", name="用相机扫描").click()
    page.get_by_role("button", name="关闭相机").wait_for()
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden' });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.get_by_role("button", name="用相机扫描").wait_for()
    assert page.evaluate("document.querySelector('video').srcObject.active") is False


def test_everybody_can_use_the_answer(cast: Cast, keeper: Callable[[str], Page], printed: str) -> None:
    page = keeper("1")
    page.fill("#number", printed)
    page.fill("#temperature", "36.5")
    page.press("#temperature", "Enter")
    page.locator(".verdict-green").wait_for()
    assert Axe().run(page).response["violations"] == []
    bar, below = (page.locator(one).bounding_box() for one in (".next", ".camera .ways"))
    assert bar and below and bar["y"] + bar["height"] <= below["y"]
