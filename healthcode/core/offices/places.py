"""Divisions as people write them: by code, by name, or by name with what they belong to before it."""

import unicodedata

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from healthcode.core.offices import divisions
from healthcode.core.offices.models import Division
from healthcode.core.offices.refusals import Refusal

STATISTICAL, TOWNSHIP, COUNTY = 12, 9, 6  # digits
SHORTEST = 2  # letters of a name
ABOVE = "parent__parent__parent__parent"


class UnknownPlace(Refusal):
    code = "divisions.unknown"
    message = _("“%(value)s” is no division: give its code, or its full name.")
    field = "division"


class SeveralPlaces(Refusal):
    code = "divisions.several"
    message = _(
        "Several divisions are called “%(value)s”: put the county or city before it, or give its code."
    )
    field = "division"


def find(text: str, *, of_somebody: bool = False) -> Division:
    """Return the division of any level that a code or a name means: `330624001`, `羽林街道`, `新昌县羽林街道`.

    Of the statistical codes of twelve digits, `330624001000`, the zeros stand for the whole of it. Where somebody is or
    was (`of_somebody`), a village that is no division here is its township; an area of risk is never widened so.
    """
    written = " ".join(unicodedata.normalize("NFKC", text).split())
    whole = "".join(sign for sign in written if sign.isalnum())
    code = code_of(whole)
    is_widened = len(whole) == STATISTICAL and len(code) == TOWNSHIP and not whole.endswith("000")
    codes = [whole] if is_widened and not of_somebody else [whole, code]
    by_code = Division.objects.filter(code__in=codes).order_by("-code").first() if code else None
    if by_code is not None:
        return by_code
    endings = {whole[start:] for start in range(len(whole) - SHORTEST + 1)}
    named = Division.objects.filter(Q(name__in=endings) | Q(name_en__iexact=written))
    found = [one for one in named.select_related(ABOVE) if _means(one, whole, written)]
    if len(found) > 1:
        raise SeveralPlaces(value=text)
    if not found:
        raise UnknownPlace(value=text)
    return found[0]


def code_of(text: str) -> str:
    """Return the code that digits are, without the zeros of a statistical code; empty of anything else."""
    if not (text.isascii() and text.isdecimal()):
        return ""
    if len(text) != STATISTICAL:
        # GB/T 2260 writes provinces and cities with six digits.
        return text[:4].removesuffix("00") if len(text) == COUNTY and text.endswith("00") else text
    # A village's or community's is the township's it belongs to.
    return next((text[:end] for end in divisions.LENGTHS if not text[end:].strip("0")), text[:TOWNSHIP])


def _means(division: Division, whole: str, written: str) -> bool:
    """Tell whether all that stands before a division's name is what it belongs to."""
    if division.name_en.casefold() == written.casefold():
        return True
    before, above = whole.removesuffix(division.name), division.parent
    while above is not None:
        before, above = before.removesuffix(above.name), above.parent
    return not before
