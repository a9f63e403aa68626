"""Letters of the hotline: to the bureau at once, each once, joined to what is open, answered by signed messages."""

import hashlib
import hmac
import io
import json
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.feeds import tables
from cases.feeds.rows import NotATable
from complaints import feeds
from complaints.models import Message, Ticket
from complaints.models.choices import TicketState
from complaints.services import findings, handling, letters, outbox, telling
from complaints.services.letters import Letter
from healthcode.core.offices.refusals import NotAllowed
from tests.cases.scenes import fresh, later, refused
from tests.deliveries.workbooks import workbook

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


def test_a_file_of_letters_has_five_megabytes_at_most(desk):
    fields = {"by": desk.cast.hotline, "at": NOON, "rehearse": True}
    refused(feeds.LetterTooLarge, feeds.deliver, b"0" * (feeds.MAX_BYTES + 1), **fields)


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


HEADING = "信访件编号,收到时间,内容,类型,类别,证件号码"


def taken(desk, *rows: str, heading: str = HEADING, rehearse: bool = False):
    content = "\n".join((heading, *rows)).encode()
    return feeds.deliver(content, by=desk.cast.hotline, at=NOON, rehearse=rehearse)


@pytest.mark.parametrize(
    "received_at",
    [
        "2020年8月24日 09:30",
        "2020/8/24 9:30",
        "2020.8.24 9:30",
        "202008240930",
        "44067.395833",
        "2020-08-24T09:30:00+08:00",
    ],
)
def test_a_letter_is_taken_at_a_time_as_offices_write_it(desk, received_at):
    assert [one.reason for one in taken(desk, f"Z1,{received_at},为什么红码,,,")] == [""]
    assert f"{Ticket.objects.get().received_at:%Y-%m-%d %H:%M}" == "2020-08-24 01:30"


def test_a_day_is_no_time_and_the_hour_is_asked_for(desk):
    outcome = taken(desk, "Z1,2020-08-24,为什么红码,,,")[0]
    assert (outcome.field, "write the hour" in outcome.reason or "时" in outcome.reason) == ("收到时间", True)


@pytest.mark.parametrize(
    ("word", "kind"), [("投诉", "CORRECTION"), ("咨询", "CONSULT"), ("举报", "CONDUCT"), ("", "CORRECTION")]
)
def test_the_words_of_the_hotline_are_taken(desk, word, kind):
    taken(desk, f"Z1,2020-08-24 09:30,为什么红码,{word},,")
    assert Ticket.objects.get().kind == kind


@pytest.mark.parametrize(
    "word", ["C07", "7", "07", "对确诊、疑似或密切接触者认定有异议", "case or close contact disputed"]
)
def test_a_category_is_taken_by_its_name_code_or_number(desk, word):
    outcome = taken(desk, f"Z1,2020-08-24 09:30,为什么红码,,{word},")[0]
    assert (outcome.reason, Ticket.objects.get().category) == ("", "C07")


def test_a_number_written_for_a_spreadsheet_is_the_number(desk):
    person = desk.red()
    taken(desk, f'Z1,2020-08-24 09:30,为什么红码,,,"=""{person.document}"""')
    assert Ticket.objects.get().person == person


def test_all_that_is_wrong_in_a_letter_is_said_at_once(desk):
    outcome = taken(desk, "Z1,昨天,,表扬,其他类别,")[0]
    assert [word in outcome.reason for word in ("收到时间", "内容", "类型", "事项类别")] == [True] * 4


def test_a_letter_file_is_read_as_a_workbook_too(desk):
    book = openpyxl.Workbook()
    for row in (HEADING.split(","), ["Z1", datetime(2020, 8, 24, 9, 30), "为什么红码", None, None, None]):  # noqa: DTZ001
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    outcomes = feeds.deliver(content.getvalue(), by=desk.cast.hotline, at=NOON, rehearse=False)
    assert [one.reason for one in outcomes] == [""]


def test_a_letter_file_in_utf_16_is_read(desk):
    content = f"{HEADING}\nZ1,2020-08-24 09:30,为什么红码,,,\n".encode("utf-16")
    outcomes = feeds.deliver(content, by=desk.cast.hotline, at=NOON, rehearse=False)
    assert [one.reason for one in outcomes] == [""]


def test_an_xls_of_letters_is_opened_as_the_workbook_that_it_is(desk):
    with pytest.raises(NotATable) as refusal:
        feeds.deliver(tables.OLE + b"\0" * 2000, by=desk.cast.hotline, at=NOON, rehearse=True)
    assert refusal.value.sentence is tables.FAULTS["not_a_workbook"]


@pytest.mark.parametrize("start", [b"%PDF-1.7 ", b"\x89PNG\r\n", b"Rar!\x1a", b"{\\rtf1 "])
def test_a_letter_file_that_is_no_table_says_so(desk, start):
    with pytest.raises(NotATable) as refusal:
        feeds.deliver(start + b"x" * 500, by=desk.cast.hotline, at=NOON, rehearse=True)
    assert refusal.value.sentence is tables.NO_TABLE


def test_cells_that_the_spreadsheet_spoilt_are_all_named_beside_wrong_words(desk):
    content = workbook(lambda _book: None, HEADING.split(","), ["Z1", "昨天", 10**16, "表扬", "", 10**17])
    outcome = feeds.deliver(content, by=desk.cast.hotline, at=NOON, rehearse=True)[0]
    assert [word in outcome.reason for word in ("收到时间", "内容", "类型", "证件号码")] == [True] * 4


def test_a_country_by_its_full_name_keeps_no_letter_from_the_bureau(desk):
    heading = f"{HEADING},证件类型,国家或地区"
    row = "Z1,2020-08-24 09:30,不能申领,,,M12345678,护照,大韩民国"
    assert [one.reason for one in taken(desk, row, heading=heading)] == [""]


def test_what_was_found_out_about_a_letter_file_is_told_on_its_page(client, desk):
    client.force_login(desk.cast.bureau_one)
    content = f"十一月信访件\n{HEADING}\nZ1,2020-08-24 09:30,为什么红码,,,\n".encode("gb18030")
    page = client.post(reverse("admin:complaints_letters"), {"file": SimpleUploadedFile("a.csv", content)})
    assert "GB18030" in page.content.decode()
    assert len(page.context["findings"]) == 2
