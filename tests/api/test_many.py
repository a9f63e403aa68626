"""Acts on many people over the API: a worker does them as it does for the page, and an address tells how far it is."""

import pytest
from django.utils import timezone

from cases.models import Case
from cases.services import areas
from healthcode.core.acts import background
from healthcode.core.acts.models import BackgroundAct
from healthcode.core.offices.models import User
from tests.cases.scenes import fresh
from tests.many import PEOPLE


@pytest.fixture
def lead(cast, caller):
    """Return the second duty lead, calling in English."""
    User.objects.filter(pk=cast.duty_deputy.pk).update(language="en")
    return caller(cast.duty_deputy)


def decided(lead, area, **asked):
    return lead.do("decide-area", area=area.pk, decision="approve", **asked)


def work() -> None:
    background.work(BackgroundAct.objects.get().pk, clock=timezone.now)


def reported_of(lead, answer) -> dict:
    return lead.get(answer.json()["act"].removeprefix("/api/v1/")).json()


def test_an_act_on_many_is_taken_and_its_address_tells_how_far_it_is(lead, area):
    answer = decided(lead, area)
    assert (answer.status_code, answer.headers["Location"]) == (202, answer.json()["act"])
    assert not Case.objects.exists()
    assert reported_of(lead, answer) | {"minutes_left": None} == {
        "state": "WAITING",
        "rehearsed": False,
        "people": PEOPLE,
        "done": 0,
        "minutes_left": None,
        "message": "",
        "errors": [],
    }


def test_what_came_of_it_is_told_there(lead, area):
    answer = decided(lead, area)
    work()
    found = reported_of(lead, answer)
    assert (found["state"], found["done"]) == ("DONE", PEOPLE)
    assert "Tracks lead 3 people there" in found["message"]
    assert Case.objects.open().count() == PEOPLE


def test_a_request_sent_again_is_answered_again_and_asks_for_one_act(lead, area):
    first, again = (decided(lead, area, key="one") for _time in range(2))
    assert again.status_code == 202
    assert again.json() == first.json()
    assert BackgroundAct.objects.count() == 1


def test_a_rehearsal_of_many_stores_nothing(lead, area):
    answer = decided(lead, area, rehearse=True)
    work()
    found = reported_of(lead, answer)
    assert found["rehearsed"] and "Tracks lead 3 people there" in found["message"]
    assert not Case.objects.exists()
    assert fresh(area).decision == "PENDING"


def test_why_it_was_not_done_is_told_by_field(cast, lead, area):
    answer = decided(lead, area)
    areas.decide(fresh(area), approve=False, answer="No.", by=cast.duty_deputy, at=timezone.now())
    work()
    found = reported_of(lead, answer)
    assert found["state"] == "REFUSED"
    assert found["errors"] and all(one["detail"] and one["code"] for one in found["errors"])


def test_nobody_elses_act_is_told(cast, caller, lead, area):
    answer = decided(lead, area)
    address = answer.json()["act"].removeprefix("/api/v1/")
    assert caller(cast.duty_city).get(address).status_code == 404
    assert lead.get("acts/nonsense").status_code == 404


def test_an_act_on_few_is_answered_at_once(lead, area, monkeypatch):
    monkeypatch.setattr(background, "MANY", PEOPLE + 1)
    assert decided(lead, area).status_code == 200
    assert Case.objects.open().count() == PEOPLE
