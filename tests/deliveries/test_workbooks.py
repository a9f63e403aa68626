"""A workbook means what it says: what is hidden, missing or spoilt in it is said, and no file takes the server down."""

import io
import zipfile

import pytest

from cases.feeds import tables
from cases.feeds.findings import sentences
from cases.models import Batch, Person
from healthcode.core.tables import process
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory, delivered, resident_number

from .workbooks import HEADING, row, with_part, workbook

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(autouse=True)
def division(db):
    DivisionFactory(code="330624001")


def deliver(scene: Scene, content: bytes, form: str = "XLSX", **fields) -> Batch:
    return delivered(content, form=form, by=scene.cast.cdc_xinchang, at=T, **fields)


def line_list(change=lambda book: None, **cells) -> bytes:
    return workbook(change, HEADING, row(resident_number(), **cells))


def codes(batch: Batch) -> set[str]:
    return {code for code, _values in batch.findings}


def test_a_heading_below_titles_is_found(scene: Scene):
    content = workbook(lambda book: None, ["密接名单"], [], HEADING, row(resident_number()))
    batch = deliver(scene, content)
    assert (batch.accepted, dict(batch.findings)["heading"]) == (1, {"row": 3})


def test_a_table_that_begins_in_another_column_is_read(scene: Scene):
    content = workbook(lambda book: None, [None, *HEADING], [None, *row(resident_number())])
    assert deliver(scene, content).accepted == 1


def test_the_sheet_with_the_headings_is_read_and_another_with_them_is_said(scene: Scene):
    def more(book):
        for name, number in (("名单", resident_number()), ("旧名单", resident_number())):
            sheet = book.create_sheet(name)
            sheet.append(HEADING)
            sheet.append(row(number, 姓名=name))

    batch = deliver(scene, workbook(more, ["说明"]))
    assert (batch.accepted, codes(batch) >= {"sheet", "others"}) == (1, True)
    assert Person.objects.filter(name="名单").exists()
    assert "旧名单" in " ".join(sentences(batch.findings))


def test_a_visible_sheet_goes_before_a_hidden_one(scene: Scene):
    def hide(book):
        book.active.sheet_state = "hidden"
        visible = book.create_sheet("名单")
        visible.append(HEADING)
        visible.append(row(resident_number(), 姓名="看得见"))

    assert deliver(scene, line_list(hide)).accepted == 1
    assert Person.objects.filter(name="看得见").exists()


def test_hidden_rows_are_said_and_wait_for_a_person(scene: Scene):
    def hide(book):
        book.active.row_dimensions[2].hidden = True

    batch = deliver(scene, line_list(hide), at_once=True, confirmed=False)
    assert (batch.state, dict(batch.findings)["hidden_rows"]) == ("CHECKED", {"rows": [2]})


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"证件号码": 330624198503071230}, "document_number"),
        ({"协查函号": 20201112131415161}, "letter"),
        ({"协查函号": "2.02011E+16"}, "letter"),
        ({"协查函号": "=A1"}, "letter"),
        ({"协查函号": "#REF!"}, "letter"),
        ({"姓名": True}, "name"),
        ({"协查函号": T.date()}, "letter"),
    ],
)
def test_what_the_spreadsheet_spoilt_comes_back_on_its_column(scene: Scene, cells, field):
    batch = deliver(scene, line_list(**cells))
    assert [(one.row, one.field) for one in batch.rejected_rows.all()] == [(2, field)]


def test_an_error_cell_comes_back_on_its_column(scene: Scene):
    content = with_part(
        line_list(协查函号=1),
        SHEET,
        lambda xml: xml.replace('<c r="F2" t="n"><v>1</v>', '<c r="F2" t="e"><v>#N/A</v>'),
    )
    assert deliver(scene, content).rejected_rows.get().field == "letter"


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576"])
def test_a_stray_cell_far_away_is_named_and_costs_nothing(scene: Scene, cell):
    def stray(book):
        book.active[cell] = "x"

    batch = deliver(scene, line_list(stray))
    assert (batch.state, cell in batch.fault) == ("RETURNED", True)


def test_a_format_far_away_is_no_cell(scene: Scene):
    def formatted(book):
        book.active["XFD1048576"].number_format = "0.00"

    assert deliver(scene, line_list(formatted)).accepted == 1


def protected() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2048


def of_charts() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        new.writestr("xl/workbook.xml", "<workbook><sheets/></workbook>")
        new.writestr("xl/_rels/workbook.xml.rels", "<Relationships/>")
    return file.getvalue()


def turned() -> bytes:
    content = bytearray(line_list())
    for place in range(400, len(content) - 400, 97):
        content[place] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    "make",
    [
        lambda: line_list()[:3000],
        turned,
        of_charts,
        protected,
        lambda: b"",
        lambda: "姓名,证件号码\n".encode(),
        lambda: with_part(
            line_list(), SHEET, lambda xml: '<!DOCTYPE x [<!ENTITY a "b">]>' + xml.partition("?>")[2]
        ),
    ],
    ids=["cut in half", "bits turned", "charts alone", "ole", "empty", "a text", "a document type"],
)
@pytest.mark.parametrize("form", ["XLSX", "XLS", "ODS"])
def test_what_is_no_workbook_comes_back_with_a_sentence(scene: Scene, make, form):
    batch = deliver(scene, make(), form)
    assert (batch.state, bool(batch.fault)) == ("RETURNED", True)


@pytest.mark.parametrize("limit", ["sheets.EXPANDED = 10**6", "books.LARGEST = 10**4"])
def test_a_bomb_comes_back_with_a_sentence(scene: Scene, monkeypatch, limit):
    bomb = with_part(
        line_list(), SHEET, lambda xml: xml.replace("</sheetData>", " " * 2_000_000 + "</sheetData>")
    )
    limited = process.PROGRAM.replace("import child; ", f"import books, child, sheets; {limit}; ")
    monkeypatch.setattr(process, "PROGRAM", limited)
    batch = deliver(
        scene, bomb if "EXPANDED" in limit else workbook(lambda book: None, HEADING, *[row("1")] * 900)
    )
    assert batch.state == "RETURNED"


def test_a_process_that_dies_of_a_file_returns_it(scene: Scene, monkeypatch):
    monkeypatch.setattr(process, "PROGRAM", "import os; os.abort()")
    batch = deliver(scene, line_list())
    assert (batch.state, bool(batch.fault)) == ("RETURNED", True)


def test_a_process_that_says_nothing_is_not_waited_for(scene: Scene, monkeypatch):
    monkeypatch.setattr(process, "PROGRAM", "import sys, time; sys.stdin.buffer.read(); time.sleep(60)")
    monkeypatch.setattr(process, "WAIT", 0.2)
    assert deliver(scene, line_list()).state == "RETURNED"


@pytest.mark.parametrize("start", [b"<html><table>", b"\xef\xbb\xbf\r\n<?xml version='1.0'?><Workbook>"])
def test_a_web_page_under_the_name_of_a_workbook_is_called_that(scene: Scene, start):
    batch = deliver(scene, start + b"<tr><td>1</td></tr>", form="XLS")
    assert (batch.state, batch.fault) == ("RETURNED", str(tables.WEB_PAGE))


def test_a_sheet_s_sums_and_subtotals_are_left_out_and_named(scene: Scene):
    first, second = row(resident_number()), row(resident_number())
    content = workbook(lambda book: None, HEADING, first, ["小计", 1], second, ["合计", None, None, 2.0])
    batch = deliver(scene, content)
    assert (batch.accepted, batch.rejected, dict(batch.findings)["sums"]) == (2, 0, {"rows": [3, 5]})


NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def ods(rows: str, *, damaged: bool = False) -> bytes:
    table = f'<table:table table:name="A">{rows}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml", f"<office:document-content {NAMESPACES}>{body}</office:document-content>"
        )
    return out.getvalue().replace(b"<table:table ", b"<table;table ") if damaged else out.getvalue()


@pytest.mark.parametrize(("damaged", "sentence"), [(False, "解压后的大小"), (True, "是否不完整")])
def test_of_an_ods_that_cannot_be_opened_a_far_cell_is_not_called_a_cut(scene: Scene, damaged, sentence):
    far = (
        '<table:table-row table:number-rows-repeated="1048000"/><table:table-row>'
        '<table:table-cell table:number-columns-repeated="16000"/>'
        '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    )
    batch = deliver(scene, ods(far, damaged=damaged), form="ODS")
    assert (batch.state, sentence in batch.fault) == ("RETURNED", True), batch.fault
