"""Pooled samples: one tube of several people, whose positive means “take again” for each and is nobody's own."""

import pytest
from django.db import IntegrityError, transaction

from cases.models import LabResult
from cases.operations.results import CorrectResult
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services.samples import corrections, reports, results
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.acts.base import run
from tests.cases.scenes import Scene, T, colour, day, fresh, later, refused
from tests.databases import run_together

NOW = later(hours=2)


def pooled(scene: Scene, person, outcome: str = "NEGATIVE", *, size: int | None = 10, at=NOW, **fields):
    body = {"laboratory": "新昌县检测中心", "report_number": "混1", "pool_size": size, **fields}
    sample = LaboratoryReport(T, outcome, **body)
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
        LaboratoryReport(later(hours=-1), "NEGATIVE", "新昌县检测中心", "单1"),
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
    refused(reports.WrongPool, pooled, scene, people[0], size=size)


def test_what_was_entered_as_a_sample_of_its_own_is_corrected_to_one_of_a_tube(scene: Scene, people):
    wrong = pooled(scene, people[0], size=None)
    right = LaboratoryReport(T, "POSITIVE", "新昌县检测中心", "混1", pool_size=10)
    fields = {"reason": "混检", "by": scene.cast.service_xinchang, "at": later(hours=3)}
    assert corrections.correct(wrong, right, **fields).outcome == "INCONCLUSIVE"
    assert colour(people[0], later(hours=4)) == Colour.YELLOW
    assert pooled(scene, people[1], "POSITIVE", at=later(hours=4)).pool_size == 10


def test_a_result_of_a_tube_is_moved_to_the_right_person(scene: Scene, people):
    wrong = pooled(scene, people[0])
    pooled(scene, people[1])
    fields = {"reason": "录到别人名下", "by": scene.cast.service_xinchang, "at": later(hours=3)}
    moved = corrections.move(wrong, to=people[2], **fields)
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


# --- one outcome for everybody in a tube -----------------------------------------------------------------------


CORRECTED = later(hours=3)


def corrected(scene: Scene, row, outcome: str, *, at=CORRECTED, **fields):
    body = {"laboratory": "新昌县检测中心", "report_number": "混1", "pool_size": 10, **fields}
    right = LaboratoryReport(body.pop("sampled_at", T), outcome, **body)
    return corrections.correct(
        fresh(row), right, reason="检测机构更正", by=scene.cast.service_xinchang, at=at
    )


def outcomes() -> list[str]:
    return list(LabResult.objects.uncorrected().order_by("person").values_list("outcome", flat=True))


def test_a_tube_corrected_for_one_is_corrected_for_everybody_in_it(scene: Scene, people):
    rows = [pooled(scene, person) for person in people]
    corrected(scene, rows[1], "POSITIVE")
    assert outcomes() == ["INCONCLUSIVE"] * 3
    assert colours(people) == {Colour.YELLOW}
    found = {one.key: one.total for one in worklists(scene.cast.service_xinchang, later(hours=4))}
    assert found["lost"] == 3
    corrected(scene, LabResult.objects.uncorrected().first(), "NEGATIVE", at=later(hours=4))
    assert colours(people) == {Colour.GREEN}


def test_whoever_entered_the_others_their_tube_has_one_outcome(scene: Scene, people):
    row = pooled(scene, people[0])
    sample = LaboratoryReport(later(minutes=3), "NEGATIVE", "新昌县检测中心", "混1", pool_size=10)
    results.enter(people[1], sample, by=scene.cast.hospital_city, at=NOW)
    corrected(scene, row, "LOST")
    assert outcomes() == ["LOST", "LOST"]
    # When each was sampled is their own.
    assert LabResult.objects.uncorrected().get(person=people[1]).sampled_at == later(minutes=3)


@pytest.mark.parametrize("outcome", ["POSITIVE", "LOST", "INCONCLUSIVE"])
def test_another_outcome_of_the_same_tube_is_refused(scene: Scene, people, outcome):
    pooled(scene, people[0])
    refusal = refused(results.tubes.AnotherOutcome, pooled, scene, people[1], outcome)
    assert (refusal.field, "阴性" in str(refusal)) == ("outcome", True)


def test_nobody_is_corrected_into_a_tube_of_another_outcome(scene: Scene, people):
    pooled(scene, people[0], "POSITIVE")
    row = pooled(scene, people[1], report_number="混2")
    refused(results.tubes.AnotherOutcome, corrected, scene, row, "NEGATIVE")
    assert corrected(scene, row, "POSITIVE").outcome == "INCONCLUSIVE"


def test_whoever_was_entered_under_the_wrong_number_leaves_the_tube_alone(scene: Scene, people):
    rows = [pooled(scene, person) for person in people]
    corrected(scene, rows[0], "POSITIVE", report_number="混2")
    assert sorted(outcomes()) == ["INCONCLUSIVE", "NEGATIVE", "NEGATIVE"]


def test_a_tube_of_another_size_is_corrected_for_everybody(scene: Scene, people):
    rows = [pooled(scene, person) for person in people]
    refused(results.PoolFull, corrected, scene, rows[0], "NEGATIVE", pool_size=2)
    corrected(scene, rows[0], "NEGATIVE", pool_size=5)
    assert set(LabResult.objects.uncorrected().values_list("pool_size", flat=True)) == {5}
    assert colours(people) == {Colour.GREEN}


def test_a_time_corrected_for_one_leaves_the_others_of_the_tube(scene: Scene, people):
    rows = [pooled(scene, person) for person in people]
    corrected(scene, rows[0], "NEGATIVE", sampled_at=later(minutes=5))
    assert LabResult.objects.exclude(corrects=None).count() == 1


def test_a_pending_tube_that_is_corrected_waits_for_nobody_any_more(scene: Scene, people):
    rows = [pooled(scene, person, "PENDING") for person in people]
    corrected(scene, rows[0], "NEGATIVE")
    assert outcomes() == ["NEGATIVE"] * 3
    assert colours(people) == {Colour.GREEN}


def test_the_preview_names_who_is_in_the_tube_and_counts_who_is_out_of_reach(scene: Scene, people):
    far = scene.person(present="330602004", by=scene.cast.cdc_city)
    rows = [pooled(scene, person) for person in people]
    result = LaboratoryReport(T, "NEGATIVE", "新昌县检测中心", "混1", pool_size=10)
    results.enter(far, result, by=scene.cast.hospital_city, at=NOW)
    data = {
        **{"result": rows[0].pk, "sampled_at": T.strftime("%Y-%m-%dT%H:%M"), "outcome": "POSITIVE"},
        **{"laboratory": "新昌县检测中心", "report_number": "混1", "pool_size": 10, "reason": "更正"},
    }
    fields = {"by": scene.cast.service_xinchang, "at": later(hours=3)}
    form = CorrectResult(data, subject=fresh(people[0]), **fields)
    assert form.is_valid(), form.errors
    message = run(form, rehearse=True).message
    assert all(person.name in message for person in people[1:])
    assert far.name not in message and "1" in message
    assert outcomes() == ["NEGATIVE"] * 4


@pytest.mark.django_db(transaction=True)
def test_two_outcomes_of_one_tube_at_the_same_moment_are_one(scene: Scene, transactional_db):
    area, pair = scene.listed(), [scene.person(), scene.person()]
    for person in pair:
        scene.risk(person, area, began_on=day(-1))
    outcomes = run_together(
        lambda: pooled(scene, pair[0], "NEGATIVE"), lambda: pooled(scene, pair[1], "POSITIVE")
    )
    assert [isinstance(one, results.tubes.AnotherOutcome) for one in outcomes].count(True) == 1
    assert LabResult.objects.count() == 1
