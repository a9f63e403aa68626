"""No cell the house writes is a formula, and a row sent back is read again as it was."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cases.feeds import tables
from healthcode.core.spreadsheets import as_written, csv_lines, inert, workbook

SIGNS = "=+-@＝＋－＠"
HOSTILE = st.text(st.sampled_from(f"{SIGNS}'\"\t\r\n,，  　\v\u2028a1号"), max_size=12)
TEXTS = HOSTILE | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffd"), max_size=40
)
HARD = (
    *("=1+1", "+86 139", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "　＝1", "'=1", "''", "' =1", "'a"),
    *(
        "330624199001011233",
        "057586201234",
        "0012",
        "12E10",
        "1.5e-3",
        "１２３４５６７８９０１２",
        "'330624199001011233",
    ),
    *("a\n=1", "a\r=1", "\n", "'", '"=1', "a\u2028=1", "a,=1"),
)


def table(text):
    return [["批次 1"], ["姓名", "地址"], ["张三", text]]


def read_again(content, form):
    """Return cells and faults of the one row of a table, as the reader of deliveries finds them."""
    columns = {"姓名": "name", "地址": "address"}
    (row,) = tables.rows_of(
        io.BytesIO(content), form=form, encoding="UTF-8", columns=columns, required=["name"]
    )
    return row.cells, row.faults


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
    assert read_again("".join(csv_lines(table(text))).encode(), "CSV") == (
        {"name": "张三", "address": text},
        {},
    )


@pytest.mark.parametrize("text", [text.strip() for text in HARD])
def test_a_workbook_sent_back_is_read_as_it_was(text):
    address = text.replace("\r", "\n")  # XML knows one line end
    assert read_again(workbook(table(text)), "XLSX") == ({"name": "张三", "address": address}, {})


@pytest.mark.parametrize(
    "value", ["=1+1", "#N/A", "330624199001011239", "2026-11-01", "+86 139", "1e5", "a\x07b"]
)
def test_every_cell_of_a_workbook_is_a_text_of_its_own_digits(value):
    sheet = load_workbook(io.BytesIO(workbook([[value]]))).active
    cell = sheet["A1"]
    assert (cell.data_type, cell.number_format) == ("s", "@")
    assert cell.value.removeprefix("'") == value.replace("\x07", "\ufffd")


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        *((one, True) for one in ("330624199001011233", "057586201234", "0012", "12E10", "20201124000123")),
        *(
            (one, False)
            for one in ("33062419900101123X", "13800000000", "2026-11-01", "37.5", "0", "12", "E87654321")
        ),
    ],
)
def test_digits_that_a_spreadsheet_would_lose_are_marked_in_a_csv_and_text_in_a_workbook(text, marked):
    assert inert(text) == (f"'{text}" if marked else text)
    sheet = load_workbook(io.BytesIO(workbook([[text]]))).active
    assert (sheet["A1"].value, sheet["A1"].number_format) == (text, "@")
