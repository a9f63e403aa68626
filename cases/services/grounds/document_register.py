"""The register of documents: what a coding by the dozen may cite has been in somebody's hands (3.1c)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Document
from cases.policy import days
from cases.policy.spellings import one_spelling, reference_key
from cases.services.engine import plausible
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

KEY = 120  # letters of a key that are stored


class NoNumber(Refusal):
    code = "documents.number_missing"
    message = _("A document number has letters and digits.")
    field = "number"


class KnownDocument(Refusal):
    code = "documents.known"
    message = _("This document is in the register already, as %(number)s.")
    field = "number"


@transaction.atomic
def enter(*, number: str, issuer: str, issued_on: date, by: User, at: datetime) -> Document:
    """Enter a document, once, in the spelling it is cited by."""
    require(by, "document.enter", at=at)
    require_plausible(number, issued_on, at)
    known = standing(number)
    if known is not None:
        raise KnownDocument(number=known.number)
    document = store(number=number, issuer=issuer, issued_on=issued_on, by=by, at=at)
    ledger.record("document.entered", about=document, by=by, at=at, facts=document.key)
    return document


def require_plausible(number: str, issued_on: date, at: datetime) -> None:
    """Refuse what is no document number, and a day to come."""
    if not any(letter.isdigit() for letter in reference_key(number)):
        raise NoNumber()
    if issued_on > days.local_day(at):
        raise plausible.InFuture(field="issued_on")


def standing(number: str) -> Document | None:
    """Return the document that stands in the register under a number, however it is spelled."""
    key = reference_key(number)
    # By their numbers: what was entered before has the key of before.
    numbers = Document.objects.standing().values_list("pk", "number")
    found = next((pk for pk, known in numbers if reference_key(known) == key), None)
    return None if found is None else Document.objects.get(pk=found)


def store(*, number: str, issuer: str, issued_on: date, by: User, at: datetime) -> Document:
    """Write a document into the register; whoever calls it has looked for the number and writes the event."""
    return Document.objects.create(
        number=one_spelling(number),
        key=reference_key(number)[:KEY],
        issuer=one_spelling(issuer),
        issued_on=issued_on,
        entered_by=by,
        entered_at=at,
    )
