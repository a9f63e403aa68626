"""CDC line lists: people to report to the control group (3.1a)."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.feeds import cells as cell
from cases.feeds import columns, words
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.models import Case, Person
from cases.models.batches import Kind
from cases.models.cases import EvidenceKind
from cases.services.grounds import cases
from cases.services.grounds.claims import Claim
from cases.services.persons import people

COLUMNS = {
    **RECORD,
    **cell.IDENTITY,
    "赋码原因": "ground",
    "起算日期": "began_on",
    "关联病例": "index_case",
    "协查函号": "letter",
    "证据类型": "evidence_kind",
    "证据编号": "evidence_ref",
}


CLAIM = {
    "began_on": columns.day(),
    "index_case": columns.text("", _("the number of the index case in this portal")),
    "letter": columns.text("", _("the number of the letter of inquiry: it is evidence by itself")),
    "evidence_ref": columns.EVIDENCE_REF,
}
TAKES = {
    **columns.IDENTITY,
    **CLAIM,
    "ground": columns.of_words(words.LINE_LIST_GROUNDS, "疑似病人"),
    "evidence_kind": columns.of_words(words.LINE_LIST_EVIDENCE, "检验报告"),
}


def claim_of(cells: Cells, delivery: Delivery, *, ground: str, evidence_kind: str) -> Claim:
    """Return what a row claims; a letter of inquiry is evidence by itself."""
    letter = cells.get("letter", "")
    return Claim(
        ground=ground,
        began_on=cell.day(cells, "began_on"),
        evidence_kind=EvidenceKind.LETTER.value if letter else evidence_kind,
        evidence_ref=letter or cells.get("evidence_ref", ""),
        index_case=cell.case(cells, "index_case"),
        risk_area=cell.area(cells, "area", delivery.at),
        arrived_on=cell.day(cells, "arrived_on") if cells.get("arrived_on") else None,
        batch_id=delivery.batch.pk,
    )


def registered(cells: Cells, delivery: Delivery, **more: Any) -> Person:
    """Return the person a row names, registered by it where nobody knows them."""
    registration = people.register(
        cell.identity(cells),
        present=cell.division(cells, "present", of_somebody=True),
        registered=cell.division(cells, "registered", of_somebody=True) if cells.get("registered") else None,
        address=cells.get("address", ""),
        same_person=delivery.same_person,
        purpose=gettext("delivery %(number)s") % {"number": delivery.batch.pk},
        by=delivery.by,
        at=delivery.at,
        **more,
    )
    return Person.objects.get(pk=registration.person.pk)


def _evidence(cells: Cells) -> str:
    if not cells.get("evidence_kind"):
        return EvidenceKind.INVESTIGATION.value
    return cell.one_of(words.LINE_LIST_EVIDENCE, cells, "evidence_kind")


def _apply_row(cells: Cells, delivery: Delivery) -> Case:
    kind = "" if cells.get("letter") else _evidence(cells)
    ground = cell.one_of(words.LINE_LIST_GROUNDS, cells, "ground")
    claim = claim_of(cells, delivery, ground=ground, evidence_kind=kind)
    return cases.report(registered(cells, delivery), claim, by=delivery.by, at=delivery.at)


FORMAT = Format(
    Kind.LINE_LIST,
    COLUMNS,
    ("name", "document_number", "present", "ground", "began_on"),
    _apply_row,
    limit=5000,
    aliases=columns.ALIASES,
    takes=TAKES,
)
