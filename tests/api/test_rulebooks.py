"""Rule books over the API: the same acts as at the desk, and the same answers."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import RuleBook
from cases.policy import shipped
from cases.services.book import rulebooks
from tests.factories import contact, register

from .conftest import fields_of, status_and_code

PROVINCE = shipped.VERSIONS[1]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def proposed(cast, now) -> RuleBook:
    return rulebooks.propose(shipped.text(PROVINCE), effective_from=now, by=cast.policy_city, at=now)


def file_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_version_is_proposed_read_and_decided(cast, caller, now):
    body = {"file": file_of(shipped.text(PROVINCE)), "effective_from": now.isoformat()}
    answer = caller(cast.policy_city).do("propose-rule-book", **body)
    assert answer.status_code == 200, answer.content
    path = answer.json()["made"].removeprefix("/api/v1/")
    whole = caller(cast.duty_city).get(path).json()
    assert {chapter["title"] for chapter in whole["changes"]} and whole["decision"] == "PENDING"
    decision = {"book": whole["id"], "decision": "approve", "effective_from": now.isoformat()}
    assert caller(cast.duty_city).do("decide-rule-book", **decision).status_code == 200
    assert caller(cast.duty_city).get(path).json()["decision"] == "APPROVED"


def test_a_faulty_text_is_a_problem_of_its_field(cast, caller, now):
    body = {"file": file_of("version = 1"), "effective_from": now.isoformat()}
    answer = caller(cast.policy_city).do("propose-rule-book", **body)
    assert fields_of(answer) == {"file": "book.unreadable"}


def test_the_effect_is_told_to_those_who_work_on_the_book(cast, caller, proposed):
    path = f"rule-books/{proposed.pk}/effect"
    assert caller(cast.policy_city).get(path).json()["total"] == 0
    assert status_and_code(caller(cast.group_xinchang).get(path))[0] == 403


def test_drafts_are_listed_for_those_who_work_on_them(cast, caller, proposed):
    numbers = {
        name: len(caller(cast[name]).get("rule-books").json()["results"])
        for name in ("policy.city", "group.xinchang")
    }
    assert numbers == {"policy.city": 2, "group.xinchang": 1}


def test_a_past_day_is_replayed(cast, caller, now):
    then = now - timedelta(days=2)
    person = register(by=cast.service_xinchang, at=then)
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then)
    day = timezone.localtime(now).date().isoformat()
    body = caller(cast.supervisor_city).get("replay", day=day, division="330624").json()
    assert [(row["colour"], row["shown"]) for row in body["colours"]] == [
        ("RED", 1),
        ("YELLOW", 0),
        ("GREEN", 0),
    ]
    assert body["grounds"][0]["ground"]["key"] == "CLOSE_CONTACT"


def test_a_day_that_cannot_be_replayed_is_a_problem_of_its_field(cast, caller):
    answer = caller(cast.duty_city).get("replay", day="2999-01-01", division="3306")
    assert fields_of(answer) == {"day": "future"}


def test_a_past_code_names_its_grounds_under_the_book_then_in_force(cast, caller, now):
    then = now - timedelta(days=2)
    person = register(by=cast.service_xinchang, at=then)
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then)
    old = RuleBook.objects.get()
    book = rulebooks.propose(shipped.text(PROVINCE), effective_from=now, by=cast.policy_city, at=now)
    rulebooks.decide(book, approve=True, effective_from=now, by=cast.duty_city, at=now)
    rulebooks.adopt_due(by=cast.duty_city, at=now)
    answer = caller(cast.group_xinchang).get(
        f"persons/{person.public_id}/code", at=(then + timedelta(hours=1)).isoformat()
    )
    assert answer.json()["rule_book"] == old.document_number
    assert [ground["clause"] for ground in answer.json()["grounds"]] == ["1.1d"]
