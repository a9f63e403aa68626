"""A device's check takes a short way: few statements, and no answer that the full way would not give."""

import logging
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import GateCheck
from cases.selectors.colours import colours_of
from cases.services.gates import venues
from cases.services.persons import numbers
from healthcode.core.audit import batched
from healthcode.core.offices import tokens
from healthcode.core.offices.models import IdempotencyKey, Token, User
from tests.api.conftest import Caller, fields_of, secret_of, status_and_code
from tests.cases.scenes import Scene
from tests.factories import DivisionFactory, OfficeFactory, UserFactory, guarded, resident_number

CHECKS = "gate/checks"
KINDS = ("SCHOOL", "THEATRE", "TAXI", "FEVER_CLINIC")
CODES = ("green", "yellow", "red", "dead", "dying", "duplicate", "unknown")
SEEN = ({"temperature": 36.5}, {"temperature": "36.5", "mask": True}, {"temperature": 38, "mask": False})
# Who asks, at which door, whose code: one statement. On SQLite the check's number, check and key are three, in a
# transaction.
STATEMENTS = {"postgresql": 2, "sqlite": 6}
TOO_FAST = (429, "gates.check.too_fast")


@pytest.fixture
def scene(cast):
    return Scene(cast)


@pytest.fixture
def device(cast):
    """A device of a school's gate."""
    guarded("SCHOOL")
    return Caller(cast.gate_school, secret_of(cast, cast.gate_school))


def device_at(kind, cast):
    office = OfficeFactory(kind="VENUE")
    guarded(kind, office=office.code)
    keeper = UserFactory(role="gate", office=office)
    return Caller(keeper, secret_of(cast, keeper))


def number_of(code, scene):
    """Return the document number of somebody of whom this is known."""
    if code == "unknown":
        return resident_number()
    person = scene.person(name="欧阳小明")
    if code == "yellow":
        scene.fever(person)
    if code == "red":
        scene.fever(person)
        scene.clinical(person)
    if code == "dead":
        scene.died(person)
    if code == "dying":
        scene.death_recorded(person)
    if code == "duplicate":
        survivor = scene.person()
        scene.clinical(survivor)
        scene.merged(person, survivor)
    return person.document


def the_full_way(device, body, **fields):
    """Ask as a browser would, with a cookie: no usual request."""
    device.client.cookies["any"] = "1"
    answer = device.post(CHECKS, body, **fields)
    device.client.cookies.clear()
    return answer


def content_of(answer):
    """Return all of an answer that is not of its moment."""
    body = {key: value for key, value in answer.json().items() if key not in ("id", "at")}
    left_out = (
        "Content-Security-Policy",
        "X-Request-ID",
    )  # of browsers, of one request
    headers = {name: value for name, value in answer.headers.items() if name not in left_out}
    assert int(headers.pop("Content-Length")) == len(answer.content)  # of keys that are not the same
    return answer.status_code, body, headers


def statements(act):
    with CaptureQueriesContext(connection) as sent:
        act()
    return len(sent)


@pytest.mark.parametrize("kind", KINDS)
def test_the_answer_is_the_full_ways_whatever_code_temperature_and_mask(scene, cast, kind):
    device = device_at(kind, cast)
    for code in CODES:
        number = number_of(code, scene)
        for seen in SEEN:
            body = {"number": number, **seen}
            assert content_of(device.post(CHECKS, body)) == content_of(the_full_way(device, body)), (
                code,
                seen,
            )


@pytest.mark.parametrize("code", CODES[:-1])
def test_the_colour_is_the_engines(scene, device, code):
    device.post(CHECKS, {"number": number_of(code, scene), "temperature": 36.5})
    check = GateCheck.objects.get()
    expected = colours_of([check.person_id], at=check.at)[check.person_id]
    assert check.colour == ("NONE" if code == "dying" else expected)


@pytest.mark.parametrize(
    "body",
    [
        {"number": "{document}", "temperature": 36.5, "mask": None, "venue": None},
        {"number": " {document} ", "temperature": "36"},
        {"number": "{opaque}", "temperature": 37},
        {"number": "{{{opaque}}}", "temperature": 36.5},
        {"number": "{document}", "temperature": 36.5, "venue": "{venue}"},
        {"number": "{document}", "temperature": "36,5"},
        {"number": "{document}", "temperature": "３６。５"},
        {"number": "{document}", "temperature": 36.55},
        {"number": "{document}", "temperature": "1e1"},
        {"number": "{document}", "temperature": 33.9},
        {"number": "{document}", "temperature": 365},
        {"number": "{document}", "temperature": True},
        {"number": "{document}", "temperature": None},
        {"number": "{document}"},
        {"number": "{document}", "temperature": 36.5, "mask": "yes"},
        {"number": "{document}", "temperature": 36.5, "mask": 1},
        {"number": "{document}", "temperature": 36.5, "reason": "住校学生"},
        {"number": "{document}", "temperature": 36.5, "venue": 0},
        {"number": "{document}", "temperature": 36.5, "venue": True},
        {"number": "{document}", "temperature": 36.5, "venue": 2**63},
        {"number": "{document}", "temperature": 36.5, "colour": "GREEN"},
        {"number": "{document}", "temperature": 36.5, "wrong": 1},
        {"number": "330624198503070011", "temperature": 36.5},
        {"number": "33062419850307001", "temperature": 36.5},
        {"number": "張三", "temperature": 36.5},
        {"number": "...", "temperature": 36.5},
        {"number": "  ", "temperature": 36.5},
        {"number": "", "temperature": 36.5},
        {"number": "9" * 61, "temperature": 36.5},
        {"number": 330624198503070018, "temperature": 36.5},
        {"number": ["{document}"], "temperature": 36.5},
        {"number": "a\x00b", "temperature": 36.5},
        {"number": "KOR M12345678", "temperature": 36.5},
        {"number": "M12345678", "temperature": 36.5},
        {"issuer": "3301", "colour": "GREEN", "temperature": 36.5},
        {"temperature": 36.5},
        {},
        [],
        "{document}",
    ],
    ids=str,
)
def test_the_answer_is_the_full_ways_however_it_is_asked(scene, device, body):
    person = scene.person()
    DivisionFactory(code="3301")
    known = {"document": person.document, "opaque": person.public_id}
    if isinstance(body, dict):
        body = {
            key: value.format(**known, venue="") if isinstance(value, str) else value
            for key, value in body.items()
        }
        if body.get("venue") == "":
            body["venue"] = device.user.office.venues.get().pk
    assert content_of(device.post(CHECKS, body)) == content_of(the_full_way(device, body))


@pytest.mark.parametrize("language", ["en", "zh-hans", "fr, en;q=0.5", ""])
@pytest.mark.parametrize("own", ["en", "zh-hans"])
def test_both_ways_speak_the_language_asked_for_and_else_the_devices_own(scene, device, language, own):
    User.objects.filter(pk=device.user.pk).update(language=own)
    device.headers |= {"Accept-Language": language} if language else {}
    body = {"number": number_of("red", scene), "temperature": 36.5}
    assert content_of(device.post(CHECKS, body)) == content_of(the_full_way(device, body))


def _revoked(device, cast):
    tokens.revoke(Token.objects.get(user=device.user), by=cast.admin_one, at=timezone.now())


def _expired(device, cast):
    Token.objects.filter(user=device.user).update(expires_at=timezone.now() - timedelta(seconds=1))


def _inactive(device, cast):
    User.objects.filter(pk=device.user.pk).update(is_active=False)


def _closed(device, cast):
    venues.close(device.user.office.venues.get(), by=cast.admin_one, at=timezone.now())


def _second_door(device, cast):
    guarded("THEATRE")


def _anothers(device, cast):
    User.objects.filter(pk=device.user.pk).update(office=OfficeFactory(kind="VENUE"))


def _another_role(device, cast):
    User.objects.filter(pk=device.user.pk).update(role="province")


@pytest.mark.parametrize(
    "change", [_revoked, _expired, _inactive, _closed, _second_door, _anothers, _another_role]
)
def test_whatever_is_taken_from_a_device_holds_at_its_next_check(scene, device, cast, change):
    body = {"number": scene.person().document, "temperature": 36.5}
    assert device.post(CHECKS, body).status_code == 200
    change(device, cast)
    answer = device.post(CHECKS, body)
    assert answer.status_code in (400, 401, 403)
    assert content_of(answer) == content_of(the_full_way(device, body))
    assert GateCheck.objects.count() == 1


def test_a_number_under_correction_is_being_checked_by_both_ways(scene, device, monkeypatch):
    monkeypatch.setattr(numbers, "is_under_check", lambda indices: True)
    body = {"number": resident_number(), "temperature": 36.5}
    answer = device.post(CHECKS, body)
    assert answer.json()["why"] == "CHECKING"
    assert content_of(answer) == content_of(the_full_way(device, body))


def test_the_log_tells_of_both_ways_alike(scene, device, caplog):
    body = {"number": number_of("green", scene), "temperature": 36.5}
    with caplog.at_level(logging.INFO, logger="healthcode.requests"):
        device.post(CHECKS, body)
        the_full_way(device, body)
    quick, full = ({**line.fields, "ms": 0} for line in caplog.records if line.name == "healthcode.requests")
    assert quick == full and (quick["role"], quick["office"]) == ("gate", "school")


def test_a_check_costs_two_statements_and_on_sqlite_a_transaction(scene, device):
    body = {"number": number_of("yellow", scene), "temperature": 36.5}
    device.post(CHECKS, body)  # the rule book is read once for a process
    assert statements(lambda: device.post(CHECKS, body)) == STATEMENTS[connection.vendor]


def test_an_answer_that_is_repeated_costs_one_statement(scene, device):
    body = {"number": number_of("green", scene), "temperature": 36.5}
    first = device.post(CHECKS, body, key="k")
    again = []
    assert statements(lambda: again.append(device.post(CHECKS, body, key="k"))) == 1
    assert again[0].json() == first.json() and again[0]["Idempotent-Replay"] == "true"
    assert GateCheck.objects.count() == 1


@pytest.mark.parametrize("quick_first", [True, False])
def test_either_way_repeats_the_others_answer(scene, device, quick_first):
    body = {"number": number_of("green", scene), "temperature": 36.5}
    ways = [lambda: device.post(CHECKS, body, key="k"), lambda: the_full_way(device, body, key="k")]
    first, second = (way() for way in (ways if quick_first else ways[::-1]))
    assert first.json() == second.json() and second["Idempotent-Replay"] == "true"


def test_a_key_for_another_request_is_refused(scene, device):
    device.post(CHECKS, {"number": number_of("green", scene), "temperature": 36.5}, key="k")
    answer = device.post(CHECKS, {"number": resident_number(), "temperature": 36.5}, key="k")
    assert status_and_code(answer) == (422, "idempotency_key_reused")


def test_a_check_and_its_answer_are_kept_together_and_hashed_alike_by_both_ways(scene, device):
    answer = device.post(CHECKS, {"number": number_of("green", scene), "temperature": 36.5}, key="k")
    check = GateCheck.objects.get()
    assert answer.json()["id"] == check.pk
    assert IdempotencyKey.objects.get(key="k").user == device.user
    the_full_way(device, {"number": number_of("green", scene), "temperature": 36.5})
    for one in GateCheck.objects.all():
        assert bytes(one.hash) == batched.hash_of(batched.fields_of(one))


def test_a_door_is_paced_by_keeper_and_venue(scene, device, settings):
    settings.GATE_CHECKS_PER_MINUTE = 1
    other = guarded("THEATRE")
    school = device.user.office.venues.exclude(pk=other.pk).get()
    body = {"number": number_of("green", scene), "temperature": 36.5}
    assert device.post(CHECKS, {**body, "venue": school.pk}).status_code == 200
    assert status_and_code(device.post(CHECKS, {**body, "venue": school.pk})) == TOO_FAST
    assert device.post(CHECKS, {**body, "venue": other.pk}).status_code == 200


def test_a_colleague_at_the_same_door_has_a_pace_of_their_own(scene, cast, device, settings):
    settings.GATE_CHECKS_PER_MINUTE = 1
    colleague = UserFactory(role="gate", office=device.user.office)
    body = {"number": number_of("green", scene), "temperature": 36.5}
    device.post(CHECKS, body)
    assert Caller(colleague, secret_of(cast, colleague)).post(CHECKS, body).status_code == 200


def test_whoever_is_too_fast_is_told_when_to_go_on_by_both_ways(scene, device, settings):
    settings.GATE_CHECKS_PER_MINUTE = 1
    body = {"number": number_of("green", scene), "temperature": 36.5}
    device.post(CHECKS, body)
    answers = device.post(CHECKS, body), the_full_way(device, body)
    for answer in answers:
        assert status_and_code(answer) == TOO_FAST and fields_of(answer) == {"": TOO_FAST[1]}
        assert 50 <= int(answer["Retry-After"]) <= 60
    assert answers[0].json() == answers[1].json()


@pytest.fixture
def unwritable(db):
    """A database that nobody can write to."""
    stop = {"postgresql": "SET LOCAL transaction_read_only = on", "sqlite": "PRAGMA query_only = on"}
    with transaction.atomic(), connection.cursor() as cursor:
        yield lambda: cursor.execute(stop[connection.vendor])
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only = off")
        transaction.set_rollback(True)  # and with it PostgreSQL writes again


@pytest.mark.parametrize("way", [Caller.post, lambda device, _path, body: the_full_way(device, body)])
def test_nothing_is_answered_that_cannot_be_recorded(scene, device, unwritable, way):
    body = {"number": number_of("green", scene), "temperature": 36.5}
    unwritable()
    answer = way(device, CHECKS, body)
    assert status_and_code(answer) == (503, "unrecorded") and int(answer["Retry-After"])
    assert "GREEN" not in answer.content.decode()
