"""Risk areas as the province sends them, listed, lifted or taken back: each a proposal that a duty lead decides."""

from collections.abc import Iterator

from cases.feeds import cells as cell
from cases.feeds import columns, words
from cases.feeds.cells import PartialReader
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.models import AreaChange
from cases.models.batches import Kind
from cases.services import areas
from cases.services.areas import Listing
from cases.services.engine.refusals import Refusal

COLUMNS = {
    **RECORD,
    "事项": "matter",
    "地区名称": "name",
    "区划代码": "division",
    "场所": "venue",
    "风险等级": "level",
    "起始时间": "from_at",
    "来源文件": "source_document",
    "须检测": "test_required",
    "严重态势": "severe",
    "省卫健委评估文号": "assessment_document",
    "省领导小组同意文号": "consent_document",
}


NAMED_BY = frozenset({"name", "division", "venue", "level", "severe"})  # an area that is on record
TAKES = {
    "matter": columns.of_words(words.MATTERS, "列入"),
    "name": columns.text("某区某街道"),
    "division": columns.division(),
    "venue": columns.text(),
    "level": columns.of_words(words.LEVELS, "中风险"),
    "from_at": columns.moment("2020-08-24 00:00"),
    "source_document": columns.text("浙防指〔2020〕12号"),
    "test_required": columns.of_words(words.YES, "是"),
    "severe": columns.of_words(words.YES, "否"),
}


def _apply_row(cells: Cells, delivery: Delivery) -> None:
    matter = cell.one_of(words.MATTERS, cells, "matter")
    tested = not cells.get("test_required") or cell.yes(cells, "test_required")
    listing = Listing(
        name=cells["name"],
        level=cell.one_of(words.LEVELS, cells, "level"),
        source_document=cells["source_document"],
        from_at=cell.instant(cells, "from_at"),
        division=cell.division(cells, "division") if cells.get("division") else None,
        venue=cells.get("venue", ""),
        severe=cell.yes(cells, "severe"),
        test_required=tested,
        assessment_document=cells.get("assessment_document", ""),
        consent_document=cells.get("consent_document", ""),
        batch_id=delivery.batch.pk,
    )
    if matter == "LIST":
        areas.propose(listing, by=delivery.by, at=delivery.at)
        return
    areas.propose_change(
        areas.approved_as(listing),
        AreaChange.Kind(matter),
        test_still_due=tested,
        reason=listing.source_document,
        batch_id=delivery.batch.pk,
        by=delivery.by,
        at=delivery.at,
    )


def _faults(reader: PartialReader, delivery: Delivery) -> Iterator[Refusal]:
    matter = reader.word("matter", words.MATTERS)
    listing = Listing(
        name=reader.text("name"),
        level=reader.word("level", words.LEVELS),
        source_document=reader.text("source_document"),
        from_at=reader.read("from_at", cell.instant, delivery.at),
        division=reader.optional("division", cell.division),
        venue=reader.text("venue"),
        severe=reader.read("severe", cell.yes, False),
        assessment_document=reader.text("assessment_document"),
        consent_document=reader.text("consent_document"),
    )
    if matter in ("LIST", ""):
        yield from areas.faults(listing, unread=reader.unread, by=delivery.by, at=delivery.at)
    elif not NAMED_BY & reader.unread:
        yield from _faults_of_change(listing, AreaChange.Kind(matter), delivery)


def _faults_of_change(listing: Listing, kind: AreaChange.Kind, delivery: Delivery) -> Iterator[Refusal]:
    try:
        area = areas.approved_as(listing)
    except areas.NotListed as refusal:
        yield refusal
        return
    reason = listing.source_document
    yield from areas.faults_of_change(area, kind, reason=reason, by=delivery.by, at=delivery.at)


FORMAT = Format(
    Kind.AREAS,
    COLUMNS,
    ("name", "level", "from_at", "source_document"),
    _apply_row,
    takes=TAKES,
    faults=_faults,
    column_of={"area": "name", "reason": "source_document"},
    sealed_end=True,
)
