"""Grounds that the province sends down, typed or from linked data (3.1a-c, 3.2b-c), and their release."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from cases.feeds import cells as cell
from cases.feeds import columns, words
from cases.feeds.cells import PartialReader
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.feeds.line_list import CLAIM, claim_of, faults_of_claim, registered
from cases.models import Case, RuleBook
from cases.models.batches import Kind
from cases.models.cases import EvidenceKind
from cases.services.engine.refusals import Refusal
from cases.services.grounds import cases, releases

COLUMNS = {
    **RECORD,
    **cell.IDENTITY,
    "动作": "action",
    "赋码原因": "ground",
    "起算日期": "began_on",
    "到达日期": "arrived_on",
    "关联病例": "index_case",
    "协查函号": "letter",
    "风险地区": "area",
    "证据类型": "evidence_kind",
    "证据编号": "evidence_ref",
}


TAKES = {
    **columns.IDENTITY,
    **CLAIM,
    "action": columns.of_words(words.ACTIONS, "赋码"),
    "ground": columns.of_words(words.GROUNDS, "系统自动赋黄码"),
    "arrived_on": columns.day(""),
    "area": columns.text("", _("the name or number of an area that is listed")),
    "evidence_kind": columns.of_words(words.EVIDENCE, "文件"),
}


def _apply_row(cells: Cells, delivery: Delivery) -> Case | None:
    cell.one_of(words.ACTIONS, cells, "action")
    if _releases(cells):
        releases.receive(
            cells["record"],
            document=cells.get("evidence_ref", ""),
            batch_id=delivery.batch.pk,
            by=delivery.by,
            at=delivery.at,
        )
        return None
    ground = cell.one_of(words.GROUNDS, cells, "ground")
    kind = "" if cells.get("letter") else _evidence(cells)
    claim = claim_of(cells, delivery, ground=ground, evidence_kind=kind)
    return cases.send_down(
        registered(cells, delivery),
        claim,
        record=cells["record"],
        together=delivery.together,
        by=delivery.by,
        at=delivery.at,
    )


def _faults(reader: PartialReader, delivery: Delivery) -> Iterator[Refusal]:
    if _releases(reader.cells):
        if record := reader.text("record"):
            yield from releases.faults(record, by=delivery.by, at=delivery.at)
        return
    ground = reader.word("ground", words.GROUNDS)
    kind = reader.read("evidence_kind", lambda cells, _name: _evidence(cells), "")
    book = RuleBook.objects.in_force(delivery.at).policy
    channel = cases.channel_of(ground, book=book)
    yield from faults_of_claim(
        reader, delivery, ground=ground, evidence_kind=kind, channel=channel, book=book
    )


def _evidence(cells: Cells) -> str:
    if not cells.get("evidence_kind"):
        return EvidenceKind.DOCUMENT.value
    return cell.one_of(words.EVIDENCE, cells, "evidence_kind")


def _rests_on(cells: Cells) -> tuple[str, str] | None:
    if _releases(cells):
        return None  # what lets go codes nobody
    ground = words.meaning(words.GROUNDS, cells.get("ground", ""))
    return (ground, cells.get("letter") or cells.get("evidence_ref", "")) if ground else None


def _again(cells: Cells, delivery: Delivery) -> None:
    """Let what a release ended rest on this delivery too."""
    if _releases(cells):
        releases.receive_again(cells["record"], batch_id=delivery.batch.pk, by=delivery.by, at=delivery.at)


def _number(cells: Cells) -> str:
    """A release goes by the number of what it releases, and is another row all the same."""
    return f"{cells['record']}:解除" if _releases(cells) else cells["record"]


def _source_key(cells: Cells, delivery: Delivery) -> str:
    return cases.source_key(cells["record"], delivery.by)


def _releases(cells: Cells) -> bool:
    return words.meaning(words.ACTIONS, cells.get("action", "")) == "RELEASE"


FORMAT = Format(
    Kind.GROUNDS,
    COLUMNS,
    ("record", "name", "document_number", "ground", "began_on"),
    _apply_row,
    rests_on=_rests_on,
    again=_again,
    number=_number,
    source_key=_source_key,
    aliases=columns.ALIASES,
    takes=TAKES,
    faults=_faults,
    sealed_end=True,
)
