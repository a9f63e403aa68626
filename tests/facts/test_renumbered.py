"""Correcting whose number it is moves nothing by itself: the bureau sees what files brought under the wrong one."""

from datetime import timedelta

import pytest

from cases.models import Case, LabResult
from cases.selectors.renumbered import came_under_another
from cases.services.persons import numbers
from cases.services.samples import corrections
from tests.cases.scenes import Scene, fresh, later
from tests.factories import delivered, one_off, sealed
from tests.facts.test_numbers import RIGHT, coded, correct

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
