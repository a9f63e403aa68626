"""One spelling of what people write in many ways, and the one place that knows it.

What is typed at a page, sent to the API, read from a file or searched for goes through here before it is stored,
compared or looked up.
"""

from cases.policy.spellings.countries import country
from cases.policy.spellings.documents import document, fits_check_digit
from cases.policy.spellings.moments import day, moment, unclear
from cases.policy.spellings.names import beginnings, like_name, name, name_key, same_name
from cases.policy.spellings.references import normalise_reference, reference_key, same_reference
from cases.policy.spellings.telephones import telephone
from cases.policy.spellings.texts import laboratory, one_spelling

__all__ = (
    "beginnings",
    "country",
    "day",
    "document",
    "fits_check_digit",
    "laboratory",
    "like_name",
    "moment",
    "name",
    "name_key",
    "normalise_reference",
    "one_spelling",
    "reference_key",
    "same_name",
    "same_reference",
    "telephone",
    "unclear",
)
