"""What a delivery said about areas and a duty lead approved is not left standing when the delivery is taken back."""

import pytest

from cases.models import AreaChange, Case, RiskArea
from cases.policy.colours import Colour
from cases.services import areas
from cases.services.deliveries import batches
from tests.cases.scenes import Scene, colour, fresh, later, sound
from tests.factories import DivisionFactory, delivered, sealed

FIRST = later(minutes=5)
HEADING = "记录编号,事项,地区名称,区划代码,风险等级,起始时间,来源文件,须检测"


def sent(scene: Scene, matter: str, tested: str = "是", *, at=FIRST):
    text = f"{HEADING}\nA{at.timestamp():.0f},{matter},某地,110106,高风险,2026-11-01 00:00,通报1号,{tested}"
    return delivered(sealed(text), kind="AREAS", by=scene.cast.province, at=at, at_once=True)


def taken_back(scene: Scene, batch, *, at) -> int:
    undo = batches.propose_undo(batch, reason="误发", by=scene.cast.province, at=at)
    return batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=at)


@pytest.fixture
def place(db):
    return DivisionFactory(code="110106")


@pytest.fixture
def listed(scene: Scene, place):
    """Return somebody who is yellow of an area that the province's file listed, and the file."""
    batch, person = sent(scene, "列入"), scene.person()
    area = RiskArea.objects.get()
    areas.decide(area, approve=True, by=scene.cast.duty_city, at=later(minutes=10))
    scene.risk(person, fresh(area), at=later(minutes=20))
    return person, batch


def test_a_listing_that_was_approved_waits_for_another_duty_lead_to_withdraw_it(scene: Scene, listed):
    person, batch = listed
    assert taken_back(scene, batch, at=later(hours=1)) == 1
    change = AreaChange.objects.get()
    assert (change.kind, change.decision, change.reason) == ("WITHDRAW", "PENDING", "误发")
    assert colour(person, later(hours=2)) == Colour.YELLOW
    areas.decide_change(change, approve=True, by=scene.cast.duty_deputy, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.GREEN
    sound()


def test_a_lifting_that_was_approved_waits_to_be_taken_back(scene: Scene, listed):
    person, _batch = listed
    lifting = sent(scene, "解除", "否", at=later(minutes=30))
    change = AreaChange.objects.get()
    areas.decide_change(change, approve=True, by=scene.cast.duty_city, at=later(minutes=40))
    assert colour(person, later(minutes=50)) == Colour.GREEN
    assert taken_back(scene, lifting, at=later(hours=1)) == 1
    again = AreaChange.objects.get(decision="PENDING")
    assert again.kind == "UNLIFT"
    areas.decide_change(again, approve=True, by=scene.cast.duty_deputy, at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.YELLOW
    sound()


def test_what_somebody_asks_for_already_is_not_asked_for_twice(scene: Scene, listed):
    _person, batch = listed
    scene.change_proposed(RiskArea.objects.get(), "WITHDRAW", at=later(minutes=30))
    assert taken_back(scene, batch, at=later(hours=1)) == 1
    assert AreaChange.objects.count() == 1


def test_an_area_listed_anew_since_its_lifting_stays_listed(scene: Scene, listed):
    lifting = sent(scene, "解除", "否", at=later(minutes=30))
    areas.decide_change(AreaChange.objects.get(), approve=True, by=scene.cast.duty_city, at=later(minutes=40))
    sent(scene, "列入", at=later(minutes=45))
    anew = RiskArea.objects.latest("pk")
    areas.decide(anew, approve=True, by=scene.cast.duty_city, at=later(minutes=50))
    assert taken_back(scene, lifting, at=later(hours=1)) == 0
    assert RiskArea.objects.listed(later(hours=2)).get() == anew


def test_a_listing_withdrawn_meanwhile_has_nothing_left_to_take_back(scene: Scene, listed):
    _person, batch = listed
    scene.changed(RiskArea.objects.get(), "WITHDRAW", at=later(minutes=30))
    assert taken_back(scene, batch, at=later(hours=1)) == 0
    assert not Case.objects.open().exists()
