"""Every page of the menu: axe finds nothing, and nothing is cut on a telephone or in letters of twice the size."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.conftest import CUT, Desk
from tests.factories import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
# Each page is looked at once; the others have few that these have not (all of them in `make soak`).
ROLES = ["supervisor.city", "community.yulin"]
if os.environ.get("EVERYWHERE") == "all":
    ROLES += ["service.xinchang", "duty.city", "admin.one", "officer.yulin", "bureau.one", "group.xinchang"]
LINKS = "links => links.map(link => link.getAttribute('href')).filter(href => href && href.startsWith('/'))"
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def larger(desk: Desk, size: str) -> None:
    desk.page.evaluate(f"document.documentElement.style.fontSize = '{size}'")


def test_no_page_of_the_menu_is_cut_or_has_a_violation(cast: Cast, desk: Desk) -> None:
    axe, found, looked = Axe(), list[str](), set[str]()
    for username in ROLES:
        desk.page.set_viewport_size({"width": 1366, "height": 900})
        desk.sit_down(username)
        links = {"/", *desk.page.eval_on_selector_all("#menu a", LINKS)} - looked
        for link in sorted(links):
            desk.page.set_viewport_size({"width": 1366, "height": 900})
            desk.go(link)
            found += [f"{link}: {one['id']}" for one in axe.run(desk.page).response["violations"]]
            for width, size in ((1366, "200%"), (360, "")):
                desk.page.set_viewport_size({"width": width, "height": 740})
                larger(desk, size)
                if desk.page.evaluate(WIDER) or (width == 360 and desk.page.evaluate(CUT)):
                    found.append(f"{link}: cut at {width} {size}")
            larger(desk, "")
        looked |= links - {"/"}  # the home is everybody's own
    assert found == [] and len(looked) > 30
