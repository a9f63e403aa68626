"""Endings on each kind of fact, made by the acts that make them, and what each has to name."""

from datetime import timedelta

from cases.models import Case, MassHold
from cases.services import control
from cases.services.engine import holds
from cases.services.grounds import voids
from cases.services.persons import merges
from cases.services.samples import corrections
from tests.cases import books
from tests.cases.scenes import DUE, TODAY, Scene, fresh, later, sample
from tests.factories import delivered, sealed
from tests.facts import test_stays as stays
from tests.facts.positives import opinion, positive
from tests.facts.striking import coded, struck
from tests.facts.test_certificates import END, RECORDED, away, released
from tests.facts.test_fall_holds import freed

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


def cleared(scene: Scene) -> tuple[Case, str]:
    person = scene.person()
    case = scene.fever(person)
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=1))
    scene.well(person, at=AT)
    return case, str(scene.cast.clinic_xinchang.office)


def died(scene: Scene) -> tuple[Case, str]:
    case = scene.clinical(scene.person())
    death = scene.died(case.person, at=AT)
    return case, death.certificate


def certified(scene: Scene) -> tuple[Case, str]:
    person = away(scene)
    certificate = scene.certified(person, at=RECORDED)
    released(scene, person, at=END)
    return Case.objects.get(person=person), certificate.number


def positive_without_a_new_case(scene: Scene) -> tuple[Case, str]:
    case = scene.clinical(scene.person())
    opinion(scene, positive(scene, case.person, at=later(hours=1)), at=AT)
    scene.ended(case.person, at=DUE + timedelta(hours=9))
    return case, "复核意见2026-12号"


def positive_of_a_case_that_ended(scene: Scene) -> tuple[Case, str]:
    person = scene.person()
    positive(scene, person, at=later(minutes=10))
    ill = scene.clinical(person, "SUSPECTED", at=later(minutes=30))
    scene.exited(ill, "EXCLUDED", at=later(hours=1))
    case = scene.risk(person, at=AT)
    scene.tested(person, at=later(hours=3), by=scene.cast.service_xinchang)
    return case, "阳性"


def sent_back_by_the_duty_lead(scene: Scene) -> tuple[Case, str]:
    books.adopted(scene, books.with_small_holds(threshold=1), at=later(hours=-1))
    at = later(days=2)
    for _one in range(2):
        row = freed(scene, 1)[0]
        right = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
        corrections.correct(row, right, reason="实验室更正", by=scene.cast.hospital_city, at=at)
    fields = {"approve": False, "answer": "另有检测", "by": scene.cast.duty_city}
    holds.decide(MassHold.objects.get(), **fields, at=at + timedelta(hours=1))
    return Case.objects.get(resumed_by__state="REFUSED"), "另有检测"


def followed_by_no_book(scene: Scene) -> tuple[Case, str]:
    books.adopted(scene, books.PROVINCE, at=later(hours=-1))
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=DUE + timedelta(hours=8))
    book = books.adopted(scene, books.GUIDE, at=DUE + timedelta(days=1))
    return Case.objects.get(person=person, ground="ORDERED_ISOLATION"), book.version


def on_a_delivery_taken_back(scene: Scene) -> tuple[Case, str]:
    """The stay was delivered before the place was listed: the listing turned the code."""
    person = scene.person()
    batch = stays.sent(scene, (person, stays.FIRST), at=later(minutes=1))
    stays.listed(scene, at=later(minutes=2))
    stays.undone(scene, batch, at=AT)
    return Case.objects.get(person=person), f"第{batch.pk}批"


def on_a_struck_document(scene: Scene) -> tuple[Case, str]:
    document = scene.documented()
    case = coded(scene, "AUTO_YELLOW")
    struck(scene, document)
    return case, document.number


ENDINGS = (
    served_to_its_end,
    lifted,
    withdrawn,
    released_at_discretion,
    released_by_its_source,
    contact_of_a_voided_index,
    contact_of_itself,
    contact_that_fell_ill,
    cleared,
    died,
    certified,
    positive_without_a_new_case,
    positive_of_a_case_that_ended,
    sent_back_by_the_duty_lead,
    followed_by_no_book,
    on_a_delivery_taken_back,
    on_a_struck_document,
)
