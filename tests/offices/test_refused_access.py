"""Pages and addresses that are refused to an account: counted by the minute, in the ledger, and a sign where many."""

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, refused_access
from healthcode.core.offices.counters import RefusedAccess
from healthcode.portal.recurring.ticking import tick
from healthcode.portal.signs import board, thresholds
from tests.factories import register, token_of

SIGNS = "/signs/"
LIST = "/complaints/ticket/figures/"


def at_desk(user) -> Client:
    client = Client()
    client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
    return client


def later(**ago: int) -> datetime:
    return timezone.now() + timedelta(**ago)


def written() -> list[tuple[str, str, int]]:
    """Write down what was counted; return who was refused where, and how often."""
    at = later(minutes=2)
    refused_access.write_down(by=accounts.system(at=at), at=at)
    events = Event.objects.filter(action="access.refused").order_by("pk")
    bodies = [(event.actor, json.loads(event.body)) for event in events]
    return [(actor, body["address_kind"], body["times"]) for actor, body in bodies]


def test_a_page_that_a_role_does_not_have_is_in_the_ledger(cast):
    assert at_desk(cast.cdc_xinchang).get(SIGNS).status_code == 403
    assert written() == [("cdc.xinchang", "signs/", 1)]


def test_a_row_of_another_area_is_in_the_ledger_by_the_kind_of_its_address(cast):
    person = register(by=cast.service_xinchang)
    page = reverse("admin:cases_person_change", args=(person.pk,))
    at_desk(cast.community_yuecheng).get(page)
    [(actor, kind, times)] = written()
    assert (actor, times) == ("community.yuecheng", 1)
    assert "<path:object_id>" in kind and str(person.pk) not in kind


def test_an_address_of_the_api_is_in_the_ledger_with_the_token(cast):
    at = timezone.now()
    token, secret = token_of(cast.province, until=at + timedelta(hours=1), at=at)
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/roster", headers=headers).status_code == 403
    assert [kind for _actor, kind, _times in written()] == ["api/v1/roster"]
    body = json.loads(Event.objects.get(action="access.refused").body)
    assert body["via"] == token.audit_target


def test_a_person_out_of_reach_over_the_api_is_in_the_ledger(cast):
    person = register(by=cast.service_xinchang)
    answer = at_desk(cast.community_yuecheng).get(f"/api/v1/persons/{person.public_id}")
    assert answer.status_code == 404
    assert [times for _actor, _kind, times in written()] == [1]


def test_a_flood_is_one_event_with_how_often(cast):
    client = at_desk(cast.cdc_xinchang)
    for _time in range(9):
        client.get(SIGNS)
    client.get(LIST)
    counted = dict((kind, times) for _actor, kind, times in written())
    assert sum(counted.values()) == 10 and 9 in counted.values()
    assert not RefusedAccess.objects.exists()


def test_another_minute_is_another_event(cast):
    for minutes in (0, 1, 1):
        refused_access.count(cast.cdc_xinchang, "signs/", at=later(minutes=minutes - 9))
    assert [times for _actor, _kind, times in written()] == [1, 2]


def test_a_minute_that_runs_is_not_written_yet(cast):
    at_desk(cast.cdc_xinchang).get(SIGNS)
    at = timezone.now()
    assert refused_access.write_down(by=accounts.system(at=at), at=at) == 0
    assert RefusedAccess.objects.get().count == 1


def test_the_timer_writes_it_down(cast):
    refused_access.count(cast.cdc_xinchang, "signs/", at=later(minutes=-5))
    done = {step.name: step.done for step in tick(at=timezone.now())}
    assert done["refused requests written down"] == 1


@pytest.mark.parametrize("path", ["/no/such/page/", "/api/v1/no-such-thing"])
def test_an_address_under_which_nothing_is_is_nobodys_attempt(cast, path):
    assert at_desk(cast.cdc_xinchang).get(path).status_code == 404
    assert written() == []


def test_what_is_open_is_no_refusal(cast):
    client = at_desk(cast.supervisor_city)
    assert client.get(SIGNS).status_code == 200
    assert written() == []


def test_a_form_without_its_mark_is_no_attempt(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.supervisor_city, backend="healthcode.core.offices.backends.RoleBackend")
    assert client.post(SIGNS).status_code == 403
    assert written() == []


def test_of_somebody_who_is_not_logged_in_nothing_is_counted(db):
    assert Client().get(SIGNS).status_code == 302
    assert not RefusedAccess.objects.exists()


@pytest.mark.parametrize(("short", "found"), [(1, False), (0, True)])
def test_many_refusals_of_one_account_are_a_sign(cast, short, found):
    for _time in range(thresholds.REFUSED_ACCESS - short):
        refused_access.count(cast.cdc_xinchang, "signs/", at=later(minutes=-5))
    written()
    rows = board.rows("refused_access", at=later(minutes=3))
    assert [("cdc.xinchang" in row.text) for row in rows] == ([True] if found else [])
    assert not board.rows("refused_access", at=later(days=8))
