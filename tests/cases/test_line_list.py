"""A line list as CDC sends it: good rows become reports, wrong ones go back with row, field and reason."""

from pathlib import Path

import pytest

from cases.models import Batch, Case
from cases.services.engine.refusals import NotAllowed
from tests.databases import stored
from tests.factories import DivisionFactory, delivered, resident_number

from .scenes import Scene, T, refused

FILE = Path(__file__).parent.parent / "files" / "line_list.csv"
RETURNED = {4: "document_number", 11: "began_on", 15: "ground", 24: "present", 30: "name", 37: "index_case"}
HEADING = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号,手机号"


@pytest.fixture(autouse=True)
def divisions(db):
    for code in ("330624001", "330624002"):
        DivisionFactory(code=code)


def deliver(scene: Scene, content: bytes | None = None, by="cdc.xinchang", **fields):
    content = FILE.read_bytes() if content is None else content
    return delivered(content, file_name="密接名单.csv", by=scene.cast[by], at=T, **fields)


def rows(*lines: str) -> bytes:
    return "\n".join((HEADING, *lines)).encode()


def line(
    name="张三",
    number="",
    ground="密切接触者",
    began="2026-11-01",
    letter="函1",
    phone="",
    present="330624001",
):
    return f"{name},{number or resident_number()},{present},{ground},{began},{letter},{phone}"


def test_gb18030_reads_the_same_when_it_is_declared(scene: Scene):
    batch = deliver(scene, FILE.read_text(encoding="utf-8-sig").encode("gb18030"))
    assert (batch.accepted, batch.rejected) == (34, 6)


def test_the_same_file_again_changes_nothing(scene: Scene):
    batch, before = deliver(scene), stored()
    assert deliver(scene) == batch
    assert stored() == before


def test_the_same_rows_in_another_file_change_nothing(scene: Scene):
    deliver(scene)
    again = deliver(scene, FILE.read_bytes() + b"\r\n\r\n")
    assert (again.accepted, again.unchanged, again.rejected) == (0, 34, 6)


def test_a_number_of_somebody_with_another_name_comes_back(scene: Scene):
    person = scene.person(name="李四")
    batch = deliver(scene, rows(line(number=person.document)))
    assert (batch.rejected_rows.get().field, Case.objects.count()) == ("name", 0)


def test_the_same_name_in_another_spelling_is_the_same_person(scene: Scene):
    person = scene.person(name="阿依古丽·买买提")
    deliver(scene, rows(line(name="阿依古丽•买买提", number=person.document)))
    assert Case.objects.get().person == person


def test_a_short_row_comes_back_and_the_others_are_taken(scene: Scene):
    batch = deliver(scene, rows("张三", line()))
    assert (batch.accepted, batch.rejected) == (1, 1)


def test_a_row_with_too_many_cells_comes_back(scene: Scene):
    batch = deliver(scene, rows(line() + ",多余"))
    assert batch.rejected == 1


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"letter": "函" * 121}, "evidence_ref"),
        ({"phone": "12"}, "phone"),
        ({"began": "去年夏天"}, "began_on"),
        ({"began": "2026-11-09"}, "began_on"),
        ({"ground": "近14天内有境外旅居史"}, "ground"),
        ({"number": "²" * 18}, "document_number"),
        ({"present": ""}, "present"),
        ({"letter": ""}, "evidence_ref"),
    ],
)
def test_each_wrong_cell_is_named(scene: Scene, cells, field):
    returned = deliver(scene, rows(line(**cells))).rejected_rows.get()
    assert (returned.row, returned.field.replace("letter", "evidence_ref")) == (2, field)


def test_a_person_twice_in_one_list_is_reported_once(scene: Scene):
    same = line(number=resident_number())
    batch = deliver(scene, rows(same, same))
    assert (batch.accepted, batch.unchanged) == (1, 1)


def test_an_empty_line_counts_as_no_row(scene: Scene):
    assert deliver(scene, rows("", line(), ",,,,,,")).row_count == 1


@pytest.mark.parametrize("content", [b"", "姓名,电话\n张三,1".encode(), b"\xff\xfe\x00\xd8", b"\x80\x81\xff"])
def test_what_is_no_list_comes_back_as_a_whole(scene: Scene, content):
    batch = deliver(scene, content)
    assert (batch.state, bool(batch.fault), Case.objects.count()) == ("RETURNED", True, 0)


def test_a_list_with_null_bytes_comes_back_as_a_whole(scene: Scene):
    assert deliver(scene, rows(line(name="张\0三"))).state == "RETURNED"


def test_a_list_is_not_longer_than_the_limit(scene: Scene):
    assert "5000" in deliver(scene, rows(*["x"] * 5001)).fault


@pytest.mark.parametrize(
    "by", ["group.xinchang", "hospital.city", "community.yulin", "duty.city", "province"]
)
def test_only_cdc_delivers(scene: Scene, by):
    refused(NotAllowed, deliver, scene, by=by)


def test_another_cdc_may_deliver_the_same_file(scene: Scene):
    deliver(scene)
    assert scene.cast.group_city.office
    assert deliver(scene, by="cdc.city") != Batch.objects.first()
