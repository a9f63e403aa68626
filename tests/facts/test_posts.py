"""An act stays its office's and its level's, wherever the account that did it works today."""

import pytest

from cases.models import Case, ClinicVisit, Declaration, ExitReport, Void
from cases.models.declarations import Mode
from cases.models.reading import reading
from cases.selectors import returned, worklists
from cases.selectors.bases import bases_of
from cases.services import control
from cases.services.grounds import exits, voids
from cases.services.persons import deaths
from cases.services.samples import amendments, declarations
from healthcode.core.offices import accounts
from healthcode.core.offices.models import Office, User
from tests.cases.scenes import Scene, fresh, later, refused
from tests.factories import OfficeFactory, UserFactory

MOVED, AFTER = later(hours=5), later(hours=6)


def moved(scene: Scene, username: str, role: str, office: Office, *, at=MOVED) -> None:
    accounts.reassign(scene.cast[username], role=role, office=office, by=scene.cast.admin_one, at=at)


def listed(scene: Scene, username: str, key: str, at=AFTER) -> int:
    return {one.key: one.total for one in worklists.worklists(scene.cast[username], at)}.get(key, 0)


@pytest.fixture
def clinics(scene: Scene) -> tuple[User, User]:
    """Return a colleague of the clinic that examined and somebody of the clinic where its clerk works now."""
    old = scene.cast.clinic_xinchang.office
    new = OfficeFactory(code="clinic-2", kind="FEVER_CLINIC", division_id="330624")
    colleague = UserFactory(username="clinic.colleague", role="clinic", office=old, name="同事")
    other = UserFactory(username="clinic.other", role="clinic", office=new, name="别院")
    return colleague, other


def test_the_clinic_that_examined_corrects_its_visit_and_no_other(scene: Scene, clinics):
    person, (colleague, other) = scene.person(), clinics
    scene.visit(person, at=later(hours=1))
    moved(scene, "clinic.xinchang", "clinic", other.office)
    visit = ClinicVisit.objects.get()
    assert [amendments.visits_of(person, by).count() for by in clinics] == [1, 0]
    answer = {"reason": "看错人了", "at": AFTER}
    refused(amendments.RecordedElsewhere, amendments.withdraw_visit, visit, **answer, by=other)
    assert amendments.withdraw_visit(visit, **answer, by=colleague).withdrawn


def test_the_office_that_filed_a_form_corrects_it_and_no_other(scene: Scene, clinics):
    person, (colleague, other) = scene.person(), clinics
    form = declarations.Form(fever=False)
    by = scene.cast.clinic_xinchang
    declarations.declare(person, form, mode=Mode.GUIDED, by=by, at=later(hours=1))
    moved(scene, "clinic.xinchang", "clinic", other.office)
    row = Declaration.objects.get()
    assert [amendments.forms_of(person, one).count() for one in clinics] == [1, 0]
    answer = {"reason": "看错人了", "at": AFTER}
    refused(amendments.RecordedElsewhere, amendments.withdraw_form, row, **answer, by=other)
    assert amendments.withdraw_form(row, **answer, by=colleague).withdrawn


def test_a_certificate_is_confirmed_at_the_level_that_recorded_it(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.relocated(person, at=later(hours=1))
    paper = scene.certificate(person, at=later(days=15))
    city, then, after = scene.cast.group_city.office, later(days=15, hours=1), later(days=15, hours=2)
    moved(scene, "group.xinchang", "group", city, at=then)
    assert listed(scene, "cdc.xinchang", "certificates", after) == 1
    assert listed(scene, "cdc.city", "certificates", after) == 0
    control.decide_certificate(fresh(paper), approve=True, by=scene.cast.cdc_xinchang, at=after)


def test_what_the_citys_group_proposed_waits_for_the_citys_cdc(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    place = {"place": "杭州市某隔离点", "letter": "杭隔接收函2026-8号"}
    move = control.propose_elsewhere(fresh(person), **place, by=scene.cast.group_city, at=later(hours=1))
    moved(scene, "group.city", "group", scene.cast.group_xinchang.office)
    assert listed(scene, "cdc.city", "relocations") == 1
    control.decide_elsewhere(fresh(move), approve=True, by=scene.cast.cdc_city, at=AFTER)


def test_a_death_waits_for_another_kind_of_office_than_recorded_it(scene: Scene):
    person = scene.person()
    death = scene.death_recorded(person, at=later(hours=1), by="hospital.city")
    moved(scene, "hospital.city", "group", scene.cast.group_city.office)
    assert listed(scene, "group.xinchang", "deaths") == 1
    deaths.confirm(fresh(death), by=scene.cast.group_xinchang, at=AFTER)


def test_what_an_ending_rests_on_names_the_office_of_then(scene: Scene):
    person = scene.person()
    case = scene.clinical(person, "CONFIRMED")
    hospital = scene.cast.hospital_city.office
    report = scene.exit_reported(case, "DISCHARGED", at=later(hours=1))
    moved(scene, "hospital.city", "group", scene.cast.group_city.office)
    exits.enter(fresh(report), by=scene.cast.group_xinchang, at=AFTER)
    assert str(hospital) in bases_of([fresh(case)])[case.pk][0]
    assert Case.objects.get(ground="CONVALESCENT").source_office == hospital
    assert ExitReport.objects.get().proposed_by.office != hospital


def test_what_was_sent_back_stays_with_the_office_that_proposed_it(scene: Scene):
    case = scene.clinical(scene.person())
    office = scene.cast.group_xinchang.office
    colleague = UserFactory(username="group.colleague", role="group", office=office, name="同事")
    void = voids.propose(
        case, reason_class="ENTRY_ERROR", reason="x", by=scene.cast.group_xinchang, at=later()
    )
    voids.refuse(void, answer="证据充分", by=scene.cast.cdc_xinchang, at=later(hours=1))
    moved(scene, "group.xinchang", "group", scene.cast.group_city.office)
    find = returned.proposals(Void, "case", "case__person")
    assert [find(user, AFTER).count() for user in (colleague, scene.cast.group_city)] == [1, 0]
    for user, found in ((colleague, 1), (scene.cast.group_city, 0)):
        with reading():
            assert find(user, AFTER).count() == found
