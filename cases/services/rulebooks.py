"""The rule book in force: how the first one is adopted."""

import hashlib
from datetime import datetime

from django.db import transaction

from cases.models import RuleBook
from cases.models.proposals import Decision
from healthcode.audit import ledger
from healthcode.offices.models import User


@transaction.atomic
def adopt_first(text: str, *, effective_from: datetime, proposer: User, by: User, at: datetime) -> RuleBook:
    """Put the first rule book in force; a second call with the same text changes nothing."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    existing = RuleBook.objects.filter(sha256=digest).first()
    if existing is not None:
        return existing
    policy = RuleBook(text=text).policy
    book = RuleBook.objects.create(
        version=policy.version,
        document_number=policy.document_number,
        effective_from=effective_from,
        adopted_at=effective_from,
        text=text,
        sha256=digest,
        proposed_by=proposer,
        proposed_at=at,
        decision=Decision.APPROVED,
        decided_by=by,
        decided_at=at,
    )
    ledger.record("rulebook.adopted", by=by, at=at, target=f"rulebook:{book.pk}", sha256=digest)
    return book
