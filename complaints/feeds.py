"""A CSV file of letters of the hotline: checked row by row, with a dry run that stores nothing."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.feeds import cells, tables
from complaints.models.choices import TicketKind
from complaints.services import letters, steps
from complaints.services.letters import Letter
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
REQUIRED = ("external_no", "received_at", "description")
LENGTHS = {
    "external_no": 40,
    "description": 2000,
    "category": 3,
    "document_number": 40,
    "document_country": 3,
    "contact_name": 50,
    "contact_phone": 40,
}
KINDS = {
    "": TicketKind.CORRECTION,
    "纠错": TicketKind.CORRECTION,
    "咨询": TicketKind.CONSULT,
    "作风": TicketKind.CONDUCT,
}


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


def deliver(content: bytes, *, by: User, at: datetime, rehearse: bool) -> list[LetterOutcome]:
    """Register every good row and return the outcome of each; a rehearsal stores nothing.

    Raises TooLarge and NotATable where the file is refused as a whole.
    """
    steps.require(by, "ticket.deliver")
    rows = _read(content)
    with transaction.atomic():
        outcomes = [_register(row, by, at) for row in rows]
        if rehearse:
            transaction.set_rollback(True)
    return outcomes


def _read(content: bytes) -> list[tables.TableRow]:
    """Return a file's rows. Raises TooLarge and NotATable."""
    if len(content) > MAX_BYTES:
        raise LetterTooLarge()
    encoding = "UTF-8" if _is_utf8(content) else "GB18030"
    rows = tables.rows_of(
        io.BytesIO(content), form="CSV", encoding=encoding, columns=COLUMNS, required=REQUIRED
    )
    found = list(rows)
    if len(found) > MAX_ROWS:
        raise tables.NotATable(_("A delivery has at most %(limit)s rows."), limit=MAX_ROWS)
    return found


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _register(row: tables.TableRow, by: User, at: datetime) -> LetterOutcome:
    external_no = row.cells.get("external_no", "")[: LENGTHS["external_no"]]
    try:
        with transaction.atomic():
            received = letters.receive(_letter(row), by=by, at=at)
    except Refusal as refusal:
        return LetterOutcome(row.number, external_no, field=_column(refusal.field), reason=str(refusal))
    return LetterOutcome(row.number, external_no, ticket=received.ticket.number, is_new=received.is_new)


def _letter(row: tables.TableRow) -> Letter:
    values: Mapping[str, str] = row.cells
    if not row.whole:
        raise cells.CellRefused(_("This row has more cells than the heading."))
    for name, limit in LENGTHS.items():
        if len(values.get(name, "")) > limit:
            raise cells.CellRefused(_("At most %(limit)s characters."), limit=limit, field=name)
    return Letter(
        received_at=cells.instant(values, "received_at"),
        kind=cells.one_of(KINDS, values, "kind"),
        document_type=cells.one_of(cells.DOCUMENTS, values, "document_type", default=cells.ID_CARD),
        **{name: values.get(name, "") for name in LENGTHS},
    )


def _column(field: str) -> str:
    """Return the heading of a field's column."""
    return next((heading for heading, name in COLUMNS.items() if name == field), field)
