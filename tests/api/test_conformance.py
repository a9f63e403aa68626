"""Every answer is one that the schema describes: its status, its content type, its body; and never a 500."""

import os
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from cases.models import Batch, RuleBook
from complaints.models import Ticket
from tests.api.conformance import Described
from tests.api.conftest import V1
from tests.api.test_fuzz import STRANGE
from tests.cases.scenes import Scene
from tests.complaints.desk import Desk
from tests.factories import contact, register, reported, sampled

EXAMPLES = int(
    os.environ.get("EXAMPLES", "2")
)  # for each address and caller; a few hundred (make soak) find more
CALLERS = ("cdc.xinchang", "community.yulin", "duty.city", "policy.city", "province", "hotline")
SENDERS = ("group.xinchang", "duty.city", "province")
VALUES = {
    "integer": st.integers(-2, 9).map(str) | st.just("9" * 30),
    "boolean": st.sampled_from(("true", "0", "maybe")),
    "string": st.sampled_from(
        ("", "2026-11-30", "2026-11-30T08:00:00Z", "RED", "330624", "\x00", "x" * 300, "甲")
    ),
}


@pytest.fixture(scope="module")
def described() -> Described:
    return Described()


@pytest.fixture
def person(cast):
    made = register(by=cast.service_xinchang, address="羽林街道1号")
    before = timezone.now() - timedelta(days=1)
    contact(made, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=before)
    reported(made, by=cast.cdc_xinchang, at=before + timedelta(hours=1), ground="SUSPECTED")
    sampled(made, by=cast.service_xinchang, at=before + timedelta(hours=2))
    Desk(Scene(cast)).routed()  # which nobody has taken yet
    return made


def rows(person) -> dict[str, list[str]]:
    """Return what stands in the place of a row in an address: real ones, one that is not there, and nonsense."""
    return {
        "public_id": [str(person.public_id), str(uuid.uuid4())],
        "id": [
            *map(
                str,
                [*RuleBook.objects.values_list("pk", flat=True), *Batch.objects.values_list("pk", flat=True)],
            ),
            "0",
        ],
        "number": [*Ticket.objects.values_list("number", flat=True), "no-such"],
        "external_no": ["no-such"],
        "mark": ["no-such"],
        "kind": ["results", "RESULTS", "nothing"],
    }


def filled(path: str, values: dict[str, list[str]]):
    """Return the addresses that a pattern of the schema can be, with these rows in it."""
    names = [piece[1:-1] for piece in path.split("/") if piece.startswith("{")]
    chosen = st.fixed_dictionaries({name: st.sampled_from(values[name]) for name in names})
    return chosen.map(lambda found: path.format(**found))


def parameters(operation):
    """Return queries with some of the parameters that are described, likely and strange ones."""
    likely = {
        one["name"]: st.sampled_from(one["schema"].get("enum") or [""]).map(str)
        | VALUES.get(one["schema"].get("type", ""), VALUES["string"])
        for one in operation.get("parameters", ())
        if one["in"] == "query"
    }
    return st.fixed_dictionaries({}, optional=likely | {"no_such": st.just("1")})


def tried(given_values, check) -> None:
    @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @seed(93)
    @given(given_values)
    def once(values):
        check(*values)

    once()


@pytest.mark.parametrize("name", CALLERS)
def test_whatever_is_asked_is_answered_as_described(cast, caller, described, person, name):
    somebody, values = caller(cast[name]), rows(person)
    for path, operation in described.operations("get"):

        def check(address, query):
            answer = somebody.client.get(address, query, headers=somebody.headers)
            assert described.faults("get", address, answer) == []

        tried(st.tuples(filled(path, values), parameters(operation)), check)


@pytest.mark.parametrize("name", SENDERS)
def test_whatever_is_sent_is_answered_as_described(cast, caller, described, person, name):
    somebody, values = caller(cast[name]), rows(person)
    sent = st.dictionaries(st.text(max_size=5), STRANGE, max_size=3) | STRANGE
    for path, _operation in described.operations("post"):

        def check(address, body):
            answer = somebody.post(address.removeprefix(f"{V1}/"), body)
            assert described.faults("post", address, answer) == []

        tried(st.tuples(filled(path, values), sent), check)


def test_whoever_is_not_let_in_is_answered_as_described(db, described):
    nobody = {
        "public_id": [str(uuid.uuid4())],
        "id": ["1"],
        "number": ["x"],
        "external_no": ["x"],
        "mark": ["x"],
        "kind": ["x"],
    }
    for method in ("get", "post"):
        for path, _operation in described.operations(method):
            address = path.format(**{name: one[0] for name, one in nobody.items()})
            answer = getattr(Client(), method)(address)
            assert answer.status_code == 401
            assert described.faults(method, address, answer) == []


BROKEN = {
    "no JSON": ({"content_type": "application/json", "data": "{"}, 400),
    "another kind": ({"content_type": "text/plain", "data": "x"}, 415),
    "a list": ({"content_type": "application/json", "data": "[]"}, 400),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_body_that_is_none_is_answered_as_described(cast, caller, described, broken):
    somebody, (sent, status) = caller(cast.service_xinchang), BROKEN[broken]
    address = f"{V1}/operations/register"
    headers = {**somebody.headers, "Idempotency-Key": uuid.uuid4().hex}
    answer = somebody.client.post(address, headers=headers, **sent)
    assert answer.status_code == status
    assert described.faults("post", address, answer) == []


def test_an_answer_that_is_not_described_would_be_found(cast, caller, described):
    answer = caller(cast.cdc_xinchang).get("persons")
    assert described.faults("get", f"{V1}/persons", answer) == []
    assert described.faults("get", f"{V1}/no-such", answer)
    answer["Content-Type"] = "text/html"
    assert described.faults("get", f"{V1}/persons", answer)
    answer["Content-Type"], answer.status_code = "application/json", 418
    assert described.faults("get", f"{V1}/persons", answer)
    answer.status_code, answer.content = 200, b'{"results": [{"name": 3}]}'
    assert described.faults("get", f"{V1}/persons", answer)
