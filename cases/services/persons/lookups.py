"""Finding people: by an exact number anywhere, within reach for an act, and their numbers in clear."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.models.people import LookUp
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from cases.services.persons import documents, numbers
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.offices.models import User


class NobodyWithinReach(Refusal):
    code = "persons.number.nobody_within_reach"
    message = _("You can reach nobody with this number: find or register the person first.")
    field = "document_number"


class PurposeMissing(Refusal):
    code = "persons.look_up.purpose_missing"
    message = _("This person lives outside your area: say what you look them up for.")
    field = "purpose"


class UnmaskedWithoutReason(Refusal):
    code = "persons.full_number.reason_missing"
    message = _("Say what you need the full number for.")
    field = "reason"


@transaction.atomic
def look_up(
    *,
    document_type: str = "",
    document_number: str = "",
    document_country: str = "",
    phone: str = "",
    purpose: str = "",
    act: str = "person.look_up",
    by: User,
    at: datetime,
) -> list[Person]:
    """Find persons by exact document number or telephone, anywhere; outside one's area only with a purpose.

    What is found opens to the user for LOOK_UP_MINUTES. Names are searched only within one's own area (lists).
    `act` is the row of the role table that it is looked up for.
    """
    require(by, act, at=at)
    index = ""
    if document_number:
        index = documents.read(document_type, document_number, country=document_country).index
        found = Person.objects.filter(document_index=index)
    elif phone:
        found = Person.objects.filter(phone_index=documents.phone_index_of(documents.read_phone(phone)))
    else:
        raise documents.WrongDocument()
    records = found.select_related("merged_into").order_by("pk")[:10]
    persons = list(dict.fromkeys(person.merged_into or person for person in records))
    if not persons:
        numbers.require_free(index)
    open_to(persons, purpose=purpose, by=by, at=at)
    return persons


def open_to(persons: list[Person], *, purpose: str, by: User, at: datetime) -> None:
    """Open persons who were found exactly to a user for LOOK_UP_MINUTES, and write it down.

    Call it inside the transaction of the act that found them.
    """
    keys = [person.pk for person in persons]
    reachable = set(
        Person.objects.reachable_by(by, "person.view", at).filter(pk__in=keys).values_list("pk", flat=True)
    )
    outside = [person for person in persons if person.pk not in reachable]
    if outside and not says(purpose):
        raise PurposeMissing()
    until = at + timedelta(minutes=settings.LOOK_UP_MINUTES)
    LookUp.objects.bulk_create(
        LookUp(person=person, user=by, purpose=purpose, at=at, until=until) for person in outside
    )
    for person in persons:
        ledger.record(
            "person.looked_up",
            about=person,
            by=by,
            at=at,
            outside=person in outside,
            notes={"purpose": purpose},
        )


def within_reach(
    document_type: str, document_number: str, *, country: str = "", act: str, by: User, at: datetime
) -> Person:
    """Return whom an exact document number names among those that an act of this user reaches."""
    index = documents.read(document_type, document_number, country=country).index
    reachable = Person.objects.reachable_by(by, act, at)
    found = reachable.filter(document_index=index).select_related("merged_into").first()
    if found is None and not Person.objects.filter(document_index=index).exists():
        numbers.require_free(index)
    if found is None:
        raise NobodyWithinReach()
    return found.merged_into or found


class NumberUnreadable(Refusal):
    code = "persons.full_number.unreadable"
    message = _("No key of this portal opens the stored number: tell the portal administrator.")


@transaction.atomic
def unmask(person: Person, *, reason: str, by: User, at: datetime) -> dict[str, str]:
    """Return document and telephone number in clear, with a reason that is kept."""
    require(by, "person.unmask", at=at, person=person)
    if not says(reason):
        raise UnmaskedWithoutReason()
    try:
        numbers_in_clear = {"document": person.document, "phone": person.phone}
    except vault.Unreadable as error:
        raise NumberUnreadable() from error
    ledger.record(
        "person.unmasked",
        about=person,
        by=by,
        at=at,
        notes={"reason": reason},
    )
    return numbers_in_clear
