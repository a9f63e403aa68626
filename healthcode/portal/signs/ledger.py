"""Signs that the ledger, or what is stored, was found not to fit, or came back from a backup."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.policy.rulebook import Policy
from healthcode.core.audit import restorations
from healthcode.core.audit.findings import to_the_second
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Note
from healthcode.core.audit.restorations import Restoration
from healthcode.portal.models import LedgerCheck
from healthcode.portal.signs import thresholds
from healthcode.portal.signs.sign import Sign, SignRow, trail_url


def unfit(at: datetime, policy: Policy) -> list[SignRow]:
    """Find that the last verification has findings."""
    last = LedgerCheck.objects.exclude(done_at=None).order_by("-pk").first()
    if last is None or not last.found:
        return []
    return [SignRow(str(last.pk), last.sentences[0], last.done_at, reverse("admin:seals"))]


def restored(at: datetime, policy: Policy) -> list[SignRow]:
    """Find that the database was restored from a backup, and who has answered for it."""
    since = at - thresholds.RECENT
    found = [
        one
        for one in restorations.restorations()
        if instant(one.event.at_us) >= since or not one.acknowledged
    ]
    return [
        SignRow(
            f"{one.event.pk} {bool(one.acknowledged)}",
            _restored(one),
            instant(one.event.at_us),
            trail_url(what=restorations.RESTORED),
        )
        for one in found
    ]


def _restored(one: Restoration) -> str:
    values = {
        "lost": one.lost,
        "since": _moment(one.since),
        "until": _moment(one.until),
        "reason": _reason(one),
    }
    if one.lost is None:
        lost = gettext("What was written after %(since)s is lost.") % values
    else:
        lost = gettext("%(lost)s sealed events are lost, of %(since)s to %(until)s.") % values
    answered = (
        gettext("Answered for: %(reason)s")
        if one.acknowledged
        else gettext("Nobody has answered for it yet.")
    )
    return f"{lost} {answered % values}"


def _moment(at: datetime | None) -> str:
    return to_the_second(at) if at else "–"


def _reason(one: Restoration) -> str:
    note = Note.objects.filter(event=one.acknowledged, field="reason").first() if one.acknowledged else None
    return note.text if note else "–"


SIGNS = (
    Sign(
        "restored",
        _("The database was restored"),
        _(
            "A backup was restored within %(days)s days, or is waiting for an answer: what was done after it is gone."
        ),
        restored,
        {"days": thresholds.RECENT.days},
    ),
    Sign(
        "ledger",
        _("The ledger does not fit"),
        _("The last verification found events, seals or rows that are not what was written."),
        unfit,
        {},
    ),
)
