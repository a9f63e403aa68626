"""Find a ticket by what stands on paper: its number, the letter's number, the telephone number of whoever came."""

import re
import unicodedata
from contextlib import suppress

from django.db.models import Q

from cases.services.persons import documents
from healthcode.core.offices.refusals import Refusal

# As people write it: in small letters, with any dash or none, with spaces; without JK only with its dash.
NUMBER = re.compile(r"JK([0-9]{8})-?([0-9]{1,5})|([0-9]{8})-([0-9]{1,5})")
DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\uff0d_]")
LEAST_DIGITS = 5


def condition(text: str) -> Q:
    """Return the filter for the tickets that a text names; none where it names none."""
    bare = re.sub(r"\s", "", DASHES.sub("-", unicodedata.normalize("NFKC", text)))
    if not bare:
        return Q(pk__in=())
    found = Q(external_no=unicodedata.normalize("NFKC", text).strip()) | Q(external_no__iexact=bare)
    if number := NUMBER.fullmatch(bare.upper()):
        day, place = (number[1] or number[3]), (number[2] or number[4])
        found |= Q(number=f"JK{day}-{int(place):05d}")
    if index := phone_index(bare):
        found |= Q(contact_phone_index=index)
    return found


def phone_index(text: str) -> str:
    """Return the blind index of a telephone number in its one spelling; "" of what is none."""
    with suppress(Refusal):
        spelled = documents.read_phone(text)
        if len(spelled) >= LEAST_DIGITS:
            return documents.phone_index_of(spelled)
    return ""
