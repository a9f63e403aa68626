"""Letters of the hotline: to the bureau at once, each once, joined to what is open, answered by signed messages."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from complaints.models import Message, Ticket
from complaints.models.choices import TicketState
from complaints.services import findings, handling, letters, outbox, telling
from complaints.services.letters import Letter
from healthcode.core.offices.refusals import NotAllowed
from tests.cases.scenes import fresh, later, refused

from .desk import NOON, REASON, TOLD

SECRET = "a-secret-between-two-systems"


@pytest.fixture(autouse=True)
def webhook(settings):
    settings.HOTLINE_WEBHOOK_URL = "https://hotline.example.gov.cn/answers"
    settings.HOTLINE_WEBHOOK_SECRET = SECRET


@pytest.fixture
def letter(desk):
    """Return a function: a letter about somebody, as the hotline sends it."""

    def make(person=None, **fields):
        number = person.document if person else ""
        fields = {"description": "我没有去过那里，为什么是红码？", "document_number": number, **fields}
        return Letter(**{"external_no": "12345-1", "received_at": NOON, **fields})

    return make


@pytest.fixture
def received(desk, letter):
    """Return a function: the ticket that a letter became."""

    def receive(person=None, *, at=NOON, **fields):
        return letters.receive(letter(person, **fields), by=desk.cast.hotline, at=at).ticket

    return receive


def test_a_letter_waits_at_the_bureau_at_once(desk, received):
    ticket = received(desk.red())
    assert (ticket.state, ticket.office.code, ticket.priority) == (TicketState.ROUTED, "bureau", 1)


def test_a_letter_explains_the_code_once(desk, received, django_assert_num_queries):
    person = desk.red()
    with django_assert_num_queries(49):
        received(person)


def test_a_letter_of_any_category_goes_to_the_bureau(desk, received):
    assert received(desk.red(), category="C14").office.code == "bureau"


def test_the_same_letter_again_is_the_same_ticket(desk, letter, received):
    person = desk.red()
    first = received(person)
    again = letters.receive(letter(person), by=desk.cast.hotline, at=later(hours=5))
    assert (again.ticket, again.is_new, Ticket.objects.count()) == (first, False, 1)


def test_the_same_number_with_other_words_is_refused(desk, letter, received):
    received()
    refused(
        letters.LetterDiffers, letters.receive, letter(description="另一件事"), by=desk.cast.hotline, at=NOON
    )


def test_a_letter_joins_the_open_ticket_on_the_same_person_and_ground(desk, received):
    person = desk.red()
    ticket = desk.routed(person)
    joined = received(person)
    assert (joined.state, joined.merged_into) == (TicketState.MERGED, ticket)


def test_a_letter_on_another_ground_stands_alone(desk, received):
    person = desk.scene.person()
    desk.scene.risk(person)
    desk.routed(person, category="C02")
    desk.scene.clinical(person)
    assert received(person).state == TicketState.ROUTED


def test_a_letter_without_a_number_is_cleared_by_the_bureau(desk, received):
    person, by = desk.red(), desk.cast.bureau_one
    ticket = handling.take(received(), by=by, at=NOON)
    decide = {"finding": "UPHELD", "reason": REASON, "by": by, "at": NOON}
    refused(findings.NoPerson, findings.decide, ticket, **decide)
    handling.identify(ticket, person, by=by, at=NOON)
    assert (findings.decide(ticket, **decide).state, ticket.snapshot["colour"]) == (
        TicketState.DECIDED,
        "RED",
    )


@pytest.mark.parametrize("username", ["community.yulin", "province", "supervisor.city"])
def test_nobody_else_delivers_letters(desk, letter, username):
    refused(NotAllowed, letters.receive, letter(), by=desk.cast[username], at=NOON)


def answered(desk, ticket):
    by = desk.cast.bureau_one
    ticket = desk.upheld(desk.taken(ticket))
    telling.tell(ticket, channel="HOTLINE", reached="来信人", text=TOLD, by=by, at=NOON)
    return Message.objects.filter(topic="answer")


def test_the_answer_is_written_with_the_act(desk, received):
    body = json.loads(answered(desk, received(desk.red())).get().body)
    assert (body["external_no"], body["state"]) == ("12345-1", "INFORMED")
    assert "红码" in body["text"] and body["text"].endswith(TOLD)


def test_letters_that_were_merged_are_answered_too(desk, received):
    person = desk.red()
    ticket = desk.routed(person)
    received(person)
    received(person, external_no="12345-2")
    ticket = desk.upheld(desk.taken(fresh(ticket)))
    telling.tell(ticket, channel="CALL", reached="本人", text=TOLD, by=ticket.owner, at=NOON)
    answers = Message.objects.filter(topic="answer")
    assert [json.loads(one.body)["external_no"] for one in answers] == ["12345-1", "12345-2"]


def deliver(desk, send, at=NOON):
    return outbox.deliver(by=desk.cast.bureau_one, at=at, send=send)


def test_a_message_is_signed_over_its_time_and_its_body(desk, received):
    received()
    sent = []
    deliver(desk, lambda url, body, headers: sent.append((body, headers)) or 200)
    body, headers = sent[0]
    second, mac = (part.partition("=")[2] for part in headers[outbox.SIGNATURE].split(","))
    assert mac == hmac.new(SECRET.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()


def test_a_message_that_arrived_is_not_sent_again(desk, received):
    received()
    assert [deliver(desk, lambda *_: 204, at) for at in (NOON, later(hours=9))] == [1, 0]


def test_a_message_is_tried_again_later_and_later(desk, received):
    received()
    tried = []
    for minutes in (0, 0, 1, 2, 6, 7):
        deliver(desk, lambda *_: tried.append(minutes) or 503, NOON + timedelta(minutes=minutes))  # noqa: B023
    assert tried == [0, 1, 6]


def test_a_message_is_given_up_after_ten_attempts_and_can_be_sent_anew(desk, received):
    received()
    at = NOON
    for _ in outbox.WAITS:
        deliver(desk, lambda *_: 500, at)
        at += timedelta(days=2)
    message = Message.objects.get()
    assert (message.status, message.error) == ("FAILED", "HTTP 500")
    outbox.retry(message, by=desk.cast.bureau_one, at=at)
    assert deliver(desk, lambda *_: 200, at) == 1


def test_a_broken_line_is_an_error_like_any_other(desk, received):
    def broken(*_args):
        raise ConnectionResetError("gone")

    received()
    deliver(desk, broken)
    assert "ConnectionResetError" in Message.objects.get().error


def test_without_an_address_the_messages_wait(desk, received, settings):
    settings.HOTLINE_WEBHOOK_URL = ""
    received()
    assert (deliver(desk, lambda *_: 200), Message.objects.get().status) == (0, "QUEUED")


def test_the_answer_reaches_a_real_server(desk, received, settings, live_answers):
    settings.HOTLINE_WEBHOOK_URL = live_answers.url
    received()
    assert (outbox.deliver(by=desk.cast.bureau_one, at=NOON), len(live_answers.bodies)) == (1, 1)


@pytest.fixture
def live_answers():
    """A real HTTP server in place of the hotline's."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from types import SimpleNamespace

    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_fields):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/", bodies=bodies)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (letters.NumberMissing, {"external_no": " "}),
        (letters.FromTheFuture, {"received_at": NOON + timedelta(seconds=1)}),
        (letters.UnknownCategory, {"category": "C99"}),
        (letters.UnknownLetterKind, {"kind": "PRAISE"}),
    ],
)
def test_a_letter_that_cannot_be_is_refused(desk, letter, kind, fields):
    refused(kind, letters.receive, letter(**fields), by=desk.cast.hotline, at=NOON)


def test_only_a_message_that_was_given_up_is_sent_anew(desk, received):
    received()
    refused(outbox.NotGivenUp, outbox.retry, Message.objects.get(), by=desk.cast.bureau_one, at=NOON)


@pytest.mark.parametrize(
    "number", ["330624199001011234", "33062419900101", "护照号不详", "330624199913011233"]
)
def test_a_number_that_the_citizen_mistyped_keeps_no_letter_from_the_bureau(desk, received, number):
    ticket = received(document_number=number)
    assert (ticket.state, ticket.office.code, ticket.person) == (TicketState.ROUTED, "bureau", None)
    assert fresh(ticket).letter_number == number


def test_a_passport_without_its_country_keeps_no_letter_from_the_bureau(received):
    assert received(document_type="PASSPORT", document_number="E12345678").letter_number == "E12345678"


def test_a_telephone_that_the_citizen_mistyped_is_kept_as_written(received):
    assert fresh(received(contact_phone="手机关机")).contact_phone == "手机关机"


def test_a_number_that_led_to_somebody_is_not_kept_twice(desk, received):
    assert fresh(received(desk.red())).letter_number == ""
