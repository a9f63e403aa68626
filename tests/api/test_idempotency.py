"""A POST that is sent twice is answered twice and done once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import LabResult, Person
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import IdempotencyKey
from tests.api.conftest import Caller, status_and_code
from tests.factories import register, resident_number


def sample(number="R-1", hours=2):
    sampled = (timezone.now() - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0).isoformat()
    return {
        "outcome": "NEGATIVE",
        "sampled_at": sampled,
        "laboratory": "新昌县检测中心",
        "report_number": number,
    }


@pytest.fixture
def clerk(cast, caller):
    return caller(cast.service_xinchang)


@pytest.fixture
def person(cast):
    return register(by=cast.service_xinchang)


@pytest.mark.parametrize("key", [None, " ", "x" * 81, "键"])
def test_a_post_without_a_usable_key_is_refused(clerk, person, key):
    headers = {} if key is None else {"Idempotency-Key": key.encode().decode("latin-1")}
    answer = clerk.post(f"persons/{person.public_id}/operations/enter-result", sample(), key=None, **headers)
    assert status_and_code(answer) == (400, "idempotency_key_missing")


def test_the_same_request_is_answered_again_and_done_once(clerk, person):
    body = sample()
    first, second = (clerk.do("enter-result", person, key="k1", **body) for _ in range(2))
    assert (first.status_code, second.json()) == (200, first.json())
    assert (first.headers.get("Idempotent-Replay"), second["Idempotent-Replay"]) == (None, "true")
    assert LabResult.objects.count() == 1


def test_another_request_under_the_same_key_is_refused(clerk, person):
    clerk.do("enter-result", person, key="k1", **sample())
    assert status_and_code(clerk.do("enter-result", person, key="k1", **sample("R-2"))) == (
        422,
        "idempotency_key_reused",
    )


def test_the_same_body_for_another_person_is_another_request(cast, clerk, person):
    body = sample()
    clerk.do("enter-result", person, key="k1", **body)
    other = register(by=cast.service_xinchang)
    assert status_and_code(clerk.do("enter-result", other, key="k1", **body)) == (
        422,
        "idempotency_key_reused",
    )


def test_keys_belong_to_their_user(cast, caller, clerk, person):
    body = sample()
    clerk.do("enter-result", person, key="k1", **body)
    first = caller(cast.clinic_xinchang).do(
        "enter-result", person, key="k1", **{**body, "report_number": "R-2"}
    )
    assert first.status_code == 200
    assert "Idempotent-Replay" not in first


def test_refusals_are_not_stored(clerk, person):
    body = sample(hours=-2)
    assert status_and_code(clerk.do("enter-result", person, key="k1", **body)) == (
        409,
        "results.sample.in_future",
    )
    assert clerk.do("enter-result", person, key="k1", **sample()).status_code == 200


def test_rehearsals_are_not_stored(clerk, person):
    body = sample()
    clerk.do("enter-result", person, key="k1", rehearse=True, **body)
    assert not LabResult.objects.exists()
    assert clerk.do("enter-result", person, key="k1", **body).json()["rehearsed"] is False


def test_a_stored_answer_is_sealed(cast, clerk):
    first = register_over_api(clerk, key="k1", name="金丝雀")
    assert first["persons"][0]["name"] == "金丝雀"
    assert "金丝雀" not in str(IdempotencyKey.objects.get().answer)


def test_full_numbers_are_not_kept_for_a_replay(cast, caller, person):
    group = caller(cast.group_xinchang)
    answers = [group.do("unmask", person, key="k1", reason="contact tracing") for _ in range(2)]
    assert person.document in answers[1].json()["message"]
    assert not IdempotencyKey.objects.exists()
    assert Event.objects.filter(action="person.unmasked").count() == 2


def test_registering_twice_under_one_key_makes_one_person(clerk):
    number = resident_number()
    first, second = (register_over_api(clerk, key="k1", number=number) for _ in range(2))
    assert first == second


def register_over_api(clerk, *, key, number="", name="测试"):
    identity = {"name": name, "document_type": "RESIDENT_ID", "document_number": number or resident_number()}
    answer = clerk.do("register", key=key, present="330624001", sex="UNKNOWN", **identity)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


@pytest.fixture
def committed(transactional_db, cast):
    return cast, register(by=cast.service_xinchang)


def test_twins_that_arrive_together_are_one_act(committed, together):
    cast, person = committed
    body, clerks = sample(), [Caller(cast.service_xinchang) for _ in range(6)]
    answers = together(
        *(lambda clerk=clerk: clerk.do("enter-result", person, key="k1", **body) for clerk in clerks)
    )
    assert [answer.status_code for answer in answers] == [200] * 6
    assert sorted(answer.headers.get("Idempotent-Replay", "") for answer in answers) == [""] + ["true"] * 5
    assert len({answer.content for answer in answers}) == 1
    assert LabResult.objects.count() == 1


def test_twins_that_are_refused_together_store_nothing(committed, together):
    cast, person = committed
    body, clerks = sample(hours=-2), [Caller(cast.service_xinchang) for _ in range(4)]
    answers = together(
        *(lambda clerk=clerk: clerk.do("enter-result", person, key="k1", **body) for clerk in clerks)
    )
    assert [status_and_code(answer) for answer in answers] == [(409, "results.sample.in_future")] * 4
    assert not IdempotencyKey.objects.exists()


def test_one_document_registered_everywhere_at_once_is_one_person(committed, together):
    cast, _person = committed
    number, clerks = resident_number(), [Caller(cast.service_xinchang) for _ in range(4)]
    answers = together(
        *(
            lambda n=n, clerk=clerk: register_over_api(clerk, key=f"k{n}", number=number)
            for n, clerk in enumerate(clerks)
        )
    )
    assert len({answer["persons"][0]["public_id"] for answer in answers}) == 1
    assert Person.objects.count() == 2
