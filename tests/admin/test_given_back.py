"""What an overtaken form gives back names the rows that were chosen in it, to whoever may know them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.services import control
from cases.services.samples import amendments, results
from tests.admin.conftest import texts
from tests.cases.scenes import Scene, fresh, sample

pytestmark = pytest.mark.any_database
UNKNOWN = "a record that you cannot open now"


def given_back(client, person, act, **typed):
    address = reverse("admin:cases_person_do", args=(person.pk, act))
    answer = client.post(address, {**typed, "_next": "1"}, follow=True)
    assert answer.status_code == 409
    return texts(answer).body


def visited(scene, now):
    person = scene.person()
    scene.fever(person, at=now)
    scene.visit(person, at=now)
    return person, person.visits.get()


def test_a_row_that_somebody_withdrew_meanwhile_is_named_as_the_form_named_it(cast, at_desk):
    person, visit = visited(Scene(cast), timezone.now())
    amendments.withdraw_visit(visit, reason="录错", by=cast.clinic_xinchang, at=timezone.now())
    body = given_back(at_desk(cast.clinic_xinchang), person, "correct-visit", row=visit.pk)
    assert visit.record_number in body and UNKNOWN not in body


@pytest.mark.parametrize("key", ["", "0", "abc", "9" * 30])
def test_a_row_of_somebody_unseen_and_no_row_at_all_read_alike(cast, at_desk, key):
    scene, now = Scene(cast), timezone.now()
    person = scene.person()
    report = sample(now, report_number="REPORT-OF-SOMEBODY-UNSEEN")
    result = results.enter(person, report, by=cast.hospital_city, at=now)
    body = given_back(at_desk(cast.service_yuecheng), person, "correct-result", result=key or result.pk)
    assert UNKNOWN in body and result.report_number not in body and person.name not in body


def test_a_colleague_who_was_chosen_is_named(cast, red, at_desk):
    person, now = red(), timezone.now()
    control.hand_over(person, officer=cast.officer_deputy, reason="代管", by=cast.officer_yulin, at=now)
    body = given_back(
        at_desk(cast.officer_yulin),
        fresh(person),
        "hand-over",
        officer=cast.officer_yulin.username,
        reason="还",
    )
    assert cast.officer_yulin.name in body and f">{cast.officer_yulin.username}<" not in body


def test_an_overtaken_form_says_to_whom_the_person_went(cast, red, at_desk, now):
    person = red()
    control.hand_over(person, officer=cast.officer_deputy, reason="代管", by=cast.officer_yulin, at=now)
    client = at_desk(cast.officer_yulin)
    address = reverse("admin:cases_person_do", args=(person.pk, "log-health"))
    opened = (now - timedelta(minutes=1)).isoformat()
    body = texts(client.post(address, {"symptoms": "无", "opened": opened, "_next": "1"}, follow=True)).body
    assert f"({cast.officer_deputy.name})" in body
