"""A text means what it says: its encoding and delimiter are found, its heading is known, its end is looked at."""

import hashlib
import json

import pytest

from cases.feeds import deliveries
from cases.feeds.findings import sentences
from cases.models import Batch, Case, Person
from healthcode.core.encodings import Detector
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory, delivered, resident_number

HEADING = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"


@pytest.fixture(autouse=True)
def division(db):
    DivisionFactory(code="330624001")


def line(number: str = "", name: str = "张三", letter: str = "函1") -> str:
    return f"{name},{number or resident_number()},330624001,密切接触者,2026-11-01,{letter}"


def deliver(scene: Scene, content: bytes, **fields) -> Batch:
    return delivered(content, by=scene.cast.cdc_xinchang, at=T, **fields)


def encoding_of(content: bytes) -> str:
    detector = Detector()
    for place in range(0, len(content), 3):
        detector.feed(content[place : place + 3])
    return detector.found()


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name,no\n张三,1\n".encode(), "UTF-8"),
        ("姓名\n张三\n".encode("utf-8-sig"), "UTF-8"),
        ("name,no\n张三,1\n".encode("gb18030"), "GB18030"),
        ("姓名,号\n王喆,1\n".encode("gb18030"), "GB18030"),
        ("姓名,号\n张三,1\n".encode("utf-16"), "UTF-16LE"),
        ("姓名,号\n张三,1\n".encode("utf-16-le"), "UTF-16LE"),
        ("姓名,号\n张三,1\n".encode("utf-16-be"), "UTF-16BE"),
        (b"a,b\n1,2\n", "UTF-8"),
        (b"\x80\x81\xff", ""),
        ("姓名,号\n张三李四,1\n".encode() + b"\xe5\xbc\n", ""),
    ],
)
def test_an_encoding_is_found(content, encoding):
    assert encoding_of(content) == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_line_list_in_any_encoding_names_the_same_people(scene: Scene, encoding):
    batch = deliver(scene, f"{HEADING}\n{line(name='张三丰')}\n".encode(encoding))
    assert (batch.accepted, Person.objects.filter(name="张三丰").count()) == (1, 1)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，", "；", "|"])
def test_a_delimiter_is_found(scene: Scene, delimiter):
    content = f"密接名单\n\n{HEADING}\n{line()}\n".replace(",", delimiter)
    assert deliver(scene, content.encode()).accepted == 1


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        (f"{HEADING},联系电话", ("联系电话", "手机号")),
        (HEADING.replace("协查函号", "协查函"), ("协查函", "协查函号")),
        (f"{HEADING},姓名", ("姓名",)),
        (HEADING.replace("姓名", "名字"), ("姓名", "名字")),
    ],
)
def test_a_heading_that_is_unknown_misspelt_or_doubled_returns_the_file(scene: Scene, heading, cell):
    batch = deliver(scene, f"{heading}\n{line()}\n".encode())
    assert (batch.state, [word for word in cell if word not in batch.fault]) == ("RETURNED", [])


def test_a_file_cut_inside_its_last_line_waits_and_shows_that_line(scene: Scene):
    batch = deliver(scene, f"{HEADING}\n{line()}\n{line()}".encode(), at_once=True, confirmed=False)
    assert (batch.state, {code for code, _values in batch.findings}) == ("CHECKED", {"unsealed", "cut_line"})
    assert bytes(batch.last_row) and "函1".encode() not in bytes(batch.last_row)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_whether_the_last_line_has_its_end_is_seen_in_each_encoding(scene: Scene, encoding, end):
    batch = deliver(scene, f"{HEADING}\n{line()}{end}".encode(encoding), confirmed=False)
    assert ("cut_line" in {code for code, _values in batch.findings}) == (not end)


def test_of_the_last_row_a_name_shows_its_beginning_and_a_number_its_end(scene: Scene):
    number = resident_number()
    content = f"{HEADING}\n{line(number, name='欧阳晓月')}\n".encode()
    row = dict(deliveries.last_row(deliver(scene, content, at_once=True, confirmed=False)))
    assert (row["姓名"], row["证件号码"], row["协查函号"]) == ("欧***", f"…{number[-4:]}", "函1")


def test_of_the_last_row_the_name_of_an_area_is_shown_whole(scene: Scene, send):
    row = f"A1,某某街道某小区,,中风险,{T:%Y-%m-%d} 00:00,浙1号,是,,"
    batch = send("AREAS", row, confirmed=False)
    assert dict(deliveries.last_row(batch))["地区名称"] == "某某街道某小区"


def test_a_quotation_mark_that_is_missing_is_named_by_its_line(scene: Scene):
    batch = deliver(scene, f'{HEADING}\n{line()}\n"{line()}\n{line()}\n'.encode())
    assert (batch.state, "第3行" in batch.fault) == ("RETURNED", True)


def test_a_file_without_a_row_says_so(scene: Scene):
    batch = deliver(scene, f"{HEADING}\n".encode(), at_once=True, confirmed=False)
    assert "no_rows" in {code for code, _values in batch.findings}


@pytest.mark.parametrize("mark", ["#END张三", "#ENDE"])
def test_a_line_that_only_begins_like_a_trailer_is_a_row(scene: Scene, mark):
    batch = deliver(scene, f"{HEADING}\n{line(name=mark)}\n{line()}\n".encode())
    assert batch.row_count == 2


def test_a_trailer_stands_last_or_is_a_row(scene: Scene):
    body = f"{HEADING}\n{line()}\n"
    digest = hashlib.sha256(body.encode()).hexdigest()
    assert deliver(scene, f"{body}#END,1,{digest}\n\n".encode()).accepted == 1
    assert deliver(scene, f"{HEADING}\n#END,1,{digest}\n{line()}\n".encode()).row_count == 2


def objects(**fields) -> bytes:
    row = {
        "姓名": "张三",
        "证件号码": resident_number(),
        "现居住地区划": "330624001",
        "赋码原因": "密切接触者",
    }
    return json.dumps(row | {"起算日期": "2026-11-01", "协查函号": "函1"} | fields).encode() + b"\n"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"姓名": ["张三"]}, "name"),
        ({"姓名": True}, "name"),
        ({"姓名": {"a": 1}}, "name"),
        ({"证件号码": 330624198503071230}, "document_number"),
        ({"详细地址": "\ud800"}, "address"),
        ({"详细地址": "a\0b"}, "address"),
        ({"电话": "1"}, ""),
        ({"起算日期": "0001-01-01"}, "began_on"),
    ],
)
def test_a_value_of_another_type_comes_back_and_the_others_are_taken(scene: Scene, fields, field):
    batch = deliver(scene, objects(**fields) + objects(), form="NDJSON")
    assert (batch.state, batch.accepted, Case.objects.count()) == ("APPLIED", 1, 1)
    assert batch.rejected_rows.get().field == field


def test_nesting_without_end_returns_the_file(scene: Scene):
    assert deliver(scene, b'{"name":' + b"[" * 9000 + b"\n", form="NDJSON").state == "RETURNED"


@pytest.mark.parametrize(
    "content", ['"' + "a\n" * 90_000, '","\n' * 60_000], ids=["a quotation mark", "a row"]
)
def test_a_row_without_end_returns_the_file(scene: Scene, content):
    assert deliver(scene, f"{HEADING}\n{content}".encode()).state == "RETURNED"


@pytest.mark.parametrize(
    "cell",
    ["0001-01-01T00:00:00+14:00", "2026-11-01T09:00:00+23:59", "2026-11-01", "20261101", "2026-W44-7"],
)
def test_an_instant_that_none_can_be_comes_back_on_its_column(scene: Scene, cell):
    content = f"证件号码,采样时间,结果,检测机构,报告编号\n{scene.person().document},{cell},阴性,检测中心,H1\n"
    batch = delivered(content.encode(), kind="RESULTS", by=scene.cast.hospital_city, at=T)
    assert batch.rejected_rows.get().field == "sampled_at"


@pytest.mark.parametrize(
    "closing",
    ["合计,,,,,2", "总计：2人", "小 计,2,,,,", "9,合计,2,,,", "共２例", "TOTAL,2,,,,", '合计,,,,,"1,234"'],
)
def test_a_row_of_sums_is_left_out_and_named(scene: Scene, closing):
    batch = deliver(scene, f"{HEADING}\n{line()}\n{closing}\n".encode())
    assert (batch.accepted, batch.rejected, dict(batch.findings)["sums"]) == (1, 0, {"rows": [3]})
    assert "3" in sentences(batch.findings)[0]


@pytest.mark.parametrize("name", ["合计", "共3人"])
def test_whoever_is_called_like_a_sum_stays_a_row(scene: Scene, name):
    batch = deliver(scene, f"{HEADING}\n{line(name=name)}\n".encode())
    assert (batch.row_count, "sums" in dict(batch.findings)) == (1, False)
