"""Cells: what a column asks for, and the sentence with which a cell that does not say it comes back."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.feeds import words
from cases.feeds.rows import TableRow
from cases.models import Case, Person, RiskArea
from cases.policy import days, spellings
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
# What people write behind a number; whoever types full width has these in full width too, which is one spelling.
DEGREES = re.compile(r" ?(°? ?C|度|摄氏度)$", re.IGNORECASE)
PEOPLE = re.compile(r" ?(人份|人|份)$")
V = TypeVar("V")
# Why a text that looks like a day or an instant is none.
UNCLEAR: dict[str, str | Promise] = {
    "year_first": _("“%(value)s”: write year, month and day in this order (2020-08-24)."),
    "four_digits": _("“%(value)s”: write the year with four digits (2020-08-24)."),
    "no_year": _("“%(value)s”: write the year too (2020-08-24)."),
    "two_digits": _("“%(value)s”: write month and day with two digits each (20200804)."),
    "no_such_day": _("“%(value)s”: there is no such day, or it is another day of the week."),
    "no_such_time": _("“%(value)s”: write the time from 00:00 to 24:00 (2020-08-24 09:30)."),
}


class CellRefused(Refusal):
    """One cell does not say what its column asks for."""

    code = "deliveries.cell.unreadable"


class HourMissing(CellRefused):
    code = "deliveries.cell.hour_missing"
    message = _(
        "“%(value)s” is a day alone: write the hour too (2020-08-24 09:30). Where a spreadsheet shows 00:00, it has no "
        "hour: format the cell as text, and type it."
    )


class NotRegistered(Refusal):
    code = "deliveries.cell.nobody_registered"
    message = _("Nobody is registered with this document number.")
    field = "document_number"


class PartialReader:
    """Reads cells of a row that comes back anyway: what cannot be read stands for nothing, and is remembered."""

    def __init__(self, row: TableRow) -> None:
        self.cells = row.cells
        self.unread = set(row.faults)  # by the words of the file and of the services

    def read(
        self, name: str, reader: Callable[[Mapping[str, str], str], V], instead: V, *, field: str = ""
    ) -> V:
        """Return what a cell says; `field` is what the service calls its column."""
        if name not in self.unread:
            with suppress(Refusal):
                return reader(self.cells, name)
        self.unread |= {name, field or name}
        return instead

    def optional(self, name: str, reader: Callable[[Mapping[str, str], str], V]) -> V | None:
        """Return what a cell says that may be empty."""
        return self.read(name, reader, None) if self.cells.get(name) else None

    def text(self, name: str, *, field: str = "") -> str:
        """Return a text; `field` is what the service calls its column."""
        return self.read(name, lambda cells, name: cells.get(name, ""), "", field=field)

    def word(self, name: str, table: words.WordTable) -> str:
        """Return the key of the word that a cell says."""
        return self.read(name, lambda cells, name: one_of(table, cells, name), "")

    def person(self) -> Person | None:
        """Return the registered person whom the row names, if anybody."""
        return self.read("document_number", lambda cells, _name: person(cells), None)


def check_form(row: TableRow) -> None:
    """Refuse a row that the reader found wrong, or with a cell that is too long."""
    for refusal in faults_of_form(row):
        raise refusal


def faults_of_form(row: TableRow) -> Iterator[CellRefused]:
    """Yield what the reader found wrong with cells of a row, and which are too long."""
    for name, fault in row.faults.items():
        yield CellRefused(fault, field=name)
    for name, cell in row.cells.items():
        limit = LENGTHS.get(name, LONGEST)
        if len(cell) > limit:
            yield CellRefused(_("At most %(limit)s characters."), limit=limit, field=name)


def one_of(known: words.WordTable, cells: Mapping[str, str], name: str) -> str:
    """Return the key of the word that a cell says (`words`)."""
    value = cells.get(name, "")
    found = words.meaning(known, value)
    if found is not None:
        return found
    offered, meant = words.offered(known), words.near(known, value)
    sentence = (
        _("“%(value)s” is not one of: %(words)s. Probably “%(meant)s”.")
        if meant
        else _("“%(value)s” is not one of: %(words)s.")
    )
    raise CellRefused(sentence, value=value, words=offered, meant=meant, field=name)


def yes(cells: Mapping[str, str], name: str) -> bool:
    """Return whether a cell says yes; an empty one says no."""
    return one_of(words.YES, cells, name) == "True"


def day(cells: Mapping[str, str], name: str) -> date:
    """Return a day, in whichever way offices write one."""
    value = cells.get(name, "")
    found = spellings.day(value)
    if found is None:
        sentence = UNCLEAR.get(spellings.unclear(value), _("“%(value)s” is not a date (2020-08-24)."))
        raise CellRefused(sentence, value=value, field=name)
    return found


def instant(cells: Mapping[str, str], name: str) -> datetime:
    """Return an instant; without an offset it is Shanghai time. A day alone is none."""
    value = cells.get(name, "")
    found = spellings.moment(value)
    if found is None and spellings.day(value) is not None:
        raise HourMissing(value=value, field=name)
    if found is None:
        sentence = UNCLEAR.get(spellings.unclear(value), _("“%(value)s” is not a time (2020-08-24 09:30)."))
        raise CellRefused(sentence, value=value, field=name)
    return (found if found.tzinfo else found.replace(tzinfo=days.ZONE)).astimezone(UTC)


def decimal(cells: Mapping[str, str], name: str) -> Decimal | None:
    """Return a number with one decimal place, or None for an empty cell: `36.5`, full width, with ℃ behind it."""
    value = cells.get(name, "")
    if not value:
        return None
    bare = DEGREES.sub("", spellings.one_spelling(value))
    found = Decimal(bare) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,4})?", bare) else None
    if found is None:
        raise CellRefused(_("“%(value)s” is not a number."), value=value, field=name)
    return found.quantize(Decimal("0.1"))


def whole(cells: Mapping[str, str], name: str) -> int | None:
    """Return a whole number, or None for an empty cell: `10`, full width, with 人 behind it."""
    value = cells.get(name, "")
    bare = PEOPLE.sub("", spellings.one_spelling(value))
    if value and not re.fullmatch(r"[0-9]{1,4}", bare):
        raise CellRefused(_("“%(value)s” is not a number."), value=value, field=name)
    return int(bare) if value else None


def division(cells: Mapping[str, str], name: str, *, of_somebody: bool = False) -> Division:
    """Return the division with this code or name; `of_somebody` as `places.find` has it."""
    try:
        return places.find(cells.get(name, ""), of_somebody=of_somebody)
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
        sex=one_of(words.SEXES, cells, "sex"),
        document_type=one_of(words.DOCUMENTS, cells, "document_type"),
        document_number=cells["document_number"],
        document_country=cells.get("document_country", ""),
        phone=cells.get("phone", ""),
    )


def document_index(cells: Mapping[str, str]) -> str:
    """Return the blind index under which a row's person is found. Raises a Refusal for what is no number."""
    kind = one_of(words.DOCUMENTS, cells, "document_type")
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
