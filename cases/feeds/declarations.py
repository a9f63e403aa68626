"""Declarations of the citizen channel: the health-code form, filled in alone or by the family (3.2a, 3.4a)."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from cases.feeds import cells as cell
from cases.feeds import columns, words
from cases.feeds.cells import PartialReader
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.models import Batch, Case, Declaration, RuleBook
from cases.models.batches import Kind
from cases.models.declarations import Mode
from cases.services.engine.refusals import Refusal, collected
from cases.services.samples import declarations
from cases.services.samples.declarations import Form

COLUMNS = {
    **RECORD,
    "证件类型": "document_type",
    "国家或地区": "document_country",
    "证件号码": "document_number",
    "发热": "fever",
    "症状": "symptoms",
    "体温": "temperature",
    "症状起始日期": "onset_on",
    "代填人": "proxy",
}


TAKES = {
    **columns.DOCUMENT,
    "fever": columns.of_words(words.YES, "是"),
    "symptoms": columns.text("咳嗽"),
    "temperature": columns.Column(cell.decimal, example="37.5", hint=_("a number with one decimal place")),
    "onset_on": columns.day("2020-08-23"),
    "proxy": columns.text(),
}


def _known(cells: Cells, first: Batch) -> list[Case | Declaration]:
    """Return the form that a delivery brought first, and the yellow it made."""
    form = declarations.delivered_as(cell.person(cells), _form(cells, first.pk))
    return [form, *declarations.fevers_by(form)] if form else []


def _apply_row(cells: Cells, delivery: Delivery) -> None:
    form = _form(cells, delivery.batch.pk)
    mode = Mode.PROXY if form.proxy else Mode.ALONE
    declarations.declare(cell.person(cells), form, mode=mode, by=delivery.by, at=delivery.at)


def _faults(reader: PartialReader, delivery: Delivery) -> Iterator[Refusal]:
    person = reader.person()
    if person is None:
        yield from collected(lambda: cell.person(reader.cells))
    form = Form(
        fever=reader.read("fever", cell.yes, False),
        symptoms=reader.text("symptoms"),
        temperature=reader.read("temperature", cell.decimal, None),
        onset_on=reader.optional("onset_on", cell.day),
        proxy=reader.text("proxy"),
    )
    mode = Mode.PROXY if form.proxy else Mode.ALONE
    if person is not None and "proxy" not in reader.unread:
        yield from collected(lambda: declarations.require_reach(person, mode, by=delivery.by, at=delivery.at))
    book = RuleBook.objects.in_force(delivery.at).policy
    yield from declarations.faults(person, form, mode, unread=reader.unread, book=book, at=delivery.at)


def _form(cells: Cells, batch_id: int) -> Form:
    return Form(
        fever=cell.yes(cells, "fever"),
        symptoms=cells.get("symptoms", ""),
        temperature=cell.decimal(cells, "temperature"),
        onset_on=cell.day(cells, "onset_on") if cells.get("onset_on") else None,
        proxy=cells.get("proxy", ""),
        batch_id=batch_id,
    )


FORMAT = Format(
    Kind.DECLARATIONS,
    COLUMNS,
    ("record", "document_number", "fever"),
    _apply_row,
    known=_known,
    takes=TAKES,
    faults=_faults,
    sealed_end=True,
)
