"""One human recorded twice: joined without lowering a colour, parted exactly."""

from datetime import timedelta

import pytest

from cases.models import ControlOrder, Merge, Transition
from cases.policy.colours import Colour
from cases.services.engine import second_person
from cases.services.engine.refusals import NotAllowed, StalePage
from cases.services.persons import merges
from cases.services.samples import results
from healthcode.portal.reconciling import findings

from .scenes import DUE, Scene, T, colour, day, fresh, later, order_of, refused, sample, sound

MORNING = DUE + timedelta(hours=8)


@pytest.fixture
def pair(scene: Scene):
    return scene.person(), scene.person()


def test_a_merge_shows_the_graver_colour_of_the_two(scene: Scene, pair):
    duplicate, survivor = pair
    scene.clinical(duplicate)
    scene.merged(duplicate, survivor, at=later(hours=1))
    assert colour(survivor, later(hours=2)) == Colour.RED
    assert colour(survivor, later(minutes=30)) == Colour.GREEN


def test_a_merge_never_lowers_a_colour(scene: Scene, pair):
    duplicate, survivor = pair
    scene.clinical(survivor)
    scene.merged(duplicate, survivor, at=later(hours=1))
    assert colour(duplicate, later(hours=2)) == Colour.RED


def test_a_proposed_merge_changes_nothing(scene: Scene, pair):
    duplicate, survivor = pair
    scene.clinical(duplicate)
    scene.merge_proposed(duplicate, survivor)
    assert colour(survivor, later(hours=2)) == Colour.GREEN


def test_the_second_officer_of_the_bureau_approves_and_nobody_else(scene: Scene, pair):
    merge = scene.merge_proposed(*pair)
    refused(second_person.SamePerson, merges.approve, merge, by=scene.cast.bureau_one, at=T)
    refused(NotAllowed, merges.approve, merge, by=scene.cast.duty_city, at=T)


def test_a_service_point_proposes_and_the_bureau_approves(scene: Scene, pair):
    merge = merges.propose(*pair, reason="同一人", by=scene.cast.service_xinchang, at=T)
    merges.approve(merge, by=scene.cast.bureau_one, at=T)
    assert fresh(pair[0]).merged_into == pair[1]


def test_a_merge_sent_back_is_not_approved(scene: Scene, pair):
    merge = scene.merge_proposed(*pair)
    merges.refuse(merge, answer="不是同一人", by=scene.cast.bureau_two, at=T)
    refused(second_person.AlreadyDecided, merges.approve, merge, by=scene.cast.bureau_two, at=T)


def test_one_record_is_not_merged_with_itself(scene: Scene, pair):
    scene.merged(*pair)
    refused(merges.SameRecord, scene.merge_proposed, *pair)


def test_two_orders_become_one_that_ends_last(scene: Scene, pair):
    duplicate, survivor = pair
    scene.clinical(duplicate)
    scene.clinical(survivor, began_on=day(-4))
    scene.merged(duplicate, survivor, at=later(hours=1))
    assert order_of(survivor).until == DUE
    sound()


def test_a_new_case_is_of_the_record_it_came_in_under_and_counts_for_the_survivor(scene: Scene, pair):
    duplicate, survivor = pair
    scene.merged(duplicate, survivor)
    case = scene.clinical(fresh(duplicate), at=later(hours=1))
    assert (case.person, order_of(survivor).person) == (duplicate, survivor)
    assert colour(survivor, later(hours=2)) == Colour.RED


def test_parting_gives_each_the_cases_it_always_had(scene: Scene, pair):
    duplicate, survivor = pair
    scene.clinical(duplicate)
    merge = scene.merged(duplicate, survivor, at=later(hours=1))
    scene.parted(merge, at=later(hours=2))
    assert [colour(one, later(hours=3)) for one in pair] == [Colour.RED, Colour.GREEN]
    assert colour(survivor, later(minutes=90)) == Colour.RED
    sound()


def test_parting_gives_each_its_order_with_its_days_officer_and_place(scene: Scene, pair):
    duplicate, survivor = pair
    scene.clinical(duplicate)
    scene.ordered(survivor, kind="CENTRAL_ISOLATION", began_on=day(-4))
    ControlOrder.objects.filter(person=survivor).update(
        officer=scene.cast.officer_deputy, place="家中", at_home=True
    )
    scene.parted(scene.merged(duplicate, survivor, at=later(hours=1)), at=later(hours=2))
    one, two = order_of(duplicate), order_of(survivor)
    assert (one.officer, one.until) == (scene.cast.officer_yulin, DUE)
    assert (two.officer, two.until) == (scene.cast.officer_deputy, DUE - timedelta(days=4))
    assert (two.place, two.at_home) == ("家中", True)


def test_after_parting_the_end_of_one_does_not_end_the_other(scene: Scene, pair):
    for one in pair:
        scene.clinical(one)
    scene.parted(scene.merged(*pair, at=later(hours=1)), at=later(hours=2))
    scene.ended(pair[0], at=MORNING)
    assert [colour(one, MORNING + timedelta(hours=1)) for one in pair] == [Colour.GREEN, Colour.RED]
    sound()


def test_after_parting_the_end_of_the_survivor_does_not_end_the_duplicate(scene: Scene, pair):
    for one in pair:
        scene.clinical(one)
    scene.parted(scene.merged(*pair, at=later(hours=1)), at=later(hours=2))
    scene.ended(pair[1], at=MORNING)
    assert [colour(one, MORNING + timedelta(hours=1)) for one in pair] == [Colour.RED, Colour.GREEN]


def test_after_parting_an_extension_of_one_leaves_the_other(scene: Scene, pair):
    for one in pair:
        scene.clinical(one)
    scene.parted(scene.merged(*pair, at=later(hours=1)), at=later(hours=2))
    scene.extended(pair[0], 25, at=later(hours=3))
    assert order_of(pair[1]).until == DUE


def test_parting_leaves_an_order_where_the_kept_one_loses_its_cases(scene: Scene, pair):
    duplicate, survivor = pair
    case = scene.clinical(duplicate)
    scene.clinical(survivor)
    merge = scene.merged(duplicate, survivor, at=later(hours=1))
    scene.voided(fresh(case), at=later(hours=2))
    scene.parted(merge, at=later(hours=3))
    assert order_of(survivor).until == DUE
    assert not ControlOrder.objects.of(fresh(duplicate)).standing().exists()
    sound()


def test_a_merge_is_undone_once(scene: Scene, pair):
    merge = scene.merged(*pair)
    scene.parted(merge, at=later(hours=1))
    refused(merges.NotMerged, scene.parted, merge, at=later(hours=2))


def test_a_merge_is_undone_by_two_officers_of_the_bureau(scene: Scene, pair):
    merge = scene.merged(*pair)
    fields = {"reason": "不是同一人", "at": later(hours=1)}
    refused(NotAllowed, merges.propose_undo, merge, by=scene.cast.hospital_city, **fields)
    asked = merges.propose_undo(merge, by=scene.cast.bureau_one, **fields)
    fields = {"approve": True, "at": later(hours=2)}
    refused(second_person.SamePerson, merges.decide_undo, asked, by=scene.cast.bureau_one, **fields)
    refused(NotAllowed, merges.decide_undo, asked, by=scene.cast.service_xinchang, **fields)


def test_a_chain_of_merges_leads_to_one_survivor(scene: Scene):
    one, two, three = (scene.person() for _ in range(3))
    scene.merged(one, two)
    scene.merged(two, three, at=later(hours=1))
    assert {fresh(person).root_id for person in (one, two, three)} == {three.pk}


@pytest.mark.parametrize("undone", [0, 1])
@pytest.mark.parametrize("sick", [0, 1, 2])
@pytest.mark.parametrize("second", [(1, 2), (0, 2), (2, 0), (2, 1)])
def test_any_link_of_a_chain_is_undone_exactly(scene: Scene, second, sick, undone):
    persons = [scene.person() for _ in range(3)]
    scene.clinical(persons[sick])
    first = scene.merged(persons[0], persons[1], at=later(hours=1))
    other = scene.merged(persons[second[0]], persons[second[1]], at=later(hours=2))
    scene.parted((first, other)[undone], at=later(hours=3))
    assert colour(persons[sick], later(hours=4)) == Colour.RED
    sound()


def test_the_survivor_stays_whichever_was_proposed_first(scene: Scene):
    one, two, three = (scene.person() for _ in range(3))
    first = scene.merge_proposed(one, two)
    scene.merged(one, three, at=later(hours=1))
    merges.approve(Merge.objects.get(pk=first.pk), by=scene.cast.bureau_two, at=later(hours=2))
    assert {fresh(person).root_id for person in (one, two, three)} == {two.pk}


def test_a_transition_is_written_when_a_merge_turns_the_survivor(scene: Scene, pair):
    duplicate, survivor = pair
    scene.clinical(duplicate)
    scene.merged(duplicate, survivor, at=later(hours=1))
    assert Transition.objects.get(person=survivor).act == "person.merged"


def test_an_act_on_a_record_that_was_parted_meanwhile_is_refused(scene: Scene, pair):
    duplicate, survivor = pair
    merge = scene.merged(duplicate, survivor)
    stale = fresh(duplicate)
    scene.parted(merge, at=later(hours=1))
    refused(StalePage, scene.clinical, stale, at=later(hours=2))


def test_the_officer_reaches_the_survivor_of_whom_they_answer_for(scene: Scene, pair):
    duplicate, survivor = pair
    scene.clinical(duplicate)
    scene.merged(duplicate, survivor, at=later(hours=1))
    reached = (
        type(survivor).objects.survivors().reachable_by(scene.cast.officer_yulin, "order.end", later(hours=2))
    )
    assert list(reached) == [survivor]


def test_the_dead_are_not_joined_with_the_living(scene: Scene, pair):
    scene.died(pair[0], at=T)
    merge = scene.merge_proposed(*pair)
    refused(merges.OneIsDead, merges.approve, merge, by=scene.cast.bureau_two, at=later(hours=1))


def test_a_death_recorded_while_merged_is_of_the_record_that_it_names(scene: Scene, pair):
    scene.overseas(pair[0])
    merge = scene.merged(*pair)
    scene.died(pair[1], at=later(hours=1))
    scene.parted(merge, at=later(hours=2))
    assert [colour(one, later(hours=3)) for one in pair] == [Colour.RED, Colour.NONE]
    assert [colour(pair[0], later(minutes=number)) for number in (30, 90)] == [Colour.RED, Colour.NONE]
    assert order_of(pair[0]).until == DUE
    sound()


def test_what_had_ended_on_the_other_humans_test_stands_again_and_the_others_own_end_stays(
    scene: Scene, pair
):
    """The test is the survivor's: only the duplicate loses it."""
    area = scene.listed()
    cases = [scene.risk(one, area, at=later(hours=number)) for number, one in enumerate(pair)]
    merge = scene.merged(*pair, at=later(hours=2))
    by = scene.cast.service_xinchang
    results.enter(fresh(pair[1]), sample(later(hours=3)), by=by, at=later(hours=4))
    assert [fresh(case).state for case in cases] == ["ENDED", "ENDED"]
    scene.parted(merge, at=later(hours=5))
    assert [colour(one, later(hours=6)) for one in pair] == [Colour.YELLOW, Colour.GREEN]
    assert list(findings()) == []
