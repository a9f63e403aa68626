"""A text is read by a process that may die of it, and each limit has its sentence."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.feeds import tables
from cases.models import Batch, Person
from healthcode.core.tables import process, texts
from healthcode.core.tables.faults import LONGEST_ROW, UnreadableFile
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory, delivered, resident_number

from .workbooks import HEADING, row, workbook

TEXT = ",".join(HEADING)


@pytest.fixture(autouse=True)
def division(db):
    DivisionFactory(code="330624001")


def deliver(scene: Scene, content: bytes, form: str = "CSV") -> Batch:
    return delivered(content, form=form, by=scene.cast.cdc_xinchang, at=T)


def good(form: str) -> bytes:
    cells = dict(zip(HEADING, row(resident_number()), strict=True))
    if form == "NDJSON":
        return json.dumps(cells).encode() + b"\n"
    return f"{TEXT}\n{','.join(cells.values())}\n".encode()


@pytest.mark.parametrize("form", ["CSV", "NDJSON"])
@pytest.mark.parametrize(
    "program",
    ["import os; os.abort()", "raise MemoryError", "import sys; sys.stdout.write('[[1,')"],
    ids=["killed", "out of memory", "half a line"],
)
def test_a_process_that_dies_of_a_text_returns_it(scene: Scene, monkeypatch, form, program):
    monkeypatch.setattr(process, "PROGRAM", program)
    batch = deliver(scene, good(form), form)
    assert (batch.state, batch.fault) == ("RETURNED", str(tables.DIED))


@pytest.mark.parametrize("limit", ["MEMORY = -(2**24)", "TEXT_SECONDS = 0"], ids=["memory", "processor"])
def test_a_text_that_takes_more_than_its_process_may_returns(scene: Scene, monkeypatch, limit):
    limited = process.PROGRAM.replace("child.main()", f"child.{limit}; child.main()")
    monkeypatch.setattr(process, "PROGRAM", limited)
    # Long rows: a short one may fit into what the process has already.
    long = ",".join("名" * 2_000 for _ in range(9))
    batch = deliver(scene, good("CSV") + f"{long}\n".encode() * 100)
    assert (batch.state, batch.fault) == ("RETURNED", str(tables.DIED))


def test_a_process_that_reads_nothing_of_a_text_is_not_waited_for(scene: Scene, monkeypatch):
    monkeypatch.setattr(process, "PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(process, "WAIT", 0.2)
    assert deliver(scene, good("CSV") + b"\n" * 10**6).state == "RETURNED"


@pytest.mark.parametrize(
    ("form", "content", "named"),
    [
        ("CSV", f"{TEXT}\n" + "x" * 20_001, ("2", "20000")),
        ("CSV", ",".join(f"c{n}" for n in range(10_000)), ("1", "20000")),
        ("CSV", f"{TEXT}\n" + '"' * 30_000, ("2", "20000")),
        ("CSV", f'{TEXT}\n"' + "a\n" * 60_000, ("2", "100000")),
        ("CSV", f"{TEXT}\n" + "\n" * 10_002 + "x\n", ("2", "10000")),
        ("CSV", f"{TEXT}\n张\0三,1\n", ("2", "NUL")),
        ("NDJSON", '{"name":' + "[" * 19_000 + "\n", ("1", "JSON")),
        ("NDJSON", '{"name":"张三"}\n{"name":\n', ("2", "JSON")),
        ("NDJSON", "{" + ",".join(f'"{n}":1' for n in range(9000)) + "}\n", ("1", "20000")),
    ],
    ids=["a line", "columns", "marks", "a row", "empty lines", "nul", "nesting", "half an object", "names"],
)
def test_each_limit_of_a_text_names_itself_and_the_place(scene: Scene, form, content, named):
    batch = deliver(scene, content.encode(), form)
    assert (batch.state, [word for word in named if word not in batch.fault]) == ("RETURNED", [])


def test_a_row_of_a_workbook_that_is_longer_than_any_is_named(scene: Scene):
    long = row(resident_number(), 协查函号="x" * 30_000)
    batch = deliver(scene, workbook(lambda book: None, HEADING, [*long, *["y" * 30_000] * 3]), "XLSX")
    assert (batch.state, "2" in batch.fault, str(LONGEST_ROW) in batch.fault) == ("RETURNED", True, True)


@pytest.mark.parametrize("content", [workbook(lambda book: None, HEADING), tables.OLE + b"\0" * 600])
def test_a_workbook_under_the_name_of_a_text_is_called_that(scene: Scene, content):
    assert deliver(scene, content).fault == str(tables.WORKBOOK)


def test_a_number_beyond_any_comes_back_on_its_row_alone(scene: Scene):
    huge = good("NDJSON").replace(b"}", b', "\xe6\x89\x8b\xe6\x9c\xba\xe5\x8f\xb7": ' + b"9" * 9000 + b"}")
    batch = deliver(scene, huge + good("NDJSON"), "NDJSON")
    assert (batch.state, batch.accepted, batch.rejected_rows.get().row) == ("APPLIED", 1, 1)


def test_half_a_character_of_json_comes_over_and_is_named_on_its_column(scene: Scene):
    content = good("NDJSON").replace(b"}", b', "\\u8be6\\u7ec6\\u5730\\u5740": "a\\ud800"}')
    batch = deliver(scene, content, "NDJSON")
    assert (batch.rejected_rows.get().field, Person.objects.filter(name="张三").exists()) == (
        "address",
        False,
    )


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=30),
    encoding=st.sampled_from(["UTF-8", "UTF-16LE", "GB18030"]),
)
def test_what_a_writer_of_csv_wrote_is_read_as_it_was(rows, encoding):
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["姓名", "证件号码"], *rows, ["an", "end"]])
    data = io.BytesIO(file.getvalue().encode(texts.CODECS[encoding]))
    description, *found = texts.of_csv(data, encoding, frozenset({"姓名", "证件号码"}))
    assert description == {"delimiter": ","}
    assert [cells for _number, cells, _codes in found[1:-1]] == [cells for cells in rows if any(cells)]


@given(content=st.binary(max_size=300), encoding=st.sampled_from(sorted(texts.CODECS)))
def test_whatever_bytes_come_a_text_is_read_or_unreadable(content, encoding):
    for reader in texts.READERS.values():
        try:
            list(reader(io.BytesIO(content), encoding, frozenset()))
        except UnreadableFile as error:
            assert error.code in tables.FAULTS
