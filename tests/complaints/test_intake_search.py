"""Whom the caller means: what is typed at first contact finds people, and leaves a trace."""

import json
from datetime import date

import pytest

from cases.models import Person
from cases.models.people import LookUp
from cases.services.persons import lookups, named, people
from cases.services.persons.identity import Identity
from complaints.services import drafts, intake, registration
from healthcode.core.audit.models import Event
from tests.cases.scenes import refused

from .desk import NOON


def test_somebody_of_another_county_is_found_by_the_exact_number(desk):
    person = desk.scene.person(present="330602001")
    draft = drafts.begin(by=desk.cast.community_yulin, at=NOON)
    looking = {"by": desk.cast.community_yulin, "at": NOON}
    with pytest.raises(lookups.PurposeMissing):
        drafts.find(draft, person.document, **looking)
    found = drafts.find(draft, person.document, purpose="来电询问红码原因", **looking)
    assert [one.pk for one in found] == [person.pk]
    assert LookUp.objects.latest("pk").purpose == "来电询问红码原因"


def test_a_child_without_a_number_is_found_by_its_guardians_and_by_its_birth_date(desk):
    parent, looking = desk.scene.person(), {"by": desk.cast.community_yulin, "at": NOON}
    identity = Identity(document_type="NONE", name="王小宝", birth_date=date(2020, 3, 1))
    family = {"guardian": parent, "guardian_relation": "母亲"}
    child = people.register(identity, present=parent.present, **family, **looking).person
    draft = desk.looked(parent)
    assert drafts.find(draft, parent.document, **looking) == [parent, child]
    assert drafts.find(draft, "王小宝 20200301", **looking) == [child]


@pytest.mark.parametrize("text", ["M12345678", "m 1234 5678", "KOR M12345678", "KOR-M12345678"])
def test_a_passport_is_found_with_its_country_and_without(desk, text):
    passport = {"document_type": "PASSPORT", "document_number": "M12345678", "document_country": "KOR"}
    by, at = desk.cast.community_yulin, NOON
    person = people.register(
        Identity(name="金英姬", birth_date=date(1990, 1, 1), **passport),
        present=desk.scene.person().present,
        by=by,
        at=at,
    ).person
    draft = drafts.begin(by=desk.cast.community_yulin, at=NOON)
    assert drafts.find(draft, text, by=desk.cast.community_yulin, at=NOON) == [person]


@pytest.mark.parametrize("home", ["330624001", "330602001"])
def test_a_name_with_four_digits_finds_only_ones_own_people(desk, home):
    person = desk.scene.person(present=home, name="陈小明")
    draft = drafts.begin(by=desk.cast.community_yulin, at=NOON)
    text = f"陈小明 {person.document[-4:]}"
    if home == "330624001":
        assert drafts.find(draft, text, by=desk.cast.community_yulin, at=NOON) == [person]
    else:
        with pytest.raises(named.NobodyNamed):
            drafts.find(draft, text, by=desk.cast.community_yulin, at=NOON)


def test_another_writing_of_a_name_with_four_digits_finds_them_too(desk):
    person = desk.scene.person(name="陈小明")
    Person.objects.filter(pk=person.pk).update(also_named="陳小明")
    draft = drafts.begin(by=desk.cast.community_yulin, at=NOON)
    text = f"陳小明 {person.document[-4:]}"
    assert drafts.find(draft, text, by=desk.cast.community_yulin, at=NOON) == [person]


def test_a_search_by_name_is_written_down_for_everybody_it_found(desk):
    by, numbers = desk.cast.community_yulin, ("330624198903010012", "330624198003020012")
    same = [desk.scene.person(name="陈小明", document_number=number) for number in numbers]
    draft = drafts.begin(by=by, at=NOON)
    drafts.find(draft, "陈小明 0012", by=by, at=NOON)
    lines = Event.objects.filter(action="person.looked_up").order_by("pk")
    assert [line.person for line in lines] == [str(person.public_id) for person in same]
    assert {json.loads(line.body)["way"] for line in lines} == {"name"}


def test_a_name_in_vain_is_written_down_without_what_was_typed(desk):
    draft = drafts.begin(by=desk.cast.community_yulin, at=NOON)
    refused(named.NobodyNamed, drafts.find, draft, "陈大明 0011", by=desk.cast.community_yulin, at=NOON)
    event = Event.objects.get(action="person.look_up_refused")
    assert json.loads(event.body)["why"] == "name" and "0011" not in event.body


@pytest.mark.parametrize("text", ["330624198903010012", "13800000000"])
def test_a_search_that_finds_nobody_is_written_down_without_what_was_typed(desk, text):
    draft = drafts.begin(by=desk.cast.community_yulin, at=NOON)
    with pytest.raises(drafts.NobodyFound):
        drafts.find(draft, text, purpose="来电询问红码原因", by=desk.cast.community_yulin, at=NOON)
    event = Event.objects.get(action="person.listed")
    assert json.loads(event.body)["persons"] == [] and text[-4:] not in event.body


def test_a_telephone_finds_whoever_left_it(desk):
    person = desk.scene.person(phone="13912345678")
    draft = drafts.begin(by=desk.cast.service_xinchang, at=NOON)
    assert drafts.find(draft, "139 1234 5678", by=desk.cast.service_xinchang, at=NOON) == [person]


@pytest.mark.parametrize("text", ["", "张三", "12345", "E1234", "某某某在哪里"])
def test_what_is_no_number_and_no_name_with_its_end_is_not_understood(desk, text):
    draft = drafts.begin(by=desk.cast.community_yulin, at=NOON)
    refused(drafts.NotUnderstood, drafts.find, draft, text, by=desk.cast.community_yulin, at=NOON)


def test_a_telephone_number_has_digits(desk):
    person, by = desk.red(), desk.cast.community_yulin
    heard = desk.heard(person, contact_phone="call me")
    refused(registration.WrongContactPhone, intake.register, desk.looked(person), heard, by=by, at=NOON)
