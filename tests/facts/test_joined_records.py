"""Lists ask of one human under all their records, and follow the home of the surviving one (4.1)."""

from datetime import timedelta

import pytest

from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.engine.plans import Plan
from tests.cases.scenes import DUE, Scene, fresh, later, order_of, sound
from tests.factories import Cast


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def waiting(scene: Scene, username: str, at) -> set[str]:
    return {one.key for one in worklists(scene.cast[username], at)}


def joined(scene: Scene, *, at, away: bool = False) -> tuple:
    """Return a duplicate and its survivor, who lives in another city where asked."""
    home = {"present": "330602001"} if away else {}
    duplicate, survivor = scene.person(**home), scene.person()
    return duplicate, survivor, lambda: scene.merged(fresh(duplicate), fresh(survivor), at=at)


@pytest.mark.parametrize("tested", ["duplicate", "survivor"])
def test_whoever_was_tested_under_the_other_record_is_not_untested(scene: Scene, tested):
    duplicate, survivor, join = joined(scene, at=later(hours=1))
    one, other = (survivor, duplicate) if tested == "duplicate" else (duplicate, survivor)
    scene.risk(one)
    scene.tested(other, at=later(minutes=30), outcome="PENDING")
    assert "untested" in waiting(scene, "service.xinchang", later(minutes=40))
    join()
    assert "untested" not in waiting(scene, "service.xinchang", later(hours=2))


def test_a_lost_sample_is_answered_by_one_taken_under_the_other_record(scene: Scene):
    duplicate, survivor, join = joined(scene, at=later(hours=2))
    scene.tested(duplicate, at=later(minutes=10), outcome="LOST")
    scene.tested(survivor, at=later(hours=1))
    assert "lost" in waiting(scene, "service.xinchang", later(hours=1))
    join()
    assert "lost" not in waiting(scene, "service.xinchang", later(hours=3))


@pytest.mark.parametrize("tested", ["duplicate", "survivor"])
def test_whose_negative_is_under_the_other_record_is_ready_for_the_end(scene: Scene, tested):
    duplicate, survivor, join = joined(scene, at=later(hours=1))
    one, other = (survivor, duplicate) if tested == "duplicate" else (duplicate, survivor)
    scene.clinical(one)
    join()
    scene.tested(fresh(other), at=DUE - timedelta(hours=9))
    assert "ready" in waiting(scene, "officer.yulin", DUE + timedelta(hours=9))


def test_what_stands_on_a_joined_record_is_listed_where_the_surviving_one_lives(scene: Scene):
    duplicate, _survivor, join = joined(scene, at=later(hours=1), away=True)
    scene.risk(duplicate, by=scene.cast.community_yuecheng)
    assert "untested" not in waiting(scene, "service.xinchang", later(minutes=40))
    join()
    assert "untested" in waiting(scene, "service.xinchang", later(hours=2))


def test_a_void_of_a_joined_record_waits_and_climbs_where_the_surviving_one_lives(scene: Scene):
    duplicate, _survivor, join = joined(scene, at=later(hours=1), away=True)
    case = scene.overseas(duplicate, by=scene.cast.community_yuecheng, plan=Plan())
    join()
    scene.void_proposed(fresh(case), at=later(hours=2))
    assert "voids" in waiting(scene, "cdc.xinchang", later(hours=3))
    assert "late" in waiting(scene, "duty.xinchang", later(days=3))


@pytest.mark.parametrize("survives", ["away", "here"])
def test_whoever_is_handed_elsewhere_under_one_number_and_held_here_under_the_other_is_here(
    scene: Scene, survives
):
    away, here = scene.person(), scene.person()
    scene.clinical(away)
    scene.overseas(here)
    fields = {"letter": "移交函3号", "destination": "江苏", "by": scene.cast.group_xinchang}
    control.transfer_out(fresh(away), **fields, at=later(hours=1))
    survivor, duplicate = (away, here) if survives == "away" else (here, away)
    scene.merged(fresh(duplicate), fresh(survivor), at=later(hours=2))
    served = order_of(fresh(survivor)).served.values_list("case__ground", flat=True)
    assert sorted(served) == ["CLOSE_CONTACT", "OVERSEAS"]
    sound()
