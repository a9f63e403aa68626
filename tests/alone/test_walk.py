"""No account alone makes a red or yellow code lighter, or another human's, but by the guide's ways (3.2c, 3.3, 3.4).

In the suite three acts chosen at random for an eighth of the accounts in each situation, the same each time. WALK=3
(`make soak`) walks all sequences of up to so many acts, and WALKS=2000 as many random ones of up to six.
"""

import os
import time
from collections import Counter
from random import Random

import pytest

from cases.models import NumberChange
from cases.services.persons import numbers
from healthcode.core.offices import roles
from healthcode.core.offices.models import User
from tests.alone import judge
from tests.alone.situations import SITUATIONS, Situation, area_yellow, contact, contact_over, number_waits
from tests.alone.walk import Sample, Walk, undone
from tests.cases.scenes import Scene

LONGEST, LONGER = 3, 6
PART = 8  # of the accounts that could act, one in so many for each situation
# One of each role, and of each level: who else there is may do the same, or less.
ACCOUNTS = (
    *("cdc.xinchang", "cdc.city", "group.xinchang", "group.city", "hospital.city", "community.yulin"),
    *("officer.yulin", "service.xinchang", "clinic.xinchang", "bureau.one", "lead.city", "duty.city"),
    *("duty.xinchang", "policy.city", "province", "telecom", "citizen"),
)
WHOLE, WALKS = int(os.environ.get("WALK", "0")), int(os.environ.get("WALKS", "0"))


def names(situation: Situation) -> str:
    return situation.__name__


@pytest.mark.parametrize("situation", SITUATIONS, ids=names)
def test_no_account_alone_makes_a_code_lighter(scene: Scene, situation: Situation):
    place = SITUATIONS.index(situation)
    world, sample = situation(scene), Sample(Random(place))
    found = []
    for name in ACCOUNTS[place % PART :: PART]:
        found += Walk(world, scene.cast[name], LONGEST, sample).go().found
    assert not found


def test_the_accounts_are_of_every_role_that_does_something_about_people(scene: Scene):
    walked = {scene.cast[name].role for name in ACCOUNTS}
    about = {
        role
        for key, act in roles.ACTS.items()
        if key.split(".")[0]
        in ("person", "case", "order", "result", "declaration", "visit", "area", "batch", "hold")
        for role in act.reach
    }
    assert about - walked == {"supervisor"}  # who reads


# --- the walk finds what it looks for ------------------------------------------------------------------------------


def walked(scene: Scene, situation: Situation, name: str, longest: int = 1) -> list[str]:
    return Walk(situation(scene), scene.cast[name], longest).go().found


@pytest.mark.parametrize(
    ("situation", "name", "operation"),
    [
        (contact_over, "officer.yulin", "end-control"),
        (area_yellow, "service.xinchang", "enter-result"),
    ],
    ids=["3.3", "3.4b"],
)
def test_the_guides_own_ways_take_one_account_and_one_act(scene: Scene, situation, name, operation):
    walk = Walk(situation(scene), scene.cast[name], 1).go()
    assert walk.done[operation] and not walk.found


def test_a_test_that_another_role_could_end_a_yellow_by_is_found(scene: Scene, monkeypatch):
    monkeypatch.setitem(roles.ACTS["result.apply"].reach, "hospital", roles.Reach.FOUND)
    assert "RISK_AREA by TESTED_NEGATIVE" in walked(scene, area_yellow, "hospital.city")[0]


def test_a_number_that_leaves_a_red_record_is_found(scene: Scene, monkeypatch):
    monkeypatch.setattr(numbers, "matters", lambda before, after: False)
    assert "a coloured number" in walked(scene, contact, "service.xinchang")[0]


def test_a_number_that_another_human_approved_is_corrected_by_two(scene: Scene):
    world = number_waits(scene)
    person, bureau = world.people[0], scene.cast["bureau.one"]
    walk = Walk(world, bureau, 1).go()
    assert walk.done["decide-number"] and not walk.found
    numbers.decide(NumberChange.objects.get(), approve=True, by=bureau, at=world.at)
    assert judge.is_corrected(person.document_index)
    # One human at two accounts is nobody's second.
    same = {"name": bureau.name, "phone": "13900000001"}
    User.objects.filter(username__in=("service.xinchang", "bureau.one")).update(**same)
    assert not judge.is_corrected(person.document_index)


# --- the whole of it -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not WHOLE, reason="takes hours: make soak")
@pytest.mark.parametrize("situation", SITUATIONS, ids=names)
def test_no_sequence_of_one_account_makes_a_code_lighter(scene: Scene, situation: Situation):
    world, found, began = situation(scene), [], time.monotonic()
    sequences, states, done = 0, 0, Counter()
    for name in ACCOUNTS:
        walk = Walk(world, scene.cast[name], WHOLE).go()
        found, sequences, states = found + walk.found, sequences + walk.sequences, states + len(walk.met)
        done += walk.done
    print(f"\n{names(situation)}: {sequences} sequences, {states} states, {time.monotonic() - began:.0f} s")
    assert not found


@pytest.mark.skipif(not WALKS, reason="takes long: make soak")
def test_no_longer_sequence_of_one_account_makes_a_code_lighter(scene: Scene):
    random, sample, found = Random(WALKS), Sample(Random(WALKS)), []
    for _ in range(WALKS):
        with undone():
            world = random.choice(SITUATIONS)(scene)
            found += Walk(world, scene.cast[random.choice(ACCOUNTS)], LONGER, sample).go().found
    assert not found
