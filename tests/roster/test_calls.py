"""Whoever's ground stands again is telephoned within the hour; who was reached is recorded."""

from datetime import timedelta

import pytest
from django.db import Error, transaction

from cases.models import Call, Case
from cases.selectors import awaited
from cases.selectors.explanation import explain
from cases.selectors.roster import Stage
from cases.selectors.worklists import worklists
from cases.services.engine.plausible import InFuture
from cases.services.engine.refusals import NotAllowed
from cases.services.roster import calls
from healthcode.core.audit.models import Event
from tests.cases.scenes import Scene, T, fresh, later, refused

STOOD, SEEN = later(hours=6), later(hours=6, minutes=40)


@pytest.fixture
def again(scene: Scene):
    """Return somebody whose red stands again: recorded as dead, and alive."""
    person = scene.person()
    scene.clinical(person)
    scene.died(person, at=later(hours=2))
    scene.death_taken_back(person, at=STOOD)
    return fresh(person)


def called(scene: Scene, person, by: str = "community.yulin", **fields):
    body = {"called_at": later(hours=6, minutes=20), "reached": Call.Reached.PERSON, "tries": 1}
    return calls.record(person, **{**body, **fields}, by=scene.cast[by], at=later(hours=6, minutes=30))


def waiting(scene: Scene, username: str, at=SEEN):
    return {one.key: one for one in worklists(scene.cast[username], at)}.get("calls")


def test_a_call_waits_for_the_offices_of_the_residence_until_somebody_is_reached(
    scene: Scene, again, on_duty
):
    community = on_duty("community.yulin")
    wait = waiting(scene, "group.xinchang").rows[0].wait
    assert wait.due == Case.objects.get(person=again, state="OPEN").opened_at + timedelta(hours=1)
    assert (wait.stage, wait.deciders) == (Stage.OFFICE, (community,))
    assert waiting(scene, "community.yuecheng") is None
    (case,) = called(scene, again)
    assert case.resumes is not None
    assert waiting(scene, "group.xinchang") is None
    assert [one.reached for one in explain(again, at=later(hours=7)).standing[0].calls] == ["PERSON"]
    event = Event.objects.get(action="case.called")
    assert (event.person, event.target) == (str(again.public_id), f"case:{case.pk}")


def test_nobody_reached_goes_on_waiting_and_climbs(scene: Scene, again):
    called(scene, again, reached=Call.Reached.NOBODY, tries=3)
    late = {one.key: one for one in worklists(scene.cast.duty_xinchang, later(hours=7, minutes=1))}["late"]
    assert (late.rows[0].about, late.rows[0].wait.stage) == (
        Case.objects.get(person=again, state="OPEN"),
        Stage.LEADER,
    )
    assert "late" in {one.key for one in worklists(scene.cast.supervisor_city, later(hours=8, minutes=1))}
    called(scene, again, reached=Call.Reached.FAMILY, tries=1)
    assert waiting(scene, "community.yulin") is None
    assert Call.objects.count() == 2


def test_what_is_no_call_is_refused(scene: Scene, again):
    refused(NotAllowed, called, scene, again, by="cdc.xinchang")
    refused(NotAllowed, called, scene, again, by="community.yuecheng")
    refused(calls.NeverTried, called, scene, again, tries=0)
    refused(InFuture, called, scene, again, called_at=later(hours=7))
    refused(calls.BeforeItStood, called, scene, again, called_at=T)
    called(scene, again)
    refused(calls.NobodyToCall, called, scene, again)


def test_nobody_is_called_while_a_death_is_being_checked(scene: Scene, again):
    scene.death_recorded(again, at=later(hours=6, minutes=10))
    assert waiting(scene, "community.yulin") is None
    refused(calls.NobodyToCall, called, scene, again)


def test_a_ground_that_only_stands_asks_for_no_call(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    assert waiting(scene, "group.xinchang", later(hours=1)) is None
    assert awaited.about(fresh(person), later(hours=1)) == []


def test_a_call_is_never_rewritten(scene: Scene, again):
    called(scene, again, reached=Call.Reached.NOBODY)
    with pytest.raises(Error), transaction.atomic():
        Call.objects.update(reached="PERSON")
