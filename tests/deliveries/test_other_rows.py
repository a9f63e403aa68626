"""What other rows refuse of a row, on record or in the same file, is told with all else that is wrong with it."""

import hashlib
import json
from datetime import timedelta

import pytest

from cases.models import Batch, LabResult
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory, delivered, resident_number, sealed

from .conftest import ground
from .test_all_at_once import LINES, codes

pytestmark = pytest.mark.django_db

YESTERDAY, TOMORROW = f"{T - timedelta(days=1):%Y-%m-%d}", f"{T + timedelta(days=2):%Y-%m-%d}"
RESULTS = "证件号码,采样时间,报告时间,结果,检测机构,报告编号,混检人数"


@pytest.fixture(autouse=True)
def township() -> None:
    DivisionFactory(code="330624001")


def results(scene: Scene, *rows: str) -> Batch:
    content = sealed("\n".join((RESULTS, *rows)))
    return delivered(content, kind="RESULTS", by=scene.cast.hospital_city, at=T)


def result(
    document: str, *, number: str = "R1", outcome: str = "阴性", reported: str = "", pool: str = ""
) -> str:
    return f"{document},{YESTERDAY} 09:30,{reported},{outcome},检测中心,{number},{pool}"


def test_a_report_of_another_person_is_named_beside_its_wrong_time(scene: Scene):
    results(scene, result(scene.person().document))
    found = codes(results(scene, result(scene.person().document, reported="昨天")))
    assert found == {("报告时间", "unreadable"), ("报告编号", "of_another_person")}


def test_a_report_that_says_otherwise_is_named_beside_its_wrong_time(scene: Scene):
    person = scene.person()
    results(scene, result(person.document))
    found = codes(results(scene, result(person.document, outcome="可疑", reported="昨天")))
    assert found == {("报告时间", "unreadable"), ("报告编号", "says_otherwise")}


def test_whether_a_report_is_known_is_not_guessed_where_its_outcome_cannot_be_read(scene: Scene):
    person = scene.person()
    results(scene, result(person.document))
    assert codes(results(scene, result(person.document, outcome="阴阳"))) == {("结果", "unreadable")}


def test_a_full_tube_and_its_other_outcome_are_named_beside_a_wrong_time(scene: Scene):
    persons = [scene.person() for _ in range(3)]
    results(scene, *(result(one.document, pool="2") for one in persons[:2]))
    found = codes(results(scene, result(persons[2].document, pool="2", outcome="可疑", reported="昨天")))
    assert found == {("报告时间", "unreadable"), ("结果", "another_outcome"), ("报告编号", "full")}


def test_a_pending_result_that_has_come_is_no_other_report(scene: Scene):
    person = scene.person()
    results(scene, result(person.document, outcome="待出结果"))
    assert codes(results(scene, result(person.document, reported="昨天"))) == {("报告时间", "unreadable")}


def test_a_ground_that_stands_already_is_named_beside_a_wrong_place(scene: Scene, send):
    person = scene.person()
    send("GROUNDS", ground(person, "G1", "AUTO_YELLOW"))
    again = ground(person, "G2", "AUTO_YELLOW").replace(person.present_id, "某地")
    assert codes(send("GROUNDS", again)) == {("现居住地区划", "unknown"), ("证据编号", "already_standing")}


def test_a_suspicion_that_was_reported_is_named_beside_a_wrong_word(scene: Scene):
    person = scene.person()
    row = f"{person.name},身份证,{person.document},330624001,疑似病人,{YESTERDAY},,{{}},J1"
    by = scene.cast.cdc_xinchang
    delivered(f"{LINES}\n{row.format('检验报告')}\n".encode(), by=by, at=T)
    batch = delivered(f"{LINES}\n{row.format('口头')}\n".encode(), by=by, at=T)
    assert codes(batch) == {("证据类型", "unreadable"), ("证据编号", "already_standing")}


def test_a_measure_that_would_be_over_is_named_of_somebody_new_too(scene: Scene):
    began = f"{T - timedelta(days=40):%Y-%m-%d}"
    row = f"甲,身份证,{resident_number()},某地,密切接触者,{began},,协查函,浙疾控函1号"
    batch = delivered(f"{LINES}\n{row}\n".encode(), by=scene.cast.cdc_xinchang, at=T)
    assert ("起算日期", "period_over") in codes(batch)


def test_a_release_of_nothing_is_named_beside_a_cell_that_is_too_long(scene: Scene, send):
    row = ground(scene.person(), "没有的编号", "AUTO_YELLOW", "号" * 121, action="解除")
    assert codes(send("GROUNDS", row)) == {("证据编号", "unreadable"), ("记录编号", "not_standing")}


def test_a_change_of_an_area_that_is_not_listed_is_named_beside_its_time(scene: Scene):
    content = f"事项,地区名称,风险等级,起始时间,来源文件\n解除,某街道,中风险,{YESTERDAY},浙1号"
    batch = delivered(sealed(content), kind="AREAS", by=scene.cast.province, at=T)
    assert codes(batch) == {("起始时间", "hour_missing"), ("地区名称", "not_listed")}


def test_a_row_known_with_other_content_comes_back_where_it_could_not_be_taken(scene: Scene, send):
    person = scene.person()
    send("DECLARATIONS", f"D1,{person.document},否,,36.5,")
    asked = send("DECLARATIONS", f"D1,{person.document},否,,36.6,")
    assert asked.rejected_rows.get().state == "HELD"
    found = codes(send("DECLARATIONS", f"D1,{person.document},否,,很高,"))
    assert found == {("记录编号", "other_content"), ("体温", "unreadable")}


def test_a_row_that_comes_back_does_not_stand_in_the_way_of_its_corrected_repetition(scene: Scene, send):
    person = scene.person()
    batch = send("DECLARATIONS", f"D1,{person.document},否,,很高,", f"D1,{person.document},否,,36.5,")
    assert (batch.accepted, batch.held, batch.rejected) == (1, 0, 1)


def test_a_row_that_comes_back_twice_is_never_counted_as_known(scene: Scene, send):
    row = f"D1,{scene.person().document},否,,很高,"
    batch = send("DECLARATIONS", row, row)
    assert (batch.unchanged, batch.rejected) == (0, 2)


def test_the_preview_says_of_far_rows_with_one_number_what_then_comes(scene: Scene, monkeypatch):
    monkeypatch.setattr("cases.feeds.applying.CHUNK", 1)
    person = scene.person()
    rows = [f"Z1,{result(person.document, reported=reported)}" for reported in ("昨天", "")]
    content = sealed("\n".join((f"记录编号,{RESULTS}", *rows)))
    fields = {"kind": "RESULTS", "by": scene.cast.hospital_city, "at": T}
    batch = delivered(content, confirmed=False, **fields)
    assert {name: batch.preview[name] for name in ("new", "held", "rejected")} == {
        "new": 1,
        "held": 0,
        "rejected": 1,
    }
    assert LabResult.objects.count() == 0


@pytest.mark.parametrize("written", ["３６．８", "36.8℃", "36.8 °C", "36.8度", "３６．８摄氏度"])
def test_a_temperature_is_read_however_it_is_typed(scene: Scene, send, written):
    assert send("DECLARATIONS", f"D1,{scene.person().document},否,,{written},").accepted == 1


@pytest.mark.parametrize("written", ["٣٧", "3_7.5", "NaN", "368", "36.8F", "36.8人"])
def test_what_is_no_temperature_comes_back(scene: Scene, send, written):
    assert codes(send("DECLARATIONS", f"D1,{scene.person().document},否,,{written},")) == {
        ("体温", "unreadable")
    }


@pytest.mark.parametrize("written", ["１０", "10人", "10 人份"])
def test_the_size_of_a_tube_is_read_however_it_is_typed(scene: Scene, written):
    results(scene, result(scene.person().document, pool=written))
    assert LabResult.objects.get().pool_size == 10


def test_of_a_row_whose_cells_are_shifted_only_that_is_said(scene: Scene, send):
    row = f"D1,多余,{scene.person().document},否,咳嗽,36.5,{YESTERDAY}"
    assert codes(send("DECLARATIONS", row)) == {("", "unreadable")}


def test_a_field_that_is_none_is_named(scene: Scene):
    person = scene.person()
    row = {"记录编号": "D1", "证件号码": person.document, "发热": "否", "体測": "36.5"}
    content = f"{json.dumps(row, ensure_ascii=False)}\n".encode()
    declared = {"declared_rows": 1, "declared_sha256": hashlib.sha256(content).hexdigest()}
    fields = {"kind": "DECLARATIONS", "by": scene.cast.citizen, "at": T, "form": "NDJSON", **declared}
    batch = delivered(content, **fields)
    assert (batch.state, batch.fault) == ("APPLIED", "")
    assert "“体測”" in batch.rejected_rows.get().reason
