"""Checks of a door without a network: sent later, each once, with the answer that was given (clause 4.1)."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from cases.models import GateCheck, RuleBook
from cases.passes import keys, signed
from cases.selectors import red_scans
from cases.selectors.phones import phone_of
from cases.services import passes
from cases.services.persons import merges
from tests.cases.books import PROVINCE, adopted
from tests.cases.scenes import Scene
from tests.databases import run_together
from tests.factories import DivisionFactory, contact, register, token_of
from tests.gate.test_passes import digits

LATE = "/api/v1/gate/checks/late"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def then(now):
    """Return the instant at which the door had no network."""
    return now - 10 * MINUTE


@pytest.fixture
def scene(cast):
    return Scene(cast)


@pytest.fixture
def on_phone(cast, people_of, then):
    """Return a function: somebody of this colour, and what their phone showed at that instant."""

    def make(colour="GREEN"):
        person = people_of(colour)
        _made, secret = passes.hand_off(person, by=cast.citizen, at=then)
        session = passes.use_up(secret, at=then)
        return person, phone_of(session, then).passes[0]

    return make


@pytest.fixture
def send(cast, school, then):
    """Return a function: what the API answers a keeper to checks that are sent later."""
    _token, secret = token_of(cast.gate_school, until=timezone.now() + timedelta(days=1), at=timezone.now())

    def post(*rows):
        book = RuleBook.objects.in_force(then).pk
        usual = {"taken_at": then.isoformat(), "temperature": "36.5", "rule_book": book}
        body = {"checks": [{"device_id": str(uuid.uuid4()), **usual, **row} for row in rows]}
        answer = Client().post(
            LATE, body, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
        )
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()["answers"]

    return post


def codes(answer):
    return [(fault["field"], fault["code"]) for fault in answer["errors"]]


def test_it_is_recorded_at_its_own_instant_with_the_colour_of_the_pass(on_phone, send, then):
    person, scanned = on_phone("YELLOW")
    (answer,) = send({"number": scanned})
    made = GateCheck.objects.get()
    assert (answer["taken"], answer["errors"], answer["colour_then"]) == ("RECORDED", [], "")
    assert (made.person, made.colour, made.why, made.passed) == (person, "YELLOW", "RESTRICTED", False)
    assert (made.at, made.on_pass, made.colour_then) == (then, "YELLOW", "YELLOW")
    assert made.sent_at > made.at


def test_the_same_is_recorded_once(on_phone, send):
    _person, scanned = on_phone()
    row = {"number": scanned, "device_id": str(uuid.uuid4())}
    first, again = send(row), send(row)
    assert [first[0]["taken"], again[0]["taken"], GateCheck.objects.count()] == ["RECORDED", "AGAIN", 1]


def test_the_database_takes_no_second_of_the_same_number(on_phone, send, cast):
    _person, scanned = on_phone()
    send({"number": scanned})
    made = GateCheck.objects.get()
    made.pk = made.hash = None
    made._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save()


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_that_send_it_at_once_one_records_it(on_phone, send):
    _person, scanned = on_phone()
    row = {"number": scanned, "device_id": str(uuid.uuid4())}
    answers = run_together(*[lambda: send(row)] * 2)
    assert sorted(answer[0]["taken"] for answer in answers) == ["AGAIN", "RECORDED"]
    assert GateCheck.objects.count() == 1


def test_whoever_was_red_by_then_and_let_through_is_a_matter_of_the_prevention_office(
    cast, on_phone, send, then
):
    person, scanned = on_phone("GREEN")
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then - MINUTE / 4)
    (answer,) = send({"number": scanned, "taken_at": (then + MINUTE / 2).isoformat()})
    assert answer["colour_then"] == "RED"
    made = GateCheck.objects.get()
    assert (made.passed, made.colour) == (True, "GREEN")
    assert list(red_scans.unanswered(cast.duty_xinchang, timezone.now())) == [made]


def test_whoever_turned_red_only_afterwards_is_none(cast, on_phone, send, then):
    person, scanned = on_phone("GREEN")
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then + 5 * MINUTE)
    (answer,) = send({"number": scanned})
    assert answer["colour_then"] == ""
    assert not red_scans.unanswered(cast.duty_xinchang, timezone.now()).exists()


@pytest.mark.parametrize("seconds", [-31, 121])
def test_a_pass_that_did_not_count_at_that_instant_is_out_of_date(on_phone, send, then, seconds):
    _person, scanned = on_phone()
    send({"number": scanned, "taken_at": (then + timedelta(seconds=seconds)).isoformat()})
    made = GateCheck.objects.get()
    assert (made.why, made.passed, made.colour) == ("STALE", False, "NONE")


@pytest.mark.parametrize("seconds", [-29, 119])
def test_two_clocks_may_differ_by_half_a_minute(on_phone, send, then, seconds):
    _person, scanned = on_phone()
    send({"number": scanned, "taken_at": (then + timedelta(seconds=seconds)).isoformat()})
    assert GateCheck.objects.get().why == "GREEN"


def test_that_a_pass_was_revoked_no_door_could_know(cast, on_phone, send, then):
    person, scanned = on_phone()
    passes.revoke(person, reason="lost", by=cast.community_yulin, at=then + MINUTE / 60)
    send({"number": scanned, "taken_at": (then + MINUTE / 2).isoformat()})
    assert GateCheck.objects.get().why == "GREEN"


def test_a_pass_that_nobody_of_this_city_made_is_none(on_phone, send, then):
    _person, scanned = on_phone()
    send({"number": scanned[:-1] + str((int(scanned[-1]) + 1) % 10)})
    assert (GateCheck.objects.get().why, GateCheck.objects.get().person) == ("NOT_OURS", None)


def test_it_answers_for_the_surviving_record(cast, on_phone, send, then, now):
    person, scanned = on_phone()
    other = register(by=cast.service_xinchang, at=then, name=person.name)
    asked = merges.propose(person, other, reason="同一人", by=cast.bureau_one, at=then + MINUTE)
    merges.approve(asked, by=cast.bureau_two, at=then + 2 * MINUTE)
    send({"number": scanned})
    assert GateCheck.objects.get().person == other


# --- paper -------------------------------------------------------------------------------------------------------
@pytest.fixture
def on_paper(cast, people_of, then):
    def make(colour="GREEN"):
        return digits(passes.print_paper(people_of(colour), by=cast.service_xinchang, at=then - MINUTE))

    return make


def test_paper_is_asked_about_by_telephone(on_paper, send):
    send({"number": on_paper("YELLOW"), "by_telephone": "YELLOW"})
    made = GateCheck.objects.get()
    assert (made.on_pass, made.colour, made.why) == ("PAPER", "YELLOW", "RESTRICTED")


@pytest.mark.parametrize("let_through", [True, False])
def test_what_nobody_could_verify_says_what_the_keeper_did(on_paper, send, let_through):
    send({"number": on_paper(), "let_through": let_through})
    made = GateCheck.objects.get()
    assert (made.why, made.colour, made.passed, made.colour_then) == (
        "UNVERIFIED",
        "NONE",
        let_through,
        "GREEN",
    )


def test_what_nobody_could_verify_has_to_say_it(on_paper, send):
    (answer,) = send({"number": on_paper()})
    assert codes(answer) == [("let_through", "gates.late.not_said")]
    assert not GateCheck.objects.exists()


def test_a_phones_colour_is_its_own_whatever_the_telephone_says(on_phone, send):
    _person, scanned = on_phone("YELLOW")
    send({"number": scanned, "by_telephone": "GREEN"})
    assert GateCheck.objects.get().colour == "YELLOW"


# --- what is not taken ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("hours", [-25, 1])
def test_a_check_of_another_day_or_of_the_future_is_not_taken(on_phone, send, now, hours):
    _person, scanned = on_phone()
    (answer,) = send({"number": scanned, "taken_at": (now + timedelta(hours=hours)).isoformat()})
    assert (answer["taken"], codes(answer)) == ("REFUSED", [("taken_at", "gates.late.too_old")])


def test_a_number_is_not_taken(on_phone, send):
    person, _scanned = on_phone()
    (answer,) = send({"number": person.document})
    assert codes(answer) == [("number", "gates.late.number")]


def test_one_that_is_wrong_stops_no_other(on_phone, send, cast):
    _person, scanned = on_phone()
    answers = send(
        {"number": scanned, "temperature": "20"}, {"number": scanned}, {"number": scanned, "extra": 1}, {}
    )
    assert [answer["taken"] for answer in answers] == ["REFUSED", "RECORDED", "REFUSED", "REFUSED"]
    assert GateCheck.objects.count() == 1


@pytest.mark.parametrize(("hours", "taken"), [(25, "REFUSED"), (23, "RECORDED")])
def test_the_book_of_before_decides_for_a_day(scene, on_phone, send, then, hours, taken):
    first = RuleBook.objects.in_force(then)
    adopted(scene, PROVINCE, at=then - timedelta(hours=hours))
    _person, scanned = on_phone()
    (answer,) = send({"number": scanned, "rule_book": first.pk})
    assert answer["taken"] == taken
    assert codes(answer) == ([] if taken == "RECORDED" else [("rule_book", "gates.late.old_book")])


def test_a_book_that_was_not_in_force_yet_decides_nothing(scene, on_phone, send, then):
    newer = adopted(scene, PROVINCE, at=then + MINUTE)
    _person, scanned = on_phone()
    (answer,) = send({"number": scanned, "rule_book": newer.pk})
    assert codes(answer) == [("rule_book", "gates.late.old_book")]


def test_more_than_a_hundred_are_sent_in_two_goes(cast, school):
    _token, secret = token_of(cast.gate_school, until=timezone.now() + timedelta(days=1), at=timezone.now())
    head = {"Authorization": f"Bearer {secret}"}
    answer = Client().post(LATE, {"checks": [{}] * 101}, content_type="application/json", headers=head)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "checks")


def test_nobody_but_a_keeper_sends_any(cast):
    _token, secret = token_of(cast.hotline, until=timezone.now() + timedelta(days=1), at=timezone.now())
    head = {"Authorization": f"Bearer {secret}"}
    assert (
        Client().post(LATE, {"checks": []}, content_type="application/json", headers=head).status_code == 403
    )


def test_a_code_from_elsewhere_is_looked_at_without_a_network_too(send):
    DivisionFactory(code="3301")
    send({"issuer": "3301", "colour": "GREEN"})
    made = GateCheck.objects.get()
    assert (made.issuer_id, made.passed, made.colour_then) == ("3301", True, "")


# --- keys ----------------------------------------------------------------------------------------------------------
def test_a_device_reads_by_which_keys_a_pass_counts(cast, school, settings):
    settings.PASS_RETIRED_KEYS = [keys.public_of(keys.signing(signed.PassKind.PAPER)).replace("2:", "9:", 1)]
    _token, secret = token_of(cast.gate_school, until=timezone.now() + timedelta(days=1), at=timezone.now())
    answer = Client().get("/api/v1/gate/passes/keys", headers={"Authorization": f"Bearer {secret}"}).json()
    of = {one["number"]: one for one in answer["keys"]}
    assert {number: one["kinds"] for number, one in of.items()} == {1: ["phone"], 2: ["paper"], 9: ["paper"]}
    assert of[9]["public"] == of[2]["public"] != of[1]["public"]
