"""Another number on a record that has or had a case changes whose code it is: two people, and a way back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from cases.feeds import cells
from cases.models import NumberChange, Person
from cases.models.numbers import Reading
from cases.models.people import DocumentType
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import gates
from cases.services.engine import second_person
from cases.services.engine.refusals import NotAllowed
from cases.services.persons import documents, erasure, identity, lookups, numbers, people
from cases.services.persons.identity import Identity
from cases.services.persons.numbers import Sighting
from healthcode.core.audit.models import Event
from healthcode.portal.recurring import ticking
from tests.api.conftest import Caller
from tests.browsers import Browser
from tests.cases.scenes import Scene, colour, fresh, later, refused
from tests.factories import DivisionFactory, delivered, guarded, one_off, resident_number, sealed

READ = Sighting(Reading.READER.value, "读卡记录0001")
RIGHT, WRONG, DECIDED = later(hours=2), later(hours=3), later(hours=5)
GROUNDS = ("CLOSE_CONTACT", "OVERSEAS", "FEVER", "RISK_AREA", "ENDED", "HELD")


def index(number: str) -> str:
    return documents.index_of(DocumentType.RESIDENT_ID, number, "CHN")


def coded(scene: Scene, ground: str = "CLOSE_CONTACT") -> Person:
    person = scene.person()
    match ground:
        case "CLOSE_CONTACT":
            scene.clinical(person)
        case "OVERSEAS":
            scene.overseas(person)
        case "FEVER":
            scene.fever(person)
        case "RISK_AREA":
            scene.risk(person)
        case "HELD":
            scene.held(person)
        case "ENDED":
            scene.risk(person)
            scene.tested(person, at=later(hours=1), by=scene.cast.service_xinchang)
    return fresh(person)


def correct(
    scene: Scene, person: Person, number: str, *, seen=READ, by="service.xinchang", at=RIGHT, **fields
):
    body = {"name": person.name, "document_number": number, "phone": person.phone, **fields}
    return people.correct(
        person, Identity(**body), address="", reason="笔误", document=seen, by=scene.cast[by], at=at
    ).change


def register(scene: Scene, number: str, at=WRONG):
    present = DivisionFactory(code="330624001")
    identity = Identity("王五", document_number=number)
    return people.register(identity, present=present, by=scene.cast.service_xinchang, at=at)


def at_the_gate(scene: Scene, number: str, at=WRONG):
    check = gates.check(
        gates.PresentedCode(number),
        venue=guarded(),
        temperature=Decimal("36.5"),
        by=scene.cast.gate_school,
        at=at,
    )
    return check.colour, check.why


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_slip_seen_on_the_document_counts_at_once_and_waits_to_be_confirmed(scene: Scene, ground):
    person = coded(scene, ground)
    old, before = person.document, colour(person, RIGHT)
    new = one_off(old)
    change = correct(scene, person, new)
    assert fresh(person).document == new and change.confirm_by == change.proposed_at + timedelta(hours=24)
    assert at_the_gate(scene, new)[0] == before.value
    assert at_the_gate(scene, old) == ("NONE", "CHECKING")
    refused(numbers.UnderCheck, register, scene, old)


def test_the_old_number_answers_being_checked_wherever_it_is_looked_up(scene: Scene):
    person = coded(scene)
    old = person.document
    correct(scene, person, one_off(old))
    fields = {"document_type": "RESIDENT_ID", "document_number": old}
    refused(numbers.UnderCheck, lookups.look_up, **fields, by=scene.cast.service_xinchang, at=WRONG)
    refused(
        numbers.UnderCheck, lookups.look_up, **fields, purpose="own code", by=scene.cast.citizen, at=WRONG
    )
    elsewhere = scene.cast.community_yuecheng
    refused(lookups.PurposeMissing, lookups.look_up, **fields, by=elsewhere, at=WRONG)
    within = {"act": "result.enter", "by": scene.cast.service_xinchang, "at": WRONG}
    refused(numbers.UnderCheck, lookups.within_reach, "RESIDENT_ID", old, **within)
    within["by"] = scene.cast.service_yuecheng
    refused(lookups.NobodyWithinReach, lookups.within_reach, "RESIDENT_ID", old, **within)
    refused(numbers.UnderCheck, cells.person, {"document_number": old})


def test_no_other_record_is_corrected_to_a_number_under_check(scene: Scene):
    person, other = coded(scene), scene.person()
    old = person.document
    correct(scene, person, one_off(old))
    refused(numbers.UnderCheck, correct, scene, other, old, at=WRONG)
    with_a_case = coded(scene)
    refused(numbers.UnderCheck, correct, scene, with_a_case, old, at=WRONG)


@pytest.mark.parametrize("way", ["typed", "another number", "another name", "another kind", "none"])
def test_anything_else_waits_for_the_bureau_and_nothing_is_written_before(scene: Scene, way):
    person = coded(scene)
    old = person.document
    number = resident_number() if way == "another number" else one_off(old)
    extra: dict = {"seen": Sighting()} if way == "typed" else {}
    extra |= {"name": "赵六"} if way == "another name" else {}
    if way == "another kind":
        number, extra = "E12345678", {"document_type": "PASSPORT", "document_country": "CHN"}
    if way == "none":
        number = ""
        Person.objects.filter(pk=person.pk).update(guardian=scene.person())
        extra = {"document_type": "NONE", "birth_date": person.birth_date}
    change = correct(scene, person, number, **extra)
    assert change.confirm_by is None
    assert (fresh(person).document, fresh(person).name) == (old, person.name)
    assert at_the_gate(scene, old) == ("RED", "RED")
    if number and way != "another kind":
        assert at_the_gate(scene, number) == ("NONE", "CHECKING")
        refused(numbers.UnderCheck, register, scene, number)


def test_a_reading_gives_its_number(scene: Scene):
    person = coded(scene)
    seen = Sighting(Reading.PHOTO.value, " ")
    refused(numbers.ReadingMissing, correct, scene, person, one_off(person.document), seen=seen)


def test_a_record_that_never_had_a_case_is_corrected_as_any_detail(scene: Scene):
    person = scene.person()
    number = resident_number()
    assert correct(scene, person, number, seen=Sighting()) is None
    assert fresh(person).document == number and not NumberChange.objects.exists()


def test_a_record_merged_with_one_that_has_a_case_counts_as_one(scene: Scene):
    person, other = coded(scene), scene.person()
    scene.merged(other, person, at=later(hours=1))
    assert correct(scene, fresh(other), resident_number()).confirm_by is None


def test_one_correction_waits_at_a_time(scene: Scene):
    person = coded(scene)
    correct(scene, person, one_off(person.document))
    refused(numbers.NumberChangeWaits, correct, scene, fresh(person), resident_number(), at=WRONG)


# --- the second person -----------------------------------------------------------------------------------------


def decided(scene: Scene, change, *, by="bureau.one", at=DECIDED, **fields):
    body = {"approve": True, **fields}
    return numbers.decide(fresh(change), by=scene.cast[by], at=at, **body)


def test_confirmed_it_stands_and_the_old_number_is_free(scene: Scene):
    person = coded(scene)
    old, new = person.document, one_off(person.document)
    decided(scene, correct(scene, person, new))
    assert fresh(person).document == new
    assert register(scene, old, at=later(hours=6)).outcome == "REGISTERED"


@pytest.mark.parametrize("by", ["service.xinchang", "service.yuecheng", "duty.city", "cdc.city"])
def test_what_a_service_point_corrected_the_bureau_alone_confirms(scene: Scene, by):
    person = coded(scene)
    change = correct(scene, person, one_off(person.document))
    refused(NotAllowed, decided, scene, change, by=by)


def test_what_the_bureau_corrected_another_office_confirms(scene: Scene):
    person = coded(scene)
    change = correct(scene, person, one_off(person.document), by="bureau.one")
    refused(second_person.SamePerson, decided, scene, change, by="bureau.one")
    refused(second_person.SameOffice, decided, scene, change, by="bureau.two")
    assert decided(scene, change, by="duty.city").decision == "APPROVED"


def test_sent_back_the_number_of_before_is_restored(scene: Scene):
    person = coded(scene)
    old, new = person.document, one_off(person.document)
    decided(scene, correct(scene, person, new), approve=False, answer="照片不符")
    assert fresh(person).document == old
    assert at_the_gate(scene, old, at=later(hours=6)) == ("RED", "RED")
    assert at_the_gate(scene, new, at=later(hours=6)) == ("NONE", "NO_CODE")


def test_not_confirmed_within_a_day_it_is_restored(scene: Scene):
    person = coded(scene)
    old, new = person.document, one_off(person.document)
    change = correct(scene, person, new)
    ticking.tick(at=change.confirm_by - timedelta(minutes=1))
    assert fresh(person).document == new
    ticking.tick(at=change.confirm_by + timedelta(minutes=1))
    assert fresh(person).document == old
    assert Event.objects.filter(action="person.number_restored").count() == 1
    returned = {one.key for one in worklists(scene.cast.service_xinchang, later(days=2))}
    assert "returned_numbers" in returned


def test_a_proposal_is_not_lapsed_by_the_timer(scene: Scene):
    person = coded(scene)
    change = correct(scene, person, resident_number())
    ticking.tick(at=later(days=3))
    assert fresh(change).decision == "PENDING"


def test_a_proposal_approved_gives_the_code_its_number(scene: Scene):
    person, number = coded(scene), resident_number()
    old = person.document
    decided(scene, correct(scene, person, number))
    assert fresh(person).document == number
    assert at_the_gate(scene, number, at=later(hours=6)) == ("RED", "RED")
    assert at_the_gate(scene, old, at=later(hours=6)) == ("NONE", "NO_CODE")


def test_a_proposal_sent_back_changes_nothing(scene: Scene):
    person = coded(scene)
    old = person.document
    decided(scene, correct(scene, person, resident_number()), approve=False, answer="不符")
    assert fresh(person).document == old


def test_a_number_is_kept_in_clear_nowhere_and_sealed_only_while_it_waits(scene: Scene):
    person = coded(scene)
    old, new = person.document, one_off(person.document)
    change = correct(scene, person, new)
    decided(scene, change)
    row = NumberChange.objects.values().get(pk=change.pk)
    assert (row["old_index"], row["old_sealed"], row["new_sealed"]) == (index(old), None, None)
    assert not any(old in str(value) or new in str(value) for value in row.values())
    assert not any(old in event.body or new in event.body for event in Event.objects.all())


def test_it_waits_on_the_list_of_the_bureau_within_the_day(scene: Scene):
    person = coded(scene)
    correct(scene, person, one_off(person.document))
    lists = {
        name: {one.key for one in worklists(scene.cast[name], WRONG)} for name in ("bureau.one", "duty.city")
    }
    assert "numbers" in lists["bureau.one"] and "numbers" not in lists["duty.city"]


def test_a_red_record_moved_away_leaves_its_number_to_no_green_code(scene: Scene):
    person = coded(scene)
    real = person.document
    correct(scene, person, one_off(real), seen=Sighting())
    refused(identity.NameDiffers, register, scene, real, at=WRONG)
    assert colour(person, later(hours=4)) == Colour.RED


def test_nobody_is_erased_while_a_number_is_checked(scene: Scene):
    person = coded(scene, "ENDED")
    correct(scene, person, one_off(person.document))
    fields = {"reason": "本人要求", "by": scene.cast.bureau_one, "at": later(hours=5)}
    refused(erasure.StillOpen, erasure.propose, person, **fields)


# --- every way in ------------------------------------------------------------------------------------------------


def by_page(scene: Scene, person: Person, **typed):
    client = Browser()
    client.force_login(scene.cast.service_xinchang, backend="healthcode.core.offices.backends.RoleBackend")
    page = reverse("admin:cases_person_do", args=(person.pk, "correct"))
    client.post(page, {"document_type": "RESIDENT_ID", "sex": "UNKNOWN", **typed, "_confirm": "1"})


def by_api(scene: Scene, person: Person, **typed):
    fields = {"document_type": "RESIDENT_ID", "sex": "UNKNOWN", **typed}
    assert Caller(scene.cast.service_xinchang).do("correct", person, **fields).status_code == 200


@pytest.mark.parametrize("way", [by_page, by_api])
@pytest.mark.parametrize("reading", ["READER", "PHOTO", "TYPED", ""])
def test_page_and_api_ask_how_the_document_was_read(scene: Scene, way, reading):
    person = coded(scene)
    new = one_off(person.document)
    extra = {"reading": reading, "reading_ref": "0001"} if reading else {}
    way(scene, person, name=person.name, document_number=new, reason="笔误", **extra)
    assert (fresh(person).document == new) is (reading in ("READER", "PHOTO"))
    assert NumberChange.objects.get().decision == "PENDING"


def test_no_file_opens_a_record_under_a_number_that_is_checked(scene: Scene):
    person = coded(scene)
    old, new = person.document, one_off(person.document)
    correct(scene, person, new)
    heading = "姓名,证件号码,现居住地区划,发码城市"
    rows = sealed(f"{heading}\n{person.name},{old},330624001,3301")
    DivisionFactory(code="3301")
    batch = delivered(rows, kind="CODES", by=scene.cast.province, at=WRONG)
    assert (batch.rejected, Person.objects.filter(document_index=index(old)).exists()) == (1, False)
    result = "证件号码,采样时间,报告时间,结果,检测机构,报告编号"
    rows = f"{result}\n{old},2026-11-02 08:00,,阴性,市疾控,R1".encode()
    assert delivered(rows, kind="RESULTS", by=scene.cast.hospital_city, at=WRONG).rejected == 1


def test_the_gate_says_over_the_api_that_a_number_is_checked(scene: Scene):
    person = coded(scene)
    old = person.document
    correct(scene, person, one_off(old))
    venue = guarded()
    answer = Caller(scene.cast.gate_school).post(
        "gate/checks", {"venue": venue.pk, "number": old, "temperature": "36.5"}
    )
    assert (answer.json()["colour"], answer.json()["why"]) == ("NONE", "CHECKING")
    assert answer.json()["masked_name"] == ""


@pytest.mark.parametrize(("by", "who"), [("service.xinchang", "bureau.one"), ("bureau.one", "duty.city")])
def test_the_second_person_decides_on_a_page_that_masks_both_numbers(scene: Scene, by, who):
    person = coded(scene)
    old, new = person.document, one_off(person.document)
    correct(scene, person, new, by=by)
    client = Browser()
    client.force_login(scene.cast[who], backend="healthcode.core.offices.backends.RoleBackend")
    page = reverse("admin:cases_person_do", args=(person.pk, "decide-number"))
    text = client.get(page).content.decode()
    assert READ.ref in text and old[:4] in text and old not in text and new not in text
    client.post(page, {"decision": "refuse", "reason": "照片不符", "_confirm": "1"})
    assert fresh(person).document == old


def test_the_list_of_corrected_numbers_is_the_bureaus(scene: Scene):
    correct(scene, person := coded(scene), one_off(person.document))
    client = Browser()
    client.force_login(scene.cast.bureau_one, backend="healthcode.core.offices.backends.RoleBackend")
    listed = client.get(reverse("admin:cases_numberchange_changelist")).content.decode()
    assert person.name in listed
