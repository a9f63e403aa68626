"""Visits and forms are answered by the office that recorded them; what rested on them falls, or rests on others."""

import pytest
from django.urls import reverse

from cases.models import Case, ClinicVisit, Declaration
from cases.models.declarations import Mode
from cases.policy.colours import Colour
from cases.selectors.colours import colour_at
from cases.services.engine.refusals import NotAllowed
from cases.services.samples import amendments, declarations, results
from cases.services.samples.declarations import Form
from healthcode.core.audit.models import AppendOnlyError
from tests.api.conftest import Caller
from tests.browsers import Browser
from tests.cases.scenes import TODAY, Scene, colour, fresh, later, refused, sample, sound
from tests.factories import OfficeFactory, UserFactory

CLEARED, ANSWERED, AFTER = later(hours=3), later(hours=5), later(hours=6)


@pytest.fixture
def person(scene: Scene):
    """Return somebody whose fever has ended: examined, negative, and a clean form of the community."""
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    results.enter(person, sample(later(hours=2)), by=scene.cast.hospital_city, at=later(hours=2))
    form = Form(False, proxy="女儿")
    declarations.declare(person, form, mode=Mode.PROXY, by=scene.cast.community_yulin, at=CLEARED)
    assert colour(person, later(hours=4)) == Colour.GREEN
    return person


def visit_of(person) -> ClinicVisit:
    return person.visits.order_by("pk").last()


def form_of(person) -> Declaration:
    return person.declarations.order_by("pk").last()


def corrected_visit(scene: Scene, person, *, by="clinic.xinchang", at=ANSWERED, **fields):
    old = visit_of(person)
    names = ("visited_at", "ruled_out", "record_number", "elsewhere")
    body = {**{name: getattr(old, name) for name in names}, "reason": "录入有误", **fields}
    return amendments.correct_visit(old, by=scene.cast[by], at=at, **body)


def withdrawn_visit(scene: Scene, person, *, by="clinic.xinchang", at=ANSWERED, reason="非本人"):
    return amendments.withdraw_visit(visit_of(person), reason=reason, by=scene.cast[by], at=at)


def corrected_form(scene: Scene, person, form: Form, *, by="community.yulin", at=ANSWERED, reason="录入有误"):
    return amendments.correct_form(form_of(person), form, reason=reason, by=scene.cast[by], at=at)


def withdrawn_form(scene: Scene, person, *, by="community.yulin", at=ANSWERED, reason="非本人"):
    return amendments.withdraw_form(form_of(person), reason=reason, by=scene.cast[by], at=at)


ILL = Form(False, symptoms="咳嗽", onset_on=TODAY, proxy="女儿")
FALLING = {
    "visit corrected": lambda scene, one: corrected_visit(scene, one, ruled_out=False),
    "visit withdrawn": withdrawn_visit,
    "visit before the onset": lambda scene, one: corrected_visit(scene, one, visited_at=later(days=-3)),
    "form corrected": lambda scene, one: corrected_form(scene, one, ILL),
    "form with a fever": lambda scene, one: corrected_form(
        scene, one, Form(True, onset_on=TODAY, proxy="女儿")
    ),
    "form withdrawn": withdrawn_form,
}


@pytest.mark.parametrize("answer", FALLING.values(), ids=FALLING)
def test_the_end_that_rested_on_it_falls_in_the_same_act(scene: Scene, person, answer):
    answer(scene, person)
    assert colour(person, AFTER) == Colour.YELLOW
    assert colour_at(fresh(person), later(hours=4)) == Colour.GREEN  # what the code showed then, it showed
    assert Case.objects.open().get().resumes is not None
    sound()


SAVED = {
    "record number": lambda scene, one: corrected_visit(scene, one, record_number="V-9"),
    "temperature": lambda scene, one: corrected_form(scene, one, Form(False, temperature=None, proxy="女儿")),
}


@pytest.mark.parametrize("answer", SAVED.values(), ids=SAVED)
def test_a_correction_that_changes_nothing_of_weight_leaves_the_end(scene: Scene, person, answer):
    answer(scene, person)
    assert colour(person, AFTER) == Colour.GREEN


def test_a_later_form_saves_the_end(scene: Scene, person):
    scene.well(person, at=later(hours=4))
    amendments.withdraw_form(
        person.declarations.get(mode="PROXY"), reason="非本人", by=scene.cast.community_yulin, at=ANSWERED
    )
    assert colour(person, AFTER) == Colour.GREEN
    assert Case.objects.get().bases.filter(fact="FORM").count() == 2


def test_examined_again_the_fever_ends_again(scene: Scene, person):
    withdrawn_visit(scene, person)
    scene.visit(person, at=AFTER)
    scene.well(person, at=later(hours=7))
    assert colour(person, later(hours=8)) == Colour.GREEN


def test_a_corrected_visit_keeps_its_number_and_another_may_not_take_it(scene: Scene, person):
    number = visit_of(person).record_number
    row = corrected_visit(scene, person, ruled_out=False)
    assert (row.record_number, row.corrects.record_number) == (number, number)
    fields = {"visited_at": later(hours=4), "ruled_out": True, "record_number": number}
    clinic = {"by": scene.cast.clinic_xinchang, "at": AFTER}
    refused(declarations.RecordKnown, declarations.record_visit, scene.person(), **fields, **clinic)


def test_a_correction_takes_no_other_visits_number(scene: Scene, person):
    other = scene.person()
    scene.visit(other, at=later(hours=1))
    taken = visit_of(other).record_number
    refused(declarations.RecordKnown, corrected_visit, scene, person, record_number=taken)


@pytest.mark.parametrize("act", [corrected_visit, withdrawn_visit, withdrawn_form])
def test_it_is_answered_once_with_a_reason(scene: Scene, person, act):
    refused(amendments.AmendedWithoutReason, act, scene, person, reason=" ")
    old = form_of(person) if act is withdrawn_form else visit_of(person)
    act(scene, person)
    answer = amendments.withdraw_form if act is withdrawn_form else amendments.withdraw_visit
    by = scene.cast.community_yulin if act is withdrawn_form else scene.cast.clinic_xinchang
    refused(amendments.AlreadyAnswered, answer, old, reason="再次", by=by, at=AFTER)


def test_only_the_office_that_recorded_it_answers_it(scene: Scene, person):
    other = OfficeFactory(code="clinic-other", kind="FEVER_CLINIC", division_id="330624", name="另一门诊")
    clinic = UserFactory(username="clinic.other", role="clinic", office=other)
    fields = {"reason": "非本人", "at": ANSWERED}
    refused(amendments.RecordedElsewhere, amendments.withdraw_visit, visit_of(person), by=clinic, **fields)
    refused(amendments.RecordedElsewhere, withdrawn_form, scene, person, by="service.xinchang")
    refused(NotAllowed, withdrawn_visit, scene, person, by="service.xinchang")
    refused(NotAllowed, withdrawn_form, scene, person, by="cdc.xinchang")


def test_a_correction_puts_no_other_visit_in_its_place(scene: Scene, person):
    fields = {"record_number": "V-99", "visited_at": later(minutes=30)}
    refused(amendments.AnotherVisit, corrected_visit, scene, person, **fields)
    refused(declarations.VisitInFuture, corrected_visit, scene, person, visited_at=later(days=2))


def test_a_form_by_which_the_code_is_yellow_is_not_taken_back_by_one_office(scene: Scene):
    person = scene.person()
    scene.fever(person)
    citizen = {"by": "citizen", "at": ANSWERED}
    refused(amendments.MadeYellow, withdrawn_form, scene, person, **citizen)
    refused(amendments.MadeYellow, corrected_form, scene, person, Form(False), **citizen)
    assert corrected_form(scene, person, Form(True, onset_on=TODAY), **citizen).fever


def test_a_form_corrected_to_a_fever_makes_yellow(scene: Scene):
    person = scene.person()
    scene.well(person, at=later(hours=1))
    corrected_form(scene, person, Form(True, onset_on=TODAY), by="citizen")
    assert colour(person, AFTER) == Colour.YELLOW


@pytest.mark.parametrize("model", [ClinicVisit, Declaration])
def test_rows_only_grow(person, model):
    row = model.objects.filter(person=person).first()
    row.reason = "x"
    with pytest.raises(AppendOnlyError):
        row.save()


def test_it_is_offered_over_the_api_and_shown_as_corrected(scene: Scene, person):
    clinic = Caller(scene.cast.clinic_xinchang)
    answer = clinic.do("withdraw-visit", person, row=visit_of(person).pk, reason="非本人")
    assert answer.status_code == 200 and visit_of(person).withdrawn
    offered = {one["name"] for one in clinic.get(f"persons/{person.public_id}/operations").json()}
    assert not {"withdraw-visit", "correct-visit"} & offered


def test_the_persons_page_shows_what_was_withdrawn_and_why(scene: Scene, person):
    withdrawn_visit(scene, person, reason="同名误录")
    client = Browser()
    client.force_login(scene.cast.clinic_xinchang, backend="healthcode.core.offices.backends.RoleBackend")
    page = client.get(reverse("admin:cases_person_change", args=(person.pk,))).content.decode()
    assert "同名误录" in page
