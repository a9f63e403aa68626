"""A result's name is compared with the one its number is registered under: a wrong digit ends nobody's control."""

import pytest

from cases.feeds import deliveries
from cases.models import LabResult, RejectedRow
from cases.policy.colours import Colour
from cases.services.samples.results import ReportSaysOtherwise
from healthcode.core.audit.models import Event
from tests.cases.scenes import Scene, T, colour, fresh, later
from tests.factories import delivered

HEADING = "姓名,证件号码,采样时间,结果,检测机构,报告编号"


def sent(scene: Scene, *rows: str, at=T):
    content = "\n".join((HEADING, *rows)).encode()
    return delivered(content, kind="RESULTS", by=scene.cast.hospital_city, at=at)


def row(person, name, outcome="阴性", number="R1", sampled="2026-11-02 08:00"):
    return f"{name},{person.document},{sampled},{outcome},县疾控,{number}"


def test_a_result_under_the_registered_name_is_entered(scene: Scene):
    person = scene.person()
    assert sent(scene, row(person, person.name)).accepted == 1


def test_a_result_under_another_name_comes_back_and_ends_nothing(scene: Scene):
    person = scene.person()
    scene.risk(person, at=later(hours=-3))
    batch = sent(scene, row(person, "欧阳别人"))
    assert [(one.field, one.state) for one in batch.rejected_rows.all()] == [("name", "RETURNED")]
    assert not LabResult.objects.exists()
    assert colour(person, later(hours=1)) == Colour.YELLOW


@pytest.fixture
def alike(scene: Scene):
    """Return somebody registered as 陈志强 whose laboratory writes the old character."""
    return scene.person(name="陈志强")


def test_a_name_that_is_nearly_theirs_waits_for_a_person_who_takes_it(scene: Scene, alike):
    waiting = sent(scene, row(alike, "陳志强")).rejected_rows.get()
    assert (waiting.state, waiting.field) == ("HELD", "name") and "陈志强" in waiting.reason
    deliveries.accept(waiting, by=scene.cast.hospital_city, at=later(hours=1))
    assert (fresh(waiting).state, LabResult.objects.get().outcome) == ("TAKEN", "NEGATIVE")
    assert Event.objects.filter(action="person.name_accepted").count() == 1
    assert sent(scene, row(alike, "陳志强", number="R2"), at=later(hours=2)).accepted == 1


def test_a_correction_under_a_name_nearly_theirs_asks_both_at_once(scene: Scene, alike):
    sent(scene, row(alike, alike.name))
    waiting = sent(scene, row(alike, "陳志强", outcome="阳性"), at=later(hours=1)).rejected_rows.get()
    assert waiting.state == RejectedRow.State.HELD
    assert "陈志强" in waiting.reason and str(ReportSaysOtherwise.message) in waiting.reason
    deliveries.accept(waiting, by=scene.cast.hospital_city, at=later(hours=2))
    assert LabResult.objects.uncorrected().get().outcome == "POSITIVE"
