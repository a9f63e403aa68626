"""The sign that the ledger, or what is stored, was found not to fit."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.policy.rulebook import Policy
from healthcode.portal.models import LedgerCheck
from healthcode.portal.signs.sign import Sign, SignRow


def unfit(at: datetime, policy: Policy) -> list[SignRow]:
    """Find that the last verification has findings."""
    last = LedgerCheck.objects.exclude(done_at=None).order_by("-pk").first()
    if last is None or not last.found:
        return []
    return [SignRow(str(last.pk), last.sentences[0], last.done_at, reverse("admin:seals"))]


SIGNS = (
    Sign(
        "ledger",
        _("The ledger does not fit"),
        _("The last verification found events, seals or rows that are not what was written."),
        unfit,
        {},
    ),
)
