"""What each role does all day, from home to home, step by step: where the focus stands, what is said, how many keys."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cases.models import ClinicVisit, LabResult, Person, Transition
from cases.policy.colours import Colour
from cases.policy.days import ZONE
from cases.selectors.colours import colour_at
from tests.cases.scenes import Scene, fresh
from tests.e2e.conftest import Desk
from tests.e2e.keys import Strokes
from tests.factories import Cast

Clock = Callable[[datetime], None]
TEN = datetime(2026, 11, 2, 10, 0, tzinfo=ZONE)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def test_a_negative_at_the_service_point_takes_twelve_keys_from_home_to_home(
    cast: Cast, desk: Desk, clock: Clock
) -> None:
    clock(TEN)
    now, scene = timezone.now(), Scene(cast)
    area = scene.listed(at=now - timedelta(days=2), from_at=now - timedelta(days=5))
    people = []
    for hours in (20, 19):
        person = scene.person(at=now - timedelta(days=2))
        stayed = timezone.localdate(now - timedelta(days=2))
        scene.risk(person, area, began_on=stayed, at=now - timedelta(hours=hours))
        people.append(person)
    desk.sit_down("service.xinchang")
    for number, person in enumerate(people):
        strokes = Strokes(desk)
        assert strokes.focus() == "text"  # the box: the next document is scanned at once
        strokes.write(person.document)
        strokes.press("Enter")
        desk.page.wait_for_url(f"**/cases/person/{person.pk}/change/")
        assert desk.badge() == "黄码"
        strokes.press("Alt+b")
        desk.page.wait_for_selector("[name=outcome]:focus")
        strokes.press("1", "Enter")
        assert desk.page.is_checked("[name=outcome][value=NEGATIVE]")
        assert strokes.focus() == "sampled_at"
        strokes.press(*"0930", "Enter")
        assert desk.page.input_value("[name=sampled_at]") == "2026-11-02 09:30"
        if number == 0:
            assert strokes.focus() == "laboratory"
            strokes.write("新昌县检测中心")
            strokes.press("Enter")
        assert strokes.focus() == "report_number"
        strokes.write(f"检{number}")
        strokes.press("Enter")
        desk.page.wait_for_selector("[name=_confirm]:focus")
        assert "绿码" in desk.page.inner_text("main")
        strokes.press("Enter")
        desk.page.wait_for_url(f"**/cases/person/{person.pk}/change/")
        assert desk.badge() == "绿码"
        strokes.press("Alt+s")
        desk.page.wait_for_url(f"{desk.address}/")
        # The laboratory is typed once in a session.
        assert (strokes.keys, strokes.clicks) == (13 if number == 0 else 12, 0)
    assert LabResult.objects.count() == 2 and desk.complaints == []


def test_a_report_becomes_red_and_a_release_green_by_few_keys_of_each_office(
    cast: Cast, desk: Desk, clock: Clock
) -> None:
    clock(TEN)
    now, scene = timezone.now(), Scene(cast)
    index = scene.person(at=now - timedelta(days=2))
    yesterday = timezone.localdate(now) - timedelta(days=1)
    confirmed = scene.clinical(index, ground="CONFIRMED", began_on=yesterday, at=now - timedelta(days=1))
    person = scene.person(at=now - timedelta(days=2))

    cdc = begin(desk, "cdc.xinchang", person)
    cdc.press("Alt+b")
    desk.page.wait_for_selector("[name=ground]:focus")
    cdc.press("4", "Enter", *"1101", "Enter")
    assert desk.page.input_value("[name=began_on]") == "2026-11-01" and cdc.focus() == "evidence_ref"
    cdc.write("流调2026-9")
    cdc.press("Enter")
    # A contact has an index case: the refusal stands on its field, and nothing typed is lost.
    desk.page.wait_for_selector("[name=index_case]:focus")
    assert desk.page.input_value("[name=evidence_ref]") == "流调2026-9"
    cdc.press("2")
    assert desk.page.is_checked(f"[name=index_case][value='{confirmed.pk}']")
    finish(cdc, person, keys=14)

    group = begin(desk, "group.xinchang", person)
    group.press("Alt+b")
    desk.page.wait_for_selector("[name=day0]:focus")
    desk.page.check("[name=officer][value='officer.yulin']")
    group.clicks += 1
    finish(group, person, keys=5, clicks=1)
    assert desk.badge() != "绿码" and Transition.objects.filter(person=person).count() == 1

    due = TEN + timedelta(days=15)
    clock(due - timedelta(minutes=20))
    scene.tested(person, at=timezone.now() - timedelta(hours=20))
    clock(due)
    desk.sit_down("officer.yulin")
    officer = Strokes(desk)
    officer.click("form[action*='/ready/through/'] button")
    desk.page.wait_for_selector(".act-form [name=sampled_at]:focus")
    officer.press("Enter")  # the negative that is stored counts
    desk.page.wait_for_selector("[name=_confirm]:focus")
    assert "绿码" in desk.page.inner_text("main")
    officer.press("Enter")
    desk.page.wait_for_selector("#through")
    officer.press("Alt+s")
    desk.page.wait_for_url(f"{desk.address}/")
    assert (officer.keys, officer.clicks) == (3, 1)
    assert colour_at(fresh(person), timezone.now()) == Colour.GREEN and desk.complaints == []


def test_a_fever_is_examined_and_a_stay_abroad_entered_by_few_keys(
    cast: Cast, desk: Desk, clock: Clock
) -> None:
    clock(TEN)
    now, scene = timezone.now(), Scene(cast)
    feverish, returned = (scene.person(at=now - timedelta(days=2)) for _ in range(2))
    scene.fever(feverish, at=now - timedelta(hours=5))

    desk.sit_down("clinic.xinchang")
    assert "发热黄码人员，尚未就诊排查" in desk.text()
    clinic = Strokes(desk)
    clinic.click("form[action*='fever_unexamined/through/'] button")
    desk.page.wait_for_selector("[name=visited_at]:focus")
    clinic.press(*"0930", "Enter", "1", "Enter")
    assert clinic.focus() == "record_number"
    clinic.write("门诊1")
    clinic.press("Enter")
    desk.page.wait_for_selector("[name=_confirm]:focus")
    clinic.press("Enter")
    desk.page.wait_for_selector("#through")
    clinic.press("Alt+s")
    desk.page.wait_for_url(f"{desk.address}/")
    assert (clinic.keys, clinic.clicks) == (10, 1)
    assert ClinicVisit.objects.get().ruled_out and "尚未采样" in desk.text()

    community = begin(desk, "community.yulin", returned)
    community.press("Alt+b")
    desk.page.wait_for_selector("[name=ground]:focus")
    community.press("1", "Enter", *"1101", "Enter")
    assert community.focus() == "evidence_kind"
    community.press("ArrowDown", "Enter")
    community.write("入境0001")
    finish(community, returned, keys=14)
    assert colour_at(fresh(returned), timezone.now()) == Colour.RED and desk.complaints == []


def begin(desk: Desk, username: str, person: Person) -> Strokes:
    """Sit down at home, and scan a document that leads to the person's page."""
    desk.sit_down(username)
    strokes = Strokes(desk)
    assert strokes.focus() == "text"
    strokes.write(person.document)
    strokes.press("Enter")
    desk.page.wait_for_url(f"**/cases/person/{person.pk}/change/")
    return strokes


def finish(strokes: Strokes, person: Person, *, keys: int, clicks: int = 0) -> None:
    """See the effect, confirm, go home; compare what it cost."""
    page = strokes.desk.page
    strokes.press("Enter")
    page.wait_for_selector("[name=_confirm]:focus")
    strokes.press("Enter")
    page.wait_for_url(f"**/cases/person/{person.pk}/change/")
    strokes.press("Alt+s")
    page.wait_for_url(f"{strokes.desk.address}/")
    assert (strokes.keys, strokes.clicks) == (keys, clicks)
