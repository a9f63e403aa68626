"""What had ended on a fact that is taken back three weeks later: no code turns, CDC looks and says what follows."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases.models import Basis, Case, Fact, RuleBook
from cases.operations.late_falls import AnswerLateFall
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services.engine import second_person
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import late_falls
from cases.services.grounds.cases import ReportNotWaiting
from cases.services.samples import corrections, results
from healthcode.core.acts.base import run
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling import cases as reconciling
from healthcode.portal.signs import cases as signs
from tests.cases.scenes import Scene, colour, fresh, later, refused, sample, sound

LATE = later(days=22)


@pytest.fixture
def fallen(scene: Scene) -> Case:
    """Return the row that waits for CDC: of a yellow whose negative the hospital doubts three weeks after."""
    person = scene.person()
    scene.automatic(person, "AUTO_YELLOW")
    row = results.enter(person, sample(later(hours=2)), by=scene.cast.hospital_city, at=later(hours=3))
    results.apply(person, by=scene.cast.service_xinchang, at=later(hours=4))
    right = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    corrections.correct(row, right, reason="实验室更正", by=scene.cast.hospital_city, at=LATE)
    return Case.objects.get(state="HELD")


def test_no_code_turns_and_the_fall_is_an_event_of_the_ledger(scene: Scene, fallen):
    assert colour(fallen.person, LATE + timedelta(hours=1)) == Colour.GREEN
    events = Event.objects.filter(person=str(fallen.person.public_id), actor="hospital.city")
    assert [one.action for one in events.order_by("pk")][-2:] == ["case.fell", "case.fell_late"]
    assert reconciling.differences([fallen])[fallen.pk] == []
    sound()


def test_it_is_cdcs_urgent_row_and_no_duty_leads(scene: Scene, fallen):
    at = LATE + timedelta(hours=1)
    lists = {
        who: {one.key: one for one in worklists(scene.cast[who], at)}
        for who in ("cdc.xinchang", "duty.xinchang")
    }
    assert [row.person for row in lists["cdc.xinchang"]["late_falls"].rows] == [fallen.person]
    assert lists["cdc.xinchang"]["late_falls"].urgent
    assert not {"late_falls", "held", "holds"} & lists["duty.xinchang"].keys()


def test_supervision_sees_it_as_a_sign_and_on_its_list(scene: Scene, fallen):
    [row] = signs.late_falls(LATE + timedelta(hours=1), RuleBook.objects.get().policy)
    assert str(fallen.person) in row.text
    assert "late_falls" in {one.key for one in worklists(scene.cast.supervisor_city, LATE)}


def test_the_persons_page_says_so(scene: Scene, fallen, client):
    client.force_login(scene.cast.cdc_xinchang)
    page = client.get(reverse("admin:cases_person_change", args=(fallen.person.pk,))).content.decode()
    assert "由疾控中心研判" in page
    assert "answer-fall" in page


def test_cdc_answers_and_the_ending_rests_on_that(scene: Scene, fallen):
    form = AnswerLateFall(
        {"case": fallen.pk, "reason": "已复核，无需处置"},
        subject=fallen.person,
        by=scene.cast.cdc_xinchang,
        at=LATE,
    )
    assert form.is_valid() and run(form) is not None, form.errors
    assert Basis.objects.filter(case=fallen.resumes, fact=Fact.DECISION, key=fallen.pk).exists()
    assert colour(fallen.person, LATE + timedelta(days=1)) == Colour.GREEN
    fields = {"reason": "再次", "by": scene.cast.cdc_xinchang, "at": LATE + timedelta(days=1)}
    refused(ReportNotWaiting, late_falls.answer, fresh(fallen), **fields)


def test_an_answer_says_why_and_is_cdcs(scene: Scene, fallen):
    refused(
        second_person.SentBackWithoutReason,
        late_falls.answer,
        fallen,
        reason=" ",
        by=scene.cast.cdc_xinchang,
        at=LATE,
    )
    refused(NotAllowed, late_falls.answer, fallen, reason="x", by=scene.cast.hospital_city, at=LATE)
