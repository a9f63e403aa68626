"""The rows of the faults by page and by API: an interface holds no rule, so each answers as the service does."""

from datetime import timedelta

import pytest
from django.apps import apps

from cases.models import Case, ExitReport, LabResult, Person, Void
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.services.engine.plans import Plan
from cases.services.samples import results
from tests.cases.scenes import DUE, TODAY, Scene, colour, day, later, sample
from tests.databases import stored
from tests.factories import resident_number
from tests.facts.test_results import ended_red, entered
from tests.facts.ways import Way, by_api, by_page

pytestmark = pytest.mark.parametrize("way", (by_page, by_api), ids=("page", "api"))
AFTER = DUE + timedelta(days=1)


def number_of(person: Person) -> dict[str, str]:
    return {"document_type": person.document_type, "document_number": person.document}


def typed(outcome: str, result: LabResult, **fields: object) -> dict[str, object]:
    return {
        "result": result.pk,
        "outcome": outcome,
        "sampled_at": result.sampled_at,
        "laboratory": result.laboratory,
        "report_number": result.report_number,
        "reason": "实验室更正",
        **fields,
    }


def refused(way: Way, *args: object, **fields: object) -> frozenset[str]:
    """Return the fields that a refusal is about; it has to leave nothing behind."""
    before = _of_people()
    answer = way(*args, **fields)
    assert not answer.done, answer.text[:2000]
    assert _of_people() == before
    return answer.about


def _of_people() -> dict[str, list[tuple[object, ...]]]:
    """Return every row about people: who logged in and was refused is written down elsewhere."""
    about = {model.__name__ for model in apps.get_app_config("cases").get_models()}
    return {name: rows for name, rows in stored().items() if name in about}


# 1.1 to 1.4, 1.7: a result is taken back; a report waits


def test_a_result_moved_to_another_lets_the_red_stand_again(scene: Scene, way: Way):
    person, _case, result, end = ended_red(scene)
    other, at = scene.person(), end + timedelta(hours=5)
    moving = {"result": result.pk, "reason": "录到别人名下", **number_of(other)}
    assert way(scene.cast.hospital_city, "move-result", person, at, **moving).done
    assert colour(person, at + timedelta(hours=1)) == Colour.RED


def test_a_yellow_stands_again_when_its_negative_is_moved(scene: Scene, way: Way):
    person = scene.person()
    scene.risk(person)
    result = entered(scene, person, at=later(hours=2))
    assert way(scene.cast.service_xinchang, "apply-result", person, later(hours=3)).done
    assert colour(person, later(hours=4)) == Colour.GREEN
    moving = {"result": result.pk, "reason": "录到别人名下", **number_of(scene.person())}
    assert way(scene.cast.hospital_city, "move-result", person, later(hours=5), **moving).done
    assert colour(person, later(hours=6)) == Colour.YELLOW


@pytest.mark.parametrize("outcome", ("POSITIVE", "INCONCLUSIVE", "PENDING", "LOST"))
def test_an_outcome_corrected_lets_the_red_stand_again(scene: Scene, way: Way, outcome):
    person, _case, result, end = ended_red(scene)
    at = end + timedelta(hours=5)
    assert way(scene.cast.hospital_city, "correct-result", person, at, **typed(outcome, result)).done
    assert colour(person, at + timedelta(hours=1)) == Colour.RED


def test_control_does_not_end_while_a_report_of_an_infection_waits(scene: Scene, way: Way):
    person = scene.person()
    scene.clinical(person)
    scene.tested(person, at=DUE - timedelta(hours=3))
    scene.reported(person, "SUSPECTED", at=DUE - timedelta(hours=1))
    refused(way, scene.cast.officer_yulin, "end-control", person, DUE + timedelta(hours=1))
    assert colour(person, DUE + timedelta(hours=2)) == Colour.RED


# 1.5, 1.6: an index case


def test_a_void_of_an_index_case_says_what_takes_its_place_and_frees_the_contacts(scene: Scene, way: Way):
    ill, contact = scene.person(), scene.person()
    index = scene.clinical(ill, "CONFIRMED")
    scene.clinical(contact, index_case=index)
    fields = {"case": index.pk, "reason_class": "WRONG_PERSON", "reason": "同名"}
    fields["reference"] = scene.self_checked(index)
    bureau, cdc = scene.cast.bureau_one, scene.cast.cdc_xinchang
    refused(way, bureau, "void", ill, later(hours=1), **fields)
    assert way(bureau, "void", ill, later(hours=1), **fields, frees=True).done
    decided = {"void": Void.objects.get().pk, "decision": "approve"}
    assert way(cdc, "decide-void", ill, later(hours=2), **decided).done
    assert {colour(one, later(hours=3)) for one in (ill, contact)} == {Colour.GREEN}


def test_a_report_of_a_contact_on_a_case_that_is_none_is_refused(scene: Scene, way: Way):
    ill, contact = scene.person(), scene.person()
    index = scene.clinical(ill, "SUSPECTED")
    scene.exited(index, "EXCLUDED", at=later(hours=1))
    fields = {"ground": "CLOSE_CONTACT", "began_on": TODAY, "index_case": index.pk}
    fields |= {"evidence_kind": "INVESTIGATION", "evidence_ref": "流调报告8号"}
    assert "index_case" in refused(way, scene.cast.cdc_xinchang, "report", contact, later(hours=2), **fields)


# 2.3, 2.8: what was voided is held


def test_what_two_people_voided_is_held_when_it_is_entered_again(scene: Scene, way: Way):
    person, area = scene.person(), scene.listed()
    scene.voided(scene.risk(person, area), at=later(hours=1))
    fields = {"ground": "RISK_AREA", "risk_area": area.pk, "began_on": TODAY, "evidence_kind": "SCREENING"}
    way(scene.cast.community_yulin, "open-case", person, later(hours=2), **fields, evidence_ref="排查9号")
    assert Case.objects.of(person).latest("pk").state in (State.HELD, State.VOIDED)
    assert colour(person, later(hours=3)) == Colour.GREEN


# 3.1 to 3.7: nobody alone


def test_no_clerk_of_the_group_frees_somebody_by_a_letter_and_a_certificate(scene: Scene, way: Way):
    person, clerk = scene.person(), scene.cast.group_xinchang
    scene.clinical(person)
    at = AFTER
    way(clerk, "serve-elsewhere", person, at, place="杭州市某隔离点", letter="杭隔接收函2026-8号")
    paper = {"number": "解除隔离证明2026-1号", "issuer": "杭州市某隔离点", "reply_letter": "杭防复函2026-1号"}
    paper |= {"sampled_at": at - timedelta(hours=9), "laboratory": "杭州某实验室", "report_number": "H-1"}
    way(clerk, "record-certificate", person, at + timedelta(minutes=1), **paper)
    for act in ("decide-elsewhere", "decide-certificate"):
        way(clerk, act, person, at + timedelta(minutes=2), decision="approve")
    way(clerk, "release-elsewhere", person, at + timedelta(minutes=3))
    assert colour(person, at + timedelta(hours=1)) == Colour.RED


def test_a_negative_a_minute_after_a_positive_ends_no_control(scene: Scene, way: Way):
    person = scene.person()
    scene.clinical(person)
    results.enter(person, sample(DUE, "POSITIVE"), by=scene.cast.hospital_city, at=DUE + timedelta(hours=1))
    fields = {"sampled_at": DUE + timedelta(minutes=1), "laboratory": "县检测中心", "report_number": "Z-1"}
    refused(way, scene.cast.officer_yulin, "end-control", person, DUE + timedelta(hours=2), **fields)
    assert colour(person, DUE + timedelta(hours=3)) == Colour.RED


def test_a_death_waits_for_another_office_and_is_taken_back_by_two(scene: Scene, way: Way):
    person, cast = scene.person(), scene.cast
    scene.risk(person)
    fields = {"on": TODAY, "certificate": "死亡证明2026-77"}
    assert way(cast.hospital_city, "death", person, later(hours=1), **fields).done
    assert colour(person, later(hours=1, minutes=1)) == Colour.YELLOW
    refused(way, cast.hospital_city, "confirm-death", person, later(hours=2), decision="confirm")
    assert way(cast.group_xinchang, "confirm-death", person, later(hours=2), decision="confirm").done
    assert colour(person, later(hours=3)) == Colour.NONE
    asked = way(cast.community_yulin, "withdraw-death", person, later(hours=4), reason="本人在世，重名")
    assert asked.done and colour(person, later(hours=4, minutes=1)) == Colour.NONE
    decided = {"decision": "approve"}
    assert way(cast.group_xinchang, "decide-death-withdrawal", person, later(hours=5), **decided).done
    assert colour(person, later(hours=6)) == Colour.YELLOW


def test_the_clinic_that_examined_does_not_file_the_form_that_ends_the_fever(scene: Scene, way: Way):
    person, clinic = scene.person(), scene.cast.clinic_xinchang
    scene.fever(person)
    visit = {"visited_at": later(hours=1), "finding": "RULED_OUT", "record_number": "V-1"}
    way(clinic, "record-visit", person, later(hours=2), **visit)
    scene.tested(person, at=later(hours=2), by=clinic)
    way(clinic, "declare-guided", person, later(hours=30), fever=False)
    assert colour(person, later(hours=31)) == Colour.YELLOW


def test_another_number_on_a_red_record_waits_for_the_bureau(scene: Scene, way: Way):
    person = scene.person()
    scene.clinical(person)
    before = person.document
    fields = {"name": person.name, "document_type": person.document_type, "sex": person.sex}
    fields |= {"document_number": resident_number(), "reason": "录错", "phone": person.phone}
    way(scene.cast.service_xinchang, "correct", person, later(hours=1), **fields)
    assert Person.objects.get(pk=person.pk).document == before


def test_a_void_on_a_ticket_that_does_not_exist_is_refused(scene: Scene, way: Way):
    person = scene.person()
    case = scene.risk(person)
    fields = {"case": case.pk, "reason_class": "WRONG_PERSON", "reason": "同名", "reference": "J209901010001"}
    assert "reference" in refused(way, scene.cast.bureau_one, "void", person, later(hours=1), **fields)


# 4.1, 4.2, 4.5, 4.10, 4.15: what lies in between


def test_a_hotel_is_no_designated_hospital(scene: Scene, way: Way):
    person = scene.person()
    case = scene.reported(person, "ASYMPTOMATIC")
    fields = {"case": case.pk, "address": "如家快捷酒店"}
    refused(way, scene.cast.group_xinchang, "enter-report", person, later(hours=1), **fields)
    fields = {"case": case.pk, "site": scene.cast.office("isolation-xinchang").code}
    about = refused(way, scene.cast.group_xinchang, "enter-report", person, later(hours=1), **fields)
    assert "site" in about


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("vehicle", {"vehicle": "步行"}),
        ("vehicle", {"vehicle": "公交车"}),
        ("plate", {"plate": ""}),
        ("to_place", {"to_place": "羽林街道某小区", "from_place": "羽林街道某小区"}),
    ],
)
def test_a_ride_is_in_a_closed_vehicle_from_one_place_to_another(scene: Scene, way: Way, field, wrong):
    person = scene.person()
    scene.clinical(person)
    fields = {"from_place": "羽林街道某小区", "vehicle": "AMBULANCE", "plate": "浙D12345", "escort": "王司机"}
    fields |= {"left_at": later(hours=1), "arrived_at": later(hours=2), "handed_to": "李护士", "sealed": True}
    fields |= {"to_place": "某隔离点", **wrong}
    assert field in refused(way, scene.cast.group_xinchang, "transport", person, later(hours=3), **fields)


def test_a_contact_of_somebody_cured_is_reported_all_the_same(scene: Scene, way: Way):
    ill, contact = scene.person(), scene.person()
    index = scene.clinical(ill, "CONFIRMED", at=later(days=-9), began_on=day(-9))
    home = Plan(officer=scene.cast.officer_yulin, address="羽林街道1号")
    scene.exited(index, "DISCHARGED", at=later(days=-1), plan=home)
    fields = {"ground": "CLOSE_CONTACT", "began_on": day(-8), "index_case": index.pk}
    fields |= {"evidence_kind": "INVESTIGATION", "evidence_ref": "流调报告8号"}
    assert way(scene.cast.cdc_xinchang, "report", contact, later(hours=2), **fields).done


def test_a_sample_from_before_the_stay_ends_no_yellow(scene: Scene, way: Way):
    person = scene.person()
    scene.risk(person, began_on=day(-1), arrived_on=day(-1))
    fields = {"outcome": "NEGATIVE", "sampled_at": later(days=-4), "laboratory": "杭州某实验室"}
    fields |= {"report_number": "E-1", "seen_original": True}
    way(scene.cast.service_xinchang, "verify-report", person, later(hours=1), **fields)
    way(scene.cast.service_xinchang, "apply-result", person, later(hours=2))
    assert colour(person, later(hours=3)) == Colour.YELLOW


def test_a_case_that_was_wrong_all_along_is_voided_after_its_end(scene: Scene, way: Way):
    person, case, _result, end = ended_red(scene)
    at = end + timedelta(days=1)
    fields = {"case": case.pk, "reason_class": "WRONG_PERSON", "reason": "同名"}
    fields["reference"] = scene.self_checked(case, at=at)
    assert way(scene.cast.bureau_one, "void", person, at + timedelta(hours=1), **fields).done
    decided = {"void": Void.objects.get().pk, "decision": "approve"}
    assert way(scene.cast.cdc_xinchang, "decide-void", person, at + timedelta(hours=2), **decided).done
    voided = Case.objects.get(pk=case.pk)
    assert (voided.state, voided.exit) == (State.VOIDED, "CONTROL_ENDED")


def test_a_chain_of_reclassifications_is_one_index_case(scene: Scene, way: Way):
    ill, contact = scene.person(), scene.person()
    index = scene.clinical(ill, "ASYMPTOMATIC")
    scene.clinical(contact, index_case=index)
    cdc, group = scene.cast.cdc_xinchang, scene.cast.group_xinchang
    hospital = scene.cast.office("hospital-city").code
    for number, cells in enumerate(
        ({"exit": "RECLASSIFIED", "new_ground": "SUSPECTED"}, {"exit": "EXCLUDED"})
    ):
        at = later(hours=3 * number + 1)
        case = Case.objects.of(ill).latest("pk")
        reported = {"case": case.pk, "happened_on": TODAY, "evidence_ref": f"会诊意见{number}号", **cells}
        assert way(cdc, "report-exit", ill, at, **reported).done
        report = ExitReport.objects.latest("pk").pk
        entered = {"report": report, "decision": "enter", "site": hospital}
        assert way(group, "decide-exit", ill, at + timedelta(hours=1), **entered).done
    assert {colour(one, later(hours=9)) for one in (ill, contact)} == {Colour.GREEN}
