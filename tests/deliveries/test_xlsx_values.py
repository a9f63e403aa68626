"""The house's own reader of an XLSX, which streams, reads what python-calamine reads, which does not."""

import io
import zipfile
from datetime import UTC, date, datetime, time, timedelta

import openpyxl
import pytest
import python_calamine

from cases.feeds import tables
from cases.feeds.rows import NotATable
from healthcode.core.tables import sheets, xlsx

FORMATS = (
    *(
        "General",
        "0",
        "0.00",
        "@",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm",
        "m/d/yy",
        "h:mm",
        "[h]:mm:ss",
        "d-mmm-yy",
    ),
    *('yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d;@", "[Red]0.00", '"day" 0', "0.00E+00", "#,##0_);[Red](#,##0)"),
    *('[DBNum1]yyyy"年"', '上午/下午h"时"mm"分"', 'General"s"', "\\d0"),
)
NUMBERS = (0, 0.25, 0.5, 1, 59, 60, 61, 36526, 44075, 44075.395833333, 2958465, 330624, 1.5, 0.1 + 0.2)
WORDS = ("文字", " 前后 ", "a\nb", "'x", "🙂𠮷", True, False, None, "_x000D_x")
MOMENTS = (datetime(2020, 8, 24, 9, 30, tzinfo=UTC).replace(tzinfo=None), date(2020, 8, 24), time(9, 30))


def written(*, from_1904: bool = False) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    if from_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row, code in enumerate(FORMATS, start=1):
        for column, number in enumerate(NUMBERS, start=1):
            book.active.cell(row, column, number).number_format = code
    book.active.append([*WORDS, *MOMENTS, timedelta(hours=30)])
    other = book.create_sheet("隐藏")
    other.sheet_state, other["D7"], other["B9"] = "hidden", "x", 5
    book.create_chartsheet("图")
    book.save(file)
    return file.getvalue()


def rows_by_calamine(content: bytes, name: str) -> dict[int, list[object]]:
    sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_name(name)
    left = [""] * (sheet.start or (0, 0))[1]
    rows = ((number, [*left, *values]) for number, values in enumerate(sheet.iter_rows(), start=1))
    return {number: trimmed(values) for number, values in rows if any(one != "" for one in values)}


def trimmed(values: list[object]) -> list[object]:
    values = list(values)
    while values and values[-1] == "":
        values.pop()
    return values


@pytest.mark.parametrize("from_1904", [False, True])
def test_values_days_and_texts_are_those_that_calamine_reads(from_1904):
    content = written(from_1904=from_1904)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        outline = sheets.survey(archive)
        book = xlsx.Workbook(archive, outline)
        for name in ("Sheet", "隐藏"):
            own = {number: trimmed(values) for number, values in book.rows(name)}
            assert own == rows_by_calamine(content, name)
    assert (list(outline.paths), outline.hidden) == (["Sheet", "隐藏"], {"隐藏"})


def test_what_is_rounded_to_a_second_is_no_other_day():
    nearly = 44075.395833333
    assert xlsx.moment(nearly, from_1904=False, is_span=False) == datetime(2020, 9, 1, 9, 30)  # noqa: DTZ001
    for number in (-1, 2_958_465.999999, 1e300):
        assert xlsx.moment(number, from_1904=False, is_span=False) == number


def shared(rows: int, width: int) -> bytes:
    """Return a workbook of ten columns in which every text is another one, kept in the table of shared texts."""
    file = io.BytesIO()
    spaces = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        related = '<Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
        archive.writestr(sheets.RELATIONS, f"<Relationships>{related}</Relationships>")
        named = '<sheets><sheet name="a" r:id="r1"/></sheets>'
        archive.writestr(sheets.WORKBOOK, f"<workbook {spaces}>{named}</workbook>")
        texts = ["姓名", "证件号码", *map(str, range(8))]
        texts += [str(number).zfill(width) for number in range(rows * 10)]
        shared_texts = "".join(f"<si><t>{one}</t></si>" for one in texts)
        archive.writestr("xl/sharedStrings.xml", f"<sst>{shared_texts}</sst>")
        cells = (
            "".join(f'<c t="s"><v>{row * 10 + column}</v></c>' for column in range(10))
            for row in range(rows + 1)
        )
        lines = "".join(f"<row>{one}</row>" for one in cells)
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{lines}</sheetData></worksheet>")
    return file.getvalue()


COLUMNS = {"姓名": "name", "证件号码": "document_number", **{str(number): str(number) for number in range(8)}}


def read(content: bytes) -> int:
    rows = tables.rows_of([content], form="XLSX", encoding="", columns=COLUMNS, required=())
    return sum(1 for _row in rows)


def test_four_hundred_thousand_cells_are_read_within_sixty_megabytes():
    assert read(shared(40_000, 12)) == 40_000


def test_more_text_than_that_comes_back_with_a_sentence():
    with pytest.raises(NotATable) as refused:
        read(shared(20_000, 400))
    assert refused.value.sentence is tables.DIED
