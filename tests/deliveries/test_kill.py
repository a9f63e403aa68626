"""`kill -9` in the middle of the work, forty times: every row exactly once, no stale colour."""

import os
import random
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from cases.feeds import applying, deliveries
from cases.models import Batch, Case, Person, Presence, Transition
from cases.policy.colours import Colour
from cases.selectors.colours import colours_of
from cases.services import areas
from cases.services.deliveries import batches
from healthcode.core.acts import leases
from healthcode.core.audit.models import Event
from tests.cases.scenes import Scene, T, fresh, later, sound
from tests.factories import Cast, DivisionFactory, delivered, sealed

from .conftest import HEADINGS, ground

KILLS = 40


@pytest.fixture
def scene(transactional_db: None, cast: Cast) -> Scene:
    return Scene(cast)


def killed(work: Callable[[], Any], *, after: float) -> bool:
    """Do the work in a process of its own and kill that after a while; tell whether it was still at it."""
    connections.close_all()  # what is open is not shared with a child
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def colours() -> set[Colour]:
    return set(colours_of(Person.objects.values_list("pk", flat=True), at=later(days=1)).values())


def test_a_delivery_whose_worker_is_killed_takes_every_row_once(scene: Scene, monkeypatch):
    monkeypatch.setattr(applying, "CHUNK", 3)
    rows = [ground(scene.person(), f"S{n}", "近14天内有境外旅居史") for n in range(60)]
    content, by = sealed("\n".join((HEADINGS["GROUNDS"], *rows))), scene.cast.province
    batch = delivered(content, kind="GROUNDS", by=by, at=T, confirmed=False)
    batches.confirm(batch, by=by, at=T)
    dice = random.Random(17)
    monkeypatch.setattr(leases, "DEATHS", KILLS + 1)
    for number in range(KILLS):
        at = later(minutes=6 * (number + 1))  # the lease of the one before has run out
        killed(lambda: deliveries.work(batch, clock=lambda: at), after=dice.uniform(0, 0.1))  # noqa: B023
        assert Case.objects.count() == Transition.objects.count() == fresh(batch).applied
    done = deliveries.work(batch, clock=lambda: later(minutes=6 * (KILLS + 1)))
    assert (done.state, done.accepted, done.rejected) == (Batch.State.APPLIED, 60, 0)
    assert (Case.objects.count(), colours()) == (60, {Colour.RED})
    assert Event.objects.filter(action="case.opened").count() == 60
    sound()


def test_an_area_whose_act_is_killed_reaches_all_or_nobody(scene: Scene):
    division, by = DivisionFactory(code="110106"), scene.cast.telecom
    stay = {"kind": "STAY", "division": division, "source": by.office, "recorded_by": by}
    when = {"from_at": T - timedelta(days=2), "until_at": T - timedelta(days=1)}
    Presence.objects.bulk_create(Presence(person=scene.person(), **stay, **when) for _ in range(40))
    listing = areas.Listing("丰台", "HIGH", "公告1号", T, division=division)
    area = areas.propose(listing, by=scene.cast.duty_city, at=T)

    def approve():
        areas.decide(fresh(area), approve=True, by=scene.cast.duty_deputy, at=later(hours=1))

    dice = random.Random(17)
    for _ in range(KILLS):
        killed(approve, after=dice.uniform(0, 0.05))
        counts = {Case.objects.count(), Transition.objects.count()}
        assert counts in ({0}, {40})
        if fresh(area).decision == "APPROVED":
            break
    if fresh(area).decision != "APPROVED":
        approve()
    assert (Case.objects.count(), colours()) == (40, {Colour.YELLOW})
    assert Event.objects.filter(action="code.turned").count() == 40
