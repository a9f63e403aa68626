"""What a column takes: how a cell is read, which words, an example. Templates and all faults of a row rest on it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.feeds import cells as cell
from cases.feeds import words
from cases.feeds.words import WordTable
from cases.services.engine.refusals import Refusal
from cases.services.persons import documents, identity
from healthcode.core import languages

Cells = Mapping[str, str]
Read = Callable[[Cells, str], object]
EXAMPLE = "示例"  # in the first column of a template's row: it is passed over
ROW = "行号"
RETURNED = (ROW, "问题字段", "原因")  # the last columns of the file of returned rows


def is_example(cells: Cells) -> bool:
    """Tell whether a row is the example of a template."""
    return next(iter(cells.values()), "") == EXAMPLE


class Empty(Refusal):
    code = "deliveries.cell.empty"
    message = _("Empty: this has to be said.")


class Several(Refusal):
    """A row with more than one wrong cell: all of them at once, each under its column."""

    code = "deliveries.row.several"

    def __init__(
        self, faults: Collection[Refusal], word_of: Callable[[str], str], *, known: object = None
    ) -> None:
        self.faults = tuple(faults)
        self.asks = all(one.asks for one in self.faults)
        super().__init__(field=self.faults[0].field, known=known)
        self.word_of = word_of

    def __str__(self) -> str:
        return "\n".join(languages.entry(self.word_of(one.field), one) for one in self.faults)

    @property
    def parts(self) -> Sequence[Refusal]:
        return self.faults


@dataclass(frozen=True)
class Column:
    """One column: what reads a cell of it, the words it takes, an example, and a hint where words do not say it."""

    read: Read | None = None
    words: WordTable = field(default_factory=WordTable)
    example: str = ""
    hint: str | Promise = ""


def of_words(table: WordTable, example: str = "") -> Column:
    """Return a column that takes words of a table."""
    return Column(lambda cells, name: cell.one_of(table, cells, name), table, example)


def day(example: str = "2020-08-24") -> Column:
    """Return a column of days."""
    return Column(cell.day, example=example, hint=_("a date, for example 2020-08-24, 2020.8.24 or 20200824"))


def moment(example: str = "2020-08-24 09:30") -> Column:
    """Return a column of instants."""
    return Column(cell.instant, example=example, hint=_("a day and time, for example 2020-08-24 09:30"))


def division(example: str = "新昌县羽林街道") -> Column:
    """Return a column of divisions."""
    return Column(
        cell.division,
        example=example,
        hint=_("a division: its name, its code, or its statistical code of 12 digits"),
    )


def text(example: str = "", hint: str | Promise = "") -> Column:
    """Return a column of text."""
    return Column(example=example, hint=hint)


def _number(cells: Cells, name: str) -> object:
    kind = words.meaning(words.DOCUMENTS, cells.get("document_type", ""))
    # Of a card that nobody knows, its own column says so.
    return kind and documents.read(kind, cells[name], country=cells.get("document_country", ""))


DOCUMENT = {
    "document_type": of_words(words.DOCUMENTS, "居民身份证"),
    "document_country": text(
        "", _("passports only: three letters or the name of the country, for example KOR")
    ),
    "document_number": Column(_number, example="33062419900101123X"),
}
IDENTITY = {
    **DOCUMENT,
    "name": Column(lambda cells, name: identity.spelled(cells[name]), example="张三"),
    "sex": of_words(words.SEXES, "男"),
    "phone": Column(lambda cells, name: documents.read_phone(cells[name]), example="13800000000"),
    "registered": division("330624"),
    "present": division(),
    "address": text("某小区1幢101室"),
}
ALIASES = {
    "依据类型": "evidence_kind",
    "依据编号": "evidence_ref",
    "依据": "evidence_ref",
    "证据": "evidence_ref",
}
EVIDENCE_REF = text("浙防指〔2020〕12号", _("the number of the report, record or document"))


def faults(cells: Cells, columns: Mapping[str, Column], required: Collection[str]) -> Iterator[Refusal]:
    """Yield what is wrong with each cell by itself; a cell that is not needed may be empty."""
    for name in (*required, *(one for one in columns if one not in required)):
        column = columns.get(name, Column())
        if not cells.get(name):
            if name in required:
                yield Empty(field=name)
        elif column.read is not None:
            try:
                column.read(cells, name)
            except Refusal as refusal:
                refusal.field = refusal.field if refusal.field in columns else name
                yield refusal


def with_all(refusal: Refusal, found: Collection[Refusal], word_of: Callable[[str], str]) -> Refusal:
    """Return a row's refusal with what else is wrong in it, of each column and reason once."""
    of_cells = {one.field for one in found}
    first = [one for one in refusal.parts if not one.field or one.field not in of_cells]
    every = {(one.field, one.code): one for one in (*found, *first)}
    return Several(list(every.values()), word_of, known=refusal.known) if len(every) > 1 else refusal
