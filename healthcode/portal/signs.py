"""What looks wrong: signs that something happened past the guide, each with its threshold and its rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal
from healthcode.portal import sign_rows, thresholds
from healthcode.portal.models import Seen
from healthcode.portal.sign_rows import Row

SUBJECT = 32


class NoSuchSign(Refusal):
    message = _("This sign is not on the board any more.")


@dataclass(frozen=True)
class Sign:
    """One thing to look for: what it means, and the function that finds its rows."""

    key: str
    label: str | Promise
    meaning: str | Promise
    find: Callable[[datetime], list[Row]]
    values: tuple[tuple[str, object], ...]

    @property
    def explained(self) -> str:
        return str(self.meaning) % dict(self.values)


@dataclass(frozen=True)
class Shown:
    """A row on the board, and who has seen it."""

    row: Row
    subject: str
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class Card:
    """A sign with its rows: those nobody has seen yet, and the others."""

    sign: Sign
    fresh: tuple[Shown, ...]
    seen: tuple[Shown, ...]
    more: bool


def _days(value: object) -> int:
    return round(value.total_seconds() / 86_400)  # type: ignore[attr-defined]


SIGNS = (
    Sign("evidence", _("Reds without evidence that can be found"),
         _("Reds of the last %(days)s days whose evidence leads to no case, area, flight, document or result."),
         sign_rows.unresolved, (("days", _days(thresholds.RECENT)),)),
    Sign("outside", _("Reds on people outside the office's area"),
         _("At least %(n)s reds that one office entered in %(days)s days on people who live elsewhere."),
         sign_rows.outside, (("n", thresholds.OUTSIDE_REDS), ("days", _days(thresholds.RECENT)))),
    Sign("reds", _("Officers with many reds"),
         _("At least %(n)s reds entered by one person within %(hours)s hours."),
         sign_rows.many_reds, (("n", thresholds.OFFICER_REDS), ("hours", _days(thresholds.OFFICER_PERIOD) * 24))),
    Sign("voids", _("Officers whose entries are often voided"),
         _("At least %(n)s entries of one person voided within %(days)s days."),
         sign_rows.many_voids, (("n", thresholds.OFFICER_VOIDS), ("days", _days(thresholds.VOID_PERIOD)))),
    Sign("batches", _("Deliveries that rest on one reference"),
         _("More than %(share)s %% of a delivery (%(n)s cases or more) rests on one reference, no case or area."),
         sign_rows.one_reference, (("share", round(thresholds.BATCH_SHARE * 100)), ("n", thresholds.BATCH_ROWS))),
    Sign("brought", _("Files brought in for a source"),
         _("Deliveries of the last %(days)s days that an office brought in by hand for a source whose line was down."),
         sign_rows.brought_in, (("days", _days(thresholds.RECENT)),)),
    Sign("split", _("Held, then split"),
         _("A case was held for a second person; then several people entered %(n)s or more on the same reference."),
         sign_rows.split, (("n", thresholds.SPLIT_REDS),)),
    Sign("overdue", _("Control not ended in time"),
         _("Control orders that were due more than %(hours)s hours ago."),
         sign_rows.overdue, (("hours", _days(thresholds.OVERDUE) * 24),)),
    Sign("taskless", _("Look-ups without a ticket or a task"),
         _("Look-ups outside one's area in %(days)s days that name no number and led to no act on the person."),
         sign_rows.without_task, (("days", _days(thresholds.LOOK_UP_PERIOD)),)),
    Sign("watched", _("One person looked up by many"),
         _("Persons whom %(n)s or more people looked up within %(days)s days."),
         sign_rows.looked_up_by_many, (("n", thresholds.LOOK_UPS_BY), ("days", _days(thresholds.LOOK_UP_PERIOD)))),
)  # fmt: skip


def board(*, at: datetime) -> list[Card]:
    """Look for every sign."""
    return [_card(sign, at) for sign in SIGNS]


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
        ledger.record("sign.seen", by=by, at=at, target=f"sign:{sign}", sign=sign, subject=subject)


def subject_of(row: Row) -> str:
    """Return what a row is recognised by, with none of its words: fresh again when what it counts has grown."""
    return vault.blind_index(row.subject, kind="sign")[:SUBJECT]


def _card(sign: Sign, at: datetime) -> Card:
    rows = sign.find(at)
    shown = rows[: thresholds.SHOWN]
    marks: dict[str, list[Seen]] = {}
    subjects = [subject_of(row) for row in shown]
    for seen in Seen.objects.filter(sign=sign.key, subject__in=subjects).select_related("by").order_by("at"):
        marks.setdefault(seen.subject, []).append(seen)
    told = [Shown(row, subject_of(row), tuple(marks.get(subject_of(row), ()))) for row in shown]
    fresh = tuple(one for one in told if not one.seen)
    return Card(sign, fresh, tuple(one for one in told if one.seen), len(rows) > len(shown))
