"""What whoever supervises should do about the ledger now, from how it stands: the gravest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from healthcode.core import spans
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Event, Seal
from healthcode.portal.models import LedgerCheck

SEALED_WITHIN = timedelta(hours=1)
VERIFIED_WITHIN = timedelta(days=7)
KEPT_WITHIN = timedelta(days=7)
LEAVES_THE_HOUSE = ("audit.anchored", "audit.exported")


@dataclass(frozen=True)
class LedgerStep:
    """One thing to do: in words, whether it waits for nothing, and where it is done (nowhere: with people)."""

    words: str
    urgent: bool = False
    url: str = ""
    label: str = ""


def next_steps(
    check: LedgerCheck | None, last: Seal | None, waiting: int, *, at: datetime
) -> list[LedgerStep]:
    """Return what is to be done now, the gravest first; nothing where all is well."""
    return [*_after(check), *_sealing(last, waiting, at), *_verifying(check, at), *_keeping(last, at)]


def _verifying(check: LedgerCheck | None, at: datetime) -> list[LedgerStep]:
    if check is None or check.done_at is None or at - check.done_at > VERIFIED_WITHIN:
        words = _(
            "Have it verified, with a checkpoint kept outside if there is one: the form below takes the file."
        )
        return [LedgerStep(words)]
    if check.found or check.anchors:
        return []
    words = _(
        "It was verified by its own seals alone. Verify it once more with a checkpoint kept outside: a ledger that "
        "was written anew as a whole fits its own seals."
    )
    return [LedgerStep(words)]


def _after(check: LedgerCheck | None) -> list[LedgerStep]:
    """Return what follows on findings: nothing is mended before it is kept."""
    if check is None or not check.found:
        return []
    sheet, board = reverse("admin:sheet"), reverse("admin:signs")
    steps = (
        (_("Ring up whoever runs the server: nobody restarts, restores or corrects anything first."), "", ""),
        (_("Have them copy the database as it is now, and take the copy out of the house."), "", ""),
        (_("Print this page, and compare the checkpoint with the sheet that hangs outside."), sheet,
         _("Sheet with QR code")),
        (_("Read which records the findings name, and ask the office whose they are."), board,
         _("What looks wrong")),
    )  # fmt: skip
    return [LedgerStep(words, urgent=True, url=url, label=label) for words, url, label in steps]


def _sealing(last: Seal | None, waiting: int, at: datetime) -> list[LedgerStep]:
    if last is None:
        nothing = _("Nothing has been sealed yet: whoever runs the server has to start the timer.")
        return [LedgerStep(nothing, urgent=True)]
    age = at - instant(last.at_us)
    if not waiting or age <= SEALED_WITHIN:
        return []
    words = ngettext(
        "%(n)s event waits for its seal; the last seal was set %(span)s ago. Whoever runs the server has to start "
        "the timer.",
        "%(n)s events wait for their seal; the last seal was set %(span)s ago. Whoever runs the server has to start "
        "the timer.",
        waiting,
    )
    return [LedgerStep(words % {"n": waiting, "span": spans.lasting(age)}, urgent=True)]


def _keeping(last: Seal | None, at: datetime) -> list[LedgerStep]:
    """Return that a checkpoint has to leave the house, where none did for long."""
    if last is None:
        return []
    left = Event.objects.filter(action__in=LEAVES_THE_HOUSE, target__startswith="seal:")
    newest = left.order_by("-at_us").values_list("at_us", flat=True).first()
    if newest is not None and at - instant(newest) <= KEPT_WITHIN:
        return []
    words = (
        _(
            "No checkpoint has left the house yet: keep one as a file, or hang the sheet up where others see it."
        )
        if newest is None
        else _("The last checkpoint left the house %(span)s ago: keep a newer one outside.")
        % {"span": spans.lasting(at - instant(newest))}
    )
    return [LedgerStep(words, url=reverse("admin:checkpoint"), label=_("Keep as a file"))]
