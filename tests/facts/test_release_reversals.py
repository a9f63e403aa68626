"""A release from a discretionary ground is taken back by the two who gave it: the case stands again (1.2c, 3.1)."""

import pytest

from cases.models import Basis, Case, Fact
from cases.operations.reversals import DecideReleaseReversal, ReverseRelease
from cases.policy.colours import Colour
from cases.selectors.pending import pending
from cases.selectors.worklists import worklists
from cases.services.engine import reversing, second_person
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import release_reversals, voids
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling import findings
from tests.cases.scenes import Scene, colour, fresh, later, refused, sound


def released(scene: Scene, *, at=None):
    case, at = scene.other_yellow(scene.person()), at or later(hours=1)
    fields = {"document_number": "文件2026-9号", "reason": "解除", "by": scene.cast.group_xinchang}
    release = voids.propose_release(case, **fields, at=at)
    voids.decide_release(release, approve=True, by=scene.cast.duty_xinchang, at=at)
    return fresh(release)


def asked(scene: Scene, release, *, at=None, by: str = "group.xinchang"):
    at = at or later(hours=2)
    return release_reversals.propose(fresh(release), reason="解除有误", by=scene.cast[by], at=at)


def taken_back(scene: Scene, reversal, *, at=None, approve: bool = True, by: str = "duty.xinchang", **fields):
    at = at or later(hours=3)
    return release_reversals.decide(fresh(reversal), approve=approve, by=scene.cast[by], at=at, **fields)


def test_a_release_taken_back_lets_the_case_stand_again_as_it_was(scene: Scene):
    release = released(scene)
    person, old = release.case.person, release.case
    assert colour(person, later(hours=2)) == Colour.GREEN
    taken_back(scene, asked(scene, release))
    assert [colour(person, later(hours=n)) for n in (2, 4)] == [Colour.GREEN, Colour.YELLOW]
    again = Case.objects.of(fresh(person)).open().get()
    assert (again.resumes_id, again.began_on, again.evidence_ref) == (old.pk, old.began_on, old.evidence_ref)
    assert fresh(release).withdrawn_at is not None
    assert Event.objects.filter(action="case.release_reversed").count() == 1
    assert list(findings()) == []
    sound()


def test_what_stands_again_is_released_anew(scene: Scene):
    release = released(scene)
    person = release.case.person
    taken_back(scene, asked(scene, release))
    again = Case.objects.of(fresh(person)).open().get()
    fields = {"document_number": "文件2026-10号", "reason": "解除", "by": scene.cast.group_xinchang}
    second = voids.propose_release(again, **fields, at=later(hours=4))
    voids.decide_release(second, approve=True, by=scene.cast.duty_xinchang, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN
    assert Basis.objects.filter(case=again, fact=Fact.RELEASE, key=second.pk).exists()


@pytest.mark.parametrize("by", ["cdc.xinchang", "duty.xinchang", "community.yulin", "bureau.one"])
def test_only_the_group_asks_for_it(scene: Scene, by):
    refused(NotAllowed, asked, scene, released(scene), by=by)


@pytest.mark.parametrize("by", ["cdc.xinchang", "group.city", "bureau.one"])
def test_only_the_duty_lead_agrees(scene: Scene, by):
    refused(NotAllowed, taken_back, scene, asked(scene, released(scene)), by=by)


def test_sent_back_the_release_counts(scene: Scene):
    release = released(scene)
    reversal = asked(scene, release)
    refused(second_person.SentBackWithoutReason, taken_back, scene, reversal, approve=False)
    taken_back(scene, reversal, approve=False, answer="解除无误")
    assert colour(release.case.person, later(hours=4)) == Colour.GREEN


def test_it_is_taken_back_once(scene: Scene):
    release = released(scene)
    reversal = asked(scene, release)
    refused(reversing.ReversalAlreadyProposed, asked, scene, release)
    taken_back(scene, reversal)
    refused(release_reversals.NotReleased, asked, scene, release, at=later(hours=4))


def test_it_waits_on_the_list_and_on_the_page_of_whoever_decides(scene: Scene):
    release, group, lead = released(scene), scene.cast.group_xinchang, scene.cast.duty_xinchang
    person, at = fresh(release.case.person), later(hours=2)
    assert ReverseRelease.offered(person, by=group, at=at)
    asked(scene, release)
    assert "reversals" in {one.key for one in worklists(lead, at)}
    assert DecideReleaseReversal.offered(person, by=lead, at=at)
    (proposal,) = pending(person, at=at)
    assert (proposal.key, proposal.reason) == ("case.decide_release_reversal", "解除有误")
