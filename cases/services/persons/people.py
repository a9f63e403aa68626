"""The register of persons: whoever is new is entered, whoever is known is answered, and details are corrected."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import NumberChange, Person
from cases.models.people import LookUp
from cases.services.engine import tracks
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from cases.services.persons import asking, numbers
from cases.services.persons import identity as identities
from cases.services.persons.identity import Identity
from cases.services.persons.numbers import TYPED, DocumentTaken, Sighting
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.audit.lasting import lasting
from healthcode.core.offices import scope
from healthcode.core.offices.models import Division, User
from healthcode.core.own_words import OwnText

LONGEST_NAMES = 8  # other spellings that are remembered of one name
CORRECTABLE = ("name", "document_index", "sex", "birth_date", "birth_order", "phone_index", "address")
REGISTERING = OwnText("purpose.registration", _("registration"))


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


@dataclass(frozen=True)
class Registration:
    """What registering came to: `outcome` is REGISTERED, RECOGNISED (another city's code) or KNOWN."""

    person: Person
    outcome: str


@lasting(Refusal)
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
    same_person: bool = False,
    by: User,
    at: datetime,
) -> Registration:
    """Register a person, or answer with the one already known: never a second code (clause 4.2).

    Staff are answered with somebody outside their area only for a stated purpose, as by a look-up; without one they
    learn no more than that the number is known. `same_person`: somebody compared a name that is nearly the registered
    one with the document, and it is theirs; from then on it is known as theirs.
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
    if by.may("person.view") and not says(purpose):
        asking.require_within_limit(by=by, at=at)
    known = _known(person)
    if known is None:
        # Asked after the record was looked for: a correction takes the number off it and is written in one commit.
        numbers.require_free(numbers.index_of(person))
        known = _save_unless_known(person)
    if known is not None:
        _require_open(known, purpose, by=by, at=at)
        if identities.require_name(known, person.name, same_person=same_person):
            accept_name(known, person.name, by=by, at=at)
    _open_to_registrar(known or person, purpose or REGISTERING(), by=by, at=at)
    if known is not None:
        ledger.record("person.recognised", about=known, by=by, at=at)
        return Registration(known, "RECOGNISED" if known.code_city_id else "KNOWN")
    return _registered(person, code_city, by=by, at=at)


def _registered(person: Person, code_city: Division | None, *, by: User, at: datetime) -> Registration:
    """Write down a new record, and give it the tracks that waited for its number."""
    recognised = code_city is not None and code_city.code != settings.HOME_CITY
    action = "person.recognised" if recognised else "person.registered"
    city = code_city.code if code_city else None
    ledger.record(action, about=person, by=by, at=at, city=city)
    tracks.claim(person, at=at)
    return Registration(person, "RECOGNISED" if recognised else "REGISTERED")


def accept_name(known: Person, name: str, *, by: User, at: datetime) -> None:
    """Write down a name that somebody known was found to bear as well."""
    known = Person.objects.select_for_update().get(pk=known.pk)
    known.also_named = "\n".join([*known.also_named.splitlines(), name][-LONGEST_NAMES:])
    known.save(update_fields=["also_named"])
    ledger.record("person.name_accepted", about=known, by=by, at=at)


def _require_whole(person: Person) -> None:
    """Refuse a person who cannot be told apart, and a code of another province."""
    if person.document_index is None and person.guardian is None:
        raise GuardianMissing()
    if person.document_index is None and person.birth_date is None:
        raise BirthDateMissing()
    if person.code_city is not None:
        require_this_province(person.code_city)


def require_this_province(city: Division) -> None:
    """Refuse a code of another province (4.2)."""
    if not (city.level == "city" and scope.covers(settings.HOME_CITY[:2], city.code)):
        raise NotThisProvince()


@dataclass(frozen=True)
class Correction:
    """What a correction came to: the person, and the change of the number that the bureau has to look at, if any."""

    person: Person
    change: NumberChange | None = None


@lasting(Refusal)
@transaction.atomic
def correct(
    person: Person,
    identity: Identity,
    *,
    address: str,
    reason: str,
    document: Sighting = TYPED,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Correction:
    """Correct a person's details; a number that belongs to another record refuses.

    On a record with a case at any time another number changes whose code it is: seen on the document, a slip counts at
    once and is confirmed; else the bureau decides first, and nothing is written but what was asked for.
    """
    require(by, "person.correct", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    person.refresh_from_db()
    before = Person.objects.get(pk=person.pk)
    person.address = address
    identities.write(person, identity, at=at)
    if person.document_index is None and person.guardian_id is None:
        raise GuardianMissing()
    if numbers.index_of(person) != numbers.index_of(before):
        _require_unowned(person, by=by, at=at)
    change = None
    if numbers.matters(before, person):
        change = numbers.begin(before, person, document, reason=reason, by=by, at=at)
        if change.confirm_by is None:
            person.refresh_from_db()
            return Correction(person, change)
    elif numbers.index_of(person) != numbers.index_of(before):
        numbers.require_free(numbers.index_of(person), but=person)
        person.number_corrected_at = at
        tracks.give_back(before)
    _save_corrected(person)
    changed = _changed(person, before)
    ledger.record("person.corrected", about=person, by=by, at=at, fields=changed, notes={"reason": reason})
    tracks.claim(person, at=at)
    return Correction(person, change)


def _changed(person: Person, before: Person) -> list[str]:
    """Return what a correction changed, as the ledger calls it."""
    fields = (field for field in CORRECTABLE if getattr(person, field) != getattr(before, field))
    return [field.removesuffix("_index") for field in fields]


def _require_unowned(person: Person, *, by: User, at: datetime) -> None:
    asking.require_within_limit(by=by, at=at)
    if owners := numbers.owners_of(person):
        asking.record_refused(owners, why=asking.InVain.CORRECTING, by=by, at=at)
        raise DocumentTaken()


def _save_corrected(person: Person) -> None:
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:  # the same document, registered at this very moment elsewhere
        raise DocumentTaken() from error


def _require_open(known: Person, purpose: str, *, by: User, at: datetime) -> None:
    """Refuse to answer staff with somebody they could not look up just so."""
    if says(purpose) or not by.may("person.view"):
        return
    if not Person.objects.reachable_by(by, "person.view", at).filter(pk=known.pk).exists():
        asking.record_refused([known], why=asking.InVain.REGISTERING, by=by, at=at)
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
    """Return the record of the same human: by document, or without one by guardian, name, date and order of birth."""
    same = Person.objects.filter(document_index=person.document_index)
    if not person.document_index:
        assert person.guardian is not None
        same = Person.objects.filter(
            guardian__among=person.guardian.group,
            birth_date=person.birth_date,
            birth_order=person.birth_order,
            document_index=None,
        )
    found = list(same.select_related("merged_into").order_by("pk"))
    if not person.document_index:
        found = [one for one in found if identities.may_be_named(one, person.name)]
    return (found[0].merged_into or found[0]) if found else None
