"""Persons: one record per document, found only with a purpose, shown in clear only with a reason."""

from datetime import date

import pytest
from stdnum.cn import ric

from cases.models import Person
from cases.policy.colours import Colour
from cases.services.engine.refusals import NotAllowed
from cases.services.persons import identity as identities
from cases.services.persons import lookups, people
from cases.services.persons.documents import (
    CountryMissing,
    UnknownCountry,
    WrongBirthDate,
    WrongCheckDigit,
    WrongDocument,
    WrongPhone,
)
from cases.services.persons.identity import Identity
from healthcode.core.audit.models import Event
from tests.factories import DivisionFactory, resident_number

from .scenes import TODAY, Scene, T, colour, day, fresh, later, refused


def register(
    scene: Scene, number: str = "", *, by: str = "service.xinchang", present: str = "330624001", **fields
):
    more = {
        key: fields.pop(key)
        for key in ("guardian", "guardian_relation", "code_city", "address", "purpose")
        if key in fields
    }
    identity = Identity(**{"name": "张三", "document_number": number, **fields})
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
    fields = {"document_type": kind, "document_country": country}
    person = register(scene, number, **fields).person
    found = lookups.look_up(document_number=number.lower(), by=scene.cast.service_xinchang, at=T, **fields)
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


@pytest.mark.parametrize(
    ("number", "sex"), [("33062419900101123X", "MALE"), ("330624199001011221", "FEMALE")]
)
def test_the_sex_nobody_stated_is_read_from_the_number(scene: Scene, number, sex):
    assert register(scene, number).person.sex == sex


def test_a_sex_that_was_stated_stands_and_a_passport_says_none(scene: Scene):
    assert register(scene, "33062419900101123X", sex="FEMALE").person.sex == "FEMALE"
    passport = {"document_type": "PASSPORT", "document_country": "KOR"}
    assert register(scene, "M12345678", **passport).person.sex == "UNKNOWN"


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
    refusal = refused(
        identities.BirthDateDiffers, register, scene, resident_number(), birth_date=date(1990, 1, 1)
    )
    assert refusal.field == "birth_date"


def test_the_same_passport_number_of_two_countries_is_two_people(scene: Scene):
    fields = {"document_type": "PASSPORT"}
    one = register(scene, "M12345678", document_country="KOR", **fields).person
    assert register(scene, "M12345678", document_country="USA", **fields).person != one


def test_a_passport_without_its_country_is_refused(scene: Scene):
    refused(CountryMissing, register, scene, "M12345678", document_type="PASSPORT")


def test_a_baby_without_a_number_is_registered_with_its_guardian(scene: Scene):
    mother = scene.person()
    fields = {"document_type": "NONE", "guardian": mother, "guardian_relation": "母亲"}
    baby = register(scene, birth_date=TODAY, **fields).person
    assert list(mother.wards.all()) == [baby]


def test_two_babies_of_one_guardian_are_two_people(scene: Scene):
    fields = {"document_type": "NONE", "guardian": scene.person(), "birth_date": TODAY}
    assert register(scene, name="张一", **fields).person != register(scene, name="张二", **fields).person


def test_a_baby_registered_twice_is_one_person(scene: Scene):
    fields = {"document_type": "NONE", "guardian": scene.person(), "birth_date": TODAY}
    first = register(scene, **fields).person
    again = register(scene, **fields)
    assert (again.person, again.outcome) == (first, "KNOWN")


def test_two_twins_without_a_name_are_two_people(scene: Scene):
    fields = {"document_type": "NONE", "guardian": scene.person(), "birth_date": TODAY, "name": "张三之婴"}
    first = register(scene, **fields).person
    second = register(scene, **fields, birth_order=2)
    assert (second.outcome, second.person != first) == ("REGISTERED", True)
    assert register(scene, **fields, birth_order=2).person == second.person


def test_a_baby_is_known_by_its_guardian_s_other_record_too(scene: Scene):
    mother, double = scene.person(), scene.person()
    fields = {"document_type": "NONE", "birth_date": TODAY}
    first = register(scene, guardian=double, **fields).person
    scene.merged(double, mother)
    assert register(scene, guardian=fresh(mother), **fields).person == first


def test_without_a_document_the_date_of_birth_is_needed(scene: Scene):
    fields = {"document_type": "NONE", "guardian": scene.person()}
    refused(people.BirthDateMissing, register, scene, **fields)


def test_a_number_registered_under_another_name_is_refused(scene: Scene):
    number = resident_number()
    register(scene, number)
    refusal = refused(identities.NameDiffers, register, scene, number, name="李四")
    assert refusal.field == "name"


@pytest.mark.parametrize("name", ["张三", "王五"])
def test_registering_somebody_known_elsewhere_tells_neither_name_nor_page(scene: Scene, name):
    number = resident_number()
    known = register(scene, number).person
    refusal = refused(people.KnownElsewhere, register, scene, number, by="service.yuecheng", name=name)
    assert refusal.field == "document_number"
    assert not scene.reaches(known, later(seconds=1), by="service.yuecheng")


def test_with_a_purpose_somebody_known_elsewhere_is_recognised(scene: Scene):
    number = resident_number()
    known = register(scene, number).person
    again = register(scene, number, by="service.yuecheng", purpose="协查")
    assert (again.person, again.outcome) == (known, "KNOWN")


@pytest.mark.parametrize("name", ["😀", "张三😀", "\u200b", "···", "12"])
def test_what_cannot_be_a_name_is_refused(scene: Scene, name):
    kind = identities.NameMissing if name == "\u200b" else identities.WrongName
    refused(kind, register, scene, resident_number(), name=name)


@pytest.mark.parametrize("name", ["阿不都·热合曼", "O’BRIEN-SMITH", "𠮷田", "José", "欧阳 娜"])
def test_names_of_every_kind_are_registered(scene: Scene, name):
    assert register(scene, resident_number(), name=name).person.name == name


def test_no_passport_comes_from_a_country_that_is_none(scene: Scene):
    fields = {"document_type": "PASSPORT", "document_country": "XQZ"}
    assert refused(UnknownCountry, register, scene, "M12345678", **fields).field == "document_country"


def test_germany_is_one_country_by_letter_and_by_code(scene: Scene):
    fields = {"document_type": "PASSPORT"}
    first = register(scene, "C01X00T47", document_country="D", **fields).person
    assert register(scene, "C01X00T47", document_country="DEU", **fields).person == first


def test_nobody_is_registered_without_document_and_guardian(scene: Scene):
    refused(people.GuardianMissing, register, scene, document_type="NONE")


def test_nobody_is_born_in_the_future(scene: Scene):
    fields = {"document_type": "NONE", "guardian": scene.person(), "birth_date": day(1)}
    refused(identities.BornInFuture, register, scene, **fields)


def test_nobody_is_registered_without_a_name(scene: Scene):
    refused(identities.NameMissing, register, scene, resident_number(), name="  ")


@pytest.mark.parametrize("phone", ["no", "12-34", "１２３", "+86 1381234567890123456"])
def test_what_cannot_be_a_telephone_number_is_refused(scene: Scene, phone):
    refused(WrongPhone, register, scene, resident_number(), phone=phone)


def test_a_document_registers_one_person_however_often(scene: Scene):
    number = resident_number()
    first = register(scene, number)
    again = register(scene, number, by="community.yulin", present="330602001")
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


def correct(scene: Scene, person, by="service.xinchang", **fields):
    identity = Identity(
        **{"name": "李四", "document_number": person.document, "phone": "13912345678", **fields}
    )
    return people.correct(
        person, identity, address="新址", reason="笔误", by=scene.cast[by], at=later(hours=1)
    ).person


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


@pytest.mark.parametrize("written", ["韩国", "大韩民国", "south korea", " KOR ", "ｋｏｒ"])
def test_a_country_is_one_by_its_letters_and_by_its_name(scene: Scene, written):
    fields = {"document_type": "PASSPORT"}
    first = register(scene, "M12345678", document_country="KOR", **fields).person
    assert register(scene, "M12345678", document_country=written, **fields).person == first
