"""The preview of a withdrawal names whoever is the reader's to see, and counts the others."""

import pytest

from cases.models import RuleBook
from cases.operations.base import in_words
from cases.selectors import fallen
from cases.selectors.worklists import worklists
from cases.services import areas
from cases.services.grounds import release_reversals, voids
from tests.cases.scenes import Scene, fresh, later

LIFTED, AGAIN = later(hours=1), later(hours=2)


def unlifted(scene: Scene, by: str, people: int = 2) -> str:
    """Let somebody take a lifting back that had ended so many people's yellow; return what the preview said."""
    area = scene.listed(name="丰台")
    for number in range(people):
        scene.risk(scene.person(name=f"沈甲{number:02}"), area)
    scene.changed(area, "LIFT", test_still_due=False, at=LIFTED)
    change = scene.change_proposed(fresh(area), "UNLIFT", at=LIFTED)
    areas.decide_change(change, approve=True, by=scene.cast[by], at=AGAIN)
    return words_for(scene, by)


def words_for(scene: Scene, by: str) -> str:
    reached = fallen.reached_by(scene.cast[by], since=AGAIN)
    return in_words(reached, RuleBook.objects.in_force(AGAIN).policy)


def test_a_duty_lead_is_given_the_names_that_stand_on_the_duty_leads_list(scene: Scene):
    words = unlifted(scene, "duty.deputy")
    assert "沈甲00" in words and "无权查看" not in words
    lists = {one.key: one.total for one in worklists(scene.cast.duty_deputy, later(hours=3))}
    assert lists["standing_again"] == 2


def test_the_health_commission_sees_no_persons_and_is_given_their_number(scene: Scene):
    words = unlifted(scene, "policy.city")
    assert "沈甲" not in words
    assert "无权查看的人员的2条" in words


@pytest.mark.parametrize("more", [0, 3])
def test_who_is_not_named_for_want_of_room_is_not_called_somebody_elses(scene: Scene, more):
    words = unlifted(scene, "duty.deputy", people=fallen.NAMED + more)
    assert words.count("沈甲") == fallen.NAMED
    assert ("另有3条" in words) == bool(more) and "无权查看" not in words


def test_a_county_s_duty_lead_is_told_who_of_the_county_stands_again(scene: Scene):
    case = scene.other_yellow(scene.person(name="沈甲丁"))
    group, lead = scene.cast.group_xinchang, scene.cast.duty_xinchang
    fields = {"document_number": "新防控2020-9号", "reason": "期满", "by": group, "at": LIFTED}
    release = voids.propose_release(fresh(case), **fields)
    voids.decide_release(release, approve=True, by=lead, at=LIFTED)
    reversal = release_reversals.propose(fresh(release), reason="文件有误", by=group, at=later(hours=1.5))
    release_reversals.decide(reversal, approve=True, by=lead, at=AGAIN)
    assert "沈甲丁" in words_for(scene, "duty.xinchang")
