"""Passwords tried on many names, or from many places: slowed, in the ledger, and a sign."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import get_hasher
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, refused_access
from healthcode.portal.signs import board, thresholds
from tests.factories import new_password

LOG_IN, HOME = reverse("admin:login"), reverse("admin:index")


@pytest.fixture(autouse=True)
def noon():
    """No midnight falls between two log-ins."""
    with time_machine.travel(timezone.now().replace(hour=4, minute=0)):
        yield


def tried(name: str, address: str, client: Client | None = None, password: str = "Password123!"):
    fields = {"username": name, "password": password}
    return (client or Client()).post(LOG_IN, fields, REMOTE_ADDR=address)


def written() -> list[int]:
    """Write down what was counted; return how often names that nobody bears were tried, by the minute."""
    at = timezone.now() + timedelta(minutes=2)
    refused_access.write_down(by=accounts.system(at=at), at=at)
    events = Event.objects.filter(action="session.nobody_refused").order_by("pk")
    return [json.loads(event.body)["times"] for event in events]


def test_a_name_that_nobody_bears_is_counted_and_kept_nowhere(cast):
    for number in range(3):
        tried(f"my-password-{number}", "10.1.1.1")
    assert sum(written()) == 3
    assert not Event.objects.filter(body__contains="my-password").exists()


def test_a_name_alone_without_a_password_is_no_log_in(cast):
    tried("nobody.here", "10.1.1.1", password="")
    assert written() == []


def test_an_unknown_name_costs_a_hash_as_a_wrong_password_does_and_answers_the_same(cast, monkeypatch):
    hashed, answers = [], []
    slow = type(get_hasher("default"))
    encode = slow.encode
    monkeypatch.setattr(slow, "encode", lambda self, *args: hashed.append(1) or encode(self, *args))
    monkeypatch.setattr(slow, "verify", lambda self, *args: hashed.append(1) and False)
    new_password(cast.group_city, at=timezone.now() - timedelta(days=9))  # nobody opened the account in time
    for name in ("cdc.city", "cdc.nobody", "group.city"):
        hashed.clear()
        page = tried(name, "10.1.1.1")
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
        answers.append((page.status_code, len(hashed), text.replace(name, "")))
    assert answers[0] == answers[1] == answers[2] and answers[0][1] == 1


@pytest.fixture
def sprayed(cast, settings) -> Client:
    """A browser in which cdc.xinchang logged in before so many log-ins failed everywhere."""
    settings.LOG_INS_FAILED_IN_ALL = 6
    client = Client()
    password = new_password(cast.cdc_xinchang, at=timezone.now())
    assert tried("cdc.xinchang", "10.0.0.1", client, password).status_code == 302
    client.post(reverse("admin:logout"))
    for number in range(6):
        tried(f"name.{number}", f"10.2.0.{number}")
    return client


def test_whoever_is_new_to_a_browser_waits_while_log_ins_fail_everywhere(sprayed):
    answer = tried("duty.city", "10.3.0.1")
    assert answer.status_code == 429
    assert tried("nobody.here", "10.3.0.2").content == answer.content


def test_a_browser_that_knows_the_name_is_let_in_meanwhile_and_under_no_other_name(sprayed, cast):
    assert tried("duty.city", "10.0.0.1", sprayed).status_code == 429
    password = new_password(cast.cdc_xinchang, at=timezone.now())
    assert tried("cdc.xinchang", "10.0.0.1", sprayed, password).status_code == 302


def test_a_day_on_which_many_log_ins_failed_is_a_sign(cast):
    names = ("duty.city", "cdc.city", "nobody.here")
    for number in range(thresholds.LOG_INS_FAILED - 1):
        tried(names[number % 3], f"10.4.{number}.1")
    written()
    at = timezone.now() + timedelta(minutes=3)
    assert board.rows("log_ins_refused", at=at) == []
    tried("duty.city", "10.5.0.1")
    (row,) = board.rows("log_ins_refused", at=at)
    assert [int(number) for number in re.findall(r"\d+", row.text)] == [thresholds.LOG_INS_FAILED, 2]


def test_as_many_failures_among_far_more_log_ins_are_none(cast):
    user, at = cast.duty_city, timezone.now()
    for number in range(thresholds.LOG_INS_FAILED):
        tried("duty.city", f"10.4.{number}.1")
    for _number in range(2 * thresholds.LOG_INS_FAILED):
        ledger.record("session.opened", about=user, by=user, at=at, device="0" * 16)
    assert board.rows("log_ins_refused", at=at + timedelta(minutes=1))
    ledger.record("session.opened", about=user, by=user, at=at, device="0" * 16)
    assert board.rows("log_ins_refused", at=at + timedelta(minutes=1)) == []
