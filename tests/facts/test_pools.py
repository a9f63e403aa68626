"""Pooled samples: one tube of several people, whose positive means “take again” for each and is nobody's own."""

import pytest
from django.db import IntegrityError, transaction

from cases.models import LabResult
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services.samples import corrections, results
from cases.services.samples.results import Sample
from tests.cases.scenes import Scene, T, colour, day, later, refused

NOW = later(hours=2)


def pooled(scene: Scene, person, outcome: str = "NEGATIVE", *, size: int | None = 10, at=NOW, **said):
    told = {"laboratory": "新昌县检测中心", "report_number": "混1", "pool_size": size, **said}
    sample = Sample(T, outcome, **told)
    return results.enter(person, sample, by=scene.cast.service_xinchang, at=at)


@pytest.fixture
def people(scene: Scene):
    """Return three people yellow since a stay that ended yesterday."""
    area = scene.listed()
    people = [scene.person() for _number in range(3)]
    for person in people:
        scene.risk(person, area, began_on=day(-1))
    return people


def colours(people):
    return {colour(person, later(hours=5)) for person in people}


def test_a_negative_tube_converts_each_of_its_people(scene: Scene, people):
    for person in people:
        pooled(scene, person)
    assert colours(people) == {Colour.GREEN}


def test_a_positive_tube_is_nobodys_positive_and_everybodys_sample_to_take_again(scene: Scene, people):
    made = [pooled(scene, person, "POSITIVE") for person in people]
    assert [(one.outcome, one.pool_size) for one in made] == [("INCONCLUSIVE", 10)] * 3
    assert colours(people) == {Colour.YELLOW}
    found = {one.key: one.total for one in worklists(scene.cast.service_xinchang, later(hours=3))}
    assert found["lost"] == 3
    assert "positives" not in found


def test_a_positive_tube_stands_against_an_earlier_negative(scene: Scene, people):
    person = people[0]
    results.enter(
        person,
        Sample(later(hours=-1), "NEGATIVE", "新昌县检测中心", "单1"),
        by=scene.cast.hospital_city,
        at=T,
    )
    pooled(scene, person, "POSITIVE")
    refused(results.StillMissing, results.apply, person, by=scene.cast.service_xinchang, at=later(hours=3))


def test_one_person_is_in_a_tube_once(scene: Scene, people):
    pooled(scene, people[0])
    refused(results.ReportKnown, pooled, scene, people[0])


def test_a_tube_holds_no_more_people_than_it_says(scene: Scene, people):
    pooled(scene, people[0], size=2)
    pooled(scene, people[1], size=2)
    refused(results.PoolFull, pooled, scene, people[2], size=2)


def test_everybody_s_report_says_the_same_of_the_tube(scene: Scene, people):
    pooled(scene, people[0])
    refused(results.AnotherPool, pooled, scene, people[1], size=5)
    refused(results.ReportOfAnother, pooled, scene, people[1], size=None)


def test_a_report_of_one_person_is_no_tube(scene: Scene, people):
    pooled(scene, people[0], size=None)
    refused(results.AnotherPool, pooled, scene, people[1])


@pytest.mark.parametrize("size", [0, 1, 31])
def test_a_tube_is_of_several_people_but_not_of_many(scene: Scene, people, size):
    refused(results.WrongPool, pooled, scene, people[0], size=size)


def test_what_was_entered_as_a_sample_of_its_own_is_corrected_to_one_of_a_tube(scene: Scene, people):
    wrong = pooled(scene, people[0], size=None)
    right = Sample(T, "POSITIVE", "新昌县检测中心", "混1", pool_size=10)
    said = {"reason": "混检", "by": scene.cast.service_xinchang, "at": later(hours=3)}
    assert corrections.correct(wrong, right, **said).outcome == "INCONCLUSIVE"
    assert colour(people[0], later(hours=4)) == Colour.YELLOW
    assert pooled(scene, people[1], "POSITIVE", at=later(hours=4)).pool_size == 10


def test_a_result_of_a_tube_is_moved_to_the_right_person(scene: Scene, people):
    wrong = pooled(scene, people[0])
    pooled(scene, people[1])
    said = {"reason": "录到别人名下", "by": scene.cast.service_xinchang, "at": later(hours=3)}
    moved = corrections.move(wrong, to=people[2], **said)
    assert (moved.person, moved.pool_size) == (people[2], 10)
    assert [colour(one, later(hours=4)) for one in people] == [Colour.YELLOW, Colour.GREEN, Colour.GREEN]


def test_a_pending_tube_is_completed(scene: Scene, people):
    for person in people:
        pooled(scene, person, "PENDING")
    for person in people:
        pooled(scene, person, at=later(hours=3))
    assert colours(people) == {Colour.GREEN}
    assert LabResult.objects.uncorrected().count() == 3


@pytest.mark.parametrize("size", [1, 31])
def test_the_database_refuses_a_tube_of_one_or_of_a_crowd(scene: Scene, people, size):
    entered = pooled(scene, people[0])
    names = [one.name for one in LabResult._meta.concrete_fields if one.name != "id"]
    values = {name: getattr(entered, name) for name in names} | {"report_number": "混9", "pool_size": size}
    with pytest.raises(IntegrityError), transaction.atomic():
        LabResult(**values).save()
