"""Correcting a document number where a case hangs on it: an act on the code, for it changes whose code that is.

A slip of at most two characters, seen on the document itself, counts at once and is confirmed by the bureau within a
day, or restored. Anything else waits for the bureau. Until it is decided nobody's record is opened under either number.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Case, LabResult, NumberChange, Person
from cases.models.numbers import Reading
from cases.models.people import DocumentType
from cases.models.results import Outcome
from cases.policy import spellings
from cases.services.engine import second_person, tracks
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.persons import documents, identity
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import seats
from healthcode.core.offices.models import User
from healthcode.core.own_words import OwnText

DECIDED_BY = "person.decide_number"
SLIP = 2  # characters: one that was mistyped, and the check digit
CONFIRMED_WITHIN = timedelta(hours=24)
DOUBTED = (Outcome.POSITIVE, Outcome.INCONCLUSIVE)
KNOWN_BY = ("name", "birth_date", "birth_order")  # a child without a document, beside its guardian
UNCONFIRMED = OwnText("number.unconfirmed", _("Nobody confirmed it within 24 hours."))


class UnderCheck(Refusal):
    code = "persons.number.under_check"
    message = _("This number is being checked: identity information is being verified.")
    field = "document_number"


class NumberChangeWaits(Refusal):
    code = "persons.number.change_waits"
    message = _("A correction of this person's number is waiting for the bureau already.")
    field = "document_number"


class DocumentTaken(Refusal):
    code = "persons.number.taken"
    message = _("Another person is registered under this document number: propose a merge instead.")
    field = "document_number"


class ReadingMissing(Refusal):
    code = "persons.number.reading_missing"
    message = _("Give the number of the card reader's record or of the picture.")
    field = "reading_ref"


@dataclass(frozen=True)
class Sighting:
    """How the document was seen whose number is corrected."""

    reading: str = Reading.TYPED.value
    ref: str = ""


TYPED = Sighting()


def require_free(
    index: str | None, *, but: Person | None = None, within: QuerySet[Person] | None = None
) -> None:
    """Refuse to open a record under a number that a correction is part of, or to give it to another one.

    Of a correction to somebody who is not `within` those in reach nothing is said.
    """
    require_all_free({index} if index else set(), but=but, within=within)


def require_all_free(
    indices: set[str], *, but: Person | None = None, within: QuerySet[Person] | None = None
) -> None:
    """Refuse as `require_free` does where a correction is part of any of these numbers."""
    changes = NumberChange.objects.checking(indices) if indices else NumberChange.objects.none()
    if within is not None:
        changes = changes.filter(person__in=within)
    if changes.exclude(person=but).exists():
        raise UnderCheck()


def is_under_check(indices: Iterable[str]) -> bool:
    """Tell whether one of these numbers, which no record has, is part of a correction under way."""
    return NumberChange.objects.checking(set(indices)).exists()


def index_of(person: Person) -> str | None:
    """Return by what somebody is found: the document number, or of a child without one what it is known by.

    Under the old guardian, name, birth date or order the child could be registered anew, with a green code.
    """
    if person.document_index is not None or person.guardian is None:
        return person.document_index
    name = spellings.name_key(person.name)
    known_by = (person.guardian.root_id, name, person.birth_date, person.birth_order)
    return vault.blind_index("/".join(map(str, known_by)), kind="child")


def matters(before: Person, after: Person) -> bool:
    """Tell whether a correction changes whose code it is: on a record with a case at any time, or one that is to come.

    A positive is CDC's to answer: under the wrong number its human would be registered anew, and green.
    """
    if index_of(before) == index_of(after):
        return False
    doubted = LabResult.objects.of(before).uncorrected().filter(outcome__in=DOUBTED)
    return Case.objects.of(before).exists() or doubted.exists()


def begin(
    before: Person, after: Person, seen: Sighting, *, reason: str, by: User, at: datetime
) -> NumberChange:
    """Write down a correction under the person's lock. It counts at once where `confirm_by` is set on it."""
    if seen.reading != Reading.TYPED and not says(seen.ref):
        raise ReadingMissing()
    require_free(index_of(after), but=before)
    at_once = seen.reading != Reading.TYPED and _is_slip(before, after)
    try:
        with transaction.atomic():
            change = NumberChange.objects.create(
                person=before,
                confirm_by=at + CONFIRMED_WITHIN if at_once else None,
                reading=seen.reading,
                reading_ref=seen.ref.strip(),
                **_kept("old", before),
                **_kept("new", after),
                reason=reason,
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise NumberChangeWaits() from error
    _record(
        "person.number_changed" if at_once else "person.number_proposed", change, by=by, at=at, reason=reason
    )
    return change


@transaction.atomic
def decide(
    change: NumberChange, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> NumberChange:
    """Confirm or approve a correction, or send it back: what had counted at once is restored then.

    The bureau decides what others corrected; what the bureau corrected itself, the prevention office.
    """
    require(by, DECIDED_BY, at=at, person=change.person)
    if by.role != "bureau" and seats.post_at(change.proposed_by, change.proposed_at).role != "bureau":
        raise NotAllowed()
    at = lock([change.person], at=at, seen=seen)
    second_person.decide(change, act=DECIDED_BY, approve=approve, answer=answer, by=by, at=at)
    _settle(change, by=by, at=at)
    return change


def restore_overdue(*, by: User, at: datetime) -> int:
    """Restore the numbers whose correction nobody has confirmed in time. Return how many."""
    overdue = NumberChange.objects.overdue(at).select_related("person", "proposed_by")
    return sum(_restore(change, by=by, at=at) for change in overdue.order_by("pk"))


def _restore(change: NumberChange, *, by: User, at: datetime) -> bool:
    answer = UNCONFIRMED()
    try:
        with transaction.atomic():
            at = lock([change.person], at=at)
            second_person.decide(change, act=DECIDED_BY, approve=False, answer=answer, by=by, at=at)
            _settle(change, by=by, at=at)
    except Refusal:  # decided or merged at this very moment: the next tick asks
        return False
    return True


def _settle(change: NumberChange, *, by: User, at: datetime) -> None:
    """Give the person the number that was decided on; the sealed ones have served their purpose."""
    approved, at_once = change.decision == "APPROVED", change.confirm_by is not None
    person = Person.objects.get(pk=change.person_id)
    if approved != at_once:
        _give(person, change, "new" if approved else "old")
    if approved:
        action = "person.number_confirmed" if at_once else "person.number_changed"
    else:
        action = "person.number_restored" if at_once else "person.number_refused"
    NumberChange.objects.filter(pk=change.pk).update(old_sealed=None, new_sealed=None)
    _record(action, change, by=by, at=at, reason=change.answer, also=[person])
    tracks.claim(person, at=at)


def _give(person: Person, change: NumberChange, which: str) -> None:
    """Write one of a change's two numbers on the record, where no other has it; or what a child is known by."""
    sealed = getattr(change, f"{which}_sealed")
    person.document_type = getattr(change, f"{which}_type")
    person.document_country = getattr(change, f"{which}_country")
    if person.document_type == DocumentType.NONE:
        person.document_index = person.document_sealed = None
        for name, value in unsealed_child(person, sealed).items():
            setattr(person, name, value)
    else:
        person.document_index, person.document_sealed = getattr(change, f"{which}_index"), sealed
        born = documents.birth_date_of(person.document_type, person.document)
        person.birth_date = born or person.birth_date
    require_unowned(person)
    try:
        with transaction.atomic():
            person.save(
                update_fields=(
                    *("document_index", "document_type", "document_country", "document_sealed"),
                    *KNOWN_BY,
                )
            )
    except IntegrityError as error:
        raise DocumentTaken() from error


def require_unowned(person: Person) -> None:
    """Refuse a number that another record has."""
    if owners_of(person):
        raise DocumentTaken()


def owners_of(person: Person) -> list[Person]:
    """Return the other records that have a person's number."""
    if not person.document_index:
        return []
    return list(Person.objects.filter(document_index=person.document_index).exclude(pk=person.pk))


def _is_slip(before: Person, after: Person) -> bool:
    """Tell whether two numbers are one document's, read wrong at one place, and all else agrees."""
    document = (before.document_type, before.document_country)
    if DocumentType.NONE in (before.document_type, after.document_type):
        return False
    if document != (after.document_type, after.document_country):
        return False
    if before.birth_date != after.birth_date or not identity.same_name(before, after.name):
        return False
    old, new = before.document, after.document
    return len(old) == len(new) and sum(one != other for one, other in zip(old, new, strict=True)) <= SLIP


def _kept(which: str, person: Person) -> dict[str, object]:
    text = person.document
    if person.document_type == DocumentType.NONE:
        text = json.dumps({name: getattr(person, name) for name in KNOWN_BY}, default=str)
    return {
        f"{which}_type": person.document_type,
        f"{which}_country": person.document_country,
        f"{which}_index": index_of(person),
        f"{which}_sealed": vault.encrypt(text, owner=person.vault_owner("document_sealed")) if text else None,
    }


def unsealed_child(person: Person, sealed: bytes | None) -> dict[str, Any]:
    """Return what a child without a document is known by, as a change keeps it; of one made before, nothing."""
    if not sealed:
        return {}
    known: dict[str, Any] = json.loads(vault.decrypt(sealed, owner=person.vault_owner("document_sealed")))
    return {**known, "birth_date": date.fromisoformat(known["birth_date"])}


def _record(
    action: str,
    change: NumberChange,
    *,
    by: User,
    at: datetime,
    reason: str,
    also: Iterable[Recorded] = (),
) -> None:
    ledger.record(
        action,
        about=change,
        by=by,
        at=at,
        reading=change.reading,
        at_once=change.confirm_by is not None,
        notes={"reason": reason},
        also=also,
    )
