"""Every column of days or instants, of every kind of file, takes one spelling and refuses what may be two."""

import datetime as dt

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from cases.feeds import cells
from cases.feeds.kinds import FORMATS
from cases.models import Batch, Case
from cases.services.engine.refusals import Refusal
from complaints import feeds as letters
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory, delivered, resident_number

from .workbooks import HEADING, row, workbook

KINDS = {**{kind: one.takes for kind, one in FORMATS.items()}, "LETTERS": letters.takes()}
COLUMNS = [
    (kind, name, column.read is cells.instant)
    for kind, takes in KINDS.items()
    for name, column in takes.items()
    if column.read in (cells.day, cells.instant)
]


def read(kind: str, name: str, text: str) -> object:
    return KINDS[kind][name].read({name: text}, name)


def test_each_kind_that_has_days_is_among_them():
    assert {kind for kind, _name, _instant in COLUMNS} >= {
        *("LINE_LIST", "GROUNDS", "RESULTS", "AREAS", "PRESENCES", "DECLARATIONS", "LETTERS")
    }


@pytest.mark.parametrize(("kind", "name", "is_instant"), COLUMNS)
def test_each_column_takes_what_offices_write(kind, name, is_instant):
    written = [f"2026年11月1日{time}" for time in (("9点半", "上午9:30") if is_instant else ("", "星期日"))]
    assert len({read(kind, name, one) for one in written}) == 1


@pytest.mark.parametrize(("kind", "name", "is_instant"), COLUMNS)
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("26-11-01", "四位"),
        ("11/1/2026", "年、月、日"),
        ("11月1日", "年份"),
        ("2026-02-30", "没有这一天"),
        ("2026111", "两位"),
    ],
)
def test_each_column_says_why_a_day_is_none(kind, name, is_instant, text, word):
    with pytest.raises(Refusal) as caught:
        read(kind, name, text)
    assert (word in str(caught.value), caught.value.field) == (True, name)


@pytest.fixture
def listing(scene: Scene):
    DivisionFactory(code="330624001")

    def listed(value, number_format: str = "", epoch=None) -> Batch:
        def change(book):
            if epoch:
                book.epoch = epoch
            cell = book.active.cell(row=2, column=1 + HEADING.index("起算日期"))
            cell.value = value
            if number_format:
                cell.number_format = number_format

        content = workbook(change, HEADING, row(resident_number()))
        return delivered(content, form="XLSX", by=scene.cast.cdc_xinchang, at=T)

    return listed


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904], ids=["1900", "1904"])
@pytest.mark.parametrize(
    ("value", "number_format"),
    [
        (dt.date(2026, 11, 1), ""),
        (dt.datetime(2026, 11, 1), "yyyy/m/d h:mm"),  # noqa: DTZ001 - as a cell holds it
        (dt.date(2026, 11, 1), 'yyyy"年"m"月"d"日"'),
        (20261101, "General"),
        ("2026.11.1", "@"),
    ],
)
def test_a_cell_is_the_day_that_it_shows(listing, epoch, value, number_format):
    assert listing(value, number_format, epoch).accepted == 1
    assert Case.objects.get().began_on == dt.date(2026, 11, 1)


def test_a_bare_number_is_a_day_where_days_are_counted_from_1900(listing):
    assert listing(46327, "General").accepted == 1
    assert Case.objects.get().began_on == dt.date(2026, 11, 1)


@pytest.mark.parametrize("number_format", ["General", "[$-804]aaaa"])
def test_a_bare_number_of_a_workbook_that_counts_from_1904_comes_back(listing, number_format):
    batch = listing(44865, number_format, CALENDAR_MAC_1904)
    assert (batch.accepted, batch.rejected_rows.get().field) == (0, "began_on")


@pytest.mark.parametrize("value", [dt.time(9, 30), dt.timedelta(hours=30), True, 1, 2958466])
def test_a_cell_that_is_no_day_comes_back_on_its_column(listing, value):
    assert listing(value).rejected_rows.get().field == "began_on"


@pytest.mark.parametrize("text", ["2099-01-01", "1900-01-01"])
def test_a_day_that_cannot_be_meant_comes_back_on_its_column(listing, text):
    assert listing(text).rejected_rows.get().field == "began_on"
