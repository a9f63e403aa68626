"""Files of letters: times, words and numbers as the hotline's offices write them, in whatever a spreadsheet saves."""

import io
from datetime import datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.feeds import tables
from cases.feeds.rows import NotATable
from complaints import feeds
from complaints.models import Ticket
from tests.cases.scenes import refused
from tests.deliveries.workbooks import workbook

from .desk import NOON

HEADING = "信访件编号,收到时间,内容,类型,类别,证件号码"


def taken(desk, *rows: str, heading: str = HEADING, rehearse: bool = False):
    content = "\n".join((heading, *rows)).encode()
    return feeds.deliver(content, by=desk.cast.hotline, at=NOON, rehearse=rehearse)


def test_a_file_of_letters_has_five_megabytes_at_most(desk):
    fields = {"by": desk.cast.hotline, "at": NOON, "rehearse": True}
    refused(feeds.LetterTooLarge, feeds.deliver, b"0" * (feeds.MAX_BYTES + 1), **fields)


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
