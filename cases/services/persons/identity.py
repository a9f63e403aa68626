"""Who somebody is: what is written down of an identity, checked and sealed."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.models.people import DocumentType, Sex
from cases.policy import days, spellings
from cases.services.engine.refusals import Refusal
from cases.services.persons import documents
from healthcode.core import vault

OLDEST = 130  # years: nobody has lived longer


class NameMissing(Refusal):
    code = "persons.name.missing"
    message = _("Enter the name.")
    field = "name"


class WrongName(Refusal):
    code = "persons.name.wrong_form"
    message = _("A name is written in letters or characters: compare it with the document.")
    field = "name"


class BornInFuture(Refusal):
    code = "persons.birth_date.in_future"
    message = _("The date of birth lies in the future.")
    field = "birth_date"


class BornTooLongAgo(Refusal):
    code = "persons.birth_date.too_long_ago"
    message = _("Nobody alive was born that long ago: compare the date with the document.")
    field = "birth_date"


class BirthDateDiffers(Refusal):
    code = "persons.birth_date.differs_from_number"
    message = _("The date of birth differs from the one in the document number.")
    field = "birth_date"


@dataclass(frozen=True)
class Identity:
    """What is written down of a person's identity."""

    name: str
    document_type: str = DocumentType.RESIDENT_ID.value
    document_number: str = ""
    document_country: str = ""
    sex: str = Sex.UNKNOWN.value
    birth_date: date | None = None
    birth_order: int = 1
    phone: str = ""


def write(person: Person, identity: Identity, *, at: datetime) -> None:
    """Write an identity on a record that its caller saves, numbers sealed and findable."""
    person.name, person.sex = spelled(identity.name), identity.sex
    person.document_type = identity.document_type
    person.birth_date, person.birth_order = identity.birth_date, identity.birth_order
    if identity.document_type != DocumentType.NONE:
        document = documents.read(
            identity.document_type, identity.document_number, country=identity.document_country
        )
        person.document_type, person.document_country = document.kind, document.country
        person.document_index = document.index
        person.document_sealed = vault.encrypt(document.number, owner=person.vault_owner("document_sealed"))
        born = documents.birth_date_of(document.kind, document.number)
        if born and identity.birth_date and born != identity.birth_date:
            raise BirthDateDiffers()
        person.birth_date = identity.birth_date or born
        if identity.sex == Sex.UNKNOWN:
            person.sex = documents.sex_of(document.kind, document.number)
    else:
        person.document_country, person.document_index, person.document_sealed = "", None, None
    if person.birth_date and person.birth_date > days.local_day(at):
        raise documents.WrongBirthDate() if identity.birth_date is None else BornInFuture()
    if person.birth_date and days.local_day(at).year - person.birth_date.year > OLDEST:
        raise documents.WrongBirthDate() if identity.birth_date is None else BornTooLongAgo()
    phone = documents.read_phone(identity.phone)
    person.phone_index = documents.phone_index_of(phone)
    person.phone_sealed = vault.encrypt(phone, owner=person.vault_owner("phone_sealed")) if phone else None


def spelled(typed: str) -> str:
    """Return a name in its one spelling; what has no letter in it, or a picture or symbol, is none."""
    name = spellings.name(typed)
    if not name:
        raise NameMissing()
    kinds = {unicodedata.category(sign) for sign in name}
    wordless = not any(kind.startswith("L") for kind in kinds)
    if wordless or kinds & {"So", "Sm", "Sc", "Cc", "Cs"} or len(name) > 60:
        raise WrongName()
    return name


class NameAlike(Refusal):
    """A number that belongs to somebody whose name is nearly this one: whoever has the document says if it is them."""

    code = "persons.name.alike"
    message = _(
        "Is this the same person? The name differs: “%(registered)s” is registered, “%(written)s” was given."
        " Compare it with the document, and say so if it is."
    )
    field = "same_person"
    asks = True


class NameDiffers(Refusal):
    """A number that belongs to somebody of another name: one of the two is typed wrong."""

    code = "persons.name.differs_from_registered"
    message = _("This document number is registered under another name: compare it with the document.")
    field = "name"


def same_name(person: Person, name: str) -> bool:
    """Tell whether any record of this human bears the name, spelling aside, or somebody found it to be theirs."""
    return any(spellings.same_name(known, name) for known in _names(person))


def bears(record: Person, name: str) -> bool:
    """Tell whether this very record bears the name, or somebody found it to: nothing is read of its group."""
    return any(spellings.same_name(known, name) for known in _texts(record.name, record.also_named))


def require_name(person: Person, name: str, *, same_person: bool) -> bool:
    """Tell whether a name is a new one of somebody known; refuse one that is not theirs, or that nobody compared."""
    if same_name(person, name):
        return False
    alike = next((known for known in _names(person) if spellings.like_name(known, name)), None)
    if alike is None:
        raise NameDiffers()
    if not same_person:
        raise NameAlike(registered=alike, written=name)
    return True


def may_be_named(person: Person, name: str) -> bool:
    """Tell whether a name is somebody's, or nearly: of a child without a document nothing else tells."""
    return any(
        spellings.same_name(known, name) or spellings.like_name(known, name) for known in _names(person)
    )


def _names(person: Person) -> list[str]:
    names = person.group.values_list("name", "also_named")
    return [one for pair in names for one in _texts(*pair)]


def _texts(name: str, also_named: str) -> list[str]:
    return [one for text in (name, also_named) for one in text.split("\n") if one]
