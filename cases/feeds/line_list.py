"""CDC line lists: people to report to the control group (3.1a)."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.feeds import cells as cell
from cases.feeds import columns, words
from cases.feeds.cells import PartialReader
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.models import Case, Person, RuleBook
from cases.models.batches import Kind
from cases.models.cases import Channel, EvidenceKind
from cases.policy import days
from cases.policy.rulebook import Policy
from cases.services.engine.refusals import Refusal, collected
from cases.services.grounds import cases, claims
from cases.services.grounds.claims import Claim
from cases.services.persons import identity, numbers, people
from healthcode.core.own_words import OwnText

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
IN_A_DELIVERY = OwnText("purpose.delivery", _("delivery %(number)s"))


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
        purpose=IN_A_DELIVERY(number=delivery.batch.pk),
        by=delivery.by,
        at=delivery.at,
        **more,
    )
    return Person.objects.get(pk=registration.person.pk)


def faults_of_person(reader: PartialReader, person: Person | None, delivery: Delivery) -> Iterator[Refusal]:
    """Yield what is wrong with whom a row names: a number somebody else has, or one that is being corrected."""
    name = reader.text("name")
    if person is None:
        index = reader.read("document_number", lambda cells, _name: cell.document_index(cells), "")
        yield from collected(lambda: numbers.require_free(index))
    elif name:
        yield from collected(
            lambda: identity.require_name(person, identity.spelled(name), same_person=delivery.same_person)
        )


def faults_of_claim(
    reader: PartialReader,
    delivery: Delivery,
    *,
    ground: str,
    evidence_kind: str,
    channel: Channel,
    book: Policy,
) -> Iterator[Refusal]:
    """Yield what is wrong with what a row claims of somebody, as far as its cells can be read."""
    person = reader.person()
    yield from faults_of_person(reader, person, delivery)
    if person is not None:
        yield from collected(lambda: cases.require_code(person))
    letter = reader.text("letter", field="evidence_ref")
    claim = Claim(
        ground=ground,
        began_on=reader.read("began_on", cell.day, days.local_day(delivery.at)),
        evidence_kind=EvidenceKind.LETTER.value if letter else evidence_kind,
        evidence_ref=letter or reader.text("evidence_ref"),
        index_case=reader.read("index_case", cell.case, None),
        risk_area=reader.read(
            "area", lambda cells, name: cell.area(cells, name, delivery.at), None, field="risk_area"
        ),
        arrived_on=reader.optional("arrived_on", cell.day),
    )
    asked: dict[str, Any] = {"unread": reader.unread, "book": book, "by": delivery.by, "at": delivery.at}
    yield from claims.faults(person or Person(), claim, channel, **asked)
    yield from cases.faults_of_known(person, claim, channel, **asked)


def _faults(reader: PartialReader, delivery: Delivery) -> Iterator[Refusal]:
    ground = reader.word("ground", words.LINE_LIST_GROUNDS)
    kind = reader.read("evidence_kind", lambda cells, _name: _evidence(cells), "")
    book = RuleBook.objects.in_force(delivery.at).policy
    yield from collected(lambda: cases.require_group(delivery.by))
    yield from faults_of_claim(
        reader, delivery, ground=ground, evidence_kind=kind, channel=Channel.REPORTED, book=book
    )


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
    faults=_faults,
)
