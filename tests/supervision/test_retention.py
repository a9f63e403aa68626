"""Retention: one table of periods; what is past its time goes, and the run says what it did."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from cases.models import GateCheck, HealthLog, LookUp, Person, RedScanAnswer
from cases.policy import days
from cases.services import control, gates
from cases.services.gates import red_scans
from cases.services.persons import erasable, erasure, lookups
from healthcode.core.audit import checkpoints, ledger, sealing, triggers
from healthcode.core.audit.models import Event, Note
from healthcode.core.offices import accounts
from healthcode.core.offices.models import IdempotencyKey
from healthcode.portal.recurring import anchors, retention
from tests.cases.scenes import DUE, T, later
from tests.factories import guarded

YEARS = {"purposes": 1095, "persons": 1825, "health_logs": 730, "answers": 30, "gate_checks": 90}


@pytest.fixture
def system(cast):
    cast.duty_city  # noqa: B018 - brings the city's division
    return accounts.system(at=T)


def applied(system, at):
    return {one.period.key: one.count for one in retention.apply(by=system, at=at)}


def long_ago(days):
    """Let all that happened have been so many days before: the guards go by the database's own clock."""
    triggers.drop(connection)
    shift = timedelta(days=days)
    GateCheck.objects.update(at=F("at") - shift)
    Person.objects.update(registered_at=F("registered_at") - shift, acted_at=F("acted_at") - shift)
    triggers.install(connection)


def past(key, at=T):
    return at + timedelta(days=YEARS[key], hours=1)


def test_purposes_of_looks_go_after_their_time_and_the_looks_stay(scene, cast, system):
    lookups.look_up(document_type="RESIDENT_ID", document_number=scene.person().document, purpose="信访件17号",
                   by=cast.community_yuecheng, at=T)  # fmt: skip
    assert applied(system, T + timedelta(days=1000))["purposes"] == 0
    assert applied(system, past("purposes"))["purposes"] == 2
    assert not Note.objects.exists() and LookUp.objects.get().purpose == ""
    assert Event.objects.filter(action="person.looked_up").exists()


def test_health_logs_go_after_the_end_of_control(scene, cast, system):
    person = scene.person()
    scene.clinical(person)
    control.log_health(
        person, control.HealthReading(T.date(), "MORNING", 36.5), by=cast.officer_yulin, at=later(hours=1)
    )
    assert applied(system, past("health_logs"))["health_logs"] == 0  # the order still stands
    scene.ended(person, at=DUE)
    assert applied(system, past("health_logs", DUE))["health_logs"] == 1 and not HealthLog.objects.exists()


def test_answers_to_machines_go_after_a_month(cast, system):
    IdempotencyKey.objects.create(user=cast.province, key="k", request_hash="0", status=200, answer={}, at=T)
    assert [applied(system, T + timedelta(days=number))["answers"] for number in (29, 31)] == [0, 1]


def test_checks_at_the_doors_go_after_three_months_day_by_day_whatever_goes_on_from_them(scene, system):
    person, by = scene.person(), scene.cast.gate_school
    scene.fever(person)
    midnight = days.midnight(T.date() + timedelta(days=1))
    fields = {"venue": guarded(), "temperature": Decimal("36.5"), "by": by}
    first = gates.check(gates.PresentedCode(person.document), at=midnight - timedelta(minutes=1), **fields)
    second = gates.again(first, reason="住校学生", by=by, at=midnight + timedelta(minutes=1))
    long_ago(100)
    counts = []
    for number in (89, 90, 91):
        at = midnight + timedelta(days=number - 100, hours=1)
        counts.append((applied(system, at)["gate_checks"], GateCheck.objects.filter(pk=second.pk).exists()))
    assert counts == [(0, True), (1, True), (1, False)]
    assert not GateCheck.objects.exists() and triggers.faults(connection) == []


def test_the_ledger_names_each_day_whose_checks_went_with_its_last_batch(scene, system):
    venue = guarded()
    for number in (0, 0, 1):
        scene.checked(scene.person(), venue, at=later(days=number))
    long_ago(100)
    applied(system, T)
    gone = [json.loads(one.body) for one in Event.objects.filter(action="rows.dropped").order_by("pk")]
    on = [(T - timedelta(days=100 - number)).date().isoformat() for number in (0, 1)]
    assert [(one["day"], one["count"], one["batches"]) for one in gone] == [(on[0], 2, 0), (on[1], 1, 0)]


def test_persons_with_whom_nothing_happened_any_more_are_erased(scene, system):
    quiet, red = scene.person(), scene.person()
    scene.clinical(red)
    long_ago(2000)
    assert applied(system, T - timedelta(days=2000 - 1824))["persons"] == 0
    assert applied(system, past("persons") - timedelta(days=2000))["persons"] == 1
    assert Person.objects.get(pk=quiet.pk).erased_at and not Person.objects.get(pk=red.pk).erased_at


def test_a_run_is_an_event_that_says_how_much(cast, system):
    IdempotencyKey.objects.create(user=cast.province, key="k", request_hash="0", status=200, answer={}, at=T)
    applied(system, past("answers"))
    recorded = (
        Event.objects.filter(action__startswith="retention.").order_by("pk").values_list("action", "body")
    )
    assert list(recorded) == [("retention.applied", '{"answers":1}'), ("retention.completed", "{}")]


def test_the_timer_applies_them_once_a_day(system):
    for hours in (0, 1, 19, 21):
        retention.daily(by=system, at=later(hours=hours))
    assert Event.objects.filter(action="retention.completed").count() == 2


def test_a_rehearsal_reports_and_changes_nothing(cast, system, capsys):
    IdempotencyKey.objects.create(user=cast.province, key="k", request_hash="0", status=200, answer={},
                                  at=T - timedelta(days=3650))  # fmt: skip
    call_command("apply_retention", rehearse=True)
    assert IdempotencyKey.objects.exists() and "30" in capsys.readouterr().out
    call_command("apply_retention")
    assert not IdempotencyKey.objects.exists()


def test_a_period_that_fails_takes_back_none_that_was_applied_before_it(cast, system, monkeypatch):
    IdempotencyKey.objects.create(user=cast.province, key="k", request_hash="0", status=200, answer={}, at=T)
    broken = [replace(one, apply=lambda *_: 1 / 0) if one.key == "rows" else one for one in retention.PERIODS]
    monkeypatch.setattr(retention, "PERIODS", broken)
    with pytest.raises(ZeroDivisionError):
        retention.apply(by=system, at=past("answers"))
    assert not IdempotencyKey.objects.exists() and Event.objects.filter(action="retention.applied").exists()
    assert not Event.objects.filter(action="retention.completed").exists()


def test_persons_are_erased_in_parts_and_whoever_may_not_be_holds_nobody_up(scene, system, monkeypatch):
    monkeypatch.setattr(retention, "PERSONS", 2)
    parts = [replace(one, part=2) if one.key == "persons" else one for one in retention.PERIODS]
    monkeypatch.setattr(retention, "PERIODS", parts)
    people = [scene.person() for _ in range(5)]

    def require_settled(group):
        if group.filter(pk__in=[person.pk for person in people[:2]]).exists():
            raise erasure.StillOpen()

    monkeypatch.setattr(erasable, "BLOCKING", [require_settled])
    long_ago(2000)
    assert applied(system, past("persons") - timedelta(days=2000))["persons"] == 3


def test_an_answered_check_goes_with_its_answer(scene, system):
    person = scene.person()
    scene.clinical(person)
    scene.checked(person, guarded(), at=later(hours=1))
    red_scans.answer(person, words="已送回隔离点", by=scene.cast.duty_xinchang, at=later(hours=2))
    long_ago(100)
    assert applied(system, past("gate_checks", later(days=1)) - timedelta(days=100))["gate_checks"] == 1
    assert not RedScanAnswer.objects.exists()
    connection.check_constraints()


# --- anchors by mail ----------------------------------------------------------------------------------------
def test_the_checkpoint_is_mailed_once_a_day_and_can_be_read_back(cast, system, settings):
    settings.ANCHOR_MAIL = ["notary@example.org", "court@example.org"]
    ledger.record("person.viewed", about="person:1", by=cast.cdc_xinchang, at=T)
    sealing.seal(at=T)
    last = sealing.latest()
    for hours in (0, 1, 21):
        anchors.daily(by=system, at=later(hours=hours))
    assert len(mail.outbox) == 2
    assert checkpoints.parse(mail.outbox[0].message().as_bytes().decode())[0] == last


def test_without_receivers_or_seals_nothing_is_mailed(system, settings):
    assert anchors.daily(by=system, at=T) == 0
    settings.ANCHOR_MAIL = ["notary@example.org"]
    assert anchors.daily(by=system, at=T) == 0 and mail.outbox == []
