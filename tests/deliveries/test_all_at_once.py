"""What is wrong with a row is told at once: its cells, and what the services refuse of what can be read of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from cases.models import Batch, Presence, WaitingTrack
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory, delivered, resident_number, sealed

from . import workbooks

pytestmark = pytest.mark.django_db

YESTERDAY, TOMORROW = f"{T - timedelta(days=1):%Y-%m-%d}", f"{T + timedelta(days=2):%Y-%m-%d}"
LINES = "姓名,证件类型,证件号码,现居住地区划,赋码原因,起算日期,关联病例,证据类型,证据编号"


def codes(batch: Batch) -> set[tuple[str, str]]:
    """Return the columns and codes of everything that is wrong with the one row that came back."""
    row = batch.rejected_rows.get()
    assert row.state == "RETURNED"
    return {(one["column"], one["code"].rpartition(".")[2]) for one in row.faults}


@pytest.fixture
def line(scene: Scene) -> Callable[..., Batch]:
    DivisionFactory(code="330624001")

    def deliver(row: str) -> Batch:
        return delivered(f"{LINES}\n{row}\n".encode(), by=scene.cast.cdc_xinchang, at=T)

    return deliver


def test_a_line_lists_dead_person_is_named_with_the_cells_and_dates_that_are_wrong(scene: Scene, line):
    person = scene.person()
    person.deceased_on = T.date()
    person.save()
    found = codes(line(f"别人,身份证,{person.document},某地,疑似病人,{TOMORROW},,检验报告,"))
    assert found == {
        ("现居住地区划", "unknown"),
        ("姓名", "differs_from_registered"),
        ("", "code_deactivated"),
        ("起算日期", "in_future"),
        ("证据编号", "missing"),
    }


def test_what_rests_on_an_unreadable_cell_is_not_guessed(line):
    found = codes(line(f"甲,身份证,{resident_number()},330624001,密接,去年,,检验报告,"))
    assert found == {("赋码原因", "unreadable"), ("起算日期", "unreadable"), ("证据编号", "missing")}


def test_a_close_contact_is_asked_for_its_index_case_beside_a_wrong_place(line):
    found = codes(line(f"甲,身份证,{resident_number()},某地,密切接触者,{YESTERDAY},,检验报告,J1"))
    assert found == {("现居住地区划", "unknown"), ("关联病例", "missing")}


def test_a_results_times_and_name_are_named_beside_its_word(scene: Scene, send):
    person = scene.person()
    heading = "证件号码,姓名,采样时间,报告时间,结果,检测机构,报告编号,混检人数"
    row = f"{person.document},别人,{YESTERDAY} 09:30,{YESTERDAY} 08:00,阳阴,检测中心,R1,50"
    batch = delivered(sealed(f"{heading}\n{row}"), kind="RESULTS", by=scene.cast.hospital_city, at=T)
    assert codes(batch) == {
        ("结果", "unreadable"),
        ("姓名", "differs_from_registered"),
        ("报告时间", "before_sample"),
        ("混检人数", "wrong_size"),
    }


def test_somebody_unknown_is_named_beside_a_sample_of_the_future(scene: Scene, send):
    row = f"{resident_number()},{TOMORROW} 09:00,,阴性,检测中心,R1"
    assert codes(send("RESULTS", row)) == {("证件号码", "nobody_registered"), ("采样时间", "in_future")}


def test_a_denied_fever_is_named_beside_an_onset_that_is_none(scene: Scene, send):
    person = scene.person()
    found = codes(send("DECLARATIONS", f"D1,{person.document},否,咳嗽,38.5,去年"))
    assert found == {("症状起始日期", "unreadable"), ("发热", "fever_denied")}


def test_a_ground_names_its_area_by_the_files_own_word(scene: Scene, send):
    DivisionFactory(code="330624001")
    number = resident_number()
    found = codes(send("GROUNDS", f"G1,甲,{number},某地,赋码,系统自动赋黄码,{YESTERDAY},某区,文件,浙1号"))
    assert found == {("现居住地区划", "unknown"), ("风险地区", "unreadable")}
    found = codes(send("GROUNDS", f"G2,甲,{number},某地,赋码,疫情严重态势地区旅居史,{YESTERDAY},,文件,浙1号"))
    assert found == {("现居住地区划", "unknown"), ("风险地区", "missing")}


def test_an_area_without_its_documents_is_named_beside_an_unknown_place(send):
    found = codes(send("AREAS", "A1,某街道,某地,中风险,2020-08-20 00:00,浙1号,是,,"))
    assert found == {("区划代码", "unknown"), ("省领导小组同意文号", "documents_missing")}


def test_a_code_of_another_province_is_named_beside_another_name(scene: Scene, send):
    person = scene.person()
    found = codes(send("CODES", f"别人,{person.document},某地,110106"))
    assert found == {
        ("现居住地区划", "unknown"),
        ("姓名", "differs_from_registered"),
        ("发码城市", "other_province"),
    }


def test_a_track_that_ends_before_it_begins_is_named_beside_its_kind(send):
    row = f"{resident_number()},路过,,,{YESTERDAY} 10:00,{YESTERDAY} 08:00"
    assert codes(send("PRESENCES", row)) == {
        ("类型", "unreadable"),
        ("区划代码", "place_missing"),
        ("截止时间", "ends_before_it_begins"),
    }


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("stay", "column"),
    [
        (f"{YESTERDAY} 10:00,{TOMORROW} 08:00", "截止时间"),
        (f"{YESTERDAY} 10:00,2027-11-01 12:00", "截止时间"),
        (f"{TOMORROW} 10:00,{TOMORROW} 12:00", "起始时间"),
    ],
)
def test_a_track_of_which_a_part_lies_ahead_comes_back(scene: Scene, send, stay, column, known):
    DivisionFactory(code="330624001")
    number = scene.person().document if known else resident_number()
    assert codes(send("PRESENCES", f"{number},旅居,330624001,,{stay}")) == {(column, "in_future")}
    assert not Presence.objects.exists()
    assert not WaitingTrack.objects.exists()


def test_a_name_that_is_alike_comes_back_where_more_is_wrong_with_the_row(scene: Scene, line):
    person = scene.person(name="陳建国")
    row = "陈建国,身份证,{},330624001,疑似病人,{},,检验报告,{}"
    asked = line(row.format(person.document, YESTERDAY, "J1"))
    assert asked.rejected_rows.get().state == "HELD"
    found = codes(line(row.format(person.document, YESTERDAY, "")))
    assert found == {("姓名", "alike"), ("证据编号", "missing")}


def test_all_rows_are_told_before_anything_is_confirmed(scene: Scene):
    DivisionFactory(code="330624001")
    bad = f"甲,身份证,{resident_number()},某地,疑似病人,{TOMORROW},,检验报告,"
    good = f"乙,身份证,{resident_number()},330624001,疑似病人,{YESTERDAY},,检验报告,J1"
    content = "\n".join((LINES, bad, good, bad.replace("甲", "丙"))).encode()
    batch = delivered(content, by=scene.cast.cdc_xinchang, at=T, confirmed=False)
    assert [len(one["faults"]) for one in batch.preview["returned"]] == [3, 3]


@pytest.mark.parametrize(
    ("heading", "spoilt"),
    [("协查函号", 123456789012345678), ("证据编号", 1e20)],
)
def test_what_the_spreadsheet_spoilt_is_not_asked_for_elsewhere(scene: Scene, heading, spoilt):
    DivisionFactory(code="330624001")
    titles = ["姓名", "证件号码", "现居住地区划", "赋码原因", "起算日期", heading]
    values = ["甲", resident_number(), "某地", "疑似病人", YESTERDAY, spoilt]
    content = workbooks.workbook(lambda book: None, titles, values)
    batch = delivered(content, by=scene.cast.cdc_xinchang, at=T, form="XLSX")
    assert {one["column"] for one in batch.rejected_rows.get().faults} == {heading, "现居住地区划"}


def test_every_spoilt_cell_of_a_row_is_named(scene: Scene):
    titles = ["姓名", "证件号码", "现居住地区划", "赋码原因", "起算日期", "协查函号"]
    values = [True, 33062419900101123, "某地", "疑似病人", YESTERDAY, 123456789012345678]
    content = workbooks.workbook(lambda book: None, titles, values)
    batch = delivered(content, by=scene.cast.cdc_xinchang, at=T, form="XLSX")
    found = {one["column"] for one in batch.rejected_rows.get().faults}
    assert found == {"姓名", "证件号码", "现居住地区划", "协查函号"}
