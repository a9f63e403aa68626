"""Document and telephone numbers: one spelling each, and a check that catches typing errors."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from cases.models.people import DocumentType, Sex
from cases.policy import spellings
from cases.services.engine.refusals import Refusal
from cases.services.persons import countries
from healthcode.core import vault

SHAPES = {
    DocumentType.PASSPORT: re.compile(r"[A-Z0-9]{5,17}"),
    DocumentType.HK_MACAO_PERMIT: re.compile(r"[HM][0-9]{8}"),
    DocumentType.TAIWAN_PERMIT: re.compile(r"[0-9]{8}"),
    DocumentType.FOREIGN_PR: re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]"),
}
RESIDENT_DIGITS = 18
NUMBERED = (DocumentType.RESIDENT_ID, DocumentType.FOREIGN_PR)  # by GB 11643
PHONE = re.compile(r"\+?[0-9]{5,18}")


class WrongDocument(Refusal):
    """A number that cannot be one of its kind."""

    code = "persons.number.wrong_form"
    message = _("This is not a number of this document type: compare it with the document.")
    field = "document_number"


class WrongCheckDigit(WrongDocument):
    """A resident number whose last digit does not fit the others."""

    code = "persons.number.wrong_check_digit"
    message = _("The last digit does not fit the others: there is a typing error in this number.")


class WrongBirthDate(WrongDocument):
    """A resident number that holds a day which does not exist or has not come."""

    code = "persons.number.wrong_birth_date"
    message = _("Digits 7 to 14 are not a date of birth.")


class CountryMissing(Refusal):
    """A passport without its country: the same number from two countries is two people."""

    code = "persons.number.country_missing"
    message = _(
        "Name the country that issued the passport: its three letters (for example KOR), or its name."
    )
    field = "document_country"


class UnknownCountry(Refusal):
    """Letters that no issuer of passports has, or a name."""

    code = "persons.number.unknown_country"
    message = _(
        "No passport is issued by “%(value)s”: write the three letters of the document's machine-readable line, for "
        "example KOR, or the country's name."
    )
    field = "document_country"


class WrongPhone(Refusal):
    """A telephone number with something else than digits in it."""

    code = "persons.phone.wrong_form"
    message = _("A telephone number has 5 to 18 digits.")
    field = "phone"


@dataclass(frozen=True)
class DocumentNumber:
    """A document number in its one spelling: of which kind, and by which country (CHN unless a passport)."""

    kind: str
    number: str
    country: str

    @property
    def index(self) -> str:
        """Return the blind index under which it is found."""
        return index_of(self.kind, self.number, self.country)


def read(kind: str, typed: str, *, country: str = "") -> DocumentNumber:
    """Return the document that a number was typed or sent of; its kind may be another than was chosen.

    Raises a Refusal for what cannot be a number of this kind.
    """
    kind, number = spellings.document(kind, typed)
    if kind == DocumentType.PASSPORT:
        if not (written := spellings.country(country)):
            raise CountryMissing()
        country = countries.code_of(written)
        if not country:
            raise UnknownCountry(value=written)
    else:
        country = "CHN"
    if kind == DocumentType.RESIDENT_ID:
        _require_resident(number)
    elif kind not in SHAPES or not SHAPES[DocumentType(kind)].fullmatch(number):
        raise WrongDocument()
    elif len(number) == RESIDENT_DIGITS:  # the foreigners' card of 2023 is numbered as the residents' is
        _require_sound(number)
    return DocumentNumber(kind, number, country)


def index_of(kind: str, number: str, country: str) -> str:
    """Return the blind index of a document number in its one spelling."""
    return vault.blind_index(f"{kind}/{country}/{number}", kind="document")


def indices_as_typed(text: str) -> set[str]:
    """Return the blind indices that a typed or scanned number can have; a passport may follow its country."""
    country, _space, number = text.strip().partition(" ")
    found = indices_of(text)
    with suppress(Refusal):  # `KOR M12345678`
        found.add(read(DocumentType.PASSPORT, number, country=country).index)
    return found


def indices_of(text: str) -> set[str]:
    """Return the blind indices of a number whose kind nobody says: of every kind, every country, that it can be."""
    found = set()
    for kind in SHAPES.keys() | {DocumentType.RESIDENT_ID}:
        for country in countries.CODES if kind == DocumentType.PASSPORT else ("",):
            try:
                found.add(read(kind, text, country=country).index)
            except Refusal:
                break
    return found


def read_phone(typed: str) -> str:
    """Return the one spelling of a telephone number; empty stays empty."""
    phone = spellings.telephone(typed)
    if phone and not PHONE.fullmatch(phone):
        raise WrongPhone()
    return phone


def phone_index_of(phone: str) -> str:
    """Return the blind index of a telephone number in its one spelling."""
    return vault.blind_index(phone, kind="phone") if phone else ""


def birth_date_of(kind: str, number: str) -> date | None:
    """Return the date of birth that a number of 18 digits holds."""
    return _date(number[6:14]) if len(number) == RESIDENT_DIGITS and kind in NUMBERED else None


def sex_of(kind: str, number: str) -> str:
    """Return the sex that a number of 18 digits holds: its last digit but one is odd for men; unknown without one."""
    if len(number) != RESIDENT_DIGITS or kind not in NUMBERED:
        return Sex.UNKNOWN.value
    return Sex.MALE.value if int(number[16]) % 2 else Sex.FEMALE.value


def _require_resident(number: str) -> None:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise WrongDocument(_("A resident number has 18 digits (the last can be X), or 15 on old cards."))
    _require_sound(number)


def _require_sound(number: str) -> None:
    """Refuse 18 digits of which the last does not fit the others, or that hold no date of birth."""
    if _date(number[6:14]) is None:
        raise WrongBirthDate()
    if not spellings.fits_check_digit(number):
        raise WrongCheckDigit()


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
