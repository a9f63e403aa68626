"""Machines come by token: bound to a user and office, expiring, revocable."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from cases.models import GateCheck
from healthcode.core.audit.models import Event
from healthcode.core.offices import tokens
from healthcode.core.offices.models import Token
from tests.api.conftest import Caller, status_and_code
from tests.factories import delivered, guarded, register, resident_number, token_of


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer wrong", "Bearer a b", "Basic YTpi", "Bearer 令牌".encode().decode("latin-1")],
)
def test_without_a_valid_token_nobody_is_let_in(db, header):
    answer = Client().get("/api/v1/persons", headers={"Authorization": header} if header else {})
    assert status_and_code(answer) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_expires(cast, caller):
    machine = caller(cast.province)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert status_and_code(machine.get("persons")) == (401, "unauthenticated")


def test_a_revoked_token_is_useless_at_once(cast, caller):
    machine = caller(cast.province)
    assert status_and_code(machine.get("persons")) == (403, "forbidden")
    tokens.revoke(Token.objects.get(), by=cast.admin_one, at=timezone.now())
    assert status_and_code(machine.get("persons")) == (401, "unauthenticated")


def test_a_token_of_a_closed_account_is_useless(cast, caller):
    machine = caller(cast.province)
    cast.province.__class__.objects.filter(username="province").update(is_active=False)
    assert status_and_code(machine.get("persons")) == (401, "unauthenticated")


@pytest.mark.parametrize("name", ["province", "telecom", "citizen", "hotline", "gate_school"])
@pytest.mark.parametrize("path", ["persons", "cases", "orders", "results", "transitions", "worklists"])
def test_machines_and_gates_read_no_lists(cast, caller, name, path):
    user = getattr(cast, name)
    expected = 200 if (name, path) == ("gate_school", "worklists") else 403
    assert caller(user).get(path).status_code == expected


@pytest.mark.parametrize(("name", "status"), [("province", 200), ("hotline", 403), ("gate_school", 403)])
def test_a_machine_sees_what_became_of_its_own_deliveries_alone(cast, caller, name, status):
    delivered(b"x", by=cast.cdc_xinchang, at=timezone.now())
    answer = caller(getattr(cast, name)).get("deliveries")
    assert (answer.status_code, answer.json().get("results", [])) == (status, [])


def test_the_citizen_channel_finds_its_own_persons_code_by_exact_document(cast, caller):
    number = resident_number()
    register(by=cast.service_xinchang, document_number=number, name="金丝雀")
    found = caller(cast.citizen).do(
        "look-up", document_type="RESIDENT_ID", document_number=number, purpose="own code"
    )
    assert found.json()["explanation"]["colour"] == "GREEN"
    assert "金丝雀" not in found.content.decode() and number not in found.content.decode()


def test_the_citizen_channel_opens_no_persons_page(cast, caller):
    person = register(by=cast.service_xinchang)
    citizen = caller(cast.citizen)
    assert status_and_code(citizen.get(f"persons/{person.public_id}")) == (403, "forbidden")
    assert status_and_code(citizen.do("open-case", person)) == (403, "forbidden")


def test_the_citizen_channel_declares_and_the_answer_keeps_the_office_side_back(cast, caller):
    person = register(by=cast.service_xinchang)
    day = str(timezone.localdate())
    body = caller(cast.citizen).do("declare", person, fever=True, temperature=38.5, onset_on=day).json()
    standing = body["explanation"]["standing"][0]
    assert (body["explanation"]["colour"], standing["ground"]) == ("YELLOW", "FEVER")
    assert not {"entered_by", "evidence_ref", "index_case"} & set(standing)
    assert set(body["persons"][0]) == {"public_id", "version"}


def test_the_province_sends_a_case_down(cast, caller):
    person = register(by=cast.service_xinchang)
    case = {
        "ground": "OVERSEAS",
        "evidence_kind": "ENTRY_RECORD",
        "evidence_ref": "省平台1",
        "began_on": str(timezone.localdate()),
    }
    answer = caller(cast.province).do("open-case", person, **case)
    assert answer.status_code == 200, answer.content.decode()
    assert answer.json()["explanation"]["colour"] == "RED"


def narrow(cast, user, *acts, addresses=""):
    """Return a caller whose token opens these acts alone."""
    now = timezone.now()
    fields = {"until": now + timedelta(hours=1), "at": now, "acts": acts, "addresses": addresses}
    return Caller(user, token_of(user, **fields)[1])


def test_a_token_opens_what_it_was_granted_for_and_nothing_else_of_its_machine(cast):
    person = register(by=cast.service_xinchang)
    machine = narrow(cast, cast.province, "result.enter")
    assert status_and_code(machine.do("open-case", person)) == (403, "tokens.outside_scope")
    assert status_and_code(machine.do("enter-result", person)) == (400, "invalid")


@pytest.mark.parametrize(
    ("kind", "expected"), [("RESULTS", (403, "tokens.outside_scope")), ("GROUNDS", (202, ""))]
)
def test_a_token_sends_the_kinds_of_delivery_that_it_was_granted_for(cast, kind, expected):
    machine = narrow(cast, cast.province, "batch.deliver", "batch.grounds")
    headers = {**machine.headers, "Idempotency-Key": "1"}
    url = f"/api/v1/uploads?kind={kind}&form=CSV"
    answer = machine.client.post(url, b"x", content_type="application/octet-stream", headers=headers)
    assert (answer.status_code, answer.json().get("code", "")) == expected


def test_what_is_not_the_machines_at_all_is_answered_as_before(cast):
    machine = narrow(cast, cast.province, "result.enter")
    assert status_and_code(machine.get("persons")) == (403, "forbidden")


@pytest.mark.parametrize(("addresses", "status"), [("10.9.0.0/16", 401), ("127.0.0.0/8 ::1", 403)])
def test_a_token_is_taken_from_its_own_addresses_alone(cast, addresses, status):
    machine = narrow(cast, cast.province, "result.enter", addresses=addresses)
    assert machine.get("persons").status_code == status


def test_an_address_that_the_server_calls_by_its_longer_form_is_the_same(cast):
    machine = narrow(cast, cast.province, "result.enter", addresses="10.1.2.0/24")
    statuses = []
    for address in ("::ffff:10.1.2.3", "::ffff:10.1.3.3"):
        machine.client.defaults["REMOTE_ADDR"] = address
        statuses.append(machine.get("persons").status_code)
    assert statuses == [403, 401]


def test_the_last_use_is_noted_once_in_ten_minutes(cast):
    machine = narrow(cast, cast.province, "result.enter")
    start = timezone.now()
    noted = []
    for minutes in (0, 9, 11):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            machine.get("persons")
            noted.append(Token.objects.get().last_used_at)
    assert noted == [start, start, start + timedelta(minutes=11)]


def test_every_event_names_the_token_that_caused_it(cast):
    person = register(by=cast.service_xinchang)
    machine = narrow(cast, cast.province, "case.open")
    case = {"ground": "OVERSEAS", "evidence_kind": "ENTRY_RECORD", "evidence_ref": "省平台1"}
    answer = machine.do("open-case", person, **case, began_on=str(timezone.localdate()))
    assert answer.status_code == 200, answer.content.decode()
    events = Event.objects.filter(actor="province").exclude(action__startswith="token.")
    named = {json.loads(event.body).get("via") for event in events}
    assert named == {f"token:{Token.objects.get().pk}"}


def test_a_gates_check_names_its_token_on_the_quick_way_too(cast):
    guarded()
    gate = narrow(cast, cast.gate_school, "gate.check")
    body = {"number": resident_number(), "temperature": "36.5"}
    for way in ("/", "?"):  # an address with a query goes the full way
        assert gate.post(f"gate/checks{way}".rstrip("/"), body).status_code == 200
    checked = GateCheck.objects.values_list("via", flat=True)
    assert list(checked) == [f"token:{Token.objects.get().pk}"] * 2


def test_a_gates_token_for_something_else_checks_nobody(cast):
    guarded()
    gate = narrow(cast, cast.gate_school, "venue.view")
    body = {"number": resident_number(), "temperature": "36.5"}
    assert status_and_code(gate.post("gate/checks", body)) == (403, "tokens.outside_scope")
