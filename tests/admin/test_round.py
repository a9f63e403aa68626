"""The page of the round: who has it, what it says, and that nothing typed is lost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import ControlOrder, HealthLog
from healthcode.core.audit.models import Event
from tests.admin.conftest import texts

ROUND = reverse("admin:cases_round")


@pytest.fixture
def box(red) -> str:
    red()
    return f"t{ControlOrder.objects.get().pk}_{'MORNING'}"


def test_a_round_is_kept_and_a_fever_is_named(cast, box, at_desk):
    page = texts(at_desk(cast.officer_yulin).post(ROUND, {box: "38.2"}, follow=True)).body
    assert "1 reading kept." in page and "38.2 °C. Have them examined." in page
    assert HealthLog.objects.get().temperature == 38.2 or str(HealthLog.objects.get().temperature) == "38.2"


def test_what_was_typed_stands_beside_what_is_wrong_with_it(cast, box, at_desk):
    page = texts(at_desk(cast.officer_yulin).post(ROUND, {box: "365"})).body
    assert 'value="365"' in page and "Without a point: is it 36.5?" in page
    assert not HealthLog.objects.exists()


def test_yesterdays_round_can_be_made_up_for(cast, box, at_desk):
    at_desk(cast.officer_yulin).post(f"{ROUND}?day=yesterday", {box: "*"})
    log = HealthLog.objects.get()
    assert (log.on, log.missed) == (timezone.localdate() - timedelta(days=1), "NOT_REACHED")


@pytest.mark.parametrize("name", ["community_yulin", "supervisor_city", "cdc_xinchang"])
def test_nobody_else_has_the_page(cast, at_desk, name):
    assert at_desk(cast[name.replace("_", ".")]).get(ROUND).status_code == 403


def test_who_read_the_round_is_recorded(cast, box, at_desk):
    at_desk(cast.officer_yulin).get(ROUND)
    event = Event.objects.filter(action="person.listed").latest("pk")
    assert (event.actor, event.target) == ("officer.yulin", "list:round")
