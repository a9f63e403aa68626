"""Presences: tracks of machines, kept as long as anything looks back on them, matched with the listed areas."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, Presence, RiskArea, RuleBook
from cases.policy import days
from cases.services import areas
from cases.services.authority import require
from cases.services.refusals import Refusal
from healthcode.audit import ledger
from healthcode.offices.models import User

CLOCKS = timedelta(hours=3)  # as far may a source's clock be ahead of ours


class EndsBeforeItBegins(Refusal):
    message = _("It ends before it begins.")
    field = "until_at"


class NotYet(Refusal):
    message = _("This time lies in the future.")
    field = "from_at"


def check_period(from_at: datetime, until_at: datetime, *, at: datetime) -> None:
    """Refuse a stay that ends before it begins, or that has not begun."""
    if until_at < from_at:
        raise EndsBeforeItBegins()
    if from_at > at + CLOCKS:
        raise NotYet()


@transaction.atomic
def record(taken: Sequence[Presence], *, batch: Batch, by: User, at: datetime) -> int:
    """Store tracks of a delivery and let the areas listed now reach whom they lead there; return how many cases."""
    require(by, "batch.presences", at=at)
    for presence in taken:
        presence.source, presence.recorded_by, presence.batch = by.office, by, batch
    if not taken:
        return 0
    stored = Presence.objects.bulk_create(taken, batch_size=2000)
    new = Presence.objects.filter(
        batch=batch, pk__gte=stored[0].pk
    )  # what came before has led wherever it leads
    listed = RiskArea.objects.listed(at).order_by("pk")
    return sum(areas.match(area, among=new, batch_id=batch.pk, by=by, at=at).cases for area in listed)


@transaction.atomic
def drop_old(*, by: User, at: datetime) -> int:
    """Drop the tracks that no look-back reaches any more; return how many."""
    parameters = RuleBook.objects.in_force(at).policy.parameters
    longest = max(
        RiskArea.objects.listed(at).aggregate(days=Max("look_back_days"))["days"] or 0,
        parameters.area_look_back_days,
        parameters.overseas_look_back_days,
    )
    until = days.midnight(days.local_day(at) - timedelta(days=longest))
    dropped, _rows = Presence.objects.ended_before(until).delete()
    if dropped:
        ledger.record(
            "presence.dropped", by=by, at=at, target="presences", number=dropped, ended_before=until
        )
    return dropped
