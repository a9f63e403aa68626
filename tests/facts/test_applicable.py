"""Yellow people whose negative counts already are on a list of whoever can apply it: nobody waits unseen."""

import pytest

from cases.models import RuleBook
from cases.policy import exits
from cases.selectors import facts, samples
from cases.selectors.worklists import worklists
from cases.services.samples import opinions, results
from tests.cases.scenes import Scene, T, day, fresh, later, sample


def listed(scene: Scene, at, who: str = "service.xinchang") -> list:
    return [case.person for case in samples.applicable(scene.cast[who], at).order_by("pk")]


@pytest.fixture
def book():
    return RuleBook.objects.in_force(T).policy


@pytest.fixture
def yellow(scene: Scene):
    """Somebody yellow of a stay that began two days ago and ended today."""
    return scene.risk(scene.person(), began_on=day(0), arrived_on=day(-2))


def test_after_cdcs_opinion_the_service_point_is_told_that_the_exit_can_be_applied(scene: Scene, yellow):
    person = yellow.person
    positive = scene.tested(person, at=later(hours=1), outcome="POSITIVE")
    scene.tested(person, at=later(hours=2))
    assert listed(scene, later(hours=3)) == []
    fields = {"document": "复核意见2026-1号", "reason": "既往感染，复阳", "by": scene.cast.cdc_xinchang}
    opinions.give(positive, at=later(hours=4), **fields)
    assert listed(scene, later(hours=5)) == [person]
    assert "applicable" in {one.key for one in worklists(scene.cast.service_xinchang, later(hours=5))}
    assert listed(scene, later(hours=5), "service.yuecheng") == []
    results.apply(fresh(person), by=scene.cast.service_xinchang, at=later(hours=6))
    assert listed(scene, later(hours=7)) == []


@pytest.mark.parametrize(
    ("taken", "then"),
    [
        (-72, None),  # before the stay began
        (-24, None),  # during it, and valid
        (2, None),
        (2, "POSITIVE"),
        (2, "PENDING"),
        (2, "LOST"),
        (2, "INCONCLUSIVE"),
    ],
)
def test_the_list_has_whom_the_conditions_of_the_book_let_go(scene: Scene, book, yellow, taken, then):
    by = scene.cast.hospital_city
    results.enter(yellow.person, sample(later(hours=taken)), by=by, at=later(hours=max(taken, 1)))
    if then:
        scene.tested(yellow.person, at=later(hours=3), outcome=then)
    at = later(hours=5)
    known = facts.facts_of(fresh(yellow), book=book, at=at)
    met = all(one.met for one in exits.conditions(book, "TESTED_NEGATIVE", known))
    assert (listed(scene, at) == [yellow.person]) == met
    assert met == (taken > -72 and then in (None, "LOST"))
