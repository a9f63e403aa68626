"""Persons: one record per document, found only with a purpose, shown in clear only with a reason."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from stdnum.cn import ric

from cases.models import Case, ControlOrder, LookUp, Person, Transition
from cases.policy.colours import Colour
from cases.services import cases, codes, documents, people, second_person, transfers
from cases.services import identity as identities
from cases.services.documents import (
    CountryMissing,
    WrongBirthDate,
    WrongCheckDigit,
    WrongDocument,
    WrongPhone,
)
from cases.services.identity import Identity
from cases.services.refusals import NotAllowed
from healthcode.audit.models import Event, Note
from tests.factories import DivisionFactory, resident_number

from .scenes import TODAY, Scene, T, colour, day, fresh, later, refused


def register(
    scene: Scene, number: str = "", *, by: str = "service.xinchang", present: str = "330624001", **said
):
    more = {
        key: said.pop(key) for key in ("guardian", "guardian_relation", "code_city", "address") if key in said
    }
    identity = Identity(**{"name": "张三", "document_number": number, **said})
    return people.register(identity, present=DivisionFactory(code=present), by=scene.cast[by], at=T, **more)


def with_x() -> str:
    """Return a resident number whose check digit is X."""
    return next(
        head + "X" for n in range(999) if ric.calc_check_digit((head := f"33062419900101{n:03}") + "0") == "X"
    )


@pytest.mark.parametrize(
    ("kind", "number", "country"),
    [
        ("PASSPORT", "M12345678", "KOR"),
        ("HK_MACAO_PERMIT", "H12345678", ""),
        ("TAIWAN_PERMIT", "12345678", ""),
        ("FOREIGN_PR", "KOR330685031511", ""),
        ("FOREIGN_PR", "911330199001010018", ""),
    ],
)
def test_every_document_type_finds_its_person_again(scene: Scene, kind, number, country):
    said = {"document_type": kind, "document_country": country}
    person = register(scene, number, **said).person
    found = people.look_up(document_number=number.lower(), by=scene.cast.service_xinchang, at=T, **said)
    assert (found, person.document) == ([person], number)


def test_a_resident_number_gives_the_date_of_birth(scene: Scene):
    assert register(scene, resident_number(born=date(1990, 5, 17))).person.birth_date == date(1990, 5, 17)


def test_an_old_number_of_fifteen_digits_is_the_same_person(scene: Scene):
    new = resident_number(born=date(1962, 3, 4))
    person = register(scene, new).person
    assert register(scene, new[:6] + new[8:17]).person == person


def test_full_width_digits_spaces_and_a_small_x_are_the_same_number(scene: Scene):
    number = with_x()
    person = register(scene, number).person
    typed = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else "ｘ" for c in number)
    assert register(scene, f" {typed[:6]} {typed[6:]} ").person == person


def test_digits_of_another_script_are_no_second_spelling(scene: Scene):
    number = resident_number()
    arabic = "".join(chr(0x0660 + int(c)) if c.isdigit() else c for c in number)
    refused(WrongDocument, register, scene, arabic)


def test_a_wrong_check_digit_is_a_typing_error(scene: Scene):
    number = resident_number()
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert refused(WrongCheckDigit, register, scene, wrong).field == "document_number"


def test_a_birth_date_that_does_not_exist_is_refused(scene: Scene):
    refused(WrongBirthDate, register, scene, "330624199002300014")


def test_a_birth_date_that_has_not_come_is_refused(scene: Scene):
    refused(WrongBirthDate, register, scene, resident_number(born=date(2027, 1, 1)))


@pytest.mark.parametrize("number", ["", "123", "33062419900101001", "330624abcdefghijkl", "'; DROP TABLE"])
def test_what_cannot_be_a_resident_number_is_refused(scene: Scene, number):
    refused(WrongDocument, register, scene, number)


def test_an_unknown_document_type_is_refused(scene: Scene):
    refused(WrongDocument, register, scene, "123456", document_type="LIBRARY_CARD")


def test_a_date_of_birth_that_differs_from_the_number_is_refused(scene: Scene):
    said = refused(
        identities.BirthDateDiffers, register, scene, resident_number(), birth_date=date(1990, 1, 1)
    )
    assert said.field == "birth_date"


def test_the_same_passport_number_of_two_countries_is_two_people(scene: Scene):
    said = {"document_type": "PASSPORT"}
    one = register(scene, "M12345678", document_country="KOR", **said).person
    assert register(scene, "M12345678", document_country="USA", **said).person != one


def test_a_passport_without_its_country_is_refused(scene: Scene):
    refused(CountryMissing, register, scene, "M12345678", document_type="PASSPORT")


def test_a_baby_without_a_number_is_registered_with_its_guardian(scene: Scene):
    mother = scene.person()
    said = {"document_type": "NONE", "guardian": mother, "guardian_relation": "母亲"}
    baby = register(scene, birth_date=TODAY, **said).person
    assert list(mother.wards.all()) == [baby]


def test_two_babies_of_one_guardian_are_two_people(scene: Scene):
    said = {"document_type": "NONE", "guardian": scene.person(), "birth_date": TODAY}
    assert register(scene, name="张一", **said).person != register(scene, name="张二", **said).person


def test_a_baby_registered_twice_is_one_person(scene: Scene):
    said = {"document_type": "NONE", "guardian": scene.person(), "birth_date": TODAY}
    first = register(scene, **said).person
    again = register(scene, **said)
    assert (again.person, again.outcome) == (first, "KNOWN")


def test_without_a_document_the_date_of_birth_is_needed(scene: Scene):
    said = {"document_type": "NONE", "guardian": scene.person()}
    refused(people.BirthDateMissing, register, scene, **said)


def test_a_number_registered_under_another_name_is_refused(scene: Scene):
    number = resident_number()
    register(scene, number)
    said = refused(people.NameDiffers, register, scene, number, name="李四")
    assert said.field == "name"


def test_nobody_is_registered_without_document_and_guardian(scene: Scene):
    refused(people.GuardianMissing, register, scene, document_type="NONE")


def test_nobody_is_born_in_the_future(scene: Scene):
    said = {"document_type": "NONE", "guardian": scene.person(), "birth_date": day(1)}
    refused(identities.BornInFuture, register, scene, **said)


def test_nobody_is_registered_without_a_name(scene: Scene):
    refused(identities.NameMissing, register, scene, resident_number(), name="  ")


@pytest.mark.parametrize("phone", ["no", "12-34", "１２３", "+86 1381234567890123456"])
def test_what_cannot_be_a_telephone_number_is_refused(scene: Scene, phone):
    refused(WrongPhone, register, scene, resident_number(), phone=phone)


def test_a_document_registers_one_person_however_often(scene: Scene):
    number = resident_number()
    first = register(scene, number)
    again = register(scene, number, by="community.yuecheng", present="330602001")
    assert (first.outcome, again.outcome, again.person) == ("REGISTERED", "KNOWN", first.person)


def test_another_citys_code_is_recognised_and_never_a_second_record(scene: Scene):
    number, hangzhou = resident_number(), DivisionFactory(code="3301")
    first = register(scene, number, code_city=hangzhou)
    again = register(scene, number, code_city=hangzhou)
    assert (first.outcome, again.outcome, again.person) == ("RECOGNISED", "RECOGNISED", first.person)


def test_a_holder_of_another_citys_code_can_still_be_reddened(scene: Scene):
    person = register(scene, resident_number(), code_city=DivisionFactory(code="3301")).person
    scene.overseas(person)
    assert colour(person, later(hours=1)) == Colour.RED


@pytest.mark.parametrize("code", ["31", "33", "330106"])
def test_only_a_city_of_the_province_issues_codes_that_are_recognised(scene: Scene, code):
    refused(people.NotThisProvince, register, scene, resident_number(), code_city=DivisionFactory(code=code))


@pytest.mark.parametrize(
    "by", ["officer.yulin", "bureau.one", "duty.city", "supervisor.city", "telecom", "gate.school"]
)
def test_others_do_not_register(scene: Scene, by):
    refused(NotAllowed, register, scene, resident_number(), by=by)


def test_numbers_are_stored_sealed_and_shown_masked(scene: Scene):
    person = register(scene, number := resident_number(), phone="13812345678").person
    row = (
        Person.objects.filter(pk=person.pk)
        .values_list("document_sealed", "phone_sealed", "document_index")
        .get()
    )
    assert number.encode() not in b"".join(bytes(str(cell), "utf-8") + bytes(cell or b"") for cell in row[:2])
    assert (person.masked_phone, person.masked_document[4:-4]) == ("138******78", "*" * 10)


# -- correcting


def correct(scene: Scene, person, by="service.xinchang", **said):
    identity = Identity(
        **{"name": "李四", "document_number": person.document, "phone": "13912345678", **said}
    )
    return people.correct(
        person, identity, address="新址", reason="笔误", by=scene.cast[by], at=later(hours=1)
    )


def test_a_correction_says_which_fields_changed_and_not_what_they_said(scene: Scene):
    correct(scene, scene.person())
    body = Event.objects.get(action="person.corrected").body
    assert '"fields":["name","phone","address"]' in body
    assert "李四" not in body and "13912345678" not in body


def test_a_number_that_belongs_to_another_record_is_refused(scene: Scene):
    one, two = scene.person(), scene.person()
    refused(people.DocumentTaken, correct, scene, one, document_number=two.document)


def test_a_person_without_guardian_keeps_a_document(scene: Scene):
    refused(people.GuardianMissing, correct, scene, scene.person(), document_type="NONE")


def test_a_document_given_by_mistake_to_a_baby_is_taken_back(scene: Scene):
    baby = register(scene, resident_number(born=TODAY), guardian=scene.person()).person
    correct(scene, baby, document_type="NONE")
    assert (fresh(baby).document, fresh(baby).document_index) == ("", None)


@pytest.mark.parametrize("by", ["cdc.xinchang", "group.xinchang", "community.yulin", "service.yuecheng"])
def test_others_do_not_correct(scene: Scene, by):
    refused(NotAllowed, correct, scene, scene.person(), by=by)


# -- looking up, and reading in clear


def look_up(scene: Scene, person, by="community.yuecheng", purpose="核对密接", at=T):
    said = {"document_type": "RESIDENT_ID", "document_number": person.document, "purpose": purpose}
    return people.look_up(by=scene.cast[by], at=at, **said)


def reaches(scene: Scene, person, at, by="community.yuecheng"):
    return Person.objects.reachable_by(scene.cast[by], "person.view", at).filter(pk=person.pk).exists()


def test_outside_the_own_area_a_look_up_says_its_purpose(scene: Scene):
    refused(people.PurposeMissing, look_up, scene, scene.person(), purpose=" ")


def test_inside_the_own_area_no_purpose_is_asked(scene: Scene):
    person = scene.person()
    assert look_up(scene, person, by="community.yulin", purpose="") == [person]
    assert not LookUp.objects.filter(user=scene.cast.community_yulin).exists()


def test_a_look_up_opens_the_person_for_a_while(scene: Scene):
    person = scene.person()
    assert not reaches(scene, person, T)
    look_up(scene, person)
    over = T + timedelta(minutes=settings.LOOK_UP_MINUTES)
    assert reaches(scene, person, over - timedelta(seconds=1))
    assert not reaches(scene, person, over)


def test_a_look_up_opens_the_person_to_nobody_else(scene: Scene):
    person = scene.person()
    look_up(scene, person)
    assert not reaches(scene, person, later(minutes=1), by="community.nanming")


def test_a_look_up_of_somebody_unknown_answers_nothing(scene: Scene):
    said = {"document_type": "RESIDENT_ID", "document_number": resident_number(), "purpose": "核对"}
    assert people.look_up(by=scene.cast.clinic_xinchang, at=T, **said) == []


def test_a_look_up_of_nothing_is_refused(scene: Scene):
    refused(documents.WrongDocument, people.look_up, by=scene.cast.clinic_xinchang, at=T)


def test_a_telephone_of_two_records_of_one_human_finds_one(scene: Scene):
    one, two = (scene.person(phone="138 1111 2222") for _ in range(2))
    scene.merged(one, two)
    assert people.look_up(phone="+8613811112222", by=scene.cast.service_xinchang, at=T) == [two]


@pytest.mark.parametrize(
    "by", ["supervisor.city", "duty.city", "policy.city", "admin.one", "telecom", "gate.school"]
)
def test_others_do_not_look_up(scene: Scene, by):
    refused(NotAllowed, look_up, scene, scene.person(), by=by)


def test_a_number_is_read_in_clear_with_a_reason_that_is_kept(scene: Scene):
    person = scene.person(phone="13812345678")
    shown = people.unmask(person, reason="电话流调", by=scene.cast.group_xinchang, at=T)
    assert shown == {"document": person.document, "phone": "13812345678"}
    assert Note.objects.get(event__action="person.unmasked").text == "电话流调"


def test_without_a_reason_nothing_is_read_in_clear(scene: Scene):
    refused(
        people.ReasonMissing, people.unmask, scene.person(), reason=" ", by=scene.cast.group_xinchang, at=T
    )


@pytest.mark.parametrize(
    "by", ["service.xinchang", "bureau.one", "community.yulin", "supervisor.city", "clinic.xinchang"]
)
def test_others_read_only_masked(scene: Scene, by):
    refused(NotAllowed, people.unmask, scene.person(), reason="想看", by=scene.cast[by], at=T)


# -- moving to another division


def propose(scene: Scene, person, by="community.yulin", to="330624002"):
    said = {"to": DivisionFactory(code=to), "reason": "搬家", "at": later(hours=1)}
    return transfers.propose(person, by=scene.cast[by], **said)


def accept(scene: Scene, transfer, by="community.nanming"):
    transfers.accept(transfer, by=scene.cast[by], at=later(hours=2))


def test_a_move_counts_once_the_receiving_office_accepts(scene: Scene):
    person = scene.person()
    transfer = propose(scene, person)
    assert fresh(person).present_id == "330624001"
    accept(scene, transfer)
    assert fresh(person).present_id == "330624002"


@pytest.mark.parametrize("by", ["community.yuecheng", "community.yulin"])
def test_only_the_receiving_office_accepts(scene: Scene, by):
    refused(NotAllowed, accept, scene, propose(scene, scene.person()), by=by)


def test_the_office_that_proposed_does_not_accept_for_the_other(scene: Scene):
    transfer = propose(scene, scene.person(), by="group.xinchang")
    refused(second_person.SamePerson, accept, scene, transfer, by="group.xinchang")


def test_the_old_offices_write_ends_at_once(scene: Scene):
    person = scene.person()
    accept(scene, propose(scene, person))
    refused(NotAllowed, scene.overseas, fresh(person), at=later(hours=3))
    scene.overseas(fresh(person), by=scene.cast.community_nanming, at=later(hours=3))


def test_the_old_office_that_coded_a_person_goes_on_reading_and_no_more(scene: Scene):
    person, area = scene.person(), scene.listed()
    scene.overseas(person)
    accept(scene, propose(scene, person))
    assert reaches(scene, person, later(hours=3), by="community.yulin")
    refused(NotAllowed, scene.risk, fresh(person), area, at=later(hours=3))


def test_a_move_sent_back_leaves_the_person(scene: Scene):
    person = scene.person()
    transfers.refuse(
        propose(scene, person), answer="查无此人", by=scene.cast.community_nanming, at=later(hours=2)
    )
    assert fresh(person).present_id == "330624001"


def test_a_person_moves_once_at_a_time(scene: Scene):
    person = scene.person()
    propose(scene, person)
    refused(transfers.AlreadyMoving, propose, scene, person)


def test_nobody_moves_to_where_they_live(scene: Scene):
    refused(transfers.AlreadyThere, propose, scene, scene.person(), to="330624001")


def test_an_office_does_not_offer_somebody_elsewhere(scene: Scene):
    refused(NotAllowed, propose, scene, scene.person(), by="community.nanming")


# -- death


def die(scene: Scene, person, by="hospital.city", on=TODAY, at=None):
    people.record_death(
        fresh(person), on=on, certificate="死亡证明1", by=scene.cast[by], at=at or later(hours=5)
    )


def test_death_closes_cases_and_orders_and_shows_no_colour_at_all(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.risk(person)
    die(scene, person)
    assert colour(person, later(hours=6)) == Colour.NONE
    assert not Case.objects.open().exists()
    assert ControlOrder.objects.get().ending == "CLOSED_DEATH"


def test_death_of_a_green_person_is_a_conversion_too(scene: Scene):
    die(scene, scene.person())
    turned = Transition.objects.get()
    assert (turned.from_colour, turned.to_colour) == ("GREEN", "NONE")


def test_before_the_death_the_code_still_showed_its_colour(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    die(scene, person)
    assert colour(person, later(hours=1)) == Colour.RED


def test_death_sends_back_what_waited(scene: Scene):
    case = scene.reported(scene.person())
    die(scene, case.person)
    assert fresh(case).state == "REFUSED"
    refused(cases.NotWaiting, cases.enter, case, by=scene.cast.group_xinchang, at=later(hours=6))


@pytest.mark.parametrize("act", ["overseas", "reported", "held", "fever"])
def test_nothing_is_opened_on_the_dead(scene: Scene, act):
    person = scene.person()
    die(scene, person)
    refused(codes.NoCode, getattr(scene, act), fresh(person), at=later(hours=6))


def test_a_death_is_recorded_once_and_not_in_the_future(scene: Scene):
    person = scene.person()
    refused(people.DiedInFuture, die, scene, person, on=day(1))
    die(scene, person)
    refused(people.AlreadyDead, die, scene, person)


@pytest.mark.parametrize("by", ["community.yulin", "officer.yulin", "cdc.xinchang", "bureau.one"])
def test_others_record_no_death(scene: Scene, by):
    refused(NotAllowed, die, scene, scene.person(), by=by)
