"""Facts taken back in great number: what linked data or discretion had coded waits for a duty lead."""

import json
from datetime import timedelta
from itertools import count

import pytest
from django.urls import reverse

from cases.api.explanations import explained
from cases.models import Basis, Case, Fact, MassHold, Person
from cases.models.cases import State
from cases.operations.results import CorrectResult
from cases.policy.colours import Colour
from cases.selectors.bases import bases_of
from cases.selectors.colours import colour_at
from cases.selectors.explanation import explain
from cases.selectors.replay import replay
from cases.selectors.worklists import worklists
from cases.services.engine import holds, second_person
from cases.services.engine.second_person import Lapsed
from cases.services.samples import corrections, results
from healthcode.core.acts.base import run
from healthcode.core.audit.models import Event
from healthcode.core.offices import roles
from healthcode.portal.reconciling import cases as reconciling
from tests.cases import books
from tests.cases.scenes import Scene, day, later, refused, sample, sound
from tests.databases import run_together

_serial = count(1)
NIGHT = later(days=2)  # more than a day after what had ended: no act is taken back, only facts


def yellow(scene: Scene, ground: str = "AUTO_YELLOW") -> Person:
    """Return somebody yellow, each on an evidence of their own: no hold of mass coding is reached."""
    person = scene.person()
    if ground == "RISK_AREA":
        scene.risk(person)
    else:
        document = scene.documented(f"浙防指〔2020〕{100 + next(_serial)}号")
        scene.automatic(person, ground, evidence_ref=document.number)
    return person


def freed(scene: Scene, number: int, ground: str = "AUTO_YELLOW", by: str = "hospital.city"):
    """Return the negatives on which so many yellows ended, each of another person."""
    rows = []
    for _one in range(number):
        person = yellow(scene, ground)
        rows.append(results.enter(person, sample(later(hours=2)), by=scene.cast[by], at=later(hours=3)))
        results.apply(person, by=scene.cast.service_xinchang, at=later(hours=4))
    return rows


def doubted(scene: Scene, row, *, at=NIGHT):
    right = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    return corrections.correct(row, right, reason="实验室更正", by=scene.cast.hospital_city, at=at)


def again(state: str) -> int:
    return Case.objects.exclude(resumes=None).filter(state=state).count()


@pytest.fixture
def small(scene: Scene) -> None:
    """Let more than two be a great number."""
    books.adopted(scene, books.with_small_holds(), at=later(hours=-1))


def test_the_twenty_first_within_the_hour_waits(scene: Scene):
    for minute, row in enumerate(freed(scene, 22)):
        doubted(scene, row, at=NIGHT + timedelta(minutes=minute))
    assert (again("OPEN"), again("HELD")) == (20, 2)
    hold = MassHold.objects.get()
    assert (hold.ground, hold.office, hold.reached) == ("AUTO_YELLOW", scene.cast.hospital_city.office, 22)
    sound()


@pytest.fixture
def held(scene: Scene, small) -> list[Person]:
    """Return three people whose test one hospital doubts within the hour: the third waits."""
    rows = freed(scene, 3)
    for row in rows:
        doubted(scene, row)
    assert (again("OPEN"), again("HELD")) == (2, 1)
    return [row.person for row in rows]


def decided(scene: Scene, *, approve: bool, at=NIGHT + timedelta(hours=1), by: str = "duty.city") -> int:
    fields = {"approve": approve, "answer": "核实", "by": scene.cast[by], "at": at}
    return holds.decide(MassHold.objects.get(), **fields)


def test_what_waits_turns_no_code_and_says_what_it_would_undo(scene: Scene, held):
    case = Case.objects.get(state="HELD")
    assert colour_at(held[2], NIGHT + timedelta(hours=1)) == Colour.GREEN
    assert case.resumes.state == State.ENDED
    event = Event.objects.get(target=case.audit_key)
    assert (event.action, event.actor) == ("case.fall_held", "hospital.city")
    assert reconciling.differences([case])[case.pk] == []


def test_approved_it_stands_again_from_that_instant(scene: Scene, held):
    at = NIGHT + timedelta(hours=1)
    assert decided(scene, approve=True) == 1
    before = [colour_at(held[2], at - timedelta(minutes=1)), colour_at(held[2], at + timedelta(minutes=1))]
    assert before == [Colour.GREEN, Colour.YELLOW]
    case = Case.objects.get(person=held[2], resumes__isnull=False)
    assert case.opened_by == scene.cast.duty_city
    assert reconciling.differences([case])[case.pk] == []
    sound()


def test_refused_the_ending_rests_on_that_decision_for_good(scene: Scene, held):
    decided(scene, approve=False)
    case = Case.objects.get(person=held[2], resumes__isnull=False)
    assert case.state == State.REFUSED
    assert Basis.objects.filter(case=case.resumes, fact=Fact.DECISION, key=case.pk).exists()
    row = scene.tested(held[2], at=NIGHT + timedelta(hours=2))
    doubted(scene, row, at=NIGHT + timedelta(hours=3))
    assert colour_at(held[2], NIGHT + timedelta(hours=4)) == Colour.GREEN
    sound()


@pytest.mark.parametrize(("approve", "action"), [(True, "hold.approved"), (False, "hold.refused")])
def test_the_ledger_says_what_was_decided_of_how_many(scene: Scene, held, approve, action):
    decided(scene, approve=approve)
    event = Event.objects.get(action=action)
    assert event.actor == "duty.city"
    assert json.loads(event.body)["cases"] == 1


def test_met_again_while_it_waited_it_does_not_stand_again(scene: Scene, held):
    scene.tested(held[2], at=NIGHT + timedelta(minutes=30))
    assert decided(scene, approve=True) == 0
    ended = Case.objects.get(person=held[2], state="ENDED")
    assert ended.bases.filter(fact=Fact.RESULT).count() == 2
    assert not ended.bases.filter(fact=Fact.DECISION).exists()


def test_sent_back_for_a_later_fact_it_falls_with_that_one(scene: Scene, held):
    row = scene.tested(held[2], at=NIGHT + timedelta(minutes=30))
    decided(scene, approve=True)
    doubted(scene, row, at=NIGHT + timedelta(hours=3))
    assert colour_at(held[2], NIGHT + timedelta(hours=4)) == Colour.YELLOW
    sound()


def test_whoever_takes_facts_back_does_not_decide_that_they_count(scene: Scene, held, monkeypatch):
    monkeypatch.setitem(roles.ACTS["hold.decide"].reach, "hospital", roles.Reach.ALL)
    fields = {"approve": True, "by": scene.cast.hospital_city, "at": NIGHT}
    refused(second_person.SamePerson, holds.decide, MassHold.objects.get(), **fields)


def test_what_waits_longer_than_a_code_may_turn_again_turns_none(scene: Scene, held):
    assert decided(scene, approve=True, at=later(days=22)) == 0
    assert colour_at(held[2], later(days=23)) == Colour.GREEN
    assert Event.objects.filter(action="case.fell", person=str(held[2].public_id)).exists()


def test_of_somebody_who_died_meanwhile_it_waits_for_the_death(scene: Scene, held):
    scene.died(held[2], at=NIGHT + timedelta(minutes=10))
    refused(Lapsed, decided, scene, approve=True)  # nobody waits in it now
    scene.death_taken_back(held[2], at=NIGHT + timedelta(hours=2))
    assert colour_at(held[2], NIGHT + timedelta(hours=3)) == Colour.YELLOW


@pytest.mark.parametrize("ground", ["RISK_AREA"])
def test_what_rests_on_an_area_is_never_held(scene: Scene, small, ground):
    for row in freed(scene, 3, ground):
        doubted(scene, row)
    assert (again("OPEN"), again("HELD")) == (3, 0)


def test_a_code_that_is_red_already_turns_no_worse_and_nothing_waits(scene: Scene, small):
    rows = freed(scene, 3)
    scene.overseas(rows[2].person, at=later(hours=5))
    for row in rows:
        doubted(scene, row)
    assert (again("OPEN"), again("HELD")) == (3, 0)


def test_two_offices_are_counted_each_for_itself(scene: Scene, small):
    rows = freed(scene, 2)
    [other] = freed(scene, 1, by="clinic.xinchang")
    for row in rows:
        doubted(scene, row)
    right = sample(other.sampled_at, "LOST", report_number=other.report_number)
    corrections.correct(other, right, reason="更正", by=scene.cast.clinic_xinchang, at=NIGHT)
    assert (again("OPEN"), again("HELD")) == (3, 0)


def test_an_act_taken_back_within_a_day_is_taken_back_at_once(scene: Scene, small):
    """The service point tests and ends in one act; the same evening it moves what it had entered wrongly."""
    by, rows = scene.cast.service_xinchang, []
    for _one in range(3):
        rows.append(results.enter(yellow(scene), sample(later(hours=2)), by=by, at=later(hours=3)))
    assert not Case.objects.filter(state="OPEN").exists()
    for row in rows:
        corrections.move(row, to=scene.person(), reason="录错人", by=by, at=later(hours=9))
    assert (again("OPEN"), again("HELD")) == (3, 0)


def test_the_preview_counts_who_would_wait_and_names_whom_the_reader_may_see(scene: Scene, small):
    rows = freed(scene, 3)
    for number, row in enumerate(rows):
        typed = {name: getattr(row, name) for name in ("laboratory", "report_number", "sampled_at")}
        typed |= {"result": row.pk, "outcome": "INCONCLUSIVE", "reason": "更正"}
        fields = {"subject": row.person, "by": scene.cast.hospital_city, "at": NIGHT}
        form = CorrectResult(typed, **fields)
        assert form.is_valid(), form.errors
        outcome = run(form, rehearse=number == 2)
        assert outcome is not None
        expected = "须先经值班负责人复核" if number == 2 else row.person.name
        assert expected in outcome.message
    assert (again("OPEN"), again("HELD")) == (2, 0)


def test_page_api_and_list_say_what_waits_and_why(scene: Scene, held, client):
    url = reverse("admin:cases_person_change", args=(held[2].pk,))
    client.force_login(scene.cast.group_xinchang)
    assert "值班负责人决定是否恢复生效" in client.get(url).content.decode()
    case = Case.objects.get(state="HELD")
    [waiting] = explained(explain(held[2], at=NIGHT), inside=True)["waiting"]
    assert (waiting["resumes"], waiting["hold"]) == (case.resumes_id, case.hold_id)
    assert "holds" in {one.key for one in worklists(scene.cast.duty_city, NIGHT)}
    client.force_login(scene.cast.duty_city)
    decide = client.get(reverse("admin:do", args=("decide-hold",))).content.decode()
    assert str(scene.cast.hospital_city.office) in decide


def test_the_page_tells_on_which_decision_an_ending_rests(scene: Scene, held):
    decided(scene, approve=False)
    ended = Case.objects.get(person=held[2], state="ENDED")
    assert "核实" in bases_of([ended])[ended.pk][-1]


def test_a_past_day_shows_nothing_of_what_only_waited(scene: Scene, held):
    decided(scene, approve=True, at=NIGHT + timedelta(days=1))
    division = held[2].present
    replays = [replay(day(number), division=division, at=later(days=9)) for number in (2, 3)]
    yellow = [next(one.displayed for one in that.colours if one.key == "YELLOW") for that in replays]
    assert yellow == [2, 3]


@pytest.mark.django_db(transaction=True)
def test_falls_at_the_same_moment_are_counted_one_after_the_other(scene: Scene, transactional_db):
    books.adopted(scene, books.with_small_holds(threshold=1), at=later(hours=-1))
    rows = freed(scene, 2)
    outcomes = run_together(*[lambda row=row: doubted(scene, row) for row in rows])
    assert not any(isinstance(one, Exception) for one in outcomes), outcomes
    assert (again("OPEN"), again("HELD")) == (1, 1)


def test_what_stands_already_by_another_record_of_the_human_only_falls(scene: Scene, held):
    old = Case.objects.get(state="HELD").resumes
    twin = scene.person()
    scene.automatic(twin, "AUTO_YELLOW", evidence_ref=old.evidence_ref, at=NIGHT)
    merge = scene.merged(twin, held[2], at=NIGHT + timedelta(minutes=30))
    assert decided(scene, approve=True) == 0
    waited = Case.objects.get(resumes=old)
    assert waited.state == State.REFUSED
    assert Event.objects.filter(action="case.fell", target=old.audit_key).exists()
    assert colour_at(held[2], NIGHT + timedelta(hours=2)) == Colour.YELLOW
    sound()
    scene.parted(merge, at=NIGHT + timedelta(hours=3))
    assert colour_at(held[2], NIGHT + timedelta(hours=4)) == Colour.YELLOW
