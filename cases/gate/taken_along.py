"""What a door takes along for a time without a network: what each check would come to, and by which keys a pass counts.

It names nobody: neither a citizen nor the keeper, and no number of a document.
"""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from django.utils.text import capfirst

from cases.api.explanations import text_of
from cases.models import RuleBook, Venue
from cases.models.gates import WhyLabel
from cases.operations.fields import TEMPERATURE, WITHOUT_POINT
from cases.passes import keys, signed
from cases.policy import passing
from cases.policy.colours import Colour
from cases.selectors.answers import nearest
from cases.services.gates import HIGHEST, LOWEST, late
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.staff import OfficeKind

EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
COLOURS = (Colour.GREEN, Colour.YELLOW, Colour.RED)
UNTOLD = (passing.Why.NOT_OURS, passing.Why.STALE, passing.Why.UNVERIFIED)


def taken_along(by: User, at: datetime) -> dict[str, Any]:
    """Return everything by which a keeper's door decides without a network, as JSON holds it."""
    book = RuleBook.objects.in_force(at)
    venues = Venue.objects.guarded_by(by).select_related("division").order_by("pk")
    return {
        "keeper": by.pk,
        "at": _milliseconds(at),
        "book": book.pk,
        "fever": float(book.policy.parameters.fever_celsius),
        "lowest": float(LOWEST),
        "highest": float(HIGHEST),
        "temperature": TEMPERATURE.pattern,
        "withoutPoint": WITHOUT_POINT.pattern,
        "longest": late.LATEST // MILLISECOND,
        "most": late.MOST,
        "skew": signed.SKEW // MILLISECOND,
        "keys": keys.published(),
        "untold": {why.value: _entry(book, "", untold=why) for why in UNTOLD},
        "venues": [_venue(book, venue) for venue in venues],
    }


def _venue(book: RuleBook, venue: Venue) -> dict[str, Any]:
    by_kind = {kind: nearest(kind, venue.division_id) for kind in HELP}
    return {
        "pk": venue.pk,
        "name": str(venue),
        "answers": {
            f"{colour}{int(fever)}{int(mask)}{int(reason)}": _entry(
                book, venue.kind, colour=colour, fever=fever, mask=mask, reason=reason
            )
            for colour in COLOURS
            for fever, mask, reason in product((False, True), repeat=3)
        },
        "help": {kind: [_office(office) for office in offices] for kind, offices in by_kind.items()},
    }


HELP = (OfficeKind.PREVENTION, OfficeKind.FEVER_CLINIC, OfficeKind.SERVICE_POINT)


def _entry(
    book: RuleBook,
    kind: str,
    *,
    colour: Colour = Colour.NONE,
    fever: bool = False,
    mask: bool = False,
    reason: bool = False,
    untold: passing.Why | None = None,
) -> dict[str, Any]:
    """Return what the one table says, in words."""
    temperature = HIGHEST if fever else LOWEST
    seen = {"temperature": temperature, "mask": mask, "reason": reason, "untold": untold}
    verdict = passing.decide(book.policy, kind, colour=colour, **seen)  # type: ignore[arg-type]
    return {
        "passes": verdict.passes,
        "why": capfirst(str(WhyLabel(verdict.why.value).label)),
        "words": text_of(verdict.words),
        "clause": verdict.clause,
        "asks": verdict.asks,
    }


def _office(office: Office) -> dict[str, str]:
    return {"name": str(office), "phone": office.phone, "address": office.address}


def _milliseconds(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND
