"""The pages of a new city in a real browser, and an activation letter: its QR code fills the log-in in."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from cases.services.setup import files
from healthcode.core.offices.models import User
from tests.e2e.conftest import Desk
from tests.factories import Cast
from tests.new_city.tables import STAFF, granted, prepared, table

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
OWN = "four-words-in-a-row"


def test_a_letters_code_fills_the_log_in_in_and_leaves_no_trace_in_the_address(
    cast: Cast, desk: Desk
) -> None:
    row = ("zhang.san", "张三", "13800000001", "社区管控人员", "community-yulin")
    file = granted("STAFF", table(STAFF, row), at=timezone.now())
    (letter,) = files.take_letters(file, by=cast.admin_two, at=timezone.now())
    desk.go(f"/login/#{letter.user.username}:{letter.code}")
    assert desk.page.input_value("[name=username]") == "zhang.san"
    assert desk.page.input_value("[name=password]") == letter.code
    assert "#" not in desk.page.url
    desk.page.click("#login-form button")
    (confirmation,) = files.read_confirmations(file, by=cast.admin_one, at=timezone.now())
    chosen = {
        "old_password": letter.code,
        "confirmation": confirmation.code,
        "new_password1": OWN,
        "new_password2": OWN,
    }
    for name, value in chosen.items():
        desk.page.fill(f"[name={name}]", value)
    desk.page.click("#content .card [type=submit]")
    desk.page.wait_for_url(lambda url: urlsplit(url).path == "/")
    user = User.objects.get(username="zhang.san")
    assert not user.password_is_temporary
    assert user.check_password(OWN)


def test_the_pages_of_a_new_city_can_be_used_by_everybody(cast: Cast, desk: Desk) -> None:
    rows = [(f"zhang.{n}", "张三", f"1380000000{n}", "社区管控人员", "community-yulin") for n in range(2)]
    file = prepared("STAFF", table(STAFF, *rows), at=timezone.now())
    desk.sit_down("admin.two")
    page = f"/cases/setupfile/{file.pk}"
    for path in ("/", "/cases/setupfile/do/prepare/", f"{page}/change/", f"{page}/do/decide/"):
        desk.go(path)
        assert not Axe().run(desk.page).response["violations"], path
    assert not desk.complaints
