"""What those do all day who decide, answer or grant: from home to home, with the keys and clicks it takes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cases.models import Case, ExitReport, GateCheck
from cases.policy.days import ZONE
from complaints.models.choices import TicketState
from tests.cases.scenes import Scene, fresh
from tests.e2e.conftest import Desk
from tests.e2e.keys import Strokes
from tests.e2e.test_desk import routed
from tests.factories import PASSWORD, Cast, guarded

Clock = Callable[[datetime], None]
TEN = datetime(2026, 11, 2, 10, 0, tzinfo=ZONE)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def confirm(strokes: Strokes) -> None:
    """See the effect, confirm with whatever has the focus."""
    strokes.press("Enter")
    strokes.desk.page.wait_for_selector("[name=_confirm]:focus")
    strokes.press("Enter")


def home(strokes: Strokes, *, keys: int, clicks: int) -> None:
    """Go home by the key; compare what it cost."""
    strokes.desk.page.wait_for_load_state()
    strokes.press("Alt+s")
    strokes.desk.page.wait_for_url(f"{strokes.desk.address}/")
    assert (strokes.keys, strokes.clicks) == (keys, clicks)


def test_a_held_case_and_a_discharge_take_few_keys(cast: Cast, desk: Desk, clock: Clock) -> None:
    clock(TEN)
    now, scene = timezone.now(), Scene(cast)
    yesterday = timezone.localdate(now) - timedelta(days=1)
    held = scene.person(at=now - timedelta(days=2))
    scene.held(held, at=now - timedelta(hours=1), began_on=yesterday)
    patient = scene.person(at=now - timedelta(days=2))
    scene.clinical(patient, ground="CONFIRMED", began_on=yesterday, at=now - timedelta(hours=20))

    desk.sit_down("duty.xinchang")
    duty = Strokes(desk)
    duty.click(".worklist a:has-text('复核赋码')")
    desk.page.wait_for_selector("[name=decision]:focus")
    assert "新昌管控组员" in desk.page.inner_text("main")  # who proposed it is read first
    duty.press("1")
    confirm(duty)
    desk.page.wait_for_selector("ul.messagelist .success")
    home(duty, keys=4, clicks=1)
    assert Case.objects.get(person=held).state == "OPEN"

    desk.sit_down("hospital.city")
    hospital = Strokes(desk)
    hospital.write(patient.document)
    hospital.press("Enter")
    desk.page.wait_for_url(f"**/cases/person/{patient.pk}/change/")
    hospital.click("a[href*='/do/report-exit/']")
    desk.page.wait_for_selector(
        "[name=happened_on]:focus"
    )  # of the case and of what happened there is one each
    hospital.press(*"1102", "Enter")
    hospital.write("出院2026-1")
    confirm(hospital)
    desk.page.wait_for_url(f"**/cases/person/{patient.pk}/change/")
    home(hospital, keys=9, clicks=1)
    assert ExitReport.objects.get().exit == "DISCHARGED" and desk.complaints == []


def test_a_ticket_is_signed_for_by_three_keys(cast: Cast, desk: Desk, clock: Clock) -> None:
    clock(TEN)
    now, scene = timezone.now(), Scene(cast)
    yesterday = timezone.localdate(now) - timedelta(days=1)
    person = scene.person(at=now - timedelta(days=2))
    scene.clinical(person, began_on=yesterday, at=now - timedelta(hours=20))
    ticket = routed(cast, person, now - timedelta(minutes=20))

    desk.sit_down("bureau.one")
    bureau = Strokes(desk)
    bureau.click(".worklist a[href*='/ticket/']")
    desk.page.wait_for_url(f"**/complaints/ticket/{ticket.pk}/**")
    bureau.press("Alt+b")
    desk.page.wait_for_selector("button:focus")  # signing asks for nothing but the press
    bureau.press("Enter")
    desk.page.wait_for_selector("ul.messagelist .success")
    home(bureau, keys=3, clicks=1)
    assert fresh(ticket).state == TicketState.IN_PROGRESS
    assert ticket.number in desk.text() and desk.complaints == []


def test_a_door_takes_two_keys_a_person_beside_document_and_temperature(
    cast: Cast, desk: Desk, clock: Clock
) -> None:
    clock(TEN)
    people = [Scene(cast).person(at=timezone.now() - timedelta(days=2)) for _ in range(3)]
    guarded("SCHOOL")
    desk.page.context.clear_cookies()
    desk.go("/login/")
    desk.page.fill("[name=username]", "gate.school")
    desk.page.fill("[name=password]", PASSWORD)
    desk.page.press("[name=password]", "Enter")
    desk.page.wait_for_url(f"{desk.address}/gate/**")
    gate = Strokes(desk)
    for person in people:
        desk.page.wait_for_selector("[name=number]:focus")
        gate.write(person.document)
        gate.press("Enter")
        desk.page.wait_for_selector("[name=temperature]:focus")
        gate.write("36.5")
        gate.press("Enter")
        desk.page.wait_for_selector("text=放行")
    assert (gate.keys, gate.clicks) == (2 * len(people), 0)
    assert GateCheck.objects.count() == len(people)
