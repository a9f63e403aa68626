"""The second person decides on a telephone 360 pixels wide, with the facts before them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.services import areas, control
from cases.services.areas import Listing
from tests.cases.scenes import Scene, fresh
from tests.e2e.conftest import Desk
from tests.factories import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def waiting(scene: Scene) -> list[tuple[str, str, str, str]]:
    """Let something of each shape wait; return who decides it, where, whose word it is, and what it says."""
    at = timezone.now() - timedelta(hours=2)
    day = timezone.localdate(at)
    known, dead, red, home, twin = (scene.person(at=at) for _ in range(5))
    scene.reported(known, at=at, began_on=day)
    scene.held(dead, at=at, began_on=day)
    scene.death_recorded(dead, at=at)
    case = scene.clinical(red, at=at, began_on=day)
    scene.void_proposed(case, at=at)
    scene.clinical(home, at=at, began_on=day)
    control.propose_home(
        fresh(home), address="羽林街道某小区1幢", reason="孕妇", by=scene.cast.group_xinchang, at=at
    )
    scene.merge_proposed(twin, known, at=at)
    areas.propose(Listing("某区某街道", "MEDIUM", "公告8号", at), by=scene.cast.duty_city, at=at)
    on = "/cases/person/{}/do/{}/".format
    return [
        ("group.xinchang", on(known.pk, "enter-report"), "新昌疾控员", "密切接触者"),
        ("group.xinchang", on(dead.pk, "confirm-death"), "定点医院员", "死亡证明"),
        ("group.xinchang", on(red.pk, "decide-void"), "大数据局甲", "同名，证件号码不符"),
        ("duty.xinchang", on(dead.pk, "decide-case"), "新昌管控组员", "其他须纳入"),
        ("duty.xinchang", on(home.pk, "decide-home-stay"), "新昌管控组员", "某小区1幢"),
        ("bureau.two", on(twin.pk, "decide-merge"), "大数据局甲", "同一人"),
        ("duty.deputy", "/do/decide-area/", "市值班负责人", "公告8号"),
    ]


def test_every_shape_of_decision_is_whole_on_a_telephone(cast: Cast, desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 360, "height": 740})
    seated = ""
    for username, url, proposer, evidence in waiting(Scene(cast)):
        if username != seated:
            desk.sit_down(username)
            seated = username
        desk.go(url)
        proposed = desk.page.locator("section.card", has_text=proposer).first
        assert evidence in proposed.inner_text(), url
        form = desk.page.locator("form.act-form")
        above, below = proposed.bounding_box(), form.bounding_box()
        assert above and below and above["y"] + above["height"] <= below["y"], url
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360, url
        if desk.page.locator("[name=decision]").count():
            for choice in ("area", "decision"):
                if desk.page.locator(f"[name={choice}]").count():
                    desk.page.locator(f"[name={choice}]").first.check()
            desk.page.click("[name=_next]")
            assert desk.page.locator("section.card", has_text=proposer).count(), url
            assert desk.page.locator("[name=_confirm]").count(), desk.text()
            assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360, url
