"""Acts on persons: register, correct, look up, unmask, record a death."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person
from cases.models.cases import State
from cases.models.control import ControlOrder, Ending
from cases.models.people import LookUp
from cases.policy import days
from cases.services.engine import orders
from cases.services.engine.authority import require
from cases.services.engine.codes import lock, turning
from cases.services.engine.refusals import Refusal
from cases.services.persons import documents
from cases.services.persons import identity as identities
from cases.services.persons.identity import Identity
from healthcode.core.audit import ledger
from healthcode.core.offices import scope
from healthcode.core.offices.models import Division, User

CORRECTABLE = ("name", "document_index", "sex", "birth_date", "phone_index", "address")


class GuardianMissing(Refusal):
    """A person without a document and without a guardian could never be found again."""

    code = "persons.guardian_missing"
    message = _("Without a document number, name the guardian: a child is found through its guardian.")
    field = "guardian"


class BirthDateMissing(Refusal):
    """Twins aside, a child without a document is told from its siblings by name and date of birth."""

    code = "persons.birth_date.missing"
    message = _("Without a document number, enter the date of birth.")
    field = "birth_date"


class NameDiffers(Refusal):
    """A number that belongs to somebody of another name: one of the two is typed wrong."""

    code = "persons.name.differs_from_registered"
    message = _("This document number is registered under another name: compare it with the document.")
    field = "name"


class KnownElsewhere(Refusal):
    """A number that belongs to somebody outside one's area: registering is no way to read about them."""

    code = "persons.number.known_elsewhere"
    message = _(
        "This document number is registered outside your area: compare it with the document, "
        "then look the person up and say what for."
    )
    field = "document_number"


class NotThisProvince(Refusal):
    code = "persons.recognise.other_province"
    message = _("Only codes of a city of this province are recognised here (clause 4.2).")
    field = "code_city"


class DocumentTaken(Refusal):
    code = "persons.number.taken"
    message = _("Another person is registered under this document number: propose a merge instead.")
    field = "document_number"


class NobodyWithinReach(Refusal):
    code = "persons.number.nobody_within_reach"
    message = _("You can reach nobody with this number: find or register the person first.")
    field = "document_number"


class PurposeMissing(Refusal):
    code = "persons.look_up.purpose_missing"
    message = _("This person lives outside your area: say what you look them up for.")
    field = "purpose"


class ReasonMissing(Refusal):
    code = "persons.full_number.reason_missing"
    message = _("Say what you need the full number for.")
    field = "reason"


class DiedInFuture(Refusal):
    code = "persons.death.in_future"
    message = _("The day of death lies in the future.")
    field = "on"


class DiedBeforeBirth(Refusal):
    code = "persons.death.before_birth"
    message = _("The day of death lies before the person's birth.")
    field = "on"


class AlreadyDead(Refusal):
    code = "persons.death.already_recorded"
    message = _("The death has already been recorded.")


@dataclass(frozen=True)
class Registration:
    """What registering came to: `outcome` is REGISTERED, RECOGNISED (another city's code) or KNOWN."""

    person: Person
    outcome: str


@transaction.atomic
def register(
    identity: Identity,
    *,
    present: Division,
    registered: Division | None = None,
    address: str = "",
    guardian: Person | None = None,
    guardian_relation: str = "",
    code_city: Division | None = None,
    purpose: str = "",
    by: User,
    at: datetime,
) -> Registration:
    """Register a person, or answer with the one already known: never a second code (clause 4.2).

    Staff are answered with somebody outside their area only for a stated purpose, as by a look-up; without one they
    learn no more than that the number is known.
    """
    require(by, "person.register", at=at)
    person = Person(
        present=present,
        registered=registered,
        address=address,
        guardian=guardian,
        guardian_relation=guardian_relation,
        code_city=code_city,
        registered_by=by,
        registered_at=at,
    )
    identities.write(person, identity, at=at)
    _require_whole(person)
    known = _known(person) or _save_unless_known(person)
    if known is not None:
        _require_open(known, purpose, by=by, at=at)
        if not identities.same_name(known, person.name):
            raise NameDiffers()
    _open_to_registrar(known or person, purpose or str(_("registration")), by=by, at=at)
    if known is not None:
        ledger.record("person.recognised", about=known, by=by, at=at)
        return Registration(known, "RECOGNISED" if known.code_city_id else "KNOWN")
    recognised = code_city is not None and code_city.code != settings.HOME_CITY
    action = "person.recognised" if recognised else "person.registered"
    city = code_city.code if code_city else None
    ledger.record(action, about=person, by=by, at=at, city=city)
    return Registration(person, "RECOGNISED" if recognised else "REGISTERED")


def _require_whole(person: Person) -> None:
    """Refuse a person who cannot be told apart, and a code of another province."""
    if person.document_index is None and person.guardian is None:
        raise GuardianMissing()
    if person.document_index is None and person.birth_date is None:
        raise BirthDateMissing()
    city = person.code_city
    if city is not None and not (city.level == "city" and scope.covers(settings.HOME_CITY[:2], city.code)):
        raise NotThisProvince()


@transaction.atomic
def correct(
    person: Person,
    identity: Identity,
    *,
    address: str,
    reason: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Person:
    """Correct a person's details; a number that belongs to another record refuses."""
    require(by, "person.correct", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    person.refresh_from_db()
    before = {field: getattr(person, field) for field in CORRECTABLE}
    person.address = address
    identities.write(person, identity, at=at)
    if person.document_index is None and person.guardian_id is None:
        raise GuardianMissing()
    same = Person.objects.filter(document_index=person.document_index).exclude(pk=person.pk)
    if person.document_index and same.exists():
        raise DocumentTaken()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:  # the same document, registered at this very moment elsewhere
        raise DocumentTaken() from error
    changed = [
        field.removesuffix("_index") for field in CORRECTABLE if getattr(person, field) != before[field]
    ]
    ledger.record(
        "person.corrected",
        about=person,
        by=by,
        at=at,
        fields=changed,
        notes={"reason": reason},
    )
    return person


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
    if document_number:
        number, country = documents.normalise(document_type, document_number, country=document_country)
        found = Person.objects.filter(document_index=documents.index_of(document_type, number, country))
    elif phone:
        found = Person.objects.filter(phone_index=documents.phone_index_of(documents.normalise_phone(phone)))
    else:
        raise documents.WrongDocument()
    records = found.select_related("merged_into").order_by("pk")[:10]
    persons = list(dict.fromkeys(person.merged_into or person for person in records))
    open_to(persons, purpose=purpose, by=by, at=at)
    return persons


@transaction.atomic
def open_to(persons: list[Person], *, purpose: str, by: User, at: datetime) -> None:
    """Open persons who were found exactly to a user for LOOK_UP_MINUTES, and write it down."""
    keys = [person.pk for person in persons]
    reachable = set(
        Person.objects.reachable_by(by, "person.view", at).filter(pk__in=keys).values_list("pk", flat=True)
    )
    outside = [person for person in persons if person.pk not in reachable]
    if outside and not purpose.strip():
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
    number, country = documents.normalise(document_type, document_number, country=country)
    reachable = Person.objects.reachable_by(by, act, at)
    index = documents.index_of(document_type, number, country)
    found = reachable.filter(document_index=index).select_related("merged_into").first()
    if found is None:
        raise NobodyWithinReach()
    return found.merged_into or found


@transaction.atomic
def unmask(person: Person, *, reason: str, by: User, at: datetime) -> dict[str, str]:
    """Return document and telephone number in clear, with a reason that is kept."""
    require(by, "person.unmask", at=at, person=person)
    if not reason.strip():
        raise ReasonMissing()
    ledger.record(
        "person.unmasked",
        about=person,
        by=by,
        at=at,
        notes={"reason": reason},
    )
    return {"document": person.document, "phone": person.phone}


def record_death(
    person: Person, *, on: date, certificate: str, by: User, at: datetime, seen: int | None = None
) -> None:
    """Record a death: every case and order is closed, the code is deactivated."""
    require(by, "person.record_death", at=at, person=person)
    if on > days.local_day(at):
        raise DiedInFuture()
    if person.birth_date and on < person.birth_date:
        raise DiedBeforeBirth()
    with turning([person], by=by, at=at, act="person.died", seen=seen) as turn:
        if Person.objects.filter(pk=person.root_id, deceased_on__isnull=False).exists():
            raise AlreadyDead()
        for order in ControlOrder.objects.of(person).standing():
            orders.close(order, Ending.CLOSED_DEATH, turn=turn, letter=certificate)
        turn.end(*Case.objects.of(person).open().select_related("person"), exit="DEATH", reason=certificate)
        waiting = Case.objects.of(person).filter(state__in=(State.REPORTED, State.HELD))
        turn.refuse(*waiting.select_related("person"), reason=certificate)
        Person.objects.group_of(person.root_id).update(deceased_on=on)
        ledger.record(
            "person.died",
            about=person,
            by=by,
            at=turn.at,
            on=on,
        )


def _require_open(known: Person, purpose: str, *, by: User, at: datetime) -> None:
    """Refuse to answer staff with somebody they could not look up just so."""
    if purpose.strip() or not by.may("person.view"):
        return
    if not Person.objects.reachable_by(by, "person.view", at).filter(pk=known.pk).exists():
        raise KnownElsewhere()


def _open_to_registrar(person: Person, purpose: str, *, by: User, at: datetime) -> None:
    """Let whoever had the document in hand go on with this person, wherever they live."""
    if not by.office.covers(person.present_id):
        until = at + timedelta(minutes=settings.LOOK_UP_MINUTES)
        LookUp.objects.create(person=person, user=by, purpose=purpose, at=at, until=until)


def _save_unless_known(person: Person) -> Person | None:
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:  # the same document, registered at this very moment elsewhere
        if (known := _known(person)) is None:
            raise
        return known
    return None


def _known(person: Person) -> Person | None:
    """Return the record of the same human: by document, or without one by guardian, name and date of birth."""
    same = Person.objects.filter(document_index=person.document_index)
    if not person.document_index:
        same = Person.objects.filter(
            guardian=person.guardian, name=person.name, birth_date=person.birth_date, document_index=None
        )
    found = same.select_related("merged_into").order_by("pk").first()
    return (found.merged_into or found) if found else None
