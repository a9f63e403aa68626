"""One worker for one delivery: who has it until when, and where it ends if the work breaks again and again."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Batch
from healthcode.core import outages
from healthcode.core.audit import ledger

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
TRIES = 2  # unforeseen errors, with no row counted between them
DEATHS = 5  # workers that were gone without a word: the server may have been restarted in between
WATCHED = 2000  # rows between two looks at the clock
Clock = Callable[[], datetime]
Thing = TypeVar("Thing")


class TakenOver(Exception):
    """The lease ran out, and another worker has the delivery now."""


class Lease:
    """A delivery in one worker's hands: `with lease:` gives it back, and counts what broke."""

    def __init__(self, batch: Batch, clock: Clock) -> None:
        self.batch, self.number, self.clock = batch, batch.claims, clock

    def renew(self, **counts: Any) -> None:
        """Keep the delivery for as long again, and write how far the work has come. Raises TakenOver."""
        mine = Batch.objects.filter(pk=self.batch.pk, claims=self.number)
        if not mine.update(claimed_until=self.clock() + LEASE, **counts):
            raise TakenOver

    def watch(self, things: Iterable[Thing]) -> Iterator[Thing]:
        """Yield things as they are, and keep the delivery while that takes long."""
        since = self.clock()
        for number, thing in enumerate(things, start=1):
            if number % WATCHED == 0 and self.clock() - since > LEASE / 5:
                self.renew()
                since = self.clock()
            yield thing

    def require(self) -> None:
        """Refuse to go on where another worker has it. Call it on a row that was read under its lock."""
        if self.batch.claims != self.number:
            raise TakenOver

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if kind is None or kind is TakenOver:
            self._give_back()
            return True
        if not isinstance(error, Exception) or outages.cannot_write(error):
            self._give_back_if_possible()
            return False  # nothing is wrong with the delivery
        log.error("The work on delivery %s broke.", self.batch.pk, exc_info=error)
        self._count_error()
        return True

    def _give_back(self) -> None:
        Batch.objects.filter(pk=self.batch.pk, claims=self.number).update(claimed_until=None)

    def _give_back_if_possible(self) -> None:
        try:
            self._give_back()
        except Exception as error:  # then it runs out
            log.warning("Delivery %s was not given back: %s.", self.batch.pk, type(error).__name__)

    @transaction.atomic
    def _count_error(self) -> None:
        batch = Batch.objects.select_for_update().get(pk=self.batch.pk)
        if batch.claims != self.number:
            return
        batch.tries, batch.claimed_until = batch.tries + 1, None
        batch.save(update_fields=["tries", "claimed_until"])
        if batch.tries >= TRIES:
            _fail(batch, self.clock())


@transaction.atomic
def claim(batch: Batch, *, clock: Clock) -> Lease | None:
    """Take a delivery that a worker still has to do something for; None where there is none to take."""
    at = clock()
    row = Batch.objects.unfinished().select_for_update().filter(pk=batch.pk).first()
    if row is None or (row.claimed_until is not None and row.claimed_until > at):
        return None
    row.tries += row.claimed_until is not None  # whoever had it is gone
    if row.tries >= DEATHS:
        _fail(row, at)
        return None
    row.claims, row.claimed_until = row.claims + 1, at + LEASE
    row.save(update_fields=["claims", "claimed_until", "tries"])
    return Lease(
        Batch.objects.select_related("office", "delivered_by__office__division").get(pk=row.pk), clock
    )


def _fail(batch: Batch, at: datetime) -> None:
    """End work that breaks: nothing more is tried before somebody has looked."""
    batch.state, batch.finished_at, batch.claimed_until = Batch.State.FAILED.value, at, None
    batch.fault = _(
        "The portal made an error that nobody foresaw, twice. Tell the bureau the number of this delivery."
        " Withdraw it, or take back what was applied; the same file sent again goes on where it stopped."
    )
    batch.save(update_fields=["state", "finished_at", "claimed_until", "fault", "tries"])
    log.error("Delivery %s is given up after %s rows.", batch.pk, batch.applied)
    ledger.record("batch.given_up", about=batch, by=batch.delivered_by, at=at, rows=batch.applied)
