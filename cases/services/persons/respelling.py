"""Numbers stored in a spelling of before: brought under the one by which they are found now.

Found is a number by its blind index alone, so a record keeps being found only if its index is of today's spelling.
"""

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from cases.models import Person
from cases.services.engine import in_force, tracks
from cases.services.engine.refusals import Refusal
from cases.services.persons import documents
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

CHUNK = 200


def respell(*, by: User, at: datetime) -> Counter[str]:
    """Bring every stored number under its spelling of today; return what was done, counted.

    A second run does nothing; one that was broken off goes on. `taken`: two records have one number, to be merged by
    the bureau. `unread`: no key opens it, or it is a number no longer.
    """
    counted, last = Counter[str](), 0
    while True:
        found, last = _respell_chunk(after=last, by=by, at=at)
        if not found:
            return counted
        counted += found


@transaction.atomic
def _respell_chunk(*, after: int, by: User, at: datetime) -> tuple[Counter[str], int]:
    in_force.hold()
    sealed = Q(document_sealed__isnull=False) | Q(phone_sealed__isnull=False)
    # Locked in key order, as acts lock.
    persons = list(Person.objects.filter(sealed, pk__gt=after).order_by("pk").select_for_update()[:CHUNK])
    counted = Counter({"read": len(persons)})
    for person in persons:
        try:
            counted[_respell_document(person, by, at)] += 1
            counted[_respell_phone(person)] += 1
        except (vault.Unreadable, Refusal):
            counted["unread"] += 1
    counted.pop("", None)
    return (counted, persons[-1].pk) if persons else (Counter(), after)


def _respell_document(person: Person, by: User, at: datetime) -> str:
    if not person.document_sealed:
        return ""
    document = documents.read(person.document_type, person.document, country=person.document_country)
    if document.index == person.document_index:
        return ""
    if Person.objects.filter(document_index=document.index).exists():
        return "taken"
    person.document_type, person.document_country = document.kind, document.country
    person.document_index = document.index
    person.document_sealed = vault.encrypt(document.number, owner=person.vault_owner("document_sealed"))
    person.save(update_fields=["document_type", "document_country", "document_index", "document_sealed"])
    ledger.record("person.respelled", about=person, by=by, at=at)
    tracks.claim(person, at=at)
    return "documents"


def _respell_phone(person: Person) -> str:
    if not person.phone_sealed:
        return ""
    phone = documents.read_phone(person.phone)
    index = documents.phone_index_of(phone)
    if index == person.phone_index:
        return ""
    sealed = vault.encrypt(phone, owner=person.vault_owner("phone_sealed"))
    Person.objects.filter(pk=person.pk).update(phone_index=index, phone_sealed=sealed)
    return "telephones"
