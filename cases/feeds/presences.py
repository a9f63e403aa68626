"""Movement tracks of telecom operators and payment services: stays and contacts, by the million."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.feeds import cells as cell
from cases.feeds import columns, words
from cases.feeds.cells import PartialReader
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.feeds.rows import TableRow
from cases.models import Person
from cases.models.batches import Kind
from cases.services.areas import presences
from cases.services.engine.refusals import Refusal
from cases.services.engine.tracks import unconfirmed
from healthcode.core.offices import places
from healthcode.core.offices.models import Division

COLUMNS = {
    **RECORD,
    "证件类型": "document_type",
    "国家或地区": "document_country",
    "证件号码": "document_number",
    "类型": "kind",
    "区划代码": "division",
    "场所": "venue",
    "起始时间": "from_at",
    "截止时间": "until_at",
}
TAKES = {
    **columns.DOCUMENT,
    "kind": columns.of_words(words.TRACKS, "旅居"),
    "division": columns.division(),
    "venue": columns.text("某商场"),
    "from_at": columns.moment("2020-08-20 08:00"),
    "until_at": columns.moment("2020-08-20 10:00"),
}
Record = Callable[..., object]


class NoPlace(Refusal):
    code = "deliveries.cell.place_missing"
    message = _("Name the division or the place.")
    field = "division"


def apply_all(
    rows: Sequence[TableRow], delivery: Delivery, *, record: Record = presences.record
) -> Mapping[int, Exception]:
    """Store a set of rows in a few statements; return what is wrong with those that are returned."""
    wrong: dict[int, Exception] = {}
    parsed: dict[int, tuple[str, dict[str, Any]]] = {}
    known = _divisions({row.cells.get("division", "") for row in rows})
    for row in rows:
        try:
            cell.check_form(row)
            parsed[row.number] = (cell.document_index(row.cells), _parsed(row.cells, known, delivery.at))
        except Refusal as refusal:
            wrong[row.number] = FORMAT.with_all_faults(refusal, row, delivery)
    persons = _persons({index for index, _values in parsed.values()})
    tracks: list[presences.CheckedTrack] = []
    waiting: list[tuple[str, presences.CheckedTrack]] = []
    for index, values in parsed.values():
        if index in persons:
            tracks.append(presences.CheckedTrack(persons[index], **values))
        else:
            waiting.append((index, presences.CheckedTrack(0, **values)))
    presences.keep(waiting, batch=delivery.batch, by=delivery.by, at=delivery.at)
    record(tracks, batch=delivery.batch, by=delivery.by, at=delivery.at)
    return wrong


def repeat_all(rows: Sequence[TableRow], delivery: Delivery) -> None:
    """Keep tracks beside those of the delivery that brought them first: they have led wherever they lead."""
    apply_all(rows, delivery, record=presences.store)


def _parsed(cells: Cells, known: Mapping[str, str], at: datetime) -> dict[str, Any]:
    code, venue = cells.get("division", ""), cells.get("venue", "")
    if code and code not in known:
        cell.division(cells, "division", of_somebody=True)  # says what is wrong with it
    if not code and not venue:
        raise NoPlace()
    from_at, until_at = cell.instant(cells, "from_at"), cell.instant(cells, "until_at")
    presences.check_period(from_at, until_at, at=at)
    return {
        "kind": cell.one_of(words.TRACKS, cells, "kind"),
        "division": known[code] if code else None,
        "venue": venue[:100],
        "from_at": from_at,
        "until_at": until_at,
    }


def _divisions(written: set[str]) -> dict[str, str]:
    """Return the codes of those divisions that are written as one, by how they are written."""
    known = {code: code for code in Division.objects.filter(pk__in=written).values_list("pk", flat=True)}
    for text in written - known.keys() - {""}:
        with suppress(Refusal):
            known[text] = places.find(text, of_somebody=True).pk
    return known


def _persons(indexes: set[str]) -> dict[str, int]:
    """Return whose numbers these are; tracks of one that is still to be confirmed wait."""
    rows = Person.objects.filter(document_index__in=indexes - unconfirmed(indexes))
    return {index: pk for index, pk in rows.values_list("document_index", "pk") if index}


def _apply_row(cells: Cells, delivery: Delivery) -> None:
    wrong = apply_all([TableRow(0, cells)], delivery)
    if wrong:
        raise wrong[0]


def _faults(reader: PartialReader, delivery: Delivery) -> Iterator[Refusal]:
    if not any((reader.text("division"), reader.text("venue"), {"division", "venue"} & reader.unread)):
        yield NoPlace()
    from_at, until_at = reader.optional("from_at", cell.instant), reader.optional("until_at", cell.instant)
    if from_at is not None:
        yield from presences.faults_of_period(from_at, until_at, at=delivery.at)


FORMAT = Format(
    Kind.PRESENCES,
    COLUMNS,
    ("document_number", "from_at", "until_at"),
    _apply_row,
    limit=5_000_000,
    apply_all=apply_all,
    repeat_all=repeat_all,
    takes=TAKES,
    faults=_faults,
    sealed_end=True,
)
