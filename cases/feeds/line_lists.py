"""CDC line lists: a CSV of people to report, checked row by row; good rows become reports, the others go back."""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, Case, Person, RejectedRow
from cases.models.cases import EvidenceKind
from cases.models.people import DocumentType, Sex
from cases.services import cases, documents, people
from cases.services.authority import require
from cases.services.claims import Claim
from cases.services.identity import Identity
from cases.services.refusals import Refusal
from healthcode import vault
from healthcode.audit import ledger
from healthcode.offices.models import Division, User

LIMIT = 5000
COLUMNS = {
    "姓名": "name",
    "性别": "sex",
    "证件类型": "document_type",
    "国家或地区": "document_country",
    "证件号码": "document_number",
    "手机号": "phone",
    "户籍地区划": "registered",
    "现居住地区划": "present",
    "详细地址": "address",
    "赋码原因": "ground",
    "起算日期": "began_on",
    "关联病例": "index_case",
    "协查函号": "letter",
    "证据类型": "evidence_kind",
    "证据编号": "evidence_ref",
}
REQUIRED = ("name", "document_number", "present", "ground", "began_on")
DOCUMENTS = {
    "身份证": DocumentType.RESIDENT_ID,
    "护照": DocumentType.PASSPORT,
    "港澳居民来往内地通行证": DocumentType.HK_MACAO_PERMIT,
    "台湾居民来往大陆通行证": DocumentType.TAIWAN_PERMIT,
    "外国人永久居留身份证": DocumentType.FOREIGN_PR,
}
GROUNDS = {
    "确诊病人": "CONFIRMED",
    "疑似病人": "SUSPECTED",
    "无症状感染者": "ASYMPTOMATIC",
    "密切接触者": "CLOSE_CONTACT",
}
EVIDENCE = {
    "检验报告": EvidenceKind.LAB_REPORT,
    "流调报告": EvidenceKind.INVESTIGATION,
    "协查函": EvidenceKind.LETTER,
}
LENGTHS = {"name": 60, "address": 200, "letter": 120, "evidence_ref": 120, "document_number": 40, "phone": 40}
SEXES = {"男": Sex.MALE, "女": Sex.FEMALE, "": Sex.UNKNOWN}


class NotAList(Refusal):
    """The file as a whole cannot be read."""

    field = "file"


class CellRefused(Refusal):
    """One cell does not say what its column asks for."""


@dataclass(frozen=True)
class Row:
    """One row as it came: its number in the file (the heading is row 1) and its cells."""

    number: int
    cells: Mapping[str, str]
    whole: bool = True  # False: more cells than the heading has, so nobody knows which belongs where


def read(content: bytes) -> list[Row]:
    """Decode and split a file; refuse it as a whole where its form is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise NotAList(_("The file is neither UTF-8 nor GB18030.")) from error
    try:
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise NotAList(_("The file is not a list of rows with commas.")) from error
    if "\0" in text:
        raise NotAList(_("The file is not a list of rows with commas."))
    if not lines:
        raise NotAList(_("The file is empty."))
    heading = [COLUMNS.get(cell.strip(), "") for cell in lines[0]]
    missing = [chinese for chinese, name in COLUMNS.items() if name in REQUIRED and name not in heading]
    if missing:
        raise NotAList(_("These columns are missing: %(columns)s."), columns="、".join(missing))
    if len(lines) - 1 > LIMIT:
        raise NotAList(_("A list has at most %(limit)s rows."), limit=LIMIT)
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in line):
            padded = [*line, *[""] * (len(heading) - len(line))]
            cells = {name: cell.strip() for name, cell in zip(heading, padded, strict=False) if name}
            rows.append(Row(number, cells, whole=not any(cell.strip() for cell in line[len(heading) :])))
    return rows


def deliver(content: bytes, *, file_name: str, by: User, at: datetime) -> Batch:
    """Report every good row, return every wrong one; the same file again changes nothing."""
    require(by, "batch.deliver", at=at)
    digest = hashlib.sha256(content).hexdigest()
    known = Batch.objects.filter(office=by.office, kind=Batch.Kind.LINE_LIST, sha256=digest).first()
    if known is not None:
        return known
    rows = read(content)
    with transaction.atomic():
        try:
            with transaction.atomic():
                batch = _batch(digest, file_name, by, at)
        except IntegrityError:  # the same file, delivered at this very moment
            return Batch.objects.get(office=by.office, kind=Batch.Kind.LINE_LIST, sha256=digest)
        rejected = [one for row in _in_key_order(rows) if (one := _take(row, batch, by, at)) is not None]
        RejectedRow.objects.bulk_create(sorted(rejected, key=lambda one: one.row))
        batch.row_count, batch.rejected = len(rows), len(rejected)
        batch.accepted = batch.row_count - batch.rejected
        batch.save()
        ledger.record(
            "batch.delivered",
            by=by,
            at=at,
            target=f"batch:{batch.pk}",
            sha256=digest,
            rows=batch.row_count,
            rejected=batch.rejected,
        )
    return batch


def _batch(digest: str, file_name: str, by: User, at: datetime) -> Batch:
    return Batch.objects.create(
        kind=Batch.Kind.LINE_LIST,
        file_name=file_name[:200],
        sha256=digest,
        office=by.office,
        delivered_by=by,
        delivered_at=at,
    )


def _in_key_order(rows: list[Row]) -> list[Row]:
    """Return the rows in the order of their document keys, everybody known among them locked in key order.

    Two lists naming the same people in opposite orders would otherwise wait for each other.
    """
    indices = {row.number: _index_of(row) for row in rows}
    known = Person.objects.filter(document_index__in=[index for index in indices.values() if index])
    roots = {person.root_id for person in known}
    list(Person.objects.select_for_update().filter(pk__in=roots).order_by("pk").values_list("pk"))
    return sorted(rows, key=lambda row: indices[row.number])


def _index_of(row: Row) -> str:
    cells = row.cells
    try:
        kind = _one_of(DOCUMENTS, cells, "document_type", default="身份证")
        number, country = documents.normalise(
            kind, cells["document_number"], country=cells.get("document_country", "")
        )
    except Refusal:
        return ""  # the row will be returned
    return documents.index_of(kind, number, country)


def raw_cells(rejected: RejectedRow) -> str:
    """Return a returned row as it came."""
    return vault.decrypt(rejected.raw, owner=f"batch:{rejected.batch_id}/{rejected.row}")


def _take(row: Row, batch: Batch, by: User, at: datetime) -> RejectedRow | None:
    try:
        with transaction.atomic():
            _report(row, batch, by, at)
    except Refusal as refusal:
        raw = vault.encrypt(",".join(row.cells.values()), owner=f"batch:{batch.pk}/{row.number}")
        reason = str(refusal)[:300]
        return RejectedRow(batch=batch, row=row.number, field=refusal.field, reason=reason, raw=raw)
    return None


def _report(row: Row, batch: Batch, by: User, at: datetime) -> Case:
    cells = row.cells
    _check_form(row)
    identity = Identity(
        name=cells["name"],
        sex=_one_of(SEXES, cells, "sex"),
        document_type=_one_of(DOCUMENTS, cells, "document_type", default="身份证"),
        document_number=cells["document_number"],
        document_country=cells.get("document_country", ""),
        phone=cells.get("phone", ""),
    )
    letter = cells.get("letter", "")
    claim = Claim(
        ground=_one_of(GROUNDS, cells, "ground"),
        began_on=_day(cells, "began_on"),
        evidence_kind=EvidenceKind.LETTER
        if letter
        else _one_of(EVIDENCE, cells, "evidence_kind", default="流调报告"),
        evidence_ref=letter or cells.get("evidence_ref", ""),
        index_case=_index_case(cells),
    )
    person = people.register(
        identity,
        present=_division(cells, "present"),
        registered=_division(cells, "registered") if cells.get("registered") else None,
        address=cells.get("address", ""),
        by=by,
        at=at,
    ).person
    return cases.report(Person.objects.get(pk=person.pk), claim, by=by, at=at, batch_id=batch.pk)


def _check_form(row: Row) -> None:
    if not row.whole:
        raise CellRefused(_("This row has more cells than the heading."))
    for name, limit in LENGTHS.items():
        if len(row.cells.get(name, "")) > limit:
            raise CellRefused(_("At most %(limit)s characters."), limit=limit, field=name)


def _one_of(known: Mapping[str, object], cells: Mapping[str, str], name: str, *, default: str = "") -> str:
    value = cells.get(name, "") or default
    if value not in known:
        words = "、".join(word for word in known if word)
        raise CellRefused(_("“%(value)s” is not one of: %(words)s."), value=value, words=words, field=name)
    return str(known[value])


def _parsed(parse: Callable[[str], date | None], value: str) -> date | None:
    try:
        return parse(value)
    except ValueError:
        return None


def _day(cells: Mapping[str, str], name: str) -> date:
    day = _parsed(parse_date, cells[name].replace("/", "-"))
    if day is None:
        raise CellRefused(_("“%(value)s” is not a date (2020-08-24)."), value=cells[name], field=name)
    return day


def _division(cells: Mapping[str, str], name: str) -> Division:
    division = Division.objects.filter(code=cells[name]).first()
    if division is None:
        raise CellRefused(_("“%(value)s” is not a division code."), value=cells[name], field=name)
    return division


def _index_case(cells: Mapping[str, str]) -> Case | None:
    number = cells.get("index_case", "")
    if not number:
        return None
    case = Case.objects.filter(pk=number).first() if re.fullmatch("[0-9]{1,18}", number) else None
    if case is None:
        raise CellRefused(_("There is no case number “%(value)s”."), value=number, field="index_case")
    return case
