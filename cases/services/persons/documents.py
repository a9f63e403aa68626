"""Document and telephone numbers: one spelling each, and a check that catches typing errors."""

import re
import unicodedata
from contextlib import suppress
from datetime import date

from django.utils.translation import gettext_lazy as _
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from cases.models.people import DocumentType
from cases.services.engine.refusals import Refusal
from cases.services.persons import countries
from healthcode.core import vault

SHAPES = {
    DocumentType.PASSPORT: re.compile(r"[A-Z0-9]{5,17}"),
    DocumentType.HK_MACAO_PERMIT: re.compile(r"[HM][0-9]{8}([0-9]{2})?"),
    DocumentType.TAIWAN_PERMIT: re.compile(r"[0-9]{8}([0-9]{2})?"),
    DocumentType.FOREIGN_PR: re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{17}"),
}
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
    message = _("Name the country that issued the passport, in three letters (for example KOR).")
    field = "document_country"


class UnknownCountry(Refusal):
    """Three letters that no issuer of passports has."""

    code = "persons.number.unknown_country"
    message = _(
        "No passport is issued under these letters: compare them with the document's machine-readable line."
    )
    field = "document_country"


class WrongPhone(Refusal):
    """A telephone number with something else than digits in it."""

    code = "persons.phone.wrong_form"
    message = _("A telephone number has 5 to 18 digits.")
    field = "phone"


def normalise(kind: str, number: str, *, country: str = "") -> tuple[str, str]:
    """Return the one spelling of a document number, and its country (CHN unless a passport says otherwise)."""
    number = re.sub(r"[\s\-·]", "", unicodedata.normalize("NFKC", number)).upper()
    country = unicodedata.normalize("NFKC", country).strip().upper()
    if kind == DocumentType.PASSPORT:
        if not country:
            raise CountryMissing()
        country = countries.code_of(country)
        if not country:
            raise UnknownCountry()
    else:
        country = "CHN"
    if kind == DocumentType.RESIDENT_ID:
        return _resident(number), country
    if kind not in SHAPES or not SHAPES[DocumentType(kind)].fullmatch(number):
        raise WrongDocument()
    return number, country


def index_of(kind: str, number: str, country: str) -> str:
    """Return the blind index of a normalised document number."""
    return vault.blind_index(f"{kind}/{country}/{number}", kind="document")


def indices_as_typed(text: str) -> set[str]:
    """Return the blind indices that a typed or scanned number can have; a passport may follow its country."""
    country, _space, number = text.strip().partition(" ")
    found = indices_of(text)
    with suppress(Refusal):  # `KOR M12345678`
        passport = normalise(DocumentType.PASSPORT, number, country=country)
        found.add(index_of(DocumentType.PASSPORT, *passport))
    return found


def indices_of(text: str) -> set[str]:
    """Return the blind indices of a number whose kind nobody says: of every kind, every country, that it can be."""
    found = set()
    for kind in SHAPES.keys() | {DocumentType.RESIDENT_ID}:
        for country in countries.CODES if kind == DocumentType.PASSPORT else ("",):
            try:
                found.add(index_of(kind, *normalise(kind, text, country=country)))
            except Refusal:
                break
    return found


def normalise_phone(phone: str) -> str:
    """Return the one spelling of a telephone number; empty stays empty."""
    phone = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", phone))
    phone = phone.removeprefix("+86") if len(phone) > 12 else phone
    if phone and not PHONE.fullmatch(phone):
        raise WrongPhone()
    return phone


def phone_index_of(phone: str) -> str:
    """Return the blind index of a normalised telephone number."""
    return vault.blind_index(phone, kind="phone") if phone else ""


def birth_date_of(kind: str, number: str) -> date | None:
    """Return the date of birth that a normalised resident number holds."""
    return _date(number[6:14]) if kind == DocumentType.RESIDENT_ID else None


def _resident(number: str) -> str:
    if re.fullmatch(
        r"[0-9]{15}", number
    ):  # issued until 1999: the century and the check digit were added later
        number = number[:6] + "19" + number[6:]
        number += ric.calc_check_digit(number + "0")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise WrongDocument(_("A resident number has 18 digits (the last can be X), or 15 on old cards."))
    if _date(number[6:14]) is None:
        raise WrongBirthDate()
    try:
        fits = ric.calc_check_digit(number) == number[-1]
    except ValidationError:  # pragma: no cover - the shape was checked above
        fits = False
    if not fits:
        raise WrongCheckDigit()
    return number


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
