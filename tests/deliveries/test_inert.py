"""No cell the house writes is a formula, and a row sent back is read again as it was."""

import io

from hypothesis import example, given
from hypothesis import strategies as st

from cases.feeds import tables, texts
from healthcode.core.spreadsheets import as_written, inert

SIGNS = "=+-@＝＋－＠"
HOSTILE = st.text(st.sampled_from(f"{SIGNS}'\"\t\r\n,，  　\v\u2028a1号"), max_size=12)
TEXTS = HOSTILE | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffd"), max_size=40
)
HARD = (
    *("=1+1", "+86 139", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "　＝1", "'=1", "''", "' =1", "'a"),
    *("a\n=1", "a\r=1", "\n", "'", '"=1', "a\u2028=1", "a,=1"),
)


def each_hard(test):
    for text in HARD:
        test = example(text)(test)
    return test


@each_hard
@given(TEXTS)
def test_no_cell_is_a_formula(text):
    cell = inert(text)
    assert not cell.lstrip().startswith(tuple(SIGNS))
    assert cell.startswith("'") or (len(cell.splitlines()) < 2 and not cell.startswith(("\t", "\r", "\n")))


@each_hard
@given(TEXTS)
def test_what_was_put_before_a_cell_is_taken_off_again(text):
    assert as_written(inert(text)) == text


@each_hard
@given(TEXTS)
def test_a_row_sent_back_is_read_as_it_was(text):
    text = text.strip()  # as every reader leaves a cell
    file = "\r\n".join((texts.csv_line(["姓名", "地址"]), texts.csv_line(["张三", text]), ""))
    columns = {"姓名": "name", "地址": "address"}
    rows = tables.rows_of(
        io.BytesIO(file.encode()), form="CSV", encoding="UTF-8", columns=columns, required=["name"]
    )
    (row,) = rows
    assert (row.cells, row.faults) == ({"name": "张三", "address": text}, {})
