"""Finding people: by an exact number anywhere, within reach for an act, and their numbers in clear."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.models.people import LookUp
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from cases.services.persons import asking, documents, numbers
from cases.services.persons.asking import Purpose, PurposeMissing
from healthcode.core import vault
from healthcode.core.audit import lasting, ledger
from healthcode.core.audit.guards import says
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import User


class NobodyWithinReach(Refusal):
    code = "persons.number.nobody_within_reach"
    message = _("You can reach nobody with this number: find or register the person first.")
    field = "document_number"


class UnmaskedWithoutReason(Refusal):
    code = "persons.full_number.reason_missing"
    message = _("Say what you need the full number for.")
    field = "reason"


@lasting.lasting(Refusal)
@transaction.atomic
def look_up(
    *,
    document_type: str = "",
    document_number: str = "",
    document_country: str = "",
    phone: str = "",
    typed: str = "",
    wards: bool = False,
    purpose: str = "",
    task: str = "",
    act: str = "person.look_up",
    by: User,
    at: datetime,
) -> list[Person]:
    """Find persons by exact document number or telephone, anywhere; outside one's area only for a purpose or a task.

    What is found opens to the user for LOOK_UP_MINUTES. Names are searched only within one's own area (lists). Without
    a purpose nobody learns whether a number is registered outside. `act` is the row of the role table that it is
    looked up for, `task` the number of a complaint or a case. `typed` is a number whose kind and country nobody says;
    `wards` finds the children without a number of whom it is the guardian's.
    """
    require(by, act, at=at)
    indices: set[str] = set()
    if document_number:
        indices = {documents.read(document_type, document_number, country=document_country).index}
        found = Person.objects.filter(document_index__in=indices)
    elif typed:
        indices = documents.indices_as_typed(typed)
        found = Person.objects.filter(document_index__in=indices)
    elif phone:
        found = Person.objects.filter(phone_index=documents.phone_index_of(documents.read_phone(phone)))
    else:
        raise documents.WrongDocument()
    why = asking.purpose_of(purpose, task, by=by, at=at)
    asking.require_within_limit(by=by, at=at)
    records = found.select_related("merged_into").order_by("pk")[:10]
    persons = list(dict.fromkeys(person.merged_into or person for person in records))
    if wards:
        persons += _wards_of(persons)
    if not why.given:
        persons = _within_reach_of(persons, indices, by, at)
    if not persons:
        asking.record_refused((), why=asking.InVain.NOBODY, task=why.task, by=by, at=at)
        numbers.require_all_free(indices)
    _open(persons, why, by=by, at=at)
    return persons


def open_to(persons: list[Person], *, task: Recorded, by: User, at: datetime) -> None:
    """Open the persons of a task to whoever works on it for LOOK_UP_MINUTES, and write it down."""
    _open(persons, Purpose(task=task.audit_target), by=by, at=at)


def _within_reach_of(persons: list[Person], indices: set[str], by: User, at: datetime) -> list[Person]:
    """Leave out whom the user does not reach; of nobody left, refuse as where nobody is registered."""
    reachable = _reachable(persons, by, at)
    if not reachable:
        numbers.require_all_free(indices, within=Person.objects.reachable_by(by, "person.view", at))
        asking.record_refused(persons, why=asking.InVain.PURPOSE, by=by, at=at)
        raise PurposeMissing()
    return reachable


def _reachable(persons: list[Person], by: User, at: datetime) -> list[Person]:
    rows = Person.objects.reachable_by(by, "person.view", at).filter(pk__in=[one.pk for one in persons])
    keys = set(rows.values_list("pk", flat=True))
    return [person for person in persons if person.pk in keys]


def _open(persons: list[Person], why: Purpose, *, by: User, at: datetime) -> None:
    inside = _reachable(persons, by, at)
    until = at + timedelta(minutes=settings.LOOK_UP_MINUTES)
    LookUp.objects.bulk_create(
        LookUp(person=person, user=by, purpose=why.text, task=why.task, at=at, until=until)
        for person in persons
        if person not in inside
    )
    for person in persons:
        line = ledger.entry(
            asking.ASKED,
            person,
            outside=person not in inside,
            task=why.task or None,
            notes={"purpose": why.text},
        )
        lasting.record(line, by=by, at=at)


def _wards_of(persons: list[Person]) -> list[Person]:
    """Return the children without a number of whom these persons are the guardians."""
    guardians = Person.objects.group_of(*(person.root_id for person in persons))
    children = Person.objects.filter(guardian__in=guardians, document_index=None).select_related(
        "merged_into"
    )
    found = dict.fromkeys(child.merged_into or child for child in children.order_by("pk")[:10])
    return [child for child in found if child not in persons]


@lasting.lasting(Refusal)
@transaction.atomic
def within_reach(
    document_type: str, document_number: str, *, country: str = "", act: str, by: User, at: datetime
) -> Person:
    """Return whom an exact document number names among those that an act of this user reaches.

    Who is outside, nobody, and a number being checked outside are one answer.
    """
    index = documents.read(document_type, document_number, country=country).index
    reachable = Person.objects.reachable_by(by, act, at)
    found = reachable.filter(document_index=index).select_related("merged_into").first()
    if found is not None:
        return found.merged_into or found
    asking.require_within_limit(by=by, at=at)
    outside = list(Person.objects.filter(document_index=index))
    asking.record_refused(outside, why=asking.InVain.REACH, by=by, at=at)
    if not outside:
        numbers.require_free(index, within=reachable)
    raise NobodyWithinReach()


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
