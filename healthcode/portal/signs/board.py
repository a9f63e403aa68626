"""The board: every sign with its rows, and who has marked which row as seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Inquiry, RuleBook
from cases.models.reading import reading
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal
from healthcode.portal.models import BoardCount, Seen
from healthcode.portal.signs import cases, control, credentials, deliveries, doors, lookups, thresholds
from healthcode.portal.signs import ledger as ledger_signs
from healthcode.portal.signs.pairs import SIGNS as SIGNS_OF_PAIRS
from healthcode.portal.signs.sign import Sign, SignRow

SIGNS = (
    *ledger_signs.SIGNS,
    *cases.SIGNS,
    *deliveries.SIGNS,
    *control.SIGNS,
    *SIGNS_OF_PAIRS,
    *lookups.SIGNS,
    *doors.SIGNS,
    *credentials.SIGNS,
)
SUBJECT_LENGTH, NOTE_LENGTH = 32, 200
FRESH, KEPT = "signs:fresh", 300  # what nobody has seen yet, kept for so many seconds
COUNT_EVERY, COUNT_FRESH = (
    timedelta(minutes=5),
    timedelta(minutes=10),
)  # beyond which the timer is taken for dead
ONLY_ROW = 1


class NoSuchSign(Refusal):
    code = "signs.no_such_sign"
    message = _("This sign is not on the board any more.")


@dataclass(frozen=True)
class MarkedRow:
    """A row on the board, and who has seen it."""

    row: SignRow
    subject: str
    seen: tuple[Seen, ...]
    asked: tuple[Inquiry, ...] = ()  # of offices, about this very row


@dataclass(frozen=True)
class SignCard:
    """A sign with its rows: those nobody has seen yet, and the others."""

    sign: Sign
    fresh: tuple[MarkedRow, ...]
    seen: tuple[MarkedRow, ...]
    more: bool


def rows(key: str, *, at: datetime) -> list[SignRow]:
    """Return the rows of one sign. Raises NoSuchSign for a key that none has."""
    sign = next((sign for sign in SIGNS if sign.key == key), None)
    if sign is None:
        raise NoSuchSign()
    return sign.find(at, RuleBook.objects.in_force(at).policy)


def cards(*, at: datetime) -> list[SignCard]:
    """Look for every sign; the policy, and who has seen what, are asked for once for the whole board."""
    policy = RuleBook.objects.in_force(at).policy
    found = {sign: sign.find(at, policy) for sign in SIGNS}
    kept = {
        sign: [(row, subject_of(row)) for row in rows[: thresholds.ROWS_OF_A_SIGN]]
        for sign, rows in found.items()
    }
    marks: dict[tuple[str, str], list[Seen]] = {}
    subjects = {subject for pairs in kept.values() for _row, subject in pairs}
    seen_rows = Seen.objects.filter(sign__in=[sign.key for sign in SIGNS], subject__in=subjects)
    for seen in seen_rows.select_related("by").order_by("at"):
        marks.setdefault((seen.sign, seen.subject), []).append(seen)
    asked = _asked(subjects)
    cards = []
    for sign, pairs in kept.items():
        marked = [
            MarkedRow(row, subject, tuple(marks.get((sign.key, subject), ())), asked.get(subject, ()))
            for row, subject in pairs
        ]
        fresh = tuple(row for row in marked if not row.seen)
        seen_already = tuple(row for row in marked if row.seen)
        cards.append(SignCard(sign, fresh, seen_already, more=len(found[sign]) > len(pairs)))
    return cards


def fresh(*, at: datetime) -> tuple[int, int]:
    """Return how many rows nobody has seen yet, of how many signs, as the timer counted them.

    While it does not, they are counted here, and kept for five minutes.
    """
    counted = BoardCount.objects.filter(at__gt=at - COUNT_FRESH, at__lt=at + COUNT_FRESH).first()
    if counted is not None:
        return counted.rows, counted.signs
    kept: tuple[int, int] | None = cache.get(FRESH)
    if kept is None:
        kept = fresh_now(at=at)
        cache.set(FRESH, kept, KEPT)
    return kept


def count(*, by: User, at: datetime) -> int:
    """Count once in five minutes what nobody has seen yet, so that no home page does; return how many rows."""
    counted = BoardCount.objects.first()
    due = counted is None or not counted.at <= at < counted.at + COUNT_EVERY
    if not due or RuleBook.objects.adopted_last(until=at) is None:
        return 0
    with reading():
        rows, signs = fresh_now(at=at)
    BoardCount.objects.update_or_create(pk=ONLY_ROW, defaults={"at": at, "rows": rows, "signs": signs})
    return rows


def fresh_now(*, at: datetime) -> tuple[int, int]:
    """Count the rows that nobody has seen yet, and of how many signs they are."""
    there = [card for card in cards(at=at) if card.fresh]
    return sum(len(card.fresh) for card in there), len(there)


def _asked(subjects: set[str]) -> dict[str, tuple[Inquiry, ...]]:
    """Return what offices were asked about rows of the board, by the row."""
    found: dict[str, tuple[Inquiry, ...]] = {}
    for one in Inquiry.objects.filter(subject__in=subjects).select_related("office").order_by("pk"):
        found[one.subject] = (*found.get(one.subject, ()), one)
    return found


@transaction.atomic
def mark_seen(sign: str, subject: str, *, note: str = "", by: User, at: datetime) -> None:
    """Mark a row of the board as seen, with what was found. It stays there, folded away, as long as it is found."""
    if not by.may("audit.mark_seen"):
        raise NotAllowed()
    if subject not in {subject_of(row) for row in rows(sign, at=at)}:
        raise NoSuchSign()
    note = note.strip()[:NOTE_LENGTH]
    given = {"at": at, "note": note}
    _seen, made = Seen.objects.get_or_create(sign=sign, subject=subject, by=by, defaults=given)
    if made:
        notes = {"reason": note} if note else None
        ledger.record(
            "sign.seen", by=by, at=at, about=f"sign:{sign}", sign=sign, subject=subject, notes=notes
        )
        cache.delete(FRESH)
        BoardCount.objects.all().delete()  # counted anew by whoever looks, and by the timer


def subject_of(row: SignRow) -> str:
    """Return a row's identity with none of its words: a blind index that a form can carry."""
    return vault.blind_index(row.identity, kind="sign")[:SUBJECT_LENGTH]
