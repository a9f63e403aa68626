"""Checks at doors are rows of their own, and stand in every trail as if they were events."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from cases.models import GateCheck
from cases.services import gates
from cases.services.persons import reads
from healthcode.core.audit import ledger, trail, triggers
from healthcode.core.audit.models import Event
from healthcode.portal.dossiers import gathering, matters
from healthcode.portal.trails.query import Trail
from tests.cases.scenes import T, later
from tests.factories import guarded
from tests.supervision.test_trails import TRAIL, all_pages


@pytest.fixture
def at_the_door(scene):
    """A person whom the school's keeper checked three times, between two looks of one instant."""
    person, venue = scene.person(), guarded("SCHOOL")
    for hours in (1, 2, 2):
        reads.record(person, by=scene.cast.group_xinchang, at=later(hours=hours), page="person")
        scene.checked(person, venue, at=later(hours=hours))
    return person


ASKED_OF_A_DOOR = [{"person": "{}"}, {"actor": "gate.school"}, {"office": "school"}, {},
                   {"person": "{}", "what": "looks"}, {"what": "gate.checked"}]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED_OF_A_DOOR, ids=str)
def test_checks_at_doors_stand_in_every_trail_that_they_concern(at_the_door, asked):
    public_id = str(at_the_door.public_id)
    asked_for = Trail(**{name: value.format(public_id) for name, value in asked.items()})
    checks = [one for one in asked_for.page()[0] if one.action == "gate.checked"]
    assert [one.at_us for one in checks] == [ledger.microseconds(later(hours=hours)) for hours in (2, 2, 1)]
    assert {(one.actor, one.office, one.person) for one in checks} == {("gate.school", "school", public_id)}


@pytest.mark.parametrize("asked", [{"actor": "cdc.city"}, {"office": "cdc"}, {"ground": "OVERSEAS"}, {"batch": "1"},
                                   {"what": "case.opened"}, {"until": T.date() - timedelta(days=1)},
                                   {"since": T.date() + timedelta(days=2)}], ids=str)  # fmt: skip
def test_checks_stand_in_no_trail_that_they_do_not_concern(at_the_door, asked):
    assert "gate.checked" not in {one.action for one in Trail(**asked).page()[0]}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_with_checks_among_events_lose_nothing_and_repeat_nothing(at_the_door, size):
    asked = Trail(person=str(at_the_door.public_id))
    whole, pieces = asked.page(size=100)[0], all_pages(asked, size)
    assert [one.pk for one in pieces] == [one.pk for one in whole]
    assert len({one.pk for one in whole}) == len(whole) and [one.at_us for one in whole] == sorted(
        (one.at_us for one in whole), reverse=True
    )


def test_a_check_of_before_stands_in_trails_by_its_event_alone(at_the_door):
    check = GateCheck.objects.earliest("pk")
    connection.check_constraints()
    triggers.drop(connection)
    GateCheck.objects.filter(pk=check.pk).update(hash=None)
    listed = [one.target for one in Trail(what="gate.checked").page()[0]]
    assert f"gatecheck:{check.pk}" not in listed and len(listed) == 2


def test_a_check_has_a_page_among_events_in_words(scene, supervisor):
    person, venue = scene.person(), guarded("SCHOOL")
    scene.fever(person, at=T - timedelta(days=1))
    seen = {"temperature": Decimal("36.5"), "reason": "住校学生陪读"}
    presented = gates.PresentedCode(person.document)
    check = gates.check(presented, venue=venue, by=scene.cast.gate_school, at=T, **seen)
    listed = supervisor.get(TRAIL, {"person": str(person.public_id)}).content.decode()
    url = reverse("admin:audit_event_change", args=(-check.pk,))
    assert "住校学生陪读" in listed and url in listed
    page = supervisor.get(url)
    assert page.status_code == 200 and person.name in page.content.decode()
    assert supervisor.get(reverse("admin:audit_event_proof", args=(-check.pk,))).status_code == 404
    assert supervisor.get(reverse("admin:audit_event_change", args=(-check.pk - 1,))).status_code == 302
    assert Event.objects.latest("pk").person == str(person.public_id)  # that the page was read


def test_a_persons_history_names_the_doors_for_supervision_alone(at_the_door, scene):
    public_id = str(at_the_door.public_id)
    seen = [line.event.action for line in trail.latest(person=public_id, reads=True)]
    assert seen.count("gate.checked") == 3
    assert "gate.checked" not in {line.event.action for line in trail.latest(person=public_id, reads=False)}


def test_a_checks_own_history_is_the_check(at_the_door):
    check = GateCheck.objects.latest("pk")
    (line,) = trail.latest(target=f"gatecheck:{check.pk}", reads=True)
    assert line.event.pk == -check.pk


def test_the_file_of_a_matter_lists_doors_among_those_who_looked(at_the_door):
    matter = matters.find(str(at_the_door.public_id))
    found = gathering.gather(matter, at=later(days=1))
    (looks,) = (table for table in found.tables if table.key == "looks")
    checks = GateCheck.objects.values_list("pk", flat=True)
    assert {str(-pk) for pk in checks} <= {row[0] for row in looks.rows}
