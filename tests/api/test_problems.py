"""What goes wrong is told as RFC 9457 problems: stable codes, the user's language, no traces."""

import uuid
from datetime import timedelta
from unittest import mock

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.utils import timezone

from cases.api import persons
from cases.models import Person
from cases.services.persons import people as people_service
from tests.api.conftest import V1, fields_of, status_and_code
from tests.factories import register, resident_number


@pytest.fixture
def person(cast):
    return register(by=cast.service_xinchang)


@pytest.fixture
def clerk(cast, caller):
    return caller(cast.service_xinchang)


@pytest.fixture
def sample():
    sampled = (timezone.now() - timedelta(hours=2)).isoformat()
    return {
        "outcome": "NEGATIVE",
        "sampled_at": sampled,
        "laboratory": "新昌县检测中心",
        "report_number": "R-77",
    }


@pytest.mark.parametrize("method", ["delete", "put", "patch", "options"])
@pytest.mark.parametrize(
    "path", ["persons", "persons/{}", "persons/{}/operations/unmask", "cases", "rule-book"]
)
def test_nothing_is_deleted_or_put(cast, clerk, person, method, path):
    answer = getattr(clerk.client, method)(f"{V1}/{path.format(person.public_id)}")
    assert status_and_code(answer) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/v1/nowhere", "/api/v1/persons/17", "/api/v2/persons", "/api/v1/operations/no"],
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_a_problem(db, path, method):
    assert status_and_code(getattr(Client(), method)(path)) == (404, "no_such_path")


def test_a_person_who_does_not_exist_and_one_out_of_reach_look_the_same(cast, clerk):
    other = register(by=cast.service_yuecheng, present="330602001")
    answers = [clerk.get(f"persons/{key}") for key in (uuid.uuid4(), other.public_id)]
    assert [status_and_code(answer) for answer in answers] == [(404, "not_found")] * 2
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("name", ["enter-result", "unmask", "enter-report", "void", "decide-transfer"])
def test_an_act_on_somebody_out_of_reach_finds_nobody(cast, caller, name):
    other = register(by=cast.service_yuecheng, present="330602001")
    for user in (cast.service_xinchang, cast.group_xinchang, cast.community_yulin):
        assert status_and_code(caller(user).do(name, other)) in ((404, "not_found"), (403, "forbidden"))


def test_a_role_without_the_act_is_forbidden(clerk, person):
    assert status_and_code(clerk.do("open-case", person)) == (403, "forbidden")


def test_an_act_with_nothing_to_act_on_is_a_conflict(clerk, person):
    assert status_and_code(clerk.do("apply-result", person)) == (409, "not_offered")


def test_form_errors_name_each_field(clerk, person, sample):
    answer = clerk.do(
        "enter-result", person, **{**sample, "outcome": "GOOD", "sampled_at": "soon", "laboratory": None}
    )
    assert status_and_code(answer) == (400, "invalid")
    assert fields_of(answer) == {
        "outcome": "invalid_choice",
        "sampled_at": "invalid",
        "laboratory": "required",
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("report_number", 77, "invalid"),
        ("laboratory", ["a"], "invalid"),
        ("outcom", "x", "unknown"),
        ("seen", "1", "invalid"),
    ],
)
def test_json_of_another_type_is_told_on_its_field(clerk, person, sample, field, value, code):
    answer = clerk.do("enter-result", person, **{**sample, field: value})
    assert status_and_code(answer) == (400, "invalid")
    assert fields_of(answer) == {field: code}


def test_a_refusal_has_its_own_code_on_its_field(clerk, person, sample):
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    answer = clerk.do("enter-result", person, **{**sample, "sampled_at": later})
    assert status_and_code(answer) == (409, "results.sample.in_future")
    assert fields_of(answer) == {"sampled_at": "results.sample.in_future"}


def test_nobody_is_found_under_a_number_that_nobody_has(clerk):
    answer = clerk.do(
        "look-up", document_type="RESIDENT_ID", document_number=resident_number(), purpose="own code"
    )
    assert fields_of(answer) == {"document_number": "persons.number.nobody_registered"}


def test_a_record_does_not_merge_into_one_that_is_not_there(clerk, person):
    answer = clerk.do("merge", person, document_type="RESIDENT_ID", other=str(uuid.uuid4()), reason="同一人")
    assert fields_of(answer) == {"other": "persons.merge.no_such_record"}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (resident_number(), "persons.guardian.not_registered"),
        ("123456", "persons.number.wrong_form"),
    ],
)
def test_what_is_wrong_with_a_guardian_is_told_on_the_guardians_number(clerk, number, code):
    child = {"name": "张小小", "document_type": "NONE", "sex": "FEMALE", "birth_date": "2019-05-01"}
    answer = clerk.do("register", **child, present="330624001", guardian_number=number)
    assert fields_of(answer) == {"guardian_number": code}


@pytest.mark.parametrize(
    ("guardian", "faults"),
    [
        ({"guardian_type": "PASSPORT", "guardian_number": "M12345678", "guardian_country": "KOR"}, {}),
        (
            {"guardian_type": "PASSPORT", "guardian_number": "M12345678"},
            {"guardian_country": "persons.number.country_missing"},
        ),
    ],
)
def test_a_guardian_is_named_by_any_document(clerk, guardian, faults):
    passport = {"document_type": "PASSPORT", "document_number": "M12345678", "document_country": "KOR"}
    parent = {"name": "KIM MINJI", "sex": "FEMALE", "birth_date": "1990-02-03", **passport}
    assert clerk.do("register", **parent, present="330624001").status_code == 200
    child = {"name": "KIM", "document_type": "NONE", "sex": "FEMALE", "birth_date": "2019-05-01"}
    answer = clerk.do("register", **child, present="330624001", **guardian)
    if faults:
        assert fields_of(answer) == faults
    else:
        assert Person.objects.get(name="KIM").guardian == Person.objects.get(name="KIM MINJI")


def test_the_second_twin_is_registered_by_its_order_of_birth(clerk):
    mother = {
        "name": "张三",
        "document_type": "RESIDENT_ID",
        "document_number": (number := resident_number()),
    }
    clerk.do("register", **mother, sex="FEMALE", present="330624001")
    child = {"name": "张三之婴", "document_type": "NONE", "sex": "FEMALE", "birth_date": "2019-05-01"}
    fields = {**child, "present": "330624001", "guardian_number": number}
    first = clerk.do("register", **fields).json()
    again = clerk.do("register", **fields).json()
    second = clerk.do("register", **fields, birth_order=2).json()
    assert "多胞胎" in again["message"]
    keys = [answer["persons"][0]["public_id"] for answer in (first, again, second)]
    assert keys[0] == keys[1] != keys[2]


def test_a_stale_version_is_refused(clerk, person, sample):
    seen = clerk.get(f"persons/{person.public_id}").json()["version"]
    assert clerk.do("enter-result", person, seen=seen, **sample).status_code == 200
    again = clerk.do("enter-result", person, seen=seen, **{**sample, "report_number": "R-78"})
    assert status_and_code(again) == (409, "stale_page")


@pytest.mark.parametrize(
    "body", ["{", "[1]", '"text"', "1", '{"a": "\\ud800"}', "[" * 100_000, '{"a": NaN}', b"\xff\xfe"]
)
def test_what_is_not_one_json_object_is_malformed(clerk, person, body):
    assert status_and_code(clerk.post(f"persons/{person.public_id}/operations/enter-result", body)) == (
        400,
        "malformed",
    )


def test_forms_are_not_json(clerk, person):
    path = f"{V1}/persons/{person.public_id}/operations/unmask"
    answer = clerk.client.post(path, {"reason": "x"}, headers={"Idempotency-Key": "k"})
    assert status_and_code(answer) in ((415, "unsupported_media_type"), (403, "forbidden"))


def test_a_body_without_end_is_too_large(cast, caller, person):
    group = caller(cast.group_xinchang)
    assert status_and_code(group.do("unmask", person, reason="x" * 3_000_000)) == (413, "too_large")


def test_other_media_types_are_not_acceptable(clerk):
    answer = clerk.client.get(f"{V1}/rule-book", headers={"Accept": "application/xml"})
    assert status_and_code(answer) == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("persons?color=RED", "color"),
        ("persons?colour=BLUE", "colour"),
        ("persons?township=33a", "township"),
        ("persons?cursor=x", "cursor"),
        ("persons?cursor=cD1hYmM%3D", "cursor"),
        ("cases?person=17", "person"),
        ("results?sampled_from=soon", "sampled_from"),
    ],
)
def test_a_wrong_parameter_is_named(clerk, path, field):
    answer = clerk.get(path)
    assert status_and_code(answer) == (400, "invalid")
    assert set(fields_of(answer)) == {field}


@pytest.mark.parametrize("at", ["soon", "2999-01-01T00:00:00Z", "1999-01-01T00:00:00Z"])
def test_a_code_at_an_impossible_instant_is_told_on_the_field(clerk, person, at):
    answer = clerk.get(f"persons/{person.public_id}/code", at=at)
    assert status_and_code(answer) == (400, "invalid")
    assert set(fields_of(answer)) == {"at"}


def test_what_discloses_cannot_be_rehearsed(cast, clerk, person):
    assert status_and_code(clerk.do("look-up", rehearse=True, document_type="RESIDENT_ID")) == (
        400,
        "not_rehearsable",
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [(IntegrityError("x"), (409, "conflict")), (OperationalError("locked"), (503, "busy"))],
)
def test_a_failing_database_is_told_as_a_problem(clerk, error, expected):
    with mock.patch.object(persons.PersonsView, "get_queryset", side_effect=error):
        assert status_and_code(clerk.get("persons")) == expected


def test_the_unforeseen_says_nothing_of_itself(clerk):
    clerk.client.raise_request_exception = False
    with mock.patch.object(persons.PersonsView, "get_queryset", side_effect=ValueError("secret")):
        answer = clerk.get("persons")
    assert status_and_code(answer) == (500, "internal")
    assert "secret" not in answer.content.decode()


def test_a_machine_is_answered_in_the_language_it_asks_for(cast, caller):
    titles = {
        caller(cast.province, language=language).get("persons").json()["title"]
        for language in ("en", "zh-CN")
    }
    assert "Your role may not do this." in titles and len(titles) == 2


def test_a_user_is_answered_in_their_own_language(cast, caller):
    cast.service_xinchang.__class__.objects.filter(username="service.xinchang").update(language="en")
    answer = caller(cast.service_xinchang).get(f"persons/{uuid.uuid4()}")
    assert answer.json()["title"] == "There is no such record within your reach."
    assert answer["Content-Language"] == "en"


def test_a_session_needs_its_csrf_token(cast, person):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.group_xinchang, backend="healthcode.core.offices.backends.RoleBackend")
    path = f"{V1}/persons/{person.public_id}/operations/unmask"
    answer = browser.post(
        path, {"reason": "x"}, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert status_and_code(answer) == (403, "forbidden")


def test_a_broken_last_write_leaves_nothing_behind(cast, caller, clerk, person, sample):
    clerk.client.raise_request_exception = False
    with mock.patch.object(people_service.ledger, "record_all", side_effect=RuntimeError):
        answer = clerk.do("enter-result", person, key="once", **sample)
    assert answer.status_code == 500
    assert clerk.do("enter-result", person, key="once", **sample).status_code == 200


@pytest.mark.parametrize(
    "address", ["/api/%0A", "/api/v1/persons/%0A", "/api/v1/x%0A/operations/report", "/api/%0D%0Ax"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_with_a_line_break_is_answered_as_a_problem(cast, caller, address, method):
    somebody = caller(cast.province)
    answer = getattr(somebody.client, method)(address, headers=somebody.headers)
    assert status_and_code(answer) == (404, "no_such_path")


def test_a_strange_host_name_is_answered_as_a_problem(cast, caller):
    somebody = caller(cast.province)
    answer = somebody.client.get("/api/v1/no-such", headers={**somebody.headers, "Host": "evil.example"})
    assert status_and_code(answer) == (400, "malformed")
