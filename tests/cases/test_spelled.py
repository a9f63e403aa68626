"""One thing has one spelling, whichever way it comes in; what is likely one asks, and is answered by a person."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from cases.admin import search
from cases.feeds import deliveries
from cases.models import Case, Person, RejectedRow
from cases.models.people import DocumentType
from cases.services.persons import documents, identity, lookups, people
from cases.services.persons.identity import Identity
from healthcode.core import vault
from healthcode.core.audit.models import Event
from tests.browsers import Browser
from tests.cases.scenes import Scene, T, fresh, later, refused
from tests.cases.test_line_list import deliver, line, rows
from tests.factories import DivisionFactory, resident_number

pytestmark = pytest.mark.django_db


def register(scene: Scene, number: str, name: str = "陳大文", **fields):
    identity = {
        key: fields.pop(key) for key in ("document_type", "document_country", "phone") if key in fields
    }
    written = Identity(name=name, document_number=number, **identity)
    fields = {
        "by": scene.cast.service_xinchang,
        "at": T,
        "present": DivisionFactory(code="330624001"),
        **fields,
    }
    return people.register(written, **fields)


def test_a_name_that_is_nearly_the_registered_one_asks(scene: Scene):
    number = resident_number()
    register(scene, number)
    asked = refused(identity.NameAlike, register, scene, number, name="陈大文", at=later(minutes=1))
    assert asked.field == "same_person"
    assert "陳大文" in str(asked)


def test_whoever_has_the_document_says_it_is_the_same_person_and_is_not_asked_again(scene: Scene):
    number = resident_number()
    known = register(scene, number).person
    register(scene, number, name="陈大文", same_person=True, at=later(minutes=1))
    again = register(scene, number, name="陈大文", at=later(minutes=2))
    assert (again.person, again.outcome, fresh(known).name) == (known, "KNOWN", "陳大文")
    assert Event.objects.filter(action="person.name_accepted").count() == 1


def test_another_name_stays_another_whatever_is_said(scene: Scene):
    number = resident_number()
    register(scene, number)
    refused(identity.NameDiffers, register, scene, number, name="李四", same_person=True, at=later(minutes=1))


def test_the_question_is_put_on_the_page_and_answered_there(scene: Scene):
    number = resident_number()
    register(scene, number)
    browser = Browser()
    browser.force_login(scene.cast.service_xinchang, backend="healthcode.core.offices.backends.RoleBackend")
    typed = {
        **{"name": "陈大文", "document_type": "RESIDENT_ID", "document_number": number},
        **{"sex": "UNKNOWN", "present": "330624001"},
    }
    address = reverse("admin:do", args=("register",))
    assert "“陳大文”" in browser.post(address, typed).content.decode()
    browser.post(address, {**typed, "same_person": "on"})
    assert Person.objects.get(name="陳大文").also_named == "陈大文"


@pytest.mark.parametrize("taken", [True, False])
def test_a_row_with_nearly_the_registered_name_waits_for_a_person(scene: Scene, taken):
    person = scene.person(name="陳大文")
    batch = deliver(scene, rows(line(name="陈大文", number=person.document)))
    row = batch.rejected_rows.get()
    assert (row.state, row.field, batch.held, batch.rejected) == ("HELD", "name", 1, 0)
    if taken:
        deliveries.accept(row, by=batch.delivered_by, at=later(minutes=5))
        again = deliver(scene, rows(line(name="陈大文", number=person.document), ""))
        assert (again.accepted, again.unchanged) == (0, 1)
    assert list(Case.objects.values_list("person", flat=True)) == [person.pk] * taken
    assert RejectedRow.objects.filter(state="TAKEN").count() == taken


def test_a_child_of_nearly_the_same_name_is_no_second_child(scene: Scene):
    fields = {"document_type": "NONE", "guardian": scene.person()}
    born = {"birth_date": T.date()}
    first = people.register(
        Identity(name="陳一", document_type="NONE", **born),
        guardian=fields["guardian"],
        present=DivisionFactory(code="330624001"),
        by=scene.cast.service_xinchang,
        at=T,
    ).person
    refused(
        identity.NameAlike,
        people.register,
        Identity(name="陈一", document_type="NONE", **born),
        guardian=fields["guardian"],
        present=DivisionFactory(code="330624001"),
        by=scene.cast.service_xinchang,
        at=later(minutes=1),
    )
    assert first.guardian.wards.count() == 1


@pytest.mark.parametrize(
    "written", ["+86 138-0575-0001", "0086 13805750001", "8613805750001", "１３８０５７５０００１"]
)
def test_somebody_is_found_by_each_spelling_of_a_telephone(scene: Scene, written):
    person = register(scene, resident_number(), phone="138 0575 0001").person
    by = scene.cast.service_xinchang
    assert lookups.look_up(phone=written, by=by, at=later(minutes=1)) == [person]
    assert Person.objects.filter(search.condition(written)).get() == person


@pytest.mark.parametrize(
    ("kind", "first", "then"),
    [
        ("HK_MACAO_PERMIT", "H1234567801", "H12345678"),
        ("TAIWAN_PERMIT", "12345678", "1234567802"),
        ("RESIDENT_ID", "911124198108030024", "911124198108030024\u200b"),
    ],
)
def test_a_renewed_card_is_no_second_person(scene: Scene, kind, first, then):
    one = register(scene, first, document_type=kind).person
    again = register(scene, then, document_type=kind, at=later(minutes=1))
    assert (again.person, again.outcome) == (one, "KNOWN")


@pytest.mark.parametrize("typed", ["john", "SMITH", "smith john", "John Smith"])
def test_a_latin_name_is_searched_in_each_order_and_case(scene: Scene, typed):
    register(scene, resident_number(), name="SMITH JOHN")
    assert Person.objects.filter(search.condition(typed)).exists() == (typed != "john")


def test_a_name_with_another_dot_is_found(scene: Scene):
    person = scene.person(name="阿卜杜拉·艾买提")
    assert Person.objects.filter(search.condition("阿卜杜拉•艾买提")).get() == person


# --- what was stored before ---------------------------------------------------------------------------------------


@pytest.fixture
def of_before(scene: Scene) -> Person:
    """Store a permit with its renewals, and a landline without its zero, as they were stored before."""
    person = register(scene, "H12345678", document_type="HK_MACAO_PERMIT", phone="057586012345").person
    person.document_index = documents.index_of(DocumentType.HK_MACAO_PERMIT, "H1234567801", "CHN")
    person.document_sealed = vault.encrypt("H1234567801", owner=person.vault_owner("document_sealed"))
    person.phone_index = documents.phone_index_of("57586012345")
    person.phone_sealed = vault.encrypt("57586012345", owner=person.vault_owner("phone_sealed"))
    person.save()
    return person


def respelled() -> dict[str, int]:
    out = StringIO()
    call_command("respell", stdout=out)
    return {name: int(number) for name, number in (line.split(": ") for line in out.getvalue().splitlines())}


def test_numbers_of_before_are_found_once_they_are_respelled(scene: Scene, of_before):
    by = scene.cast.service_xinchang
    assert not Person.objects.filter(search.condition("H12345678")).exists()
    assert respelled()["documents"] == respelled()["read"] == 1
    assert Person.objects.filter(search.condition("H1234567802")).get() == of_before
    assert lookups.look_up(phone="+86 575 86012345", by=by, at=later(minutes=1)) == [of_before]


def test_a_second_run_changes_nothing(scene: Scene, of_before):
    respelled()
    assert {name: number for name, number in respelled().items() if number} == {"read": 1}


def test_one_number_on_two_records_is_left_to_the_bureau(scene: Scene, of_before):
    register(scene, "H12345678", document_type="HK_MACAO_PERMIT", at=later(minutes=1))
    assert respelled()["taken"] == 1
    assert fresh(of_before).document == "H1234567801"


def test_the_persons_page_says_how_the_name_is_written_too(scene: Scene):
    number = resident_number()
    person = register(scene, number).person
    register(scene, number, name="陈大文", same_person=True, at=later(minutes=1))
    browser = Browser()
    browser.force_login(scene.cast.service_xinchang, backend="healthcode.core.offices.backends.RoleBackend")
    page = browser.get(reverse("admin:cases_person_change", args=(person.pk,))).content.decode()
    assert "陈大文" in page and "陳大文" in page
