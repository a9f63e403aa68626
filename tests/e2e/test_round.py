"""The round in a real browser: one key a person beside the temperatures."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cases.models import HealthLog
from cases.services import control
from tests.e2e.conftest import Desk
from tests.e2e.keys import Strokes
from tests.factories import Cast, contact, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
PEOPLE = 20


def test_twenty_temperatures_take_one_key_each_beside_their_digits_from_home_to_home(cast: Cast, desk: Desk):
    now: datetime = timezone.now()
    for _ in range(PEOPLE):
        person = register(by=cast.service_xinchang, at=now - timedelta(days=2))
        contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(days=1))
        plan = {"officer": cast.officer_yulin, "reason": "指定", "by": cast.group_xinchang}
        control.hand_over(person, **plan, at=now - timedelta(hours=20))
    desk.sit_down("officer.yulin")
    strokes = Strokes(desk)
    strokes.press("Alt+h")
    desk.page.wait_for_selector("input[data-half]:focus")
    for place in range(PEOPLE - 2):
        assert desk.page.evaluate("document.activeElement.dataset.half")
        desk.page.keyboard.type("365" if place else "38.1")
        strokes.press("Enter")
    strokes.press("-")  # goes on by itself
    strokes.press("*")
    assert desk.page.locator("input.fever").count() == 1
    strokes.press("Control+Enter")
    desk.page.wait_for_selector("ul.messagelist .success")
    strokes.press("Alt+s")
    desk.page.wait_for_url(f"{desk.address}/")
    assert (strokes.keys, strokes.clicks) == (
        PEOPLE + 3,
        0,
    )  # one a person, to the round, to keep it, and home
    assert HealthLog.objects.count() == PEOPLE
    assert HealthLog.objects.filter(temperature="36.5").count() == PEOPLE - 3
    assert set(HealthLog.objects.exclude(missed="").values_list("missed", flat=True)) == {
        "NOT_MEASURED",
        "NOT_REACHED",
    }
    assert desk.complaints == []
