"""How long each record is kept: the table `PERIODS`. The guide names no period; these are ours. Events stay for ever.

Applied once a day by the timer, or by `manage.py apply_retention`; every run leaves an event.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import (
    BatchPart,
    Case,
    ControlOrder,
    GateCheck,
    HealthLog,
    LookUp,
    Person,
    RedScanAnswer,
    RejectedRow,
)
from cases.models.cases import LIVE
from cases.models.gates import CHECKS_KEPT_DAYS
from cases.models.rules import PERSON_KEPT_DAYS, PURPOSES_KEPT_DAYS
from cases.policy import days
from cases.services.engine.refusals import Refusal
from cases.services.persons import erasure
from healthcode.core.audit import batches, ledger
from healthcode.core.audit.actions import READS
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event, Note
from healthcode.core.offices.models import IdempotencyKey, User

EVERY = timedelta(hours=20)  # a day, whatever the minute of the timer
PERSONS = 500  # erased in one transaction: each takes a lock
CHUNK = 500  # rows that one event tells of

Apply = Callable[[datetime, User, datetime], int]  # older than, by whom, now


@dataclass(frozen=True)
class Period:
    """One kind of record: how long it is kept, what happens then, and the function that does it."""

    key: str
    record: str | Promise
    days: int
    then: str | Promise
    apply: Apply
    part: int = 0  # records of one transaction, where it takes locks; all of them else


def _answers(before: datetime, by: User, at: datetime) -> int:
    return IdempotencyKey.objects.filter(at__lt=before).delete()[0]


def _rows(before: datetime, by: User, at: datetime) -> int:
    return RejectedRow.objects.filter(batch__delivered_at__lt=before).exclude(raw=b"").update(raw=b"")


def _files(before: datetime, by: User, at: datetime) -> int:
    return BatchPart.objects.filter(batch__finished_at__lt=before).delete()[0]


def _gate_checks(before: datetime, by: User, at: datetime) -> int:
    """Let the checks of whole days go, and say of each day that it did, with the batches that were sealed of it."""
    gone, last = 0, days.local_day(before)
    while first := GateCheck.objects.filter(at__lt=days.midnight(last)).order_by("at").first():
        day = days.local_day(first.at)
        of_day = GateCheck.objects.filter(
            at__gte=days.midnight(day), at__lt=days.midnight(day + timedelta(days=1))
        )
        RedScanAnswer.objects.filter(check_made__in=of_day)._raw_delete(connection.alias)
        count = of_day._raw_delete(connection.alias)
        batches.dropped(GateCheck, day, count, by=by, at=at)
        gone += count
    return gone


def _health_logs(before: datetime, by: User, at: datetime) -> int:
    deleted = 0
    while logs := list(HealthLog.objects.filter(order__ended_at__lt=before).order_by("pk")[:CHUNK]):
        HealthLog.objects.filter(pk__in=[log.pk for log in logs]).delete()
        # Or reconciling would take them for rows that somebody made away with.
        ledger.record("retention.deleted", about="list:retention", by=by, at=at, gone=logs)
        deleted += len(logs)
    return deleted


def _purposes(before: datetime, by: User, at: datetime) -> int:
    looks = Event.objects.filter(action__in=READS, at_us__lt=microseconds(before))
    notes = Note.objects.filter(event__in=looks.values("pk")).delete()[0]
    return notes + LookUp.objects.filter(at__lt=before).exclude(purpose="").update(purpose="")


def _persons(before: datetime, by: User, at: datetime) -> int:
    """Erase persons with whom nothing happened since, at most `PERSONS` of them."""
    idle = Person.objects.filter(erased_at=None, merged_into=None, registered_at__lt=before)
    idle = idle.exclude(acted_at__gte=before).exclude(merged__registered_at__gte=before)
    live = Case.objects.filter(state__in=LIVE).values("person")
    idle = idle.exclude(pk__in=live).exclude(pk__in=ControlOrder.objects.standing().values("person"))
    erased, last = 0, 0
    while erased < PERSONS and (persons := list(idle.filter(pk__gt=last).order_by("pk")[: PERSONS - erased])):
        for person in persons:
            with suppress(Refusal):  # a case was opened since the query, or stands on a merged record
                erasure.expire(person, by=by, at=at)
                erased += 1
        last = persons[-1].pk
    return erased


PERIODS = (
    Period("answers", _("answers given to machines"), 30, _("deleted"), _answers),
    Period("rows", _("returned rows of deliveries, as they came"), 180, _("text deleted"), _rows),
    Period("files", _("delivered files, once they were applied"), 180, _("deleted"), _files),
    Period(
        "gate_checks",
        _("checks at the doors: who passed where"),
        CHECKS_KEPT_DAYS,
        _("deleted"),
        _gate_checks,
    ),
    Period("health_logs", _("health logs, after the end of control"), 730, _("deleted"), _health_logs),
    Period("purposes", _("purposes of looks and look-ups"), PURPOSES_KEPT_DAYS, _("text deleted"), _purposes),
    Period(
        "persons", _("persons with whom nothing happened any more"), PERSON_KEPT_DAYS, _("erased"), _persons
    ),
)


@dataclass(frozen=True)
class AppliedPeriod:
    """How many records a period concerned in one run."""

    period: Period
    count: int


def apply(*, by: User, at: datetime, rehearse: bool = False) -> list[AppliedPeriod]:
    """Apply every period, part by part, and record that it was done; `rehearse` rolls it all back."""
    if rehearse:
        with transaction.atomic():
            report = [_applied(period, by, at) for period in PERIODS]
            transaction.set_rollback(True)
        return report
    report = [_applied(period, by, at) for period in PERIODS]
    ledger.record("retention.completed", by=by, at=at, about="list:retention")
    return report


def _applied(period: Period, by: User, at: datetime) -> AppliedPeriod:
    total = 0
    while count := apply_part(period, by=by, at=at):
        total += count
        if count != period.part:
            break
    return AppliedPeriod(period, total)


@transaction.atomic
def apply_part(period: Period, *, by: User, at: datetime) -> int:
    """Apply a period in one transaction, which records how many records it concerned, and return the number."""
    count = period.apply(at - timedelta(days=period.days), by, at)
    if count:
        done: dict[str, Any] = {period.key: count}
        ledger.record("retention.applied", by=by, at=at, about="list:retention", **done)
    return count


def daily(*, by: User, at: datetime) -> int:
    """Apply the periods if that was not done today; return the number of records."""
    last = Event.objects.filter(action="retention.completed").order_by("-at_us", "-pk").first()
    if last is not None and last.at_us > microseconds(at - EVERY):
        return 0
    return sum(one.count for one in apply(by=by, at=at))
