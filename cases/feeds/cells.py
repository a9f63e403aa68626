"""Cells: what a column asks for, and the sentence with which a cell that does not say it comes back."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from cases.feeds.tables import TableRow
from cases.models import Case, Person, RiskArea
from cases.models.people import DocumentType, Sex
from cases.policy import days
from cases.services.engine.refusals import Refusal
from cases.services.persons import documents, numbers
from cases.services.persons.identity import Identity
from healthcode.core.offices import places
from healthcode.core.offices.models import Division

IDENTITY = {
    "姓名": "name",
    "性别": "sex",
    "证件类型": "document_type",
    "国家或地区": "document_country",
    "证件号码": "document_number",
    "手机号": "phone",
    "户籍地区划": "registered",
    "现居住地区划": "present",
    "详细地址": "address",
}
DOCUMENTS = {
    "身份证": DocumentType.RESIDENT_ID,
    "护照": DocumentType.PASSPORT,
    "港澳居民来往内地通行证": DocumentType.HK_MACAO_PERMIT,
    "台湾居民来往大陆通行证": DocumentType.TAIWAN_PERMIT,
    "外国人永久居留身份证": DocumentType.FOREIGN_PR,
}
SEXES = {"男": Sex.MALE, "女": Sex.FEMALE, "": Sex.UNKNOWN}
YES = {"是": True, "否": False, "": False}
LENGTHS = {
    "name": 60,
    "address": 200,
    "document_number": 40,
    "phone": 40,
    "record": 120,
    "letter": 120,
    "evidence_ref": 120,
}
LONGEST = 200
ID_CARD = "身份证"


class CellRefused(Refusal):
    """One cell does not say what its column asks for."""

    code = "deliveries.cell.unreadable"


class NotRegistered(Refusal):
    code = "deliveries.cell.nobody_registered"
    message = _("Nobody is registered with this document number.")
    field = "document_number"


def check_form(row: TableRow) -> None:
    """Refuse a row with more cells than the heading, or with a cell that is too long."""
    if not row.whole:
        raise CellRefused(_("This row has more cells than the heading."))
    for name, cell in row.cells.items():
        limit = LENGTHS.get(name, LONGEST)
        if len(cell) > limit:
            raise CellRefused(_("At most %(limit)s characters."), limit=limit, field=name)


def one_of(known: Mapping[str, object], cells: Mapping[str, str], name: str, *, default: str = "") -> str:
    """Return what a word of the list stands for; the key it stands for is understood too."""
    value = cells.get(name, "") or default
    if value in known:
        return str(known[value])
    if value in {str(key) for key in known.values()}:
        return value
    words = "、".join(word for word in known if word)
    raise CellRefused(_("“%(value)s” is not one of: %(words)s."), value=value, words=words, field=name)


def day(cells: Mapping[str, str], name: str) -> date:
    """Return a day, written 2020-08-24 or 2020/8/24."""
    value = cells.get(name, "")
    parts = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", value)
    try:
        found = parse_date("-".join(f"{int(part):02}" for part in parts.groups())) if parts else None
    except ValueError:
        found = None
    if found is None:
        raise CellRefused(_("“%(value)s” is not a date (2020-08-24)."), value=value, field=name)
    return found


def instant(cells: Mapping[str, str], name: str) -> datetime:
    """Return an instant; without an offset it is Shanghai time."""
    value = cells.get(name, "").replace("/", "-")
    try:
        found = parse_datetime(value)
    except ValueError:
        found = None
    if found is None:
        raise CellRefused(_("“%(value)s” is not a time (2020-08-24 09:30)."), value=value, field=name)
    return found if found.tzinfo else found.replace(tzinfo=days.ZONE)


def decimal(cells: Mapping[str, str], name: str) -> Decimal | None:
    """Return a number with one decimal place, or None for an empty cell."""
    value = cells.get(name, "")
    if not value:
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) >= 100:
        raise CellRefused(_("“%(value)s” is not a number."), value=value, field=name)
    return found.quantize(Decimal("0.1"))


def whole(cells: Mapping[str, str], name: str) -> int | None:
    """Return a whole number, or None for an empty cell."""
    value = cells.get(name, "")
    if value and not re.fullmatch(r"[0-9]{1,4}", value):
        raise CellRefused(_("“%(value)s” is not a number."), value=value, field=name)
    return int(value) if value else None


def division(cells: Mapping[str, str], name: str) -> Division:
    """Return the division with this code or name."""
    try:
        return places.find(cells.get(name, ""))
    except Refusal as refusal:
        refusal.field = name
        raise


def case(cells: Mapping[str, str], name: str) -> Case | None:
    """Return the case with this number, or None for an empty cell."""
    number = cells.get(name, "")
    if not number:
        return None
    found = Case.objects.filter(pk=number).first() if re.fullmatch("[0-9]{1,18}", number) else None
    if found is None:
        raise CellRefused(_("There is no case number “%(value)s”."), value=number, field=name)
    return found


def area(cells: Mapping[str, str], name: str, at: datetime) -> RiskArea | None:
    """Return the listed area with this number or name, or None for an empty cell."""
    value = cells.get(name, "")
    if not value:
        return None
    listed = RiskArea.objects.listed(at)
    found = listed.filter(pk=value).first() if re.fullmatch("[0-9]{1,18}", value) else None
    found = found or listed.filter(name=value).order_by("-from_at", "-pk").first()
    if found is None:
        raise CellRefused(_("No area “%(value)s” is listed now."), value=value, field=name)
    return found


def identity(cells: Mapping[str, str]) -> Identity:
    """Return who a row is about."""
    return Identity(
        name=cells["name"],
        sex=one_of(SEXES, cells, "sex"),
        document_type=one_of(DOCUMENTS, cells, "document_type", default=ID_CARD),
        document_number=cells["document_number"],
        document_country=cells.get("document_country", ""),
        phone=cells.get("phone", ""),
    )


def document_index(cells: Mapping[str, str]) -> str:
    """Return the blind index under which a row's person is found. Raises a Refusal for what is no number."""
    kind = one_of(DOCUMENTS, cells, "document_type", default=ID_CARD)
    country = cells.get("document_country", "")
    return documents.read(kind, cells.get("document_number", ""), country=country).index


def person(cells: Mapping[str, str]) -> Person:
    """Return the registered person whom a row names by document."""
    index = document_index(cells)
    found = Person.objects.filter(document_index=index).first()
    if found is None:
        numbers.require_free(index)
        raise NotRegistered()
    return found
