"""A stay that was answered opens nothing and leaves no row: the person's page, the print and the API say why."""

import pytest
import time_machine
from django.urls import reverse

from cases.models import Case
from cases.services.engine.uncoded import stays_of
from healthcode.core.audit.models import Event
from tests.api.conftest import Caller
from tests.browsers import Browser
from tests.cases.scenes import Scene, fresh, later
from tests.facts.test_stays import FIRST, listed, negative, sent
from tests.facts.ways import BACKEND

AGAIN = ("2026-10-31 09:00", "2026-11-01 21:00")  # the same stay with other hours
LATER = later(hours=8)


def answered(scene: Scene):
    """Return somebody whose stay a test had answered before its track came, and the area."""
    person, area = scene.person(), listed(scene)
    negative(scene, person, later(hours=1), at=later(hours=2))
    sent(scene, (person, FIRST), at=later(hours=3))
    return person, area


def seen(scene: Scene, view: str, person, at=LATER) -> str:
    with time_machine.travel(at, tick=False):
        browser = Browser()
        browser.force_login(scene.cast.community_yulin, backend=BACKEND)
        return browser.get(reverse(f"admin:cases_person_{view}", args=(person.pk,))).content.decode()


def test_a_stay_that_a_test_had_answered_is_told_with_the_test(scene: Scene):
    person, area = answered(scene)
    assert not Case.objects.of(person).exists()
    (stay,) = stays_of(fresh(person), at=LATER)
    assert stay.area == area
    assert "2026年11月2日10:00" in str(stay.why)


@pytest.mark.parametrize("view", ("change", "explanation"))
def test_page_and_print_tell_it(scene: Scene, view):
    person, area = answered(scene)
    content = seen(scene, view, person)
    assert area.name in content
    assert "2026年11月2日10:00" in content.split("未予赋码的旅居史")[1]


def test_the_api_tells_it_to_those_inside(scene: Scene):
    person, area = answered(scene)
    with time_machine.travel(LATER, tick=False):
        body = Caller(scene.cast.community_yulin).get(f"persons/{person.public_id}/explanation").json()
    assert [one["area"] for one in body["uncoded"]] == [area.pk]
    assert "2026年11月2日10:00" in body["uncoded"][0]["why"]


def test_of_merged_records_the_stay_of_either_is_told(scene: Scene):
    person, survivor = scene.person(), scene.person()
    scene.merged(person, survivor, at=later(minutes=10))
    listed(scene)
    negative(scene, survivor, later(hours=1), at=later(hours=2))
    sent(scene, (person, FIRST), at=later(hours=3))
    assert len(stays_of(fresh(survivor), at=LATER)) == 1


def test_a_stay_that_codes_somebody_or_leads_nowhere_is_none_of_these(scene: Scene):
    coded, elsewhere, area = scene.person(), scene.person(), listed(scene)
    sent(scene, (coded, FIRST), at=later(hours=1))
    sent(scene, (elsewhere, FIRST), code="110107", at=later(hours=1))
    assert stays_of(fresh(coded), at=LATER) == stays_of(fresh(elsewhere), at=LATER) == ()
    negative(scene, coded, later(hours=2), at=later(hours=3))
    assert len(stays_of(fresh(coded), at=LATER)) == 1
    scene.changed(area, "LIFT", at=later(hours=9))
    assert stays_of(fresh(coded), at=later(hours=10)) == ()


def test_whoever_lists_an_area_reads_how_many_were_answered(scene: Scene):
    tested, untested = scene.person(), scene.person()
    sent(scene, (tested, FIRST), (untested, FIRST), at=later(hours=1))
    negative(scene, tested, later(hours=2), at=later(hours=3))
    area = listed(scene, at=later(hours=4))
    assert Event.objects.get(action="area.begun", target=f"area:{area.pk}").body.count('"answered":1') == 1
