"""The desk over the API: letters once each, and the very refusals of the page."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from complaints.models import Ticket
from complaints.services import handling
from healthcode.core.audit.models import Event
from tests.cases.scenes import fresh
from tests.factories import token_of

LETTER = {"external_no": "Z-1", "received_at": "2020-08-24T09:30:00+08:00", "description": "为什么是红码？"}


@pytest.fixture
def call(cast):
    """Return a function: a request of a user, with the answer's JSON."""

    def ask(method, path, by, body=None, **headers):
        client = Client()
        client.force_login(by, backend="healthcode.core.offices.backends.RoleBackend")
        fields = {"content_type": "application/json", "headers": {"Accept-Language": "en", **headers}}
        if body is not None:
            fields["data"] = json.dumps(body)
        answer = getattr(client, method)(f"/api/v1/{path}", **fields)
        return answer.status_code, answer.json()

    return ask


@pytest.fixture
def hotline(cast):
    """Return a function: a letter posted with the hotline's own token."""
    now = timezone.now()
    _token, secret = token_of(cast.hotline, until=now + timezone.timedelta(days=1), at=now)

    def post(**fields):
        headers = {"Authorization": f"Bearer {secret}"}
        answer = Client().post(
            "/api/v1/letters", {**LETTER, **fields}, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    return post


def test_a_letter_is_received_once(hotline):
    first, again = hotline(), hotline()
    assert (first[0], again[0], Ticket.objects.count()) == (201, 200, 1)
    assert first[1]["number"] == again[1]["number"]


def test_the_same_number_with_other_words_is_refused(hotline):
    hotline()
    status, answer = hotline(description="另一件事")
    assert (status, answer["code"]) == (409, "letters.number.other_words")


def test_a_letter_that_says_more_than_is_known_is_refused(hotline):
    assert hotline(colour="GREEN")[0] == 400


@pytest.mark.parametrize("written", ["2020-08-24", "20200824", "2020-W35-1"])
def test_a_letter_that_came_on_a_day_alone_is_asked_for_its_time(hotline, written):
    status, answer = hotline(received_at=written)
    assert status == 400
    faults = [(fault["field"], fault["code"]) for fault in answer["errors"]]
    assert faults == [("received_at", "acts.time_missing")]
    assert not Ticket.objects.exists()


def test_a_ticket_says_what_may_be_done(call, desk, cast):
    ticket = desk.routed(at=timezone.now(), no_case=True, disputed_case=None, person=desk.scene.person())
    status, answer = call("get", f"tickets/{ticket.number}", cast.bureau_one)
    assert (status, "take" in answer["operations"]) == (200, True)


def test_a_ticket_is_signed_for_over_the_api(call, desk, cast):
    ticket = desk.routed(at=timezone.now(), no_case=True, disputed_case=None, person=desk.scene.person())
    headers = {"Idempotency-Key": "k-1"}
    status, answer = call("post", f"tickets/{ticket.number}/operations/take", cast.bureau_one, {}, **headers)
    assert (status, answer["owner"], fresh(ticket).owner) == (200, "bureau.one", cast.bureau_one)


def test_the_refusal_is_the_pages(call, desk, cast):
    ticket = desk.routed(at=timezone.now(), no_case=True, disputed_case=None, person=desk.scene.person())
    handling.take(ticket, by=cast.bureau_one, at=timezone.now())
    body = {"finding": "OUTSIDE", "reason": "已由外省答复核实完毕", "external_ref": ""}
    headers = {"Idempotency-Key": "k-2"}
    status, answer = call(
        "post", f"tickets/{ticket.number}/operations/decide", cast.bureau_one, body, **headers
    )
    assert (status, answer["errors"][0]["field"]) == (409, "external_ref")


def test_another_office_finds_no_such_ticket(call, desk, cast):
    ticket = desk.routed(at=timezone.now(), no_case=True, disputed_case=None, person=desk.scene.person())
    assert call("get", f"tickets/{ticket.number}", cast.community_nanming)[0] == 404


def test_reading_the_list_is_written_down_as_on_the_page(call, desk, cast):
    call("get", "tickets?state=ROUTED", cast.bureau_one)
    event = Event.objects.get(action="ticket.listed")
    assert event.target == "list:complaints.ticket"
    assert event.body == '{"filters":["state"],"model":"complaints.ticket"}'
