"""What was withdrawn or voided by mistake comes back with whom it had let go."""

import pytest

from cases.models import Case
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services.grounds import cases
from tests.cases.scenes import Scene, T, colour, day, fresh, later, order_of, sound
from tests.facts.test_admission import listed, stayed

NOW = later(hours=9)


def listed_and_withdrawn(scene: Scene, *, severe: bool = False):
    """Return who was entered by hand on an area whose listing was withdrawn since."""
    person, area = scene.person(), listed(scene, severe=severe)
    ground = "SEVERE_AREA" if severe else "RISK_AREA"
    scene.opened(
        person, ground, risk_area=area, began_on=day(-1), channel="COMMUNITY", by=scene.cast.community_yulin
    )
    scene.changed(area, "WITHDRAW", at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.GREEN
    return person


@pytest.mark.parametrize("severe", [False, True])
def test_an_area_listed_again_reaches_whom_somebody_had_entered_by_hand(scene: Scene, severe):
    person = listed_and_withdrawn(scene, severe=severe)
    area = listed(scene, severe=severe, at=later(hours=3))
    case = Case.objects.of(person).open().get()
    assert (case.risk_area, case.began_on) == (area, day(-1))
    assert colour(person, NOW) == (Colour.RED if severe else Colour.YELLOW)
    assert not severe or order_of(fresh(person)).served.get().case == case
    sound()


def test_who_was_tested_since_is_not_reached_by_an_area_listed_again(scene: Scene):
    person = listed_and_withdrawn(scene)
    scene.tested(person, at=later(hours=2), by=scene.cast.service_xinchang)
    listed(scene, at=later(hours=3))
    assert colour(person, NOW) == Colour.GREEN


def test_who_has_a_track_there_too_stands_once(scene: Scene):
    person = listed_and_withdrawn(scene)
    stayed(scene, person, until=later(days=-1), at=later(hours=2))
    listed(scene, at=later(hours=3))
    assert Case.objects.of(person).open().count() == 1


def test_another_place_reaches_nobody_of_a_withdrawn_listing(scene: Scene):
    person = listed_and_withdrawn(scene)
    scene.listed(at=later(hours=3), from_at=T)
    assert colour(person, NOW) == Colour.GREEN


def test_contacts_freed_by_a_void_come_back_with_the_index_case_that_two_people_entered_again(scene: Scene):
    infected, contact = scene.person(), scene.person()
    index = scene.clinical(infected, "CONFIRMED", evidence_ref="检验1号")
    red = scene.clinical(contact, index_case=index, at=later(hours=1))
    scene.voided(index, at=later(hours=2), frees=True)
    assert colour(contact, later(hours=3)) == Colour.GREEN
    again = scene.clinical(infected, "CONFIRMED", at=later(hours=4), evidence_ref="检验1号")
    assert (again.state, colour(contact, later(hours=4))) == ("HELD", Colour.GREEN)
    cases.decide(again, approve=True, by=scene.cast.duty_xinchang, at=later(hours=5))
    stands = Case.objects.of(contact).open().get()
    assert (stands.resumes, stands.index_case, stands.began_on) == (red, again, red.began_on)
    assert colour(contact, NOW) == Colour.RED
    sound()


def test_a_contact_who_ended_by_control_does_not_come_back_with_the_index_case(scene: Scene):
    infected, contact = scene.person(), scene.person()
    index = scene.clinical(infected, "CONFIRMED", evidence_ref="检验1号")
    scene.clinical(contact, index_case=index, at=later(hours=1))
    end = order_of(contact).until + (NOW - T)
    scene.ended(contact, at=end)
    scene.voided(index, at=end, frees=True)
    again = scene.clinical(infected, "CONFIRMED", at=end, evidence_ref="检验1号")
    cases.decide(again, approve=True, by=scene.cast.duty_xinchang, at=end)
    assert not Case.objects.of(contact).open().exists()


@pytest.mark.parametrize("spelled", ["case:{}", "Case: {}", "ｃａｓｅ：{}"])
@pytest.mark.parametrize("how", ["EXCLUDED", "VOIDED"])
def test_a_red_that_cites_a_case_which_was_none_is_on_cdcs_list(scene: Scene, how, spelled):
    person = scene.person()
    index = scene.clinical(scene.person(), "SUSPECTED")
    claim = scene.claim("AUTO_RED", evidence_ref=spelled.format(index.pk))
    cases.send_down(person, claim, record="R1", by=scene.cast.province, at=later(hours=1))

    def of_nobody():
        lists = worklists(scene.cast.cdc_xinchang, NOW)
        return [row.person for one in lists if one.key == "contacts_of_nobody" for row in one.rows]

    assert of_nobody() == []
    if how == "EXCLUDED":
        scene.exited(index, "EXCLUDED", at=later(hours=2))
    else:
        scene.voided(index, at=later(hours=2))
    assert of_nobody() == [person]
