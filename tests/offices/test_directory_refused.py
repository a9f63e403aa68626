"""Log-ins through a directory that were refused: in the ledger, and a sign where they are many."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import time_machine
from django.test import Client
from django.utils import timezone

from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, refused_access
from healthcode.portal.signs import board, thresholds
from tests.offices.directory_log_in import BACK, UNTRUSTED, comes_back, there
from tests.offices.provider import Directory


def written_down() -> list[tuple[str, str | None, int]]:
    """Write down what was counted; return whom refused log-ins were for, why, and how often."""
    at = timezone.now() + timedelta(minutes=2)
    refused_access.write_down(by=accounts.system(at=at), at=at)
    events = Event.objects.filter(action="session.directory_refused").order_by("pk")
    found = [(event.target, json.loads(event.body)) for event in events]
    return [(target, body.get("why"), body.get("times", 1)) for target, body in found]


def test_refused_log_ins_that_are_nobodys_are_in_the_ledger_by_reason_and_minute(provider, cast):
    system = accounts.system(at=timezone.now()).audit_target
    with time_machine.travel(timezone.now().replace(second=1), tick=False):
        for _time in range(3):
            Client().get(BACK)
        client = Client()
        state = parse_qs(urlsplit(there(client)).query)["state"][0]
        client.get(f"{BACK}?{urlencode({'error': 'access_denied', 'state': state})}")
    assert written_down() == [(system, "directory.untrusted", 3), (system, "directory.refused", 1)]


def test_whoever_has_no_account_is_counted_without_the_name(provider: Directory, cast):
    provider.claims = {"employee_number": "nobody.here"}
    client = Client()
    comes_back(client, there(client))
    [(_target, why, times)] = written_down()
    assert (why, times) == ("directory.no_account", 1)
    assert not Event.objects.filter(body__contains="nobody.here").exists()


def test_an_account_not_in_use_that_the_directory_names_is_an_event_about_it(provider, cast):
    accounts.deactivate(cast.cdc_city, reason="离职", by=cast.admin_one, at=timezone.now())
    client = Client()
    comes_back(client, there(client))
    assert written_down() == [(cast.cdc_city.audit_target, None, 1)]


def test_many_refused_log_ins_are_a_sign_with_their_reason(provider, cast):
    for _time in range(thresholds.REFUSED_LOG_INS - 1):
        Client().get(BACK)
    written_down()
    at = timezone.now() + timedelta(minutes=5)
    assert board.rows("directory_refused", at=at) == []
    Client().get(BACK)
    written_down()
    (row,) = board.rows("directory_refused", at=at)
    assert UNTRUSTED in row.text and row.text.endswith(f"· {thresholds.REFUSED_LOG_INS}")
