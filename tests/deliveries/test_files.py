"""Files that were cut off, changed, doubled, written in another encoding or another form."""

import hashlib
import io

import openpyxl
import pytest

from cases.models import Batch, Case, SourceRecord
from cases.services.deliveries import receiving
from cases.services.engine.refusals import NotAllowed
from tests.cases.scenes import TODAY, Scene, T, refused
from tests.databases import stored
from tests.factories import delivered, sealed

from .conftest import HEADINGS, ground


def province(scene: Scene, content: bytes, **fields) -> Batch:
    return delivered(content, kind="GROUNDS", by=scene.cast.province, at=T, **fields)


def whole(scene: Scene, number: int = 3) -> bytes:
    rows = [ground(scene.person(), f"S{n}", "近14天内有境外旅居史") for n in range(number)]
    return sealed("\n".join((HEADINGS["GROUNDS"], *rows)))


def test_a_file_that_was_cut_off_comes_back_as_a_whole(scene: Scene):
    lines = whole(scene).split(b"\n")
    batch = province(scene, b"\n".join((*lines[:2], *lines[3:])))
    assert (batch.state, Case.objects.count()) == ("RETURNED", 0)


def test_a_file_whose_rows_were_exchanged_is_not_the_one_that_was_sealed(scene: Scene):
    lines = whole(scene).split(b"\n")
    batch = province(scene, b"\n".join((lines[0], lines[2], lines[1], *lines[3:])))
    assert "SHA-256" in batch.fault


def test_a_machines_file_without_a_seal_comes_back(scene: Scene):
    batch = province(scene, b"\n".join(whole(scene).split(b"\n")[:4]))
    assert batch.state == "RETURNED"


def test_rows_and_hash_can_be_declared_beside_the_file(scene: Scene):
    content = b"\n".join(whole(scene).split(b"\n")[:4]) + b"\n"
    digest = hashlib.sha256(content).hexdigest()
    assert province(scene, content, declared_rows=3, declared_sha256=digest).accepted == 3


def test_another_number_of_rows_than_declared_comes_back(scene: Scene):
    batch = province(scene, whole(scene), declared_rows=4)
    assert ("4" in batch.fault, "3" in batch.fault) == (True, True)


def test_another_encoding_than_declared_comes_back_as_a_whole(scene: Scene):
    content = whole(scene).decode().encode("gb18030")
    assert province(scene, content).state == "RETURNED"


def test_the_same_rows_in_another_order_are_taken_once(scene: Scene):
    rows = [ground(scene.person(), f"S{n}", "近14天内有境外旅居史") for n in range(3)]
    province(scene, sealed("\n".join((HEADINGS["GROUNDS"], *rows))))
    again = province(scene, sealed("\n".join((HEADINGS["GROUNDS"], *reversed(rows), rows[0]))))
    assert (again.accepted, again.unchanged, Case.objects.count()) == (0, 4, 3)


def test_the_same_file_again_changes_nothing(scene: Scene):
    content = whole(scene)
    batch, before = province(scene, content), None
    before = stored()
    assert province(scene, content) == batch
    assert stored() == before


def test_a_file_that_came_back_as_a_whole_can_be_sent_again(scene: Scene):
    content = whole(scene).decode().encode("gb18030")
    province(scene, content)
    assert province(scene, content).state == "RETURNED"  # its seal is of other bytes
    assert Batch.objects.count() == 2


def test_objects_one_to_a_line_are_read_as_well(scene: Scene):
    person = scene.person()
    body = (
        f'{{"record": "S1", "name": "{person.name}", "document_number": "{person.document}", "present": "330624001",'
        f' "ground": "OVERSEAS", "began_on": "2026-11-01", "evidence_ref": "CA1234/2020-10-31"}}'
    )
    assert province(scene, sealed(body), form="NDJSON").accepted == 1


def test_a_line_that_is_no_object_brings_the_file_back(scene: Scene):
    assert province(scene, sealed('["S1"]'), form="NDJSON").state == "RETURNED"


def xlsx(*rows) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_an_xlsx_line_list_is_read(scene: Scene):
    number = scene.person(name="张三").document
    content = xlsx(
        ["姓名", "证件号码", "现居住地区划", "赋码原因", "起算日期", "协查函号"],
        ["张三", number, "330624001", "密切接触者", TODAY, "函1"],
    )
    assert delivered(content, form="XLSX", by=scene.cast.cdc_xinchang, at=T).accepted == 1


def test_a_number_that_excel_has_rounded_comes_back(scene: Scene):
    content = xlsx(
        ["姓名", "证件号码", "现居住地区划", "赋码原因", "起算日期", "协查函号"],
        ["张三", 330624198503071230, "330624001", "密切接触者", "2026-11-01", "函1"],
    )
    batch = delivered(content, form="XLSX", by=scene.cast.cdc_xinchang, at=T)
    assert batch.rejected_rows.get().field == "document_number"


def test_what_is_no_xlsx_comes_back_as_a_whole(scene: Scene):
    batch = delivered(b"PK\x03\x04nonsense", form="XLSX", by=scene.cast.cdc_xinchang, at=T)
    assert batch.state == "RETURNED"


def test_a_known_number_with_other_content_waits_for_a_person(scene: Scene, send):
    person = scene.person()
    send("GROUNDS", ground(person, "S1", "近14天内有境外旅居史", evidence="CA1234/2020-10-31"))
    batch = send("GROUNDS", ground(person, "S1", "近14天内有境外旅居史", evidence="CA9999/2020-10-31"))
    assert (batch.held, batch.rejected_rows.get().state, Case.objects.count()) == (1, "HELD", 1)


@pytest.mark.parametrize("kind", ["GROUNDS", "PRESENCES", "DECLARATIONS", "CODES"])
def test_only_its_own_source_delivers_a_kind(scene: Scene, kind):
    fields = {"kind": kind, "file_name": "x", "by": scene.cast.cdc_xinchang, "at": T}
    refused(NotAllowed, receiving.receive, receiving.Upload("x", "0" * 64), **fields)


def test_no_number_of_anybody_is_stored_in_plain(scene: Scene, send):
    person = scene.person()
    batch = send("GROUNDS", ground(person, person.document, "近14天内有境外旅居史"), "S2,x,123,1,赋码,x,x,,,")
    plain = person.document.encode()
    sealed_parts = b"".join(bytes(one) for one in batch.parts.values_list("sealed", flat=True))
    assert plain not in sealed_parts + bytes(batch.rejected_rows.get().raw)
    assert not SourceRecord.objects.filter(key=person.document).exists()


def test_a_file_larger_than_any_delivery_is_not_kept(scene: Scene, monkeypatch):
    monkeypatch.setattr(receiving, "LARGEST", 10)
    refused(receiving.DeliveryTooLarge, province, scene, b"0" * 11)
