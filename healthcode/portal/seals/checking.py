"""Verifying the ledger for whoever asks at a page: in the background, one at a time, with its outcome on record."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain, islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from healthcode.core.audit import batches, checkpoints, ledger, sealing
from healthcode.core.audit.findings import Finding
from healthcode.core.audit.models import Event
from healthcode.core.audit.verifying import Verification
from healthcode.core.offices import accounts
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal
from healthcode.portal import reconciling
from healthcode.portal.models import LedgerCheck

LARGEST = 2_000_000  # sealed events and checks: more would keep the worker from deliveries for too long
KEPT = 100  # findings in words; all are counted
ENDS_WITHIN = timedelta(hours=1)  # what is not done by then died with its worker


class CheckGoesOn(Refusal):
    code = "ledger.check.goes_on"
    message = _("The ledger is being verified already: wait for the outcome.")


class NoCheckpoint(Refusal):
    code = "ledger.check.no_checkpoint"
    message = _("This file holds no checkpoint: choose one as the portal gave it out, or as it was mailed.")
    field = "anchor"


class LedgerTooLarge(Refusal):
    code = "ledger.check.too_large"
    message = _(
        "The ledger has more than %(limit)s sealed events and checks: it is verified by verify_audit, beside the "
        "server."
    )


@transaction.atomic
def ask(anchor: str, *, by: User, at: datetime) -> LedgerCheck:
    """Ask that the ledger be verified, against a checkpoint that was kept outside where one is given."""
    if not by.may("audit.read"):
        raise NotAllowed()
    if LedgerCheck.objects.filter(done_at=None, asked_at__gt=at - ENDS_WITHIN).exists():
        raise CheckGoesOn()
    last = sealing.latest()
    if last is not None and last.size + batches.rows_sealed() > LARGEST:
        raise LedgerTooLarge(limit=LARGEST)
    if anchor:
        try:
            checkpoints.parse(anchor)
        except checkpoints.NotACheckpoint as error:
            raise NoCheckpoint() from error
    check = LedgerCheck.objects.create(asked_by=by, asked_at=at, anchor=anchor)
    ledger.record("audit.verification_asked", by=by, at=at, about=f"check:{check.pk}")
    transaction.on_commit(lambda: verify.enqueue(check.pk))
    return check


@task()
def verify(pk: int) -> int:
    """Verify the ledger as was asked; return the number of findings."""
    return run(LedgerCheck.objects.get(pk=pk), clock=timezone.now).found


def run(check: LedgerCheck, *, clock: Callable[[], datetime]) -> LedgerCheck:
    """Walk through the ledger and what is stored, and write down what does not fit."""
    anchors = checkpoints.parse(check.anchor) if check.anchor else []
    verification = Verification(anchors)
    found = chain(verification.findings(), reconciling.findings())
    kept = list(islice(found, KEPT))
    check.found = len(kept) + sum(1 for _more in found)
    # What was lost with a restored backup is told beside what does not fit, and is none of it.
    check.findings = [_in_every_language(one) for one in (*kept, *verification.declared)]
    check.leaves, check.seals = verification.passed, verification.seals
    check.unsealed, check.anchors = verification.unsealed, len(anchors)
    first = Event.objects.order_by("pk").first()
    check.since = ledger.instant(first.at_us) if first else None
    return _done(check, at=clock())


@transaction.atomic
def _done(check: LedgerCheck, *, at: datetime) -> LedgerCheck:
    check.done_at = at
    check.save()
    by = accounts.system(at=at)
    ledger.record("audit.verified", by=by, at=at, about=f"check:{check.pk}", found=check.found)
    return check


def _in_every_language(finding: Finding) -> dict[str, str]:
    words = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words[code] = str(finding)
    return words
