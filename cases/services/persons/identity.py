"""Who somebody is: what is written down of an identity, checked and sealed."""

import re
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
    person.name, person.sex = _name(identity.name), identity.sex
    person.document_type = identity.document_type
    person.birth_date, person.birth_order = identity.birth_date, identity.birth_order
    if identity.document_type != DocumentType.NONE:
        number, country = documents.normalise(
            identity.document_type, identity.document_number, country=identity.document_country
        )
        person.document_country = country
        person.document_index = documents.index_of(identity.document_type, number, country)
        person.document_sealed = vault.encrypt(number, owner=person.vault_owner("document_sealed"))
        born = documents.birth_date_of(identity.document_type, number)
        if born and identity.birth_date and born != identity.birth_date:
            raise BirthDateDiffers()
        person.birth_date = identity.birth_date or born
    else:
        person.document_country, person.document_index, person.document_sealed = "", None, None
    if person.birth_date and person.birth_date > days.local_day(at):
        raise documents.WrongBirthDate() if identity.birth_date is None else BornInFuture()
    if person.birth_date and days.local_day(at).year - person.birth_date.year > OLDEST:
        raise documents.WrongBirthDate() if identity.birth_date is None else BornTooLongAgo()
    phone = documents.normalise_phone(identity.phone)
    person.phone_index = documents.phone_index_of(phone)
    person.phone_sealed = vault.encrypt(phone, owner=person.vault_owner("phone_sealed")) if phone else None


def _name(typed: str) -> str:
    """Return a name in its one spelling; what has no letter in it, or a picture or symbol, is none."""
    name = spellings.one_spelling(typed)
    if not name:
        raise NameMissing()
    kinds = {unicodedata.category(sign) for sign in name}
    wordless = not any(kind.startswith("L") for kind in kinds)
    if wordless or kinds & {"So", "Sm", "Sc", "Cc", "Cs"} or len(name) > 60:
        raise WrongName()
    return name


def same_name(person: Person, name: str) -> bool:
    """Tell whether any record of this human bears the name, spelling aside."""
    names = person.group.values_list("name", flat=True)
    return _spelled(name) in {_spelled(known) for known in names}


def _spelled(name: str) -> str:
    return re.sub(r"[\s·•]", "", unicodedata.normalize("NFKC", name)).casefold()
