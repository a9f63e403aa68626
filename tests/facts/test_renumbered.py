"""Correcting whose number it is moves nothing by itself: the bureau sees what files brought under the wrong one."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cases.models import Case, LabResult
from cases.policy.colours import Colour
from cases.selectors.renumbered import came_under_another
from cases.selectors.worklists import worklists
from cases.services.persons import numbers
from cases.services.samples import corrections
from healthcode.core import vault
from tests.browsers import Browser
from tests.cases.scenes import Scene, colour, fresh, later, refused
from tests.factories import delivered, one_off, resident_number, sealed
from tests.facts.test_numbers import RIGHT, coded, correct, register
from tests.facts.test_stays import FIRST, sent
from tests.facts.test_stays import listed as listed_area
from tests.facts.ways import BACKEND

HEADINGS = {
    "RESULTS": "证件号码,采样时间,报告时间,结果,检测机构,报告编号",
    "DECLARATIONS": "记录编号,证件号码,发热,症状,体温,症状起始日期",
    "GROUNDS": "记录编号,姓名,证件号码,现居住地区划,赋码原因,起算日期,证据类型,证据编号",
}
SENDERS = {"RESULTS": "service.xinchang", "DECLARATIONS": "citizen", "GROUNDS": "province"}
CORRECTED, BROUGHT, DECIDED = RIGHT, RIGHT + timedelta(minutes=30), RIGHT + timedelta(hours=2)


def bring(scene: Scene, kind: str, person, *, at) -> None:
    row = {
        "RESULTS": f"{person.document},2026-11-02 08:00,,阴性,县疾控,R1",
        "DECLARATIONS": f"D1,{person.document},否,,36.5,",
        "GROUNDS": f"S1,{person.name},{person.document},{person.present_id},系统自动赋黄码,2026-11-01,DOCUMENT,号9",
    }[kind]
    content = sealed("\n".join((HEADINGS[kind], row.replace("DOCUMENT", "文件"))))
    batch = delivered(content, kind=kind, by=scene.cast[SENDERS[kind]], at=at)
    assert batch.accepted == 1


def listed(scene: Scene) -> list[int]:
    found = came_under_another(scene.cast.bureau_two, DECIDED + timedelta(hours=1))
    return [change.person_id for change in found]


@pytest.mark.parametrize("kind", HEADINGS)
@pytest.mark.parametrize(
    ("approve", "brought", "seen"),
    [
        (False, BROUGHT, True),  # restored: under the number that it had in between
        (False, later(hours=1), False),
        (True, later(hours=1), True),  # confirmed: under the number of before
        (True, BROUGHT, False),
    ],
)
def test_what_a_file_brought_under_the_wrong_number_is_on_the_bureaus_list(
    scene: Scene, kind, approve, brought, seen
):
    person = coded(scene)
    if brought < CORRECTED:
        bring(scene, kind, person, at=brought)
    change = correct(scene, fresh(person), one_off(person.document), at=CORRECTED)
    if brought > CORRECTED:
        bring(scene, kind, fresh(person), at=brought)
    assert not listed(scene)  # nobody has decided yet which number was wrong
    answer = {"approve": approve, "answer": "" if approve else "证件不符", "by": scene.cast.bureau_one}
    numbers.decide(fresh(change), **answer, at=DECIDED)
    assert listed(scene) == [person.pk] * seen


def test_given_to_whom_it_is_it_leaves_the_list(scene: Scene):
    person, other = coded(scene), scene.person()
    bring(scene, "RESULTS", person, at=later(hours=1))
    change = correct(scene, fresh(person), one_off(person.document), at=CORRECTED)
    numbers.decide(fresh(change), approve=True, by=scene.cast.bureau_one, at=DECIDED)
    assert listed(scene)
    row, by = LabResult.objects.get(), scene.cast.service_xinchang
    corrections.move(row, to=other, reason="证件号码录错", by=by, at=DECIDED + timedelta(minutes=5))
    assert not listed(scene)


def test_a_ground_voided_since_leaves_the_list(scene: Scene):
    person = coded(scene)
    bring(scene, "GROUNDS", person, at=later(hours=1))
    change = correct(scene, fresh(person), one_off(person.document), at=CORRECTED)
    numbers.decide(fresh(change), approve=True, by=scene.cast.bureau_one, at=DECIDED)
    assert listed(scene)
    scene.voided(Case.objects.get(batch__isnull=False), at=DECIDED + timedelta(minutes=5))
    assert not listed(scene)


# --- without a case, by one person ----------------------------------------------------------------------------


def alone(scene: Scene, at) -> list[int]:
    lists = {one.key: one for one in worklists(scene.cast.bureau_two, at)}
    return [row.person.pk for row in lists["corrected_alone"].rows] if "corrected_alone" in lists else []


@pytest.mark.parametrize("kind", ["RESULTS", "DECLARATIONS"])
def test_what_a_file_brought_before_a_number_was_corrected_without_a_case_is_on_a_list_too(
    scene: Scene, kind
):
    person, other = scene.person(), scene.person()
    bring(scene, kind, person, at=later(hours=1))
    for one in (person, other):
        assert correct(scene, fresh(one), resident_number(), at=CORRECTED) is None
    assert alone(scene, CORRECTED + timedelta(hours=1)) == [person.pk]
    assert alone(scene, CORRECTED + timedelta(days=15)) == []


def test_what_came_under_the_right_number_is_on_no_list(scene: Scene):
    person = scene.person()
    correct(scene, person, resident_number(), at=CORRECTED)
    bring(scene, "RESULTS", fresh(person), at=BROUGHT)
    assert alone(scene, DECIDED) == []


def test_a_result_moved_to_whose_it_is_leaves_that_list(scene: Scene):
    person, other = scene.person(), scene.person()
    bring(scene, "RESULTS", person, at=later(hours=1))
    correct(scene, fresh(person), resident_number(), at=CORRECTED)
    row, by = LabResult.objects.get(), scene.cast.service_xinchang
    corrections.move(row, to=other, reason="证件号码录错", by=by, at=DECIDED)
    assert alone(scene, DECIDED + timedelta(minutes=5)) == []


def test_tracks_go_back_to_the_number_that_they_came_under(scene: Scene):
    person = scene.person()
    stranger = person.document
    sent(scene, (person, FIRST), at=later(hours=1))
    correct(scene, fresh(person), resident_number(), at=CORRECTED)
    listed_area(scene, at=BROUGHT)
    assert colour(person, DECIDED) == Colour.GREEN
    owner = scene.person(document_number=stranger, at=DECIDED)
    assert colour(owner, DECIDED + timedelta(hours=1)) == Colour.YELLOW


def test_corrected_back_a_record_has_its_tracks_again(scene: Scene):
    person, number = scene.person(), resident_number()
    right = person.document
    sent(scene, (person, FIRST), at=later(hours=1))
    correct(scene, fresh(person), number, at=CORRECTED)
    correct(scene, fresh(person), right, at=BROUGHT)
    listed_area(scene, at=DECIDED)
    assert colour(person, DECIDED + timedelta(hours=1)) == Colour.YELLOW


@pytest.mark.parametrize("outcome", ["POSITIVE", "INCONCLUSIVE"])
def test_the_number_of_whoever_was_found_positive_waits_for_the_bureau_before_any_case(scene: Scene, outcome):
    person = scene.person()
    scene.tested(person, at=later(hours=1), outcome=outcome)
    right = person.document
    change = correct(scene, fresh(person), resident_number(), at=CORRECTED)
    assert change is not None and change.confirm_by is None
    assert fresh(person).document == right
    refused(numbers.UnderCheck, register, scene, person_number(change), at=BROUGHT)


def person_number(change) -> str:
    return vault.decrypt(change.new_sealed, owner=change.vault_owner("new_sealed"))


def test_the_home_of_the_bureau_leads_to_the_record(scene: Scene):
    person = scene.person()
    bring(scene, "RESULTS", person, at=later(hours=1))
    correct(scene, fresh(person), resident_number(), at=CORRECTED)
    with time_machine.travel(DECIDED, tick=False):
        browser = Browser()
        browser.force_login(scene.cast.bureau_two, backend=BACKEND)
        home = browser.get("/").content.decode()
    assert reverse("admin:cases_person_change", args=(person.pk,)) in home
