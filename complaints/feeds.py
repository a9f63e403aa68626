"""A file of letters of the hotline: checked row by row, with a dry run that stores nothing.

A citizen's slip (a document number, a telephone number) keeps no letter from the bureau; only what the clerk can put
right comes back.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cases.feeds import cells, columns, tables, templates, unstorable, words
from cases.feeds.findings import Findings
from cases.feeds.rows import NotATable, TableRow
from cases.feeds.words import WordTable, words_for
from complaints.models.choices import Category, TicketKind
from complaints.services import letters, steps
from complaints.services.letters import Letter
from healthcode.core.encodings import Detector
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

MAX_ROWS, MAX_BYTES = 2000, 5 * 1024 * 1024
COLUMNS = {
    "信访件编号": "external_no",
    "收到时间": "received_at",
    "内容": "description",
    "类型": "kind",
    "事项类别": "category",
    "证件类型": "document_type",
    "国家或地区": "document_country",
    "证件号码": "document_number",
    "联系人": "contact_name",
    "联系电话": "contact_phone",
}
ALIASES = {"诉求类型": "kind", "类别": "category", "联系方式": "contact_phone"}
REQUIRED = ("external_no", "received_at", "description")
LENGTHS = {
    "external_no": 40,
    "description": 2000,
    "document_number": 40,
    "document_country": 60,
    "contact_name": 50,
    "contact_phone": 40,
}
KINDS = words_for(
    {
        TicketKind.CORRECTION: "纠错 投诉 求助",
        TicketKind.CONSULT: "咨询 建议",
        TicketKind.CONDUCT: "作风 举报",
    },
    TicketKind.CORRECTION,
)
WORKBOOKS = {b"PK\3\4": "XLSX", tables.OLE: "XLS"}  # by how they begin; an ODS is read as an XLSX is


class LetterTooLarge(Refusal):
    code = "letters.file.too_large"
    message = _("The file has more than 5 MB.")
    field = "file"


@dataclass(frozen=True)
class LetterOutcome:
    """The outcome of one row: a ticket's number, or the column and the reason it was returned for."""

    number: int
    external_no: str
    ticket: str = ""
    is_new: bool = False
    field: str = ""
    reason: str = ""


def deliver(
    content: bytes, *, by: User, at: datetime, rehearse: bool, findings: Findings | None = None
) -> list[LetterOutcome]:
    """Register every good row and return the outcome of each; a rehearsal stores nothing.

    What was found out about the file goes into `findings`. Raises TooLarge and NotATable where the file is refused as a
    whole.
    """
    steps.require(by, "ticket.deliver")
    rows = _read(content, findings)
    with transaction.atomic():
        outcomes = [_register(row, by, at) for row in rows]
        if rehearse:
            transaction.set_rollback(True)
    return outcomes


def helps() -> list[templates.Help]:
    """Return what to write in each column."""
    return templates.helps(COLUMNS, takes(), REQUIRED)


@cache
def takes() -> dict[str, columns.Column]:
    """Return what each column takes."""
    return {
        "received_at": columns.moment(),
        "kind": columns.of_words(KINDS, "投诉"),
        "category": columns.of_words(_categories(), _categories_offered()[1]),
        "document_type": columns.of_words(words.DOCUMENTS, "居民身份证"),
        "description": columns.text("本人未去过该地区，为何是红码？"),
        "document_country": columns.text(
            "", _("passports only: three letters or the name of the country, for example KOR")
        ),
        "document_number": columns.text("33062419900101123X"),
        "contact_name": columns.text("张三"),
        "contact_phone": columns.text("13800000000"),
    }


def _categories() -> WordTable:
    """Return the categories by their names in each language, by their code and by its number."""
    found = WordTable({"": ""})
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found |= {str(one.label): one.value for one in Category}
    found |= {number: one.value for one in Category for number in (one.value[1:], one.value[1:].lstrip("0"))}
    return WordTable(found)


def _categories_offered() -> list[str]:
    return words.offered(_categories())


def _read(content: bytes, findings: Findings | None) -> list[TableRow]:
    """Return a file's rows. Raises TooLarge and NotATable."""
    if len(content) > MAX_BYTES:
        raise LetterTooLarge()
    form = next((form for start, form in WORKBOOKS.items() if content.startswith(start)), "CSV")
    detector = Detector()
    detector.feed(content)
    encoding = detector.found()
    headings = {**COLUMNS, **ALIASES}
    rows = tables.rows_of(
        [content], form=form, encoding=encoding, columns=headings, required=REQUIRED, findings=findings
    )
    found = [row for row in rows if not columns.is_example(row.cells)]
    if len(found) > MAX_ROWS:
        raise NotATable(_("A delivery has at most %(limit)s rows."), limit=MAX_ROWS)
    return found


def _register(row: TableRow, by: User, at: datetime) -> LetterOutcome:
    external_no = row.cells.get("external_no", "")[: LENGTHS["external_no"]]
    try:
        with transaction.atomic():
            received = letters.receive(_letter(row), by=by, at=at)
    except Refusal as refusal:
        whole = columns.with_all(refusal, _faults(row), _column)
        field = "" if isinstance(whole, columns.Several) else _column(whole.field)
        return LetterOutcome(row.number, external_no, field=field, reason=str(whole))
    except unstorable.ERRORS as error:
        reason = str(unstorable.refusal(error, about=f"Letter {row.number} of a file"))
        return LetterOutcome(row.number, external_no, reason=reason)
    return LetterOutcome(row.number, external_no, ticket=received.ticket.number, is_new=received.is_new)


def _faults(row: TableRow) -> list[Refusal]:
    """Return what the reader found wrong with cells, which are too long, and which say nothing that is taken."""
    found: list[Refusal] = [cells.CellRefused(fault, field=name) for name, fault in row.faults.items()]
    if row.is_shifted:
        return [one for one in found if not one.field]
    for name, limit in LENGTHS.items():
        if len(row.cells.get(name, "")) > limit:
            found.append(cells.CellRefused(_("At most %(limit)s characters."), limit=limit, field=name))
    of_columns = columns.faults(row.cells, takes(), REQUIRED)
    return found + [one for one in of_columns if one.field not in row.faults]


def _letter(row: TableRow) -> Letter:
    values = row.cells
    for wrong in _faults(row):
        raise wrong
    kind = cells.one_of(KINDS, values, "kind")
    return Letter(
        received_at=cells.instant(values, "received_at"),
        kind=kind,
        category=cells.one_of(takes()["category"].words, values, "category"),
        document_type=cells.one_of(words.DOCUMENTS, values, "document_type"),
        **{name: _unquoted(values.get(name, "")) for name in LENGTHS},
    )


def _unquoted(text: str) -> str:
    """Return the text of a cell that was written so that a spreadsheet leaves its digits alone: `="330624…"`."""
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def _column(field: str) -> str:
    """Return the heading of a field's column."""
    return next((heading for heading, name in COLUMNS.items() if name == field), field)
