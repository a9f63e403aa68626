"""Working through a list in a real browser: with the keyboard alone, few keys a person beside what is typed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import LabResult
from tests.cases.scenes import Scene
from tests.e2e.conftest import Desk
from tests.factories import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
FOCUS = "document.activeElement.name"


def test_a_negative_for_each_of_two_people_is_entered_without_the_mouse(cast: Cast, desk: Desk):
    now, scene = timezone.now(), Scene(cast)
    day = timezone.localdate(now - timedelta(days=1))
    area = scene.listed(at=now - timedelta(days=2), from_at=now - timedelta(days=5))
    people = []
    for hours in (20, 19):
        person = scene.person(at=now - timedelta(days=2))
        scene.risk(person, area, began_on=day, at=now - timedelta(hours=hours))
        people.append(person)
    desk.sit_down("service.xinchang")
    page, keys = desk.page, desk.page.keyboard
    page.locator("form[action$='untested/through/'] button").press("Enter")
    for number, person in enumerate(people):
        page.wait_for_url(f"**/cases/person/{person.pk}/do/enter-result/?through=*")
        assert f"第{number + 1}件，共2件" in page.inner_text(".strip")
        assert page.evaluate(FOCUS) == "outcome"
        keys.press("Space")
        page.fill("[name=sampled_at]", f"{timezone.localtime(now - timedelta(hours=1)):%Y-%m-%dT%H:%M}")
        if number == 0:
            page.fill("[name=laboratory]", "新昌县检测中心")
        assert page.input_value("[name=laboratory]") == "新昌县检测中心"
        page.focus("[name=report_number]")
        keys.type(f"R-{number}")
        keys.press("Enter")  # see the effect
        page.wait_for_selector("[name=_confirm]")
        assert page.evaluate(FOCUS) == "_confirm"
        keys.press("Enter")
    page.wait_for_selector("#through")
    assert "已不再待办2件" in page.inner_text("main")
    assert LabResult.objects.count() == 2
    assert desk.complaints == []


def test_leaving_one_for_later_is_one_key_and_help_opens_in_place(cast: Cast, desk: Desk):
    now, scene = timezone.now(), Scene(cast)
    area = scene.listed(at=now - timedelta(days=2), from_at=now - timedelta(days=5))
    day = timezone.localdate(now - timedelta(days=1))
    first = scene.person(at=now - timedelta(days=2))
    scene.risk(first, area, began_on=day, at=now - timedelta(hours=20))
    desk.sit_down("service.xinchang")
    desk.page.locator("form[action$='untested/through/'] button").press("Enter")
    desk.page.wait_for_url("**/do/enter-result/?through=*")
    desk.page.keyboard.press("?")
    desk.page.wait_for_selector("dialog[open] h2")
    assert "条款3.4b" in desk.page.inner_text("dialog")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("Alt+k")
    desk.page.wait_for_selector("#through")
    assert first.name in desk.page.inner_text("main")
    assert desk.complaints == []
