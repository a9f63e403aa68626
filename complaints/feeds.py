"""Letters of the hotline as a file: checked row by row, with a dry run that stores nothing."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.feeds import cells, tables
from complaints.models.choices import Kind
from complaints.services import letters
from complaints.services.letters import Letter
from complaints.services.steps import require
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

LIMIT, LARGEST = 2000, 5 * 1024 * 1024
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
KINDS = {"": Kind.CORRECTION, "纠错": Kind.CORRECTION, "咨询": Kind.CONSULT, "作风": Kind.CONDUCT}


class TooLarge(Refusal):
    code = "letters.file.too_large"
    message = _("The file has more than 5 MB.")
    field = "file"


@dataclass(frozen=True)
class Row:
    """What became of one row: a ticket's number, or the column and the reason it was returned for."""

    number: int
    external_no: str
    ticket: str = ""
    is_new: bool = False
    field: str = ""
    reason: str = ""


def deliver(content: bytes, *, by: User, at: datetime, rehearse: bool) -> list[Row]:
    """Register every good row, return every wrong one; a rehearsal says the same and stores nothing."""
    require(by, "ticket.deliver")
    rows = _read(content)
    with transaction.atomic():
        done = [_taken(row, by, at) for row in rows]
        if rehearse:
            transaction.set_rollback(True)
    return done


def _read(content: bytes) -> list[tables.Row]:
    """Read a file; refuse it as a whole where its form is wrong."""
    if len(content) > LARGEST:
        raise TooLarge()
    encoding = "UTF-8" if _is_utf8(content) else "GB18030"
    rows = tables.rows_of(
        lambda: io.BytesIO(content), form="CSV", encoding=encoding, columns=COLUMNS, required=REQUIRED
    )
    found = list(rows)
    if len(found) > LIMIT:
        raise tables.NotATable(_("A delivery has at most %(limit)s rows."), limit=LIMIT)
    return found


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _taken(row: tables.Row, by: User, at: datetime) -> Row:
    external_no = row.cells.get("external_no", "")[: LENGTHS["external_no"]]
    try:
        with transaction.atomic():
            received = letters.receive(_letter(row), by=by, at=at)
    except Refusal as refusal:
        return Row(row.number, external_no, field=_column(refusal.field), reason=str(refusal))
    return Row(row.number, external_no, ticket=received.ticket.number, is_new=received.is_new)


def _letter(row: tables.Row) -> Letter:
    said: Mapping[str, str] = row.cells
    if not row.whole:
        raise cells.CellRefused(_("This row has more cells than the heading."))
    for name, limit in LENGTHS.items():
        if len(said.get(name, "")) > limit:
            raise cells.CellRefused(_("At most %(limit)s characters."), limit=limit, field=name)
    return Letter(
        received_at=cells.instant(said, "received_at"),
        kind=cells.one_of(KINDS, said, "kind"),
        document_type=cells.one_of(cells.DOCUMENTS, said, "document_type", default=cells.ID_CARD),
        **{name: said.get(name, "") for name in LENGTHS},
    )


def _column(field: str) -> str:
    """Return the heading under which a field stands in the file."""
    return next((heading for heading, name in COLUMNS.items() if name == field), field)
