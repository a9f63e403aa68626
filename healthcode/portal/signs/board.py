"""The board: every sign with its rows, and who has marked which row as seen."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal
from healthcode.portal.models import Seen
from healthcode.portal.signs import cases, control, deliveries, lookups, thresholds
from healthcode.portal.signs.sign import Sign, SignRow

SIGNS = (*cases.SIGNS, *deliveries.SIGNS, *control.SIGNS, *lookups.SIGNS)
SUBJECT_LENGTH = 32


class NoSuchSign(Refusal):
    code = "signs.no_such_sign"
    message = _("This sign is not on the board any more.")


@dataclass(frozen=True)
class MarkedRow:
    """A row on the board, and who has seen it."""

    row: SignRow
    subject: str
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class SignCard:
    """A sign with its rows: those nobody has seen yet, and the others."""

    sign: Sign
    fresh: tuple[MarkedRow, ...]
    seen: tuple[MarkedRow, ...]
    more: bool


def cards(*, at: datetime) -> list[SignCard]:
    """Look for every sign; what was seen comes with one query for the whole board."""
    found = {sign.key: sign.find(at) for sign in SIGNS}
    subjects = {
        key: [subject_of(row) for row in rows[: thresholds.ROWS_OF_A_SIGN]] for key, rows in found.items()
    }
    marks: dict[tuple[str, str], list[Seen]] = {}
    every_subject = {subject for some in subjects.values() for subject in some}
    for seen in (
        Seen.objects.filter(sign__in=found, subject__in=every_subject).select_related("by").order_by("at")
    ):
        marks.setdefault((seen.sign, seen.subject), []).append(seen)
    result = []
    for sign in SIGNS:
        rows = [
            MarkedRow(row, subject, tuple(marks.get((sign.key, subject), ())))
            for row, subject in zip(found[sign.key], subjects[sign.key], strict=False)
        ]
        fresh, old = (tuple(row for row in rows if bool(row.seen) == is_seen) for is_seen in (False, True))
        result.append(SignCard(sign, fresh, old, more=len(found[sign.key]) > len(rows)))
    return result


@transaction.atomic
def mark_seen(sign: str, subject: str, *, by: User, at: datetime) -> None:
    """Mark a row of the board as seen. It stays on the board, folded away, as long as it is found."""
    if not by.may("audit.mark_seen"):
        raise NotAllowed()
    found = next((one for one in SIGNS if one.key == sign), None)
    if found is None or subject not in {subject_of(row) for row in found.find(at)}:
        raise NoSuchSign()
    _seen, made = Seen.objects.get_or_create(sign=sign, subject=subject, by=by, defaults={"at": at})
    if made:
        ledger.record("sign.seen", by=by, at=at, about=f"sign:{sign}", sign=sign, subject=subject)


def subject_of(row: SignRow) -> str:
    """Return a row's identity with none of its words: a blind index that a form can carry."""
    return vault.blind_index(row.identity, kind="sign")[:SUBJECT_LENGTH]
