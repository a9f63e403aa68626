"""Two humans parted again: each dead, and each handed to another province, by what was said of them alone."""

from datetime import timedelta

import pytest

from cases.models import ControlOrder, Person
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import control
from healthcode.portal import reconciling
from tests.cases.scenes import DUE, Scene, colour, fresh, later, order_of, sound

HOUR = timedelta(hours=1)
AWAY, AGAIN, PARTED = later(hours=3), later(hours=4), later(hours=5)


@pytest.mark.parametrize("undone", [0, 1], ids=["the first merge", "the second merge"])
@pytest.mark.parametrize("dead", [0, 1, 2])
def test_of_three_records_the_dead_have_no_code_whichever_merge_is_undone(
    scene: Scene, dead: int, undone: int
):
    people = [scene.person() for _one in range(3)]
    merges = [scene.merged(people[one], people[one + 1], at=later(hours=one + 1)) for one in range(2)]
    scene.died(people[dead], at=later(hours=3))
    scene.parted(fresh(merges[undone]), at=later(hours=4))
    dying = fresh(people[dead]).root_id
    for person in people:
        died = fresh(person).root_id == dying
        assert (colour(person, PARTED) == Colour.NONE) == died == (fresh(person).deceased_on is not None)
        assert colour(person, later(hours=3, minutes=30)) == Colour.NONE  # what the code showed then
    sound()


def handed_over_as_one(scene: Scene, *, older: bool = True) -> tuple[Person, Person, object]:
    """Return two people red each by themselves, handed to another province as one human, and the merge."""
    one, other = sorted((scene.person(), scene.person()), key=lambda person: person.pk, reverse=not older)
    scene.automatic(one, "AUTO_RED")
    merge = scene.merged(one, other, at=later(hours=1))
    scene.clinical(fresh(other), "CONFIRMED", at=later(hours=2))  # which stands on the surviving record
    fields = {"letter": "移交函3号", "destination": "江苏", "by": scene.cast.group_xinchang}
    control.transfer_out(fresh(other), **fields, at=AWAY)
    return one, other, merge


@pytest.mark.parametrize("older", [True, False])
def test_what_is_found_here_of_one_serves_nothing_of_the_other(scene: Scene, older: bool):
    one, other, merge = handed_over_as_one(scene, older=older)
    scene.automatic(fresh(other), "AUTO_RED", at=AGAIN)
    scene.parted(merge, at=PARTED)
    for person in (one, other):
        served = {row.case.person.root_id for row in order_of(person).served.all()}
        assert served == {fresh(person).root_id}
    sound()
    assert not list(reconciling.findings())


def apart(scene: Scene) -> tuple[Person, Person]:
    """Return both once they are two humans again: each is handed over."""
    one, other, merge = handed_over_as_one(scene)
    scene.parted(merge, at=PARTED)
    assert not ControlOrder.objects.standing().exists()
    return one, other


def test_each_is_handed_over_by_an_order_of_their_own(scene: Scene):
    for person in apart(scene):
        assert control.handed_over(fresh(person)).person.root_id == fresh(person).root_id
        assert control.handed_over(fresh(person)).letter == "移交函3号"
    sound()
    assert not list(reconciling.findings())


def test_each_is_on_the_list_of_whoever_waits_for_the_certificate(scene: Scene):
    people = apart(scene)
    found = {one.key: one for one in worklists(scene.cast.group_xinchang, later(hours=6))}
    listed = {row.about.person.root_id for row in found["handed_over"].rows}
    assert listed == {fresh(person).root_id for person in people}


@pytest.mark.parametrize("back", [0, 1])
def test_one_comes_back_without_the_other(scene: Scene, back: int):
    people = apart(scene)
    scene.brought_back(people[back], at=later(hours=6))
    assert order_of(people[back]).ended_at is None
    assert not ControlOrder.objects.of(fresh(people[1 - back])).standing().exists()
    assert colour(people[1 - back], later(hours=7)) == Colour.RED
    sound()


def test_a_certificate_of_one_releases_nobody_else(scene: Scene):
    one, other = apart(scene)
    scene.certified(one, at=DUE)
    control.release_elsewhere(fresh(one), by=scene.cast.group_xinchang, at=DUE)
    assert [colour(person, DUE + HOUR) for person in (one, other)] == [Colour.GREEN, Colour.RED]
    sound()
