"""How a file is filled in: templates that come back accepted, the words of each column, and what is wrong at once."""

import csv
import hashlib
import io
import re

import openpyxl
import pytest
from django.urls import reverse

from cases.feeds import columns, deliveries, rehearsed, templates, words
from cases.feeds.kinds import FORMATS
from cases.models import Batch
from cases.services.deliveries import batches, receiving
from healthcode.core.spreadsheets import csv_lines
from tests.browsers import Browser
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory, delivered, resident_number

from .conftest import HEADINGS, SENDERS

pytestmark = pytest.mark.django_db

KINDS = [*HEADINGS, "LINE_LIST"]
HEADING = "姓名,证件类型,证件号码,现居住地区划,赋码原因,起算日期,证据类型,证据编号"

CARDS = [
    "居民身份证",
    "身份证",
    "港澳台居民居住证",
    "港澳居民居住证",
    "resident identity card",
    "RESIDENT_ID",
    " 居民 身份证 ",
    "居民身份证\u200b",
]
PLACES = [
    "330624001",
    "330624001000",
    "330624001002",
    "羽林街道",
    "新昌县羽林街道",
    "新昌县 · 羽林街道",
]
DAYS = [
    "2026.11.1",
    "2026/11/1",
    "20261101",
    "2026年11月1日",
    "２０２６－１１－０１",
    "46327",
    "2026-11-01 00:00:00",
]


def sender(scene: Scene, kind: str):
    return scene.cast[{**SENDERS, "LINE_LIST": "cdc.xinchang"}[kind]]


def listed(scene: Scene, *rows: str, heading: str = HEADING, confirmed: bool = True) -> Batch:
    content = "\n".join((heading, *rows)).encode()
    return delivered(content, by=scene.cast.cdc_xinchang, at=T, confirmed=confirmed)


def row(number: str = "", **cells: str) -> str:
    fields = {
        **{
            "name": "张三",
            "kind": "居民身份证",
            "number": number or resident_number(),
            "present": "330624001",
        },
        **{"ground": "疑似病人", "began": f"{T:%Y-%m-%d}", "evidence": "检验报告", "ref": "检2026-35"},
        **cells,
    }
    return ",".join(fields.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_comes_back_accepted_as_it_is(scene: Scene, kind, form):
    content = templates.make(form, FORMATS[kind].helps)
    declared = {} if not FORMATS[kind].sealed_end else declared_of(content)
    batch = delivered(
        content, kind=kind, form=form.upper(), by=sender(scene, kind), at=T, confirmed=False, **declared
    )
    assert (batch.state, batch.fault, batch.preview["rejected"], batch.preview["new"]) == (
        "CHECKED",
        "",
        0,
        0,
    )


def declared_of(content: bytes) -> dict:
    return {"declared_rows": 0, "declared_sha256": hashlib.sha256(content).hexdigest()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_can_be_read(scene: Scene, kind):
    for code in ("330624", "330624001", "3301"):
        DivisionFactory(code=code)
    known = FORMATS[kind]
    cells = {name: known.takes.get(name, columns.Column()).example for name in known.columns.values()}
    cells["record"] = "A1"
    assert [(one.field, str(one)) for one in columns.faults(cells, known.takes, known.required)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_a_kind_is_described(kind):
    known = FORMATS[kind]
    assert set(known.takes) <= set(known.columns.values())
    for name in known.required:
        assert name == "record" or name in known.takes


def test_a_workbook_keeps_digits_and_offers_words():
    book = openpyxl.load_workbook(io.BytesIO(templates.make("xlsx", FORMATS["LINE_LIST"].helps)))
    sheet = book.worksheets[0]
    heading = [cell.value for cell in sheet[1]]
    number = openpyxl.utils.get_column_letter(heading.index("证件号码") + 1)
    assert sheet.column_dimensions[number].number_format == "@"
    offered = {str(one.sqref).split("2:")[0] for one in sheet.data_validations.dataValidation}
    named = {
        openpyxl.utils.get_column_letter(heading.index(word) + 1) for word in ("性别", "证件类型", "赋码原因")
    }
    assert named <= offered


def test_all_that_is_wrong_in_all_rows_is_said_at_once(scene: Scene):
    DivisionFactory(code="330624001")
    batch = listed(
        scene,
        row("330624199001011234", ground="密接", began="去年", present="某地"),
        row(kind="身份证明", evidence="检验单"),
        confirmed=False,
    )
    first, second = (one.reason for one in rehearsed.faults_of(batch))
    assert [word in first for word in ("证件号码：", "赋码原因：", "起算日期：", "现居住地区划：")] == [
        True
    ] * 4
    assert [word in second for word in ("证件类型：", "证据类型：", "“检验报告”")] == [True] * 3


def test_one_fault_is_said_without_naming_its_column_twice(scene: Scene):
    DivisionFactory(code="330624001")
    returned = listed(scene, row(began="去年")).rejected_rows.get()
    assert (returned.field, "起算日期" in returned.reason) == ("began_on", False)


@pytest.mark.parametrize("word", CARDS)
def test_a_document_is_called_as_forms_and_offices_call_it(scene: Scene, word):
    DivisionFactory(code="330624001")
    assert listed(scene, row(kind=word)).accepted == 1


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("回乡证", "HK_MACAO_PERMIT"),
        ("台胞证", "TAIWAN_PERMIT"),
        ("外国人永久居留身份证", "FOREIGN_PR"),
        ("外国人永久居留证", "FOREIGN_PR"),
        ("护照", "PASSPORT"),
        ("library card", None),
    ],
)
def test_each_card_has_its_words(word, kind):
    assert words.meaning(words.DOCUMENTS, word) == kind


@pytest.mark.parametrize("heading", ["依据类型,依据编号", "证据类型,依据"])
def test_evidence_is_called_as_forms_call_it(scene: Scene, heading):
    DivisionFactory(code="330624001")
    batch = listed(scene, row(), heading=HEADING.replace("证据类型,证据编号", heading))
    assert (batch.accepted, batch.rejected) == (1, 0)


@pytest.mark.parametrize("place", PLACES)
def test_a_division_is_taken_by_name_and_by_its_statistical_code(scene: Scene, place):
    DivisionFactory(code="330624001")
    batch = listed(scene, row(present=place))
    assert [one.reason for one in batch.rejected_rows.all()] == []


@pytest.mark.parametrize("began", DAYS)
def test_a_day_is_taken_as_offices_write_it(scene: Scene, began):
    DivisionFactory(code="330624001")
    batch = listed(scene, row(began=began))
    assert [one.reason for one in batch.rejected_rows.all()] == []


# --- the page -------------------------------------------------------------------------------------------------------


def browser(scene: Scene, user: str = "cdc.xinchang") -> Browser:
    client = Browser()
    client.force_login(scene.cast[user], backend="healthcode.core.offices.backends.RoleBackend")
    return client


def test_beside_the_form_stand_the_words_and_the_templates(scene: Scene):
    client = browser(scene)
    form = client.get(reverse("admin:do", args=("deliver",))).content.decode()
    address = reverse("admin:cases_batch_columns", args=("LINE_LIST",))
    assert address in form
    page = client.get(address).content.decode()
    for word in ("居民身份证", "密切接触者", "template.xlsx", "template.csv"):
        assert word in page
    template = client.get(reverse("admin:cases_batch_template", args=("LINE_LIST", "csv")))
    assert next(csv.reader(io.StringIO(template.content.decode("utf-8-sig"))))[0] == "记录编号"


@pytest.mark.parametrize("asked", ["羽林", "330624001", "330624001000"])
def test_divisions_are_searched_by_name_or_code(scene: Scene, asked):
    DivisionFactory(code="330624001", name="羽林街道")
    address = reverse("admin:cases_batch_columns", args=("LINE_LIST",))
    page = browser(scene).get(address, {"q": asked}).content.decode()
    assert "330624001000" in page


@pytest.mark.parametrize("path", ["columns/NOTHING/", "columns/GROUNDS/", "columns/LINE_LIST/template.exe"])
def test_what_is_no_kind_of_the_readers_is_not_found(scene: Scene, path):
    assert browser(scene).get(f"/cases/batch/{path}").status_code == 404


def test_rows_that_would_come_back_are_a_file_before_anything_counts(scene: Scene):
    DivisionFactory(code="330624001")
    good = row()
    batch = listed(scene, good, row(began="去年"), confirmed=False)
    answer = browser(scene).get(reverse("admin:cases_batch_returned", args=(batch.pk, "csv")))
    sent = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines(keepends=True)
    lines = list(csv.DictReader(sent[3:]))
    assert [(one["行号"], one["问题字段"]) for one in lines] == [("3", "起算日期")]
    corrected = "".join(csv_lines(deliveries.returned_rows(batch))).replace("去年", "2026-11-01")
    again = delivered(corrected.encode(), by=scene.cast.cdc_xinchang, at=T)
    assert (again.accepted, again.rejected) == (1, 0)


@pytest.mark.parametrize(("good", "primary"), [(1, True), (0, False)])
def test_confirming_is_put_first_only_where_something_is_taken(scene: Scene, good, primary):
    DivisionFactory(code="330624001")
    batch = listed(scene, *[row()] * good, row(began="去年"), confirmed=False)
    page = browser(scene).get(reverse("admin:cases_batch_change", args=(batch.pk,))).content.decode()
    assert (re.search(r'class="([^"]*)" href="[^"]*confirm-delivery', page)[1] == "btn primary") == primary


@pytest.mark.parametrize(
    ("written", "meant"), [("阴型", "阴性"), ("阳姓", "阳性"), ("阳阴", ""), ("阴阳性", ""), ("未知", "")]
)
def test_a_word_is_offered_where_one_is_meant_and_never_one_of_two_opposites(written, meant):
    assert words.near(words.OUTCOMES, written) == meant


def test_each_fault_of_a_row_stands_in_a_line_of_its_own(scene: Scene):
    batch = listed(scene, row("330624199001011233", began="2026-13-30", ground="不明"), confirmed=False)
    reasons = rehearsed.faults_of(batch)[0].reason.splitlines()
    assert sorted(one.partition("：")[0] for one in reasons) == sorted(["证件号码", "起算日期", "赋码原因"])


def test_a_mark_protects_cells_of_the_sender_and_spoils_no_word_of_ours(scene: Scene):
    DivisionFactory(code="330624001")
    bad = row("330624199001011233", began="2026-13-30", ground="=1+1")
    batch = listed(scene, bad, row(began="去年"), confirmed=False)
    for state in ("CHECKED", "APPLIED"):
        rows = list(csv.DictReader(csv_lines(deliveries.returned_rows(batch))))
        assert [one["赋码原因"][0] for one in rows] == ["'", "疑"]
        assert [one["原因"][:1] for one in rows if one["原因"].startswith("'") or "\n" in one["原因"]] == []
        assert "证件号码：" in rows[0]["原因"]
        if state == "CHECKED":
            batch = deliveries.work(batches.confirm(batch, by=scene.cast.cdc_xinchang, at=T), clock=lambda: T)


def test_of_a_file_that_came_back_as_a_whole_no_row_is_counted(scene: Scene):
    batch = delivered("什么,都没有\n1,2\n".encode(), by=scene.cast.cdc_xinchang, at=T)
    client = browser(scene)
    page = client.get(reverse("admin:cases_batch_change", args=(batch.pk,))).content.decode()
    assert (batch.state, [one for one in ("问题行", "代为导入人", "确认人", "总行数") if one in page]) == (
        "RETURNED",
        [],
    )
    line = client.get(reverse("admin:cases_batch_changelist")).content.decode()
    assert re.findall(r'class="field-rows_rejected"[^>]*>([^<]*)<', line) == ["–"]


def test_of_a_delivery_that_was_applied_each_row_is_counted(scene: Scene):
    DivisionFactory(code="330624001")
    batch = listed(scene, row(), row(began="去年"))
    page = browser(scene).get(reverse("admin:cases_batch_changelist")).content.decode()
    assert re.findall(r'class="field-rows_(?:accepted|rejected)"[^>]*>([^<]*)<', page) == ["1", "1"]
    assert batch.rejected == 1


def test_a_file_that_is_being_read_shows_no_count_of_rows(scene: Scene):
    content = receiving.store([b"x"], at=T)
    batch, _new = receiving.receive(
        content, kind="LINE_LIST", file_name="x.csv", by=scene.cast.cdc_xinchang, at=T
    )
    page = browser(scene).get(reverse("admin:cases_batch_change", args=(batch.pk,))).content.decode()
    assert [word for word in ("正在清点行数", "检查中", "已检查", "0行", "0 /") if word in page] == [
        "正在清点行数",
        "检查中",
    ]
