"""Results that no rule has a word on go in one act, and come out as if each had come by itself."""

from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.feeds.kinds import FORMATS
from cases.models import LabResult, RejectedRow, SourceRecord, Transition
from cases.services.samples import negatives, results
from cases.services.samples.results import LaboratoryReport
from healthcode.core.audit.commitments import COMMITS
from healthcode.core.audit.models import Event
from tests.cases.scenes import Scene, fresh, later, sample
from tests.factories import delivered

HEADING = "姓名,证件号码,采样时间,结果,检测机构,报告编号,混检人数"
NOW = later(hours=3)
TAKEN = LaboratoryReport(later(hours=-1), "NEGATIVE", "县疾控", "")


def row(person, number, *, name=None, outcome="阴性", sampled="2026-11-02 08:00", pool="", document=None):
    name = person.name if name is None else name
    return f"{name},{document or person.document},{sampled},{outcome},县疾控,{number},{pool}"


def sent(scene: Scene, *rows, by="hospital.city"):
    content = "\n".join((HEADING, *rows)).encode()
    return delivered(content, kind="RESULTS", by=scene.cast[by], at=NOW)


def mixed(scene: Scene) -> list[str]:
    """Return rows of every kind: plain ones, and such as a rule has a word on."""
    plain, yellow, red, elsewhere, duplicate, known, pooled, twice = (scene.person() for _n in range(8))
    scene.risk(yellow)
    scene.clinical(red, "CLOSE_CONTACT")
    merged = scene.person()
    scene.merged(duplicate, merged)
    results.enter(known, replace(TAKEN, report_number="K1"), by=scene.cast.hospital_city, at=later(hours=1))
    return [
        row(plain, "A1"),
        row(plain, "A2", sampled="2026-11-02 07:00"),
        row(yellow, "A3"),
        row(red, "A4"),
        row(elsewhere, "A5", name=""),
        row(duplicate, "A6"),
        row(merged, "A7"),
        row(known, "K1"),
        row(known, "A8", outcome="阳性"),
        row(pooled, "A9", pool="5"),
        row(twice, "B1"),
        row(scene.person(), "B1"),
        row(scene.person(), "B2", name="别的人"),
        row(scene.person(), "B3", sampled="2027-01-01 08:00"),
        row(scene.person(), "B4", sampled="2026-11-02"),
        row(scene.person(), "B5", document="330624198903010012"),
        row(scene.person(), "", outcome="?"),
        *(row(scene.person(), f"C{n}") for n in range(5)),
    ]


def came_of(scene: Scene, rows, by):
    """Return what a delivery came to, and undo it."""
    with transaction.atomic():
        before = set(Event.objects.values_list("pk", flat=True))
        batch = sent(scene, *rows, by=by)
        came = {
            "counts": (batch.accepted, batch.rejected, batch.held, batch.unchanged),
            "back": list(RejectedRow.objects.order_by("row").values_list("row", "field", "faults", "state")),
            "results": sorted(
                LabResult.objects.exclude(batch=None).values_list(
                    "person", "report_number", "outcome", "sampled_at"
                )
            ),
            "turned": sorted(Transition.objects.values_list("person", "from_colour", "to_colour", "act")),
            "records": SourceRecord.objects.count(),
            "events": sorted(
                Event.objects.exclude(pk__in=before).values_list("action", "person", "actor", "office")
            ),
        }
        transaction.set_rollback(True)
    return came


@pytest.fixture
def alone(monkeypatch):
    """Return a function that lets each row go by itself from then on."""
    return lambda: monkeypatch.setitem(FORMATS, "RESULTS", replace(FORMATS["RESULTS"], apply_together=None))


@pytest.mark.parametrize("by", ["hospital.city", "service.xinchang"])
def test_together_and_one_by_one_come_to_the_same(scene: Scene, alone, by):
    rows = mixed(scene)
    together = came_of(scene, rows, by)
    alone()
    assert came_of(scene, rows, by) == together
    assert together["counts"][0] >= 5


def test_a_person_of_a_delivery_costs_no_statement_of_their_own(scene: Scene):
    few, many = (
        [row(scene.person(), f"{name}{n}") for n in range(size)] for name, size in (("F", 5), ("M", 50))
    )
    with CaptureQueriesContext(connection) as of_few:
        sent(scene, *few)
    with CaptureQueriesContext(connection) as of_many:
        sent(scene, *many)
    assert len(of_many) == len(of_few)


def test_each_result_has_an_event_that_commits_to_it_and_the_persons_page_is_stale(scene: Scene):
    people = [scene.person() for _n in range(3)]
    versions = [fresh(one).version for one in people]
    sent(scene, *(row(one, f"E{n}") for n, one in enumerate(people)))
    events = Event.objects.filter(action="result.entered")
    assert {one.target for one in events} == {f"result:{one.pk}" for one in LabResult.objects.all()}
    assert all(f'"{COMMITS}":{{"{one.target}":' in one.body for one in events)
    assert [fresh(one).version for one in people] == [version + 1 for version in versions]


def test_whoever_came_under_a_case_meanwhile_ends_the_act(scene: Scene, monkeypatch):
    person = scene.person()
    reports = {1: (person, sample(later(hours=1)))}
    scene.risk(person)
    monkeypatch.setattr(negatives, "_together", lambda reports, *, by, at: reports)
    with pytest.raises(negatives.Grown):
        negatives.enter(reports, by=scene.cast.hospital_city, at=NOW)
    assert not LabResult.objects.exists()
