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
    number, key = one_spelling(number), reference_key(number)
    if not any(letter.isdigit() for letter in key):
        raise NoNumber()
    if issued_on > days.local_day(at):
        raise plausible.InFuture(field="issued_on")
    # By their numbers: what was entered before has the key of before.
    for known in Document.objects.values_list("number", flat=True):
        if reference_key(known) == key:
            raise KnownDocument(number=known)
    document = Document.objects.create(
        number=number,
        key=key[:KEY],
        issuer=one_spelling(issuer),
        issued_on=issued_on,
        entered_by=by,
        entered_at=at,
    )
    ledger.record("document.entered", about=document, by=by, at=at, facts=key)
    return document
