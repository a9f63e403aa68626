"""One box on every page: what is typed or scanned opens what it names, and nobody learns more than by looking up."""

import json
import re
from datetime import date
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse

from cases.admin.finding import as_asked
from cases.models import Person
from cases.models.people import LookUp
from cases.services.persons import named, people
from cases.services.persons.people import Identity
from complaints.services import drafts, intake
from healthcode.core.audit.models import Event
from tests.admin.conftest import texts
from tests.factories import register, resident_number

FIND = reverse("admin:find")
LOOK_UP = reverse("admin:do", args=("look-up",))


@pytest.fixture
def elsewhere(cast):
    """Return somebody of Yuecheng, whom Xinchang does not reach."""
    return register(by=cast.community_yuecheng, present="330602001", phone="13700001234", name="王远方")


def find(client, text):
    return Client.post(client, FIND, {"text": text}).url


def asked_of(client, url):
    """Return what stands in the look-up that an address leads to, and the field that is left."""
    body = client.get(url).content.decode()
    fields = dict(re.findall(r'name="(document_number|document_country|phone)" value="([^"]*)"', body))
    chosen = re.search(r'name="document_type"[^>]*value="([A-Z_]+)"[^>]*checked', body)
    focus = re.search(r'name="(\w+)"[^>]*autofocus', body)
    return {**fields, "document_type": chosen and chosen[1]}, focus and focus[1]


@pytest.mark.parametrize("written", ["document", "phone", "spaced", "small"])
def test_a_number_of_ones_area_opens_the_person(cast, red, at_desk, written):
    person = red(phone="13800002468", document_number="33062419900101123X")
    texts_of = {
        "document": person.document,
        "phone": "138 0000 2468",
        "spaced": "330624 19900101 123X",
        "small": "33062419900101123x",
    }
    url = find(at_desk(cast.officer_yulin), texts_of[written])
    assert url == reverse("admin:cases_person_change", args=(person.pk,))


def test_the_number_of_a_case_opens_it(cast, red, at_desk):
    case = red().cases.get()
    assert find(at_desk(cast.group_xinchang), f"Case {case.pk}") == reverse(
        "admin:cases_case_change", args=(case.pk,)
    )


def test_the_number_of_a_ticket_and_of_its_letter_open_it(cast, red, at_desk, now):
    ticket = routed(cast, red(), now)
    page = reverse("admin:complaints_ticket_change", args=(ticket.pk,))
    client = at_desk(cast.bureau_one)
    assert find(client, ticket.number) == page
    assert find(client, ticket.number.lower().replace("-", "")) == page


def test_a_telephone_number_of_a_person_and_a_ticket_lists_both(cast, red, at_desk, now):
    person = red(phone="13900001111")
    ticket = routed(cast, person, now, contact_phone="13900001111")
    client = at_desk(cast.community_yulin)
    url = find(client, "13900001111")
    body = texts(client.get(url)).body
    assert url.startswith(FIND) and "13900001111" not in url
    assert reverse("admin:cases_person_change", args=(person.pk,)) in body
    assert reverse("admin:complaints_ticket_change", args=(ticket.pk,)) in body
    listed = Event.objects.filter(action="person.listed").latest("pk")
    assert json.loads(listed.body)["persons"] == [str(person.public_id)]


def test_a_name_leads_to_the_list(cast, red, at_desk):
    person = red(name="王小明")
    client = at_desk(cast.officer_yulin)
    url = find(client, "王小")
    assert url.startswith(reverse("admin:cases_person_changelist")) and "王" not in unquote(url)
    assert person.name in texts(client.get(url)).body


def test_a_number_outside_ones_area_stays_typed_and_the_purpose_is_asked(cast, elsewhere, at_desk):
    client = at_desk(cast.service_xinchang)
    url = find(client, elsewhere.document)
    assert url.startswith(LOOK_UP) and elsewhere.document not in url
    fields, focus = asked_of(client, url)
    assert fields["document_number"] == elsewhere.document and fields["document_type"] == "RESIDENT_ID"
    assert focus == "purpose" and "errorlist" not in texts(client.get(url)).body


def test_the_purpose_alone_then_opens_whoever_it_is(cast, elsewhere, at_desk):
    client = at_desk(cast.service_xinchang)
    url = find(client, elsewhere.document)
    fields, _focus = asked_of(client, url)
    given = {name: value for name, value in fields.items() if value}
    answer = Client.post(client, url, {**given, "purpose": "来电询问红码原因", "_confirm": "1"})
    assert answer.url == reverse("admin:cases_person_change", args=(elsewhere.pk,))


def test_nobody_and_somebody_elsewhere_are_answered_alike(cast, elsewhere, at_desk):
    client = at_desk(cast.service_xinchang)
    answers = []
    for number in (elsewhere.document, resident_number()):
        url = find(client, number)
        body = texts(client.get(url)).body.replace(number, "NUMBER")
        answers.append((url.split("=")[0], re.sub(r'value="[^"]{20,}"|attempt=[\w-]+', "", body)))
    assert answers[0] == answers[1]
    assert not LookUp.objects.exists()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("138 0000 9999", {"document_type": "RESIDENT_ID", "phone": "13800009999"}),
        (
            "kor m1234567",
            {"document_type": "PASSPORT", "document_number": "M1234567", "document_country": "KOR"},
        ),
        ("H1234567890", {"document_number": "H1234567890"}),
        ("王小明", {}),
        ("JK20200824-1", {}),
    ],
)
def test_the_look_up_is_filled_in_as_far_as_it_is_certain(text, fields):
    assert as_asked(text) == fields


def test_what_is_found_by_no_number_is_answered_with_the_number_still_typed(cast, at_desk):
    client = at_desk(cast.bureau_one)
    url = find(client, "JK20200824-99999")
    body = texts(client.get(url)).body
    assert "Nothing that you may open has this number" in body and 'value="JK20200824-99999"' in body


def test_the_mark_of_a_search_is_good_for_its_session_alone(cast, red, at_desk, now):
    person = red(phone="13900001111")
    routed(cast, person, now, contact_phone="13900001111")
    url = find(at_desk(cast.community_yulin), "13900001111")
    assert person.name not in texts(at_desk(cast.community_nanming).get(url)).body


@pytest.mark.parametrize("username", ["officer.yulin", "bureau.one", "supervisor.city", "service.xinchang"])
def test_the_box_stands_on_every_page_of_whoever_may_find(cast, at_desk, username):
    client = at_desk(cast[username])
    for page in (reverse("admin:index"), reverse("admin:password_change"), FIND):
        assert "data-box" in texts(client.get(page)).body


def test_whoever_has_nothing_to_find_has_no_box(cast, at_desk):
    assert "data-box" not in texts(at_desk(cast.admin_one).get(reverse("admin:index"))).body


def test_a_merged_record_opens_the_one_that_stands_for_it(cast, at_desk, now):
    by, fields = cast.service_xinchang, {"at": now}
    kept = register(by=by)
    gone = people.register(
        Identity("李四", "PASSPORT", "M7654321", "KOR"), present=kept.present, by=by, **fields
    )
    Person.objects.filter(pk=gone.person.pk).update(merged_into=kept)
    url = find(at_desk(by), "KOR M7654321")
    assert url == reverse("admin:cases_person_change", args=(kept.pk,))


def routed(cast, person, at, **fields):
    by = cast.community_yulin
    draft = drafts.begin(by=by, at=at)
    drafts.look(draft, person, by=by, at=at)
    lines = {
        "category": "C07",
        "disputed_case": person.cases.get(),
        "is_disputed": True,
        "explained": at,
        "contact_phone": "13600005555",
        **fields,
    }
    return intake.register(draft, intake.Intake(outcome=intake.HAND_ON, **lines), by=by, at=at)


def test_somebody_is_found_by_another_writing_of_their_name_that_was_accepted(cast, at_desk):
    person = register(by=cast.community_yulin, name="陈晓明")
    Person.objects.filter(pk=person.pk).update(also_named="Chen Xiaoming\n陳曉明")
    page = at_desk(cast.community_yulin).post(FIND, {"text": "陳曉"}, follow=True)
    assert reverse("admin:cases_person_change", args=(person.pk,)) in page.content.decode()


def test_another_writing_finds_nobody_of_another_area(cast, at_desk):
    person = register(by=cast.community_yulin, name="陈晓明")
    Person.objects.filter(pk=person.pk).update(also_named="陳曉明")
    page = at_desk(cast.community_yuecheng).post(FIND, {"text": "陳曉"}, follow=True)
    assert person.name not in page.content.decode()


def ends(person, which):
    """Return a name with the last four characters of a document or a telephone number."""
    return f"{person.name}{(person.document if which == 'document' else '13800002468')[-4:]}"


@pytest.mark.parametrize("which", ["document", "phone"])
@pytest.mark.parametrize("between", ["", " ", "+", "＋", "，"])
def test_a_name_with_four_digits_opens_the_person(cast, at_desk, which, between):
    person = register(by=cast.community_yulin, name="李强红", phone="13800002468")
    text = ends(person, which)
    url = find(at_desk(cast.community_yulin), f"{text[:-4]}{between}{text[-4:]}")
    assert url == reverse("admin:cases_person_change", args=(person.pk,))


def test_a_name_with_a_date_of_birth_opens_a_child_without_a_number(cast, at_desk, now):
    by, parent = cast.community_yulin, register(by=cast.community_yulin, name="李强红")
    child = people.register(
        Identity("李小红", "NONE", "", "", birth_date=date(2016, 3, 5)),
        **{"present": parent.present, "guardian": parent, "guardian_relation": "母亲", "by": by, "at": now},
    ).person
    assert find(at_desk(by), "李小红 20160305") == reverse("admin:cases_person_change", args=(child.pk,))


def test_two_of_a_name_whose_numbers_end_alike_are_listed(cast, at_desk):
    numbers = ("330624198903010012", "330624198003020012")
    same = [register(by=cast.community_yulin, name="陈小明", document_number=one) for one in numbers]
    client = at_desk(cast.community_yulin)
    url = find(client, "陈小明 0012")
    body = texts(client.get(url)).body
    assert "0012" not in url
    assert all(reverse("admin:cases_person_change", args=(person.pk,)) in body for person in same)


def test_a_name_with_four_digits_of_somebody_elsewhere_and_of_nobody_is_one_answer(cast, elsewhere, at_desk):
    client, answers = at_desk(cast.community_yulin), []
    for text in (ends(elsewhere, "document"), f"{elsewhere.name}0000"):
        body = Client.post(client, FIND, {"text": text}).content.decode().replace(text, "TEXT")
        assert "Nobody in your area has this name and number" in body
        answers.append(re.sub(r'value="[\w:-]{20,}"', "", body))
    assert answers[0] == answers[1]
    assert not LookUp.objects.exists()


def test_each_question_by_name_leaves_a_line_found_or_not(cast, elsewhere, at_desk):
    person = register(by=cast.community_yulin, name="李强红")
    client = at_desk(cast.community_yulin)
    for text in (ends(person, "document"), ends(elsewhere, "document")):
        Client.post(client, FIND, {"text": text})
    asked = Event.objects.filter(action__in=("person.looked_up", "person.look_up_refused")).order_by("pk")
    assert [event.action for event in asked] == ["person.looked_up", "person.look_up_refused"]
    assert asked[0].person == str(person.public_id) and json.loads(asked[0].body)["way"] == "name"
    assert json.loads(asked[1].body)["why"] == "name" and not asked[1].person


def test_an_hour_has_so_many_questions_by_name(cast, at_desk, settings):
    settings.LOOK_UPS_PER_HOUR = 2
    person = register(by=cast.community_yulin, name="李强红")
    client = at_desk(cast.community_yulin)
    bodies = [Client.post(client, FIND, {"text": f"李强红000{n}"}).content.decode() for n in range(2)]
    assert all("Nobody in your area" in body for body in bodies)
    last = Client.post(client, FIND, {"text": ends(person, "document")})
    assert last.status_code == 200 and "look-ups within an hour are the limit" in last.content.decode()


def test_the_number_of_a_case_out_of_reach_is_no_name(cast, at_desk):
    client = at_desk(cast.community_nanming)
    Client.post(client, FIND, {"text": "Case 4321"})
    assert not Event.objects.filter(action="person.look_up_refused").exists()


def test_of_too_many_namesakes_more_is_asked(cast, at_desk, monkeypatch):
    monkeypatch.setattr(named, "NAMESAKES", 1)
    for number in ("330624198903010012", "330624198003020012"):
        register(by=cast.community_yulin, name="陈小明", document_number=number)
    answer = Client.post(at_desk(cast.community_yulin), FIND, {"text": "陈小明 0012"})
    assert "More than 1 people of your area have this name" in answer.content.decode()


@pytest.mark.parametrize("found", [True, False])
def test_the_list_of_persons_takes_a_name_with_four_digits_too(cast, at_desk, found):
    person = register(by=cast.community_yulin, name="李强红")
    client, search = at_desk(cast.community_yulin), reverse("admin:cases_person_search")
    answer = Client.post(client, search, {"text": ends(person, "document") if found else "李强红0000"})
    if found:
        assert answer.url == reverse("admin:cases_person_change", args=(person.pk,))
    else:
        assert "Nobody in your area" in texts(client.get(answer.url)).body


def test_a_number_typed_into_the_box_leaves_a_line_with_whom_it_found(cast, elsewhere, at_desk):
    person = register(by=cast.community_yulin)
    client = at_desk(cast.community_yulin)
    for number in (person.document, elsewhere.document):
        find(client, number)
    lines = Event.objects.filter(action="person.listed").order_by("pk")
    assert [json.loads(line.body)["persons"] for line in lines] == [[str(person.public_id)], []]


def test_whoever_reads_no_persons_asks_for_none_by_name(cast, at_desk):
    Client.post(at_desk(cast.duty_city), FIND, {"text": "李强红 2515"})
    assert not Event.objects.filter(action="person.look_up_refused").exists()


def test_a_telephone_alone_asks_for_no_kind_of_document(cast, elsewhere, at_desk):
    typed = {"phone": elsewhere.phone, "purpose": "电话核实行程轨迹"}
    answer = at_desk(cast.officer_yulin).post(LOOK_UP, {**typed, "_confirm": "1"}, follow=True)
    assert elsewhere.name in answer.content.decode()


def test_a_number_without_its_kind_is_asked_for_it(cast, elsewhere, at_desk):
    typed = {"document_number": elsewhere.document, "purpose": "电话核实行程轨迹"}
    answer = at_desk(cast.officer_yulin).post(LOOK_UP, {**typed, "_confirm": "1"}, follow=True)
    assert "Choose one." in answer.content.decode()
