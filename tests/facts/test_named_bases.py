"""What an ending rests on is named, not only its kind: on the person's page and in the API alike."""

import pytest
import time_machine

from cases.models import Case, Fact
from cases.selectors.bases import TABLES, WORDS, bases_of
from cases.services import control
from cases.services.engine.plans import Plan
from cases.services.grounds import exit_reversals, exits, voids
from cases.services.persons import merges
from tests.api.conftest import Caller
from tests.cases.scenes import DUE, TODAY, Scene, fresh, later, sample
from tests.factories import delivered, sealed

AT = later(hours=2)


def served_to_its_end(scene: Scene) -> tuple[Case, str]:
    person = scene.person()
    case = scene.clinical(person)
    by = scene.cast.officer_yulin
    control.end(person, sample=sample(DUE), by=by, at=DUE)
    return case, by.name


def lifted(scene: Scene) -> tuple[Case, str]:
    area = scene.listed(name="丰台")
    case = scene.risk(scene.person(), area)
    scene.changed(area, "LIFT", test_still_due=False, at=AT)
    return case, "丰台"


def withdrawn(scene: Scene) -> tuple[Case, str]:
    area = scene.listed(name="丰台")
    case = scene.risk(scene.person(), area)
    scene.changed(area, "WITHDRAW", at=AT)
    return case, "丰台"


def released_at_discretion(scene: Scene) -> tuple[Case, str]:
    case = scene.other_yellow(scene.person())
    fields = {"document_number": "新防控2020-9号", "reason": "期满"}
    release = voids.propose_release(fresh(case), **fields, by=scene.cast.group_xinchang, at=AT)
    voids.decide_release(release, approve=True, by=scene.cast.duty_xinchang, at=AT)
    return case, "新防控2020-9号"


def released_by_its_source(scene: Scene) -> tuple[Case, str]:
    person, by = scene.person(), scene.cast.province
    heading = "记录编号,姓名,证件号码,现居住地区划,动作,赋码原因,起算日期,证据类型,证据编号"
    about = f"{person.name},{person.document},{person.present_id}"
    for act, at in (("赋码", later(minutes=5)), ("解除", AT)):
        row = f"S1,{about},{act},系统自动赋黄码,{TODAY},DOCUMENT,浙大数据1号"
        batch = delivered(sealed(f"{heading}\n{row}"), kind="GROUNDS", by=by, at=at, at_once=True)
    return Case.objects.get(person=person), str(batch.pk)


def contact_of_a_voided_index(scene: Scene) -> tuple[Case, str]:
    index = scene.clinical(scene.person(), "CONFIRMED")
    contact = scene.clinical(scene.person(), index_case=index, evidence_kind="INVESTIGATION")
    scene.voided(fresh(index), at=AT, frees=True)
    return contact, "确诊病人"


def contact_of_itself(scene: Scene) -> tuple[Case, str]:
    index = scene.clinical(scene.person(), "CONFIRMED")
    contact = scene.clinical(scene.person(), index_case=index, evidence_kind="INVESTIGATION")
    fields = {"reason": "同一人", "by": scene.cast.bureau_one, "at": AT}
    merge = merges.propose(fresh(contact.person), fresh(index.person), **fields)
    merges.approve(merge, by=scene.cast.bureau_two, at=AT)
    return contact, str(scene.cast.bureau_one.office)


def contact_that_fell_ill(scene: Scene) -> tuple[Case, str]:
    contact = scene.clinical(scene.person())
    scene.exited(contact, "RECLASSIFIED", new_ground="SUSPECTED", at=AT)
    return contact, "疑似病人"


ENDINGS = (
    served_to_its_end,
    lifted,
    withdrawn,
    released_at_discretion,
    released_by_its_source,
    contact_of_a_voided_index,
    contact_of_itself,
    contact_that_fell_ill,
)


def test_every_kind_of_fact_has_words_of_its_own():
    assert set(TABLES) == set(WORDS) == set(Fact.values) - {Fact.EARLIER}


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_an_ending_names_what_it_rests_on(scene: Scene, ending):
    case, named = ending(scene)
    words = bases_of([fresh(case)])[case.pk]
    assert any(named in one for one in words), words
    assert not {str(label) for label in Fact.labels} & set(words)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_the_api_names_it_in_the_same_words(scene: Scene, ending):
    case, _named = ending(scene)
    with time_machine.travel(later(days=30), tick=False):
        reader = Caller(scene.cast.supervisor_city)
        rows = reader.get("cases", person=case.person.public_id).json()["results"]
    [basis] = [row["basis"] for row in rows if row["id"] == case.pk]
    assert sorted(one["words"] for one in basis) == sorted(bases_of([fresh(case)])[case.pk])


def test_a_lifting_that_was_taken_back_says_so(scene: Scene):
    case, _named = lifted(scene)
    scene.changed(fresh(case.risk_area), "UNLIFT", at=later(hours=3))
    assert "其后已撤回" in bases_of([fresh(case)])[case.pk][0]


def test_a_convalescence_ends_on_the_case_whose_discharge_was_taken_back(scene: Scene):
    person = scene.person()
    case = scene.clinical(person, "CONFIRMED")
    report = scene.exit_reported(case, "DISCHARGED", at=AT)
    exits.enter(report, plan=Plan(officer=scene.cast.officer_yulin), by=scene.cast.group_xinchang, at=AT)
    common = {"by": scene.cast.hospital_city, "at": later(hours=3)}
    reversal = exit_reversals.propose(fresh(report), reason="登错人", **common)
    exit_reversals.decide(reversal, approve=True, by=scene.cast.group_xinchang, at=later(hours=4))
    ended = Case.objects.get(ground="CONVALESCENT")
    assert any("本人“确诊病人”" in words for words in bases_of([ended])[ended.pk])
