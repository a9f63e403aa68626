"""Random acts of every kind, also those that the plain model does not know: nothing green rests on what is gone.

ANY=500 (`make soak`) lets as many people as that have their story, else two.
"""

import os
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction

from cases.services.engine.refusals import Refusal
from healthcode.portal import reconciling
from tests.alone.walk import undone
from tests.cases.scenes import sound
from tests.facts.any_act import EVERY, AnyAct
from tests.facts.resting import unfounded

STORIES = int(os.environ.get("ANY", "2"))
LENGTH = 60
Told = list[tuple[str, str, int]]  # the act, what its choices are made by, minutes until it


def story(number: int) -> Told:
    random = Random(number)
    return [
        (random.choice(EVERY), f"{number} {place}", random.choice((2, 5, 20, 61, 300)))
        for place in range(LENGTH)
    ]


def fault(acts: Told) -> str:
    """Let the acts happen; return what is wrong after the first of them that leaves something wrong, and which."""
    with undone():
        world = AnyAct()
        for name, choices, minutes in acts:
            world.random, before = Random(choices), world.at
            world.at += timedelta(minutes=minutes)
            try:
                with transaction.atomic():
                    getattr(world, name)()
            except Refusal:
                world.at = before
                continue
            if wrong := _wrong(world):
                return f"after {name}: {wrong}"
        return "; ".join(str(one) for one in reconciling.findings())


def _wrong(world: AnyAct) -> str:
    try:
        sound()
    except AssertionError as error:
        return f"not sound: {error}"
    return "; ".join(unfounded(by=world.cast.duty_city, at=world.at + timedelta(minutes=1)))


def shortest(acts: Told) -> Told:
    """Leave out whatever something is wrong without."""
    place = 0
    while place < len(acts):
        less = acts[:place] + acts[place + 1 :]
        acts, place = (less, place) if fault(less) else (acts, place + 1)
    return acts


@pytest.mark.parametrize("number", range(STORIES))
def test_after_any_act_nothing_green_rests_on_what_is_gone(db: None, number: int):
    acts = story(number)
    if fault(acts):
        acts = shortest(acts)
        pytest.fail(f"{fault(acts)}: {acts}")
