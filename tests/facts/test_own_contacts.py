"""Nobody is a contact of themselves, whichever way an index case comes to be their own."""

import pytest

from cases.models import Case
from cases.policy.colours import Colour
from tests.cases.scenes import DUE, Scene, colour, fresh, later, order_of, sound


def coupled(scene: Scene, *, waits: bool = False):
    """Return an infected record and one that is its contact, with the contact's case."""
    infected, exposed = scene.person(), scene.person()
    index = scene.clinical(infected, "SUSPECTED")
    enter = scene.reported if waits else scene.clinical
    return infected, exposed, enter(exposed, index_case=index, at=later(hours=1))


@pytest.mark.parametrize("way", ("contact into index", "index into contact"))
def test_joined_records_are_no_contact_of_each_other(scene: Scene, way):
    infected, exposed, contact = coupled(scene)
    pair = (exposed, infected) if way == "contact into index" else (infected, exposed)
    scene.merged(*pair, at=later(hours=2))
    assert (fresh(contact).state, fresh(contact).exit) == ("ENDED", "BASIS_GONE")
    assert order_of(infected).kind == "HOSPITAL_TREATMENT"
    sound()


def test_parted_again_the_contact_stands_with_the_days_it_had(scene: Scene):
    infected, exposed, contact = coupled(scene)
    merge = scene.merged(exposed, infected, at=later(hours=2))
    scene.parted(merge, at=later(hours=3))
    again = Case.objects.get(resumes=contact)
    assert (again.state, again.person, again.index_case.person) == ("OPEN", exposed, infected)
    assert (order_of(exposed).kind, order_of(exposed).until) == ("CENTRAL_ISOLATION", DUE)
    assert colour(exposed, later(hours=4)) == Colour.RED
    sound()


def test_a_report_that_waits_goes_back_with_the_reason(scene: Scene):
    infected, exposed, contact = coupled(scene, waits=True)
    scene.merged(exposed, infected, at=later(hours=2))
    assert (fresh(contact).state, bool(fresh(contact).closing_reason)) == ("REFUSED", True)


@pytest.mark.parametrize("waits", (False, True))
def test_a_case_put_in_the_index_cases_place_makes_no_contact_of_itself(scene: Scene, waits):
    infected, exposed, contact = coupled(scene, waits=waits)
    other = scene.person()
    third = scene.clinical(other, index_case=Case.objects.get(person=infected), at=later(hours=1))
    own = scene.clinical(exposed, "CONFIRMED", at=later(hours=2))
    scene.voided(Case.objects.get(person=infected), at=later(hours=3), replacement=own)
    assert fresh(contact).state == ("REFUSED" if waits else "ENDED")
    assert fresh(third).index_case == own
    assert order_of(exposed).kind == "HOSPITAL_TREATMENT"
    sound()
