"""Several cases at once, in every order: the colour is the gravest of what stands, and history replays."""

from contextlib import suppress
from datetime import timedelta
from itertools import count, permutations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Case, Merge, Transition
from cases.policy.colours import Colour
from cases.services.engine.refusals import Refusal

from .scenes import Scene, colour, fresh, later, sound

OPENINGS = {
    "contact": lambda scene, person, at: scene.clinical(person, at=at),
    "confirmed": lambda scene, person, at: scene.clinical(person, "CONFIRMED", at=at),
    "risk": lambda scene, person, at: scene.risk(person, at=at),
}


@pytest.mark.parametrize("order", list(permutations(OPENINGS)), ids="-".join)
def test_voiding_in_the_order_of_opening_leaves_the_gravest_that_stands(scene: Scene, order):
    person, clock = scene.person(), count()
    opened = [OPENINGS[name](scene, person, later(minutes=next(clock))) for name in order]
    for case in opened:
        scene.voided(case, at=later(hours=1, minutes=next(clock)))
    sound()
    assert colour(person, later(days=1)) == Colour.GREEN


def test_a_second_red_case_writes_no_second_transition(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.overseas(person, at=later(minutes=1))
    assert Transition.objects.filter(person=person).count() == 1


def test_red_falls_to_yellow_where_a_yellow_case_still_stands(scene: Scene):
    person = scene.person()
    red = scene.clinical(person)
    scene.risk(person, at=later(minutes=1))
    scene.voided(red, at=later(minutes=2))
    assert colour(person, later(minutes=3)) == Colour.YELLOW
    last = Transition.objects.filter(person=person).latest("at")
    assert (last.from_colour, last.to_colour) == ("RED", "YELLOW")


def test_a_transition_names_the_case_clause_office_and_actor_that_turned_it(scene: Scene):
    case = scene.clinical(scene.person())
    turned = Transition.objects.get()
    assert (turned.case, turned.clause) == (case, "1.1d")
    assert turned.actor == scene.cast.group_xinchang
    assert turned.office == scene.cast.group_xinchang.office


def test_the_colour_of_a_past_moment_counts_a_case_voided_since(scene: Scene):
    person = scene.person()
    case = scene.clinical(person)
    scene.voided(case, at=later(days=2))
    assert colour(person, later(days=1)) == Colour.RED
    assert colour(person, later(days=3)) == Colour.GREEN


def test_two_acts_at_one_instant_are_put_in_order(scene: Scene):
    person = scene.person()
    scene.voided(scene.clinical(person))
    first, second = Transition.objects.order_by("at")
    assert first.at < second.at
    sound()


VOIDED = ("CONFIRMED", "CLOSE_CONTACT", "OVERSEAS", "FEVER")


def acts(scene, people):
    """Everything that may happen to three people, by name."""

    def standing(person, *grounds):
        return Case.objects.of(fresh(person)).open().filter(ground__in=grounds).order_by("pk").first()

    def of(person, at, act, *grounds):
        if case := standing(person, *grounds):
            act(case, at)

    def end(person, at):
        scene.cast.officer_yulin  # noqa: B018 - made on first use
        scene.ended(fresh(person), at=at + timedelta(days=40))

    def part(at):
        if merge := Merge.objects.filter(decision="APPROVED", undone_at=None).order_by("pk").first():
            scene.parted(merge, at=at)

    return {
        "contact": lambda one, two, at: scene.clinical(fresh(one), at=at),
        "confirm": lambda one, two, at: scene.clinical(fresh(one), "CONFIRMED", at=at),
        "suspect": lambda one, two, at: scene.clinical(fresh(one), "SUSPECTED", at=at),
        "overseas": lambda one, two, at: scene.overseas(fresh(one), at=at),
        "fever": lambda one, two, at: scene.fever(fresh(one), at=at),
        "risk": lambda one, two, at: scene.risk(fresh(one), at=at),
        "test": lambda one, two, at: scene.tested(fresh(one), at=at, by=scene.cast.service_xinchang),
        "end": lambda one, two, at: end(one, at),
        "discharge": lambda one, two, at: of(
            one, at, lambda case, at: scene.exited(case, "DISCHARGED", at=at), "CONFIRMED"
        ),
        "exclude": lambda one, two, at: of(
            one, at, lambda case, at: scene.exited(case, "EXCLUDED", at=at), "SUSPECTED"
        ),
        "reclassify": lambda one, two, at: of(
            one,
            at,
            lambda case, at: scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", at=at),
            "SUSPECTED",
        ),
        "void": lambda one, two, at: of(one, at, lambda case, at: scene.voided(case, at=at), *VOIDED),
        "merge": lambda one, two, at: scene.merged(one, two, at=at),
        "part": lambda one, two, at: part(at),
    }


STEPS = (
    "contact",
    "confirm",
    "suspect",
    "overseas",
    "fever",
    "risk",
    "test",
    "end",
    "discharge",
    *("exclude", "reclassify", "void", "merge", "part", "merge", "part"),
)
PAIRS = [(one, two) for one in range(3) for two in range(3) if one != two]


@settings(
    max_examples=15,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(PAIRS)), min_size=3, max_size=9))
def test_after_any_story_the_colours_are_what_the_open_cases_say(scene: Scene, story):
    mark = transaction.savepoint()
    try:
        people = [scene.person() for _ in range(3)]
        for minute, (name, (one, two)) in enumerate(story):
            with suppress(Refusal):
                acts(scene, people)[name](people[one], people[two], later(hours=minute))
        sound()
    finally:  # what one story leaves behind would fail every shorter one tried after it
        transaction.savepoint_rollback(mark)
