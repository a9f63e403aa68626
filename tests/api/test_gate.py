"""A gate device over the API: one POST, colour and verdict, and nothing else of the person."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import GateCheck
from cases.models.declarations import Mode
from cases.policy import days
from cases.services.samples import declarations
from tests.api.conftest import Caller, fields_of, secret_of, status_and_code
from tests.factories import DivisionFactory, contact, guarded, register, resident_number

CHECKS = "gate/checks"
NAME = "欧阳金丝雀"


@pytest.fixture
def device(cast):
    """A device of the school's gate, by its token."""
    guarded("SCHOOL", at=timezone.now() - timedelta(days=2))
    return Caller(cast.gate_school, secret_of(cast, cast.gate_school), language="en")


@pytest.fixture
def red(cast):
    then = timezone.now() - timedelta(hours=1)
    person = register(by=cast.service_xinchang, at=then, name=NAME, address="秘密里八十八号")
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then)
    return person


@pytest.fixture
def yellow(cast):
    then = timezone.now() - timedelta(hours=1)
    person = register(by=cast.service_xinchang, at=then)
    form = declarations.Form(fever=True, onset_on=days.local_day(then))
    declarations.declare(person, form, mode=Mode.ALONE, by=cast.citizen, at=then + timedelta(minutes=1))
    return person


def test_a_device_is_told_colour_and_verdict(device, red):
    answer = device.post(CHECKS, {"number": red.document, "temperature": 36.5}).json()
    expected = {
        key: answer[key] for key in ("colour", "colour_words", "passed", "why", "clause", "asks", "fever")
    }
    assert expected == {
        "colour": "RED",
        "colour_words": "red code",
        "passed": False,
        "why": "RED",
        "clause": "2.0",
        "asks": "",
        "fever": False,
    }
    assert answer["send_to"][0]["name"] == "Xinchang prevention office"


def test_nothing_else_of_the_person_leaks(device, red):
    case, order = red.cases.get(), red.orders.get()
    answer = device.post(CHECKS, {"number": str(red.public_id), "temperature": "36.5"}).content.decode()
    secrets = [NAME, red.document, red.masked_document, red.phone, "秘密里", str(red.public_id), case.ground]
    secrets += ["密切接触", "close contact", case.evidence_ref, order.kind, "1.1d", "330624001"]
    assert not [secret for secret in secrets if secret in answer]
    assert json.loads(answer)["masked_name"] == "欧****"


def test_the_id_of_the_answer_is_the_checks(device, red):
    answer = device.post(CHECKS, {"number": red.document, "temperature": 36.5}).json()
    assert answer["id"] == GateCheck.objects.get().pk


@pytest.mark.parametrize("temperature", [None, "", "warm", 365, True])
def test_without_a_temperature_nothing_is_looked_up(device, red, temperature):
    answer = device.post(CHECKS, {"number": red.document, "temperature": temperature})
    assert answer.status_code in (400, 409) and "temperature" in fields_of(answer)
    assert not GateCheck.objects.exists()


def test_an_unknown_number_is_answered_and_recorded(device):
    answer = device.post(CHECKS, {"number": resident_number(), "temperature": 36.5}).json()
    assert (answer["colour"], answer["why"], answer["masked_name"]) == ("NONE", "NO_CODE", "")
    assert GateCheck.objects.get().person is None


def test_a_mistyped_number_is_told_on_its_field(device):
    answer = device.post(CHECKS, {"number": "330624198503070011", "temperature": 36.5})
    assert status_and_code(answer) == (400, "invalid") and fields_of(answer) == {
        "number": "persons.number.wrong_check_digit"
    }


def test_what_nobody_shows_is_refused_with_its_code(device):
    answer = device.post(CHECKS, {"temperature": 36.5})
    assert status_and_code(answer) == (409, "gates.check.number_missing") and fields_of(answer) == {
        "number": "gates.check.number_missing"
    }


def test_a_code_of_another_city_is_accepted(device):
    hangzhou = DivisionFactory(code="3301")
    body = {"issuer": hangzhou.pk, "colour": "GREEN", "temperature": 36.5}
    assert device.post(CHECKS, body).json()["passed"]
    assert GateCheck.objects.get().issuer == hangzhou


@pytest.mark.parametrize(("mask", "why"), [(True, "MASKED"), (False, "UNMASKED"), (None, "UNMASKED")])
def test_a_taxis_device_says_whether_a_mask_is_worn(cast, yellow, mask, why):
    guarded("TAXI", office="taxis")
    taxi = Caller(cast.gate_taxi, secret_of(cast, cast.gate_taxi), language="en")
    answer = taxi.post(CHECKS, {"number": yellow.document, "temperature": 36.5, "mask": mask}).json()
    assert (answer["why"], answer["asks"]) == (why, "" if mask else "MASK")
    assert GateCheck.objects.get().mask is mask


def test_the_same_key_checks_once(device, red):
    body = {"number": red.document, "temperature": 36.5}
    first, second = device.post(CHECKS, body, key="k1"), device.post(CHECKS, body, key="k1")
    assert first.json() == second.json() and second["Idempotent-Replay"] == "true"
    assert GateCheck.objects.count() == 1


def test_a_check_needs_a_key(device, red):
    answer = device.post(CHECKS, {"number": red.document, "temperature": 36.5}, key=None)
    assert status_and_code(answer) == (400, "idempotency_key_missing")


def test_checks_are_posted_never_got(device, red):
    assert device.get(CHECKS, number=red.document, temperature="36.5").status_code == 405


def test_an_office_with_two_doors_says_which(device, red):
    gym = guarded("INDOOR_VENUE")
    body = {"number": red.document, "temperature": 36.5}
    assert fields_of(device.post(CHECKS, body)) == {"venue": "required"}
    assert device.post(CHECKS, {**body, "venue": gym.pk}).json()["venue"] == gym.pk


def test_another_offices_door_does_not_exist_for_a_device(device, red):
    market = guarded("SUPERMARKET", office="supermarket")
    answer = device.post(CHECKS, {"number": red.document, "temperature": 36.5, "venue": market.pk})
    assert fields_of(answer) == {"venue": "invalid_choice"}


@pytest.mark.parametrize("name", ["province", "citizen", "service_xinchang", "supervisor_city"])
def test_nobody_else_checks(cast, caller, red, name):
    answer = caller(getattr(cast, name)).post(CHECKS, {"number": red.document, "temperature": 36.5})
    assert status_and_code(answer) == (403, "forbidden")


def test_a_device_that_runs_through_numbers_is_stopped(device, settings):
    settings.GATE_CHECKS_PER_MINUTE = 1
    device.post(CHECKS, {"number": resident_number(), "temperature": 36.5})
    answer = device.post(CHECKS, {"number": resident_number(), "temperature": 36.5})
    assert status_and_code(answer) == (429, "gates.check.too_fast")
