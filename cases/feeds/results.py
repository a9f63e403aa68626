"""Laboratory results: the sampling time decides, so late and doubled reports do no harm."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from django.utils.translation import gettext_lazy as _

from cases.feeds import cells as cell
from cases.feeds import columns, words
from cases.feeds.cells import PartialReader
from cases.feeds.formats import COLUMN_OF, RECORD, Cells, Delivery, Format
from cases.feeds.rows import TableRow
from cases.models import Batch, LabResult, Person, RuleBook
from cases.models.batches import Kind
from cases.services.engine.refusals import Refusal, collected
from cases.services.persons import identity, people
from cases.services.samples import corrections, negatives, reports, results
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.own_words import OwnText

COLUMNS = {
    **RECORD,
    "证件类型": "document_type",
    "国家或地区": "document_country",
    "证件号码": "document_number",
    "采样时间": "sampled_at",
    "报告时间": "reported_at",
    "结果": "outcome",
    "检测机构": "laboratory",
    "报告编号": "report_number",
    "混检人数": "pool_size",
    "姓名": "name",
}
REPORTED_ANEW = OwnText("result.reported_anew", _("The laboratory reports it anew: delivery %(number)s."))


TAKES = {
    **columns.DOCUMENT,
    "sampled_at": columns.moment(),
    "reported_at": columns.moment("2020-08-24 18:00"),
    "outcome": columns.of_words(words.OUTCOMES, "阴性"),
    "laboratory": columns.text("新昌县人民医院检验科"),
    "report_number": columns.text("XC20200824001"),
    "pool_size": columns.Column(cell.whole, example="", hint=_("persons in one tube, of pooled samples")),
    "name": columns.Column(
        lambda cells, name: identity.spelled(cells[name]),
        example="张三",
        hint=_("compared with the name under which the number is registered"),
    ),
}


def _known(cells: Cells, _first: Batch) -> list[LabResult]:
    found = results.known(
        cell.person(cells),
        cells["laboratory"],
        cells["report_number"],
        sampled_at=cell.instant(cells, "sampled_at"),
        outcome=cell.one_of(words.OUTCOMES, cells, "outcome"),
    )
    return [found] if found else []


def _report(cells: Cells, delivery: Delivery) -> LaboratoryReport:
    for name in ("laboratory", "report_number"):
        if not cells[name]:
            raise columns.Empty(field=name)
    return LaboratoryReport(
        sampled_at=cell.instant(cells, "sampled_at"),
        outcome=cell.one_of(words.OUTCOMES, cells, "outcome"),
        laboratory=cells["laboratory"],
        report_number=cells["report_number"],
        reported_at=cell.instant(cells, "reported_at") if cells.get("reported_at") else None,
        pool_size=cell.whole(cells, "pool_size"),
        batch_id=delivery.batch.pk,
    )


def _apply_together(rows: Sequence[TableRow], delivery: Delivery) -> set[int]:
    """Enter the rows of a chunk that no rule has a word on, all in one act; return which."""
    read: dict[int, tuple[str, LaboratoryReport]] = {}
    for row in rows:
        with suppress(Refusal):  # by itself it comes back with the reason
            cell.check_form(row)
            read[row.number] = cell.document_index(row.cells), _report(row.cells, delivery)
    indices = {index for index, _sample in read.values()}
    known = {person.document_index: person for person in Person.objects.filter(document_index__in=indices)}
    names = {row.number: row.cells.get("name", "") for row in rows}
    by_number = {
        number: (known[index], sample)
        for number, (index, sample) in read.items()
        if index in known and (not names[number] or identity.bears(known[index], names[number]))
    }
    return negatives.enter(by_number, by=delivery.by, at=delivery.at)


def _apply_row(cells: Cells, delivery: Delivery) -> None:
    sample = _report(cells, delivery)
    person = cell.person(cells)
    is_new_name = _compare_name(person, sample, cells, delivery)
    known = results.says_otherwise(person, sample) if delivery.same_person else None
    if known is None:
        results.enter(person, sample, by=delivery.by, at=delivery.at)
    else:  # somebody looked, and took the laboratory's word for a correction
        reason = REPORTED_ANEW(number=delivery.batch.pk)
        corrections.correct(known, sample, reason=reason, by=delivery.by, at=delivery.at)
    if is_new_name:
        people.accept_name(person, cells["name"], by=delivery.by, at=delivery.at)


def _faults(reader: PartialReader, delivery: Delivery) -> Iterator[Refusal]:
    person = reader.person()
    yield from _faults_of_person(person, reader, delivery)
    sample = LaboratoryReport(
        sampled_at=reader.read("sampled_at", cell.instant, delivery.at),
        outcome=reader.word("outcome", words.OUTCOMES),
        laboratory=reader.text("laboratory"),
        report_number=reader.text("report_number"),
        reported_at=reader.optional("reported_at", cell.instant),
        pool_size=reader.optional("pool_size", cell.whole),
    )
    book = RuleBook.objects.in_force(delivery.at).policy
    yield from reports.faults(person, sample, unread=reader.unread, at=delivery.at, book=book)
    if person is not None:
        yield from results.faults_of_known(person, sample, unread=reader.unread)


def _faults_of_person(person: Person | None, reader: PartialReader, delivery: Delivery) -> Iterator[Refusal]:
    if person is None:
        yield from collected(lambda: cell.person(reader.cells))
        return
    yield from collected(lambda: results.require_reach(person, by=delivery.by, at=delivery.at))
    if name := reader.text("name"):
        yield from collected(
            lambda: identity.require_name(person, identity.spelled(name), same_person=delivery.same_person)
        )


def _compare_name(person: Person, sample: LaboratoryReport, cells: Cells, delivery: Delivery) -> bool:
    """Refuse a result whose name is not its number's: one digit typed wrong would end somebody else's control.

    Tell whether the name is a new one that somebody found to be theirs.
    """
    if not cells.get("name"):
        return False
    try:
        return identity.require_name(person, cells["name"], same_person=delivery.same_person)
    except identity.NameAlike as alike:
        alike.field = COLUMN_OF[alike.field]
        if results.says_otherwise(person, sample) is None:
            raise
        # Whoever takes the row takes both: both are asked at once.
        raise columns.Several((alike, results.ReportSaysOtherwise()), FORMAT.word_of) from alike


FORMAT = Format(
    Kind.RESULTS,
    COLUMNS,
    ("document_number", "sampled_at", "outcome", "laboratory", "report_number"),
    _apply_row,
    apply_together=_apply_together,
    known=_known,
    takes=TAKES,
    faults=_faults,
)
