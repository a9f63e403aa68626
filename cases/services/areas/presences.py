"""Presences: tracks of machines, kept as long as anything looks back on them, matched with the listed areas."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, Presence, RiskArea, RuleBook, WaitingTrack
from cases.policy import days
from cases.services.engine.appending import append
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from cases.services.engine.tracks import match
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

CLOCKS = timedelta(hours=3)  # as far may a source's clock be ahead of ours


class CheckedTrack(NamedTuple):
    """One stay or contact of a registered person, checked."""

    person: int
    kind: str
    division: str | None
    venue: str
    from_at: datetime
    until_at: datetime


class EndsBeforeItBegins(Refusal):
    code = "areas.stay.ends_before_it_begins"
    message = _("It ends before it begins.")
    field = "until_at"


class NotYet(Refusal):
    code = "areas.stay.in_future"
    message = _("This time lies in the future.")
    field = "from_at"


def check_period(from_at: datetime, until_at: datetime, *, at: datetime) -> None:
    """Refuse a stay that ends before it begins, or of which a part lies ahead."""
    for refusal in faults_of_period(from_at, until_at, at=at):
        raise refusal


def faults_of_period(from_at: datetime, until_at: datetime | None, *, at: datetime) -> Iterator[Refusal]:
    """Yield all that is wrong with the times of a stay; without its end, of its beginning."""
    if until_at is not None and until_at < from_at:
        yield EndsBeforeItBegins()
    if from_at > at + CLOCKS:
        yield NotYet()
    # Whoever is there still is seen there again: a year mistyped would turn them yellow anew each day until then.
    elif until_at is not None and until_at > at + CLOCKS:
        yield NotYet(field="until_at")


@transaction.atomic
def record(tracks: Sequence[CheckedTrack], *, batch: Batch, by: User, at: datetime) -> int:
    """Store tracks of a delivery and let the areas listed now reach whom they lead there; return how many cases."""
    require(by, "batch.presences", at=at)
    if not tracks:
        return 0
    last = Presence.objects.aggregate(last=Max("pk"))["last"] or 0
    store(tracks, batch=batch, by=by, at=at)
    # What came before has led wherever it leads.
    new = Presence.objects.filter(batch=batch, pk__gt=last)
    listed = RiskArea.objects.listed(at).order_by("pk")
    return sum(match(area, among=new, batch_id=batch.pk, by=by, at=at).cases for area in listed)


def store(tracks: Sequence[CheckedTrack], *, batch: Batch, by: User, at: datetime) -> None:
    """Store tracks of a delivery. They lead nowhere by it: those of another one that say the same have led."""
    require(by, "batch.presences", at=at)
    whose = (by.office_id, by.pk, batch.pk)
    names = (*CheckedTrack._fields, "source", "recorded_by", "batch")
    append(Presence, names, ((*track, *whose) for track in tracks))


@transaction.atomic
def keep(waiting: Sequence[tuple[str, CheckedTrack]], *, batch: Batch, by: User, at: datetime) -> None:
    """Keep tracks of numbers that nobody is registered under yet: whoever is registered under one gets them."""
    require(by, "batch.presences", at=at)
    whose = (by.office_id, by.pk, batch.pk)
    names = ("document_index", *CheckedTrack._fields[1:], "source", "recorded_by", "batch")
    append(WaitingTrack, names, ((index, *track[1:], *whose) for index, track in waiting))


@transaction.atomic
def drop_old(*, by: User, at: datetime) -> int:
    """Drop the tracks that no look-back reaches any more; return how many."""
    parameters = RuleBook.objects.in_force(at).policy.parameters
    longest = max(
        RiskArea.objects.kept(at).aggregate(days=Max("look_back_days"))["days"] or 0,
        parameters.area_look_back_days,
        parameters.overseas_look_back_days,
    )
    until = days.midnight(days.local_day(at) - timedelta(days=longest))
    dropped, _rows = Presence.objects.ended_before(until).delete()
    dropped += WaitingTrack.objects.filter(until_at__lt=until).delete()[0]
    if dropped:
        ledger.record("presence.dropped", about="presences", by=by, at=at, number=dropped, ended_before=until)
    return dropped
