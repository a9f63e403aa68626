"""Two records are parted again: what was said of one human bears nothing of the other."""

from datetime import timedelta

import pytest

from cases.models import Basis, Case, ControlOrder
from cases.policy.colours import Colour
from cases.selectors.bases import bases_of
from cases.selectors.colours import colour_at
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.persons import deaths
from cases.services.samples import corrections, opinions, results
from healthcode.portal import reconciling
from tests.cases.scenes import DUE, Scene, colour, fresh, later, order_of, refused, sample
from tests.cases.soundness import sound

NOW = later(hours=5)


def joined(scene: Scene, living_survives: bool):
    """Return somebody red who lives, somebody yellow who dies, and the merge that joined them."""
    living, dying = scene.person(), scene.person()
    scene.overseas(living)
    scene.risk(dying)
    pair = (dying, living) if living_survives else (living, dying)
    return living, dying, scene.merged(*pair, at=later(hours=1))


@pytest.mark.parametrize("living_survives", [True, False])
def test_whoever_did_not_die_lives_again_when_the_records_are_parted(scene: Scene, living_survives):
    living, dying, merge = joined(scene, living_survives)
    scene.died(dying, at=later(hours=2))
    assert colour(living, later(hours=3)) == colour(dying, later(hours=3)) == Colour.NONE
    scene.parted(merge, at=later(hours=4))
    assert (colour(living, NOW), fresh(living).deceased_on) == (Colour.RED, None)
    assert (colour(dying, NOW), fresh(dying).deceased_on) == (Colour.NONE, later(hours=2).date())
    assert order_of(living).officer == scene.cast.officer_yulin
    assert colour_at(fresh(living), later(hours=3)) == Colour.NONE  # what the code showed then
    assert Case.objects.of(dying).get().resumes is None
    assert not Case.objects.of(fresh(dying)).open().exists()
    assert not list(reconciling.findings())


@pytest.mark.parametrize("living_survives", [True, False])
def test_after_the_parting_the_death_is_taken_back_where_it_is(scene: Scene, living_survives):
    living, dying, merge = joined(scene, living_survives)
    scene.died(dying, at=later(hours=2))
    scene.parted(merge, at=later(hours=4))
    fields = {"reason": "在世", "by": scene.cast.community_yulin, "at": later(hours=6)}
    refused(deaths.NotDead, deaths.propose_withdrawal, fresh(living), **fields)
    scene.death_taken_back(dying, at=later(hours=6))
    assert colour(dying, later(hours=7)) == Colour.YELLOW
    assert colour(living, later(hours=7)) == Colour.RED
    assert Case.objects.of(fresh(living)).count() == 2  # ended by the death, and standing again: once


def test_who_had_died_before_as_well_stays_dead(scene: Scene):
    one, other = scene.person(), scene.person()
    for person in (one, other):
        scene.died(person)
    merge = scene.merged(other, one, at=later(hours=1))
    scene.parted(merge, at=later(hours=4))
    assert colour(one, NOW) == colour(other, NOW) == Colour.NONE


def test_monitoring_that_the_others_death_ended_goes_on(scene: Scene):
    living, dying = scene.person(), scene.person()
    scene.overseas(living)
    scene.ended(living, at=DUE)
    assert order_of(living).kind == "COMMUNITY_MONITORING"
    merge = scene.merged(dying, living, at=DUE + timedelta(hours=1))
    scene.died(dying, at=DUE + timedelta(hours=2))
    assert not ControlOrder.objects.of(fresh(living)).standing().exists()
    scene.parted(merge, at=DUE + timedelta(hours=3))
    assert order_of(living).kind == "COMMUNITY_MONITORING"


def test_a_death_being_checked_stays_with_whom_it_is_of(scene: Scene):
    living, dying, merge = joined(scene, living_survives=True)
    death = scene.death_recorded(dying, at=later(hours=2))
    scene.parted(merge, at=later(hours=4))
    deaths.confirm(fresh(death), by=scene.cast.group_xinchang, at=NOW)
    assert (colour(living, later(hours=6)), colour(dying, later(hours=6))) == (Colour.RED, Colour.NONE)


def test_an_opinion_on_the_others_positive_is_not_missed_here(scene: Scene):
    one, other = scene.person(), scene.person()
    scene.overseas(one)
    merge = scene.merged(other, one, at=later(hours=1))
    positive = scene.tested(fresh(other), at=later(days=3), outcome="POSITIVE")
    fields = {"document": "复核意见2026-1号", "reason": "复阳", "by": scene.cast.cdc_xinchang}
    opinions.give(fresh(positive), **fields, at=later(days=4))
    results.enter(one, sample(later(days=14)), by=scene.cast.hospital_city, at=later(days=14, hours=1))
    control.end(fresh(one), by=scene.cast.officer_yulin, at=DUE + timedelta(hours=1))
    assert Basis.objects.filter(case__person=one, fact="OPINION").exists()
    scene.parted(merge, at=DUE + timedelta(hours=2))
    # The positive was the other's as well: without both the end holds, by its own negative.
    assert colour(one, DUE + timedelta(hours=3)) == Colour.GREEN


def test_a_certificate_of_the_others_control_ends_nothing_here(scene: Scene):
    one, other = scene.person(), scene.person()
    scene.overseas(one)
    scene.overseas(other)
    merge = scene.merged(other, one, at=later(hours=1))
    scene.relocated(one, at=later(days=1))
    tested = {"by": scene.cast.hospital_city, "at": later(days=14)}
    results.enter(fresh(other), sample(later(days=14)), **tested)
    scene.certified(one, at=DUE, sample=None)
    control.release_elsewhere(fresh(one), by=scene.cast.group_xinchang, at=DUE + timedelta(hours=1))
    assert colour(one, DUE + timedelta(hours=2)) == Colour.GREEN
    scene.parted(merge, at=DUE + timedelta(hours=3))
    # The test was the other's, the certificate was this one's: each misses one of the two.
    assert colour(one, DUE + timedelta(hours=4)) == Colour.RED
    assert colour(other, DUE + timedelta(hours=4)) == Colour.RED


def test_whoever_lives_again_is_on_the_lists_of_whoever_rings(scene: Scene):
    living, dying, merge = joined(scene, living_survives=False)
    scene.died(dying, at=later(hours=2))
    scene.parted(merge, at=later(hours=4))
    found = {one.key: one for one in worklists(scene.cast.officer_yulin, NOW)}
    assert [row.person for row in found["standing_again"].rows] == [living]


@pytest.mark.parametrize("sick_survives", [True, False])
def test_an_order_of_the_joined_records_is_of_whom_it_served_and_nobody_elses(scene: Scene, sick_survives):
    sick, well = scene.person(), scene.person()
    merge = scene.merged(*((well, sick) if sick_survives else (sick, well)), at=later(hours=1))
    scene.clinical(fresh(sick), "SUSPECTED", at=later(hours=2))
    served = order_of(fresh(sick).group.survivors().get())
    scene.parted(merge, at=later(hours=3))
    assert not ControlOrder.objects.of(fresh(well)).standing().exists()
    own = order_of(sick)
    assert [own.officer, own.site, own.place] == [served.officer, served.site, served.place]
    sound()
    assert not list(reconciling.findings())


@pytest.fixture
def twins(scene: Scene):
    """Return a yellow whose ending fell while another record of the human stood on the same, and their merge."""
    person, twin = scene.person(), scene.person()
    for one in (person, twin):
        scene.registered("浙防指〔2020〕12号")
        scene.automatic(one, "AUTO_YELLOW", evidence_ref="浙防指〔2020〕12号")
    row = scene.tested(person, at=later(hours=1))
    results.apply(person, by=scene.cast.service_xinchang, at=later(hours=2))
    merge = scene.merged(twin, person, at=later(hours=3))
    right = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    corrections.correct(row, right, reason="实验室更正", by=row.entered_by, at=later(hours=4))
    assert [case.person_id for case in Case.objects.open()] == [twin.pk]
    return person, twin, merge


def test_what_another_record_stood_for_stands_again_when_they_are_parted(scene: Scene, twins):
    person, twin, merge = twins
    scene.parted(merge, at=NOW)
    assert colour(person, later(hours=6)) == colour(twin, later(hours=6)) == Colour.YELLOW
    sound()


def test_what_was_voided_of_the_other_stands_again_when_they_are_parted(scene: Scene, twins):
    person, twin, merge = twins
    scene.voided(Case.objects.of(twin).open().get(), at=NOW)
    assert colour(person, later(hours=6)) == Colour.GREEN  # of one human the same evidence was voided
    scene.parted(merge, at=later(hours=7))
    assert colour(person, later(hours=8)) == Colour.YELLOW
    assert colour(twin, later(hours=8)) == Colour.GREEN
    sound()


def test_the_page_names_the_case_that_stood_already(scene: Scene, twins):
    person, _twin, _merge = twins
    old = Case.objects.get(person=person, state="ENDED")
    assert any("同一依据" in words for words in bases_of([old])[old.pk])
