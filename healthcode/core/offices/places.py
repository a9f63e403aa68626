"""Divisions as people write them: by code, by name, or by name with what they belong to before it."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Protocol

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from healthcode.core.offices import divisions
from healthcode.core.offices.models import Division
from healthcode.core.offices.refusals import Refusal

STATISTICAL, TOWNSHIP, COUNTY = 12, 9, 6  # digits
SHORTEST = 2  # letters of a name
ABOVE = "parent__parent__parent__parent"


ENDINGS = ("省", "市", "区", "县", "街道", "道", "镇", "乡")  # that people leave out, or take for one another


class UnknownPlace(Refusal):
    code = "divisions.unknown"
    message = _("“%(value)s” is no division: give its code, or its full name.")
    field = "division"

    def __init__(self, *, value: str, meant: str = "") -> None:
        probably = _("“%(value)s” is no division: give its code, or its full name. Probably “%(meant)s”.")
        super().__init__(probably if meant else None, value=value, meant=meant)


class SeveralPlaces(Refusal):
    code = "divisions.several"
    message = _(
        "Several divisions are called “%(value)s”: put the county or city before it, or give its code."
    )
    field = "division"


class Source(Protocol):
    """Where divisions are looked up: in the database, or among all that were read once."""

    def of_codes(self, codes: Collection[str]) -> Division | None:
        """Return the division of the longest of these codes that there is."""

    def of_names(self, names: Collection[str], name_en: str) -> Sequence[Division]:
        """Return the divisions with one of these names, or with that English one."""


class Stored:
    """Divisions in the database: two queries for each text."""

    def of_codes(self, codes: Collection[str]) -> Division | None:
        return Division.objects.filter(code__in=codes).order_by("-code").first()

    def of_names(self, names: Collection[str], name_en: str) -> Sequence[Division]:
        named = Q(name__in=names) | Q(name_en__iexact=name_en)
        return list(Division.objects.filter(named).select_related(ABOVE))


class Gazetteer:
    """All divisions, read once: for a file of thousands of them."""

    def __init__(self) -> None:
        self._by_code = {one.code: one for one in Division.objects.all()}
        self._by_name = defaultdict[str, list[Division]](list)
        self._by_name_en = defaultdict[str, list[Division]](list)
        for one in self._by_code.values():
            if one.parent_id is not None:
                one.parent = self._by_code[one.parent_id]
            self._by_name[one.name].append(one)
            self._by_name_en[one.name_en.casefold()].append(one)

    def of_codes(self, codes: Collection[str]) -> Division | None:
        return max((one for code in codes if (one := self._by_code.get(code))), key=_code, default=None)

    def of_names(self, names: Collection[str], name_en: str) -> Sequence[Division]:
        found = [one for name in names for one in self._by_name.get(name, ())]
        return list(
            {one.code: one for one in [*found, *self._by_name_en.get(name_en.casefold(), ())]}.values()
        )


def find(text: str, *, of_somebody: bool = False, among: Source | None = None) -> Division:
    """Return the division of any level that a code or a name means: `330624001`, `羽林街道`, `新昌县羽林街道`.

    Of the statistical codes of twelve digits, `330624001000`, the zeros stand for the whole of it. Where somebody is or
    was (`of_somebody`), a village that is no division here is its township; an area of risk is never widened so.
    """
    written = " ".join(unicodedata.normalize("NFKC", text).split())
    whole = "".join(sign for sign in written if sign.isalnum())
    code = code_of(whole)
    is_widened = len(whole) == STATISTICAL and len(code) == TOWNSHIP and not whole.endswith("000")
    codes = [whole] if is_widened and not of_somebody else [whole, code]
    source = among or Stored()
    by_code = source.of_codes(codes) if code else None
    if by_code is not None:
        return by_code
    found = _named(whole, written, source)
    if len(found) > 1:
        raise SeveralPlaces(value=text)
    if not found:
        raise UnknownPlace(value=text, meant=_meant(whole, source))
    return found[0]


def _named(whole: str, written: str, source: Source) -> list[Division]:
    return [one for one in source.of_names(_endings(whole), written) if _means(one, whole, written)]


def _endings(whole: str) -> set[str]:
    return {whole[start:] for start in range(len(whole) - SHORTEST + 1)}


def _meant(whole: str, source: Source) -> str:
    """Return the name of the one division that is meant where its last word is missing, cut or another's."""
    if not whole or whole.isascii():
        return ""
    bare = {whole, *(whole.removesuffix(ending) for ending in ENDINGS)}
    written = {one + ending for one in bare if len(one) >= SHORTEST for ending in ENDINGS}
    named = source.of_names({name for text in written for name in _endings(text)}, whole)
    found = {one.code: one.name for one in named if any(_means(one, text, text) for text in written)}
    return next(iter(found.values())) if len(found) == 1 else ""


def code_of(text: str) -> str:
    """Return the code that digits are, without the zeros of a statistical code; empty of anything else."""
    if not (text.isascii() and text.isdecimal()):
        return ""
    if len(text) != STATISTICAL:
        # GB/T 2260 writes provinces and cities with six digits.
        return text[:4].removesuffix("00") if len(text) == COUNTY and text.endswith("00") else text
    # A village's or community's is the township's it belongs to.
    return next((text[:end] for end in divisions.LENGTHS if not text[end:].strip("0")), text[:TOWNSHIP])


def _code(division: Division) -> str:
    return division.code


def _means(division: Division, whole: str, written: str) -> bool:
    """Tell whether all that stands before a division's name is what it belongs to: 新昌县, or 新昌 for short."""
    if division.name_en.casefold() == written.casefold():
        return True
    before, above = whole.removesuffix(division.name), division.parent
    while above is not None:
        before, above = _without(before, above.name), above.parent
    return not before


def _without(before: str, name: str) -> str:
    """Return a text without a name at its end, or without what is left of one whose last sign is left out."""
    short = name[:-1] if len(name) > SHORTEST else name
    return before.removesuffix(name if before.endswith(name) else short)
