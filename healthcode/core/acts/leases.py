"""One worker for one piece of work: who has it until when, and where it ends if it breaks again and again.

Of the row it takes `claimed_until`, `claims` and `tries`; deliveries and acts in the background are such rows.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from healthcode.core import outages

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
TRIES = 2  # unforeseen errors, with nothing counted between them
DEATHS = 5  # workers that were gone without a word: the server may have been restarted in between
WATCHED = 2000  # rows between two looks at the clock
Clock = Callable[[], datetime]
Thing = TypeVar("Thing")
Row = TypeVar("Row", bound=Model)


class TakenOver(Exception):
    """The lease ran out, and another worker has the work now."""


class Lease(ABC, Generic[Row]):
    """A row in one worker's hands: `with lease:` gives it back, and counts what broke."""

    noun: ClassVar[str]  # in the log

    def __init__(self, row: Any, clock: Clock) -> None:
        self.row, self.number, self.clock = row, row.claims, clock

    @classmethod
    @abstractmethod
    def give_up(cls, row: Any, at: datetime) -> None:
        """End work that breaks: nothing more is tried before somebody has looked."""

    @classmethod
    @transaction.atomic
    def claim(cls, unfinished: QuerySet[Row], key: int, *, clock: Clock) -> Self | None:
        """Take a row that a worker still has to do something for; None where there is none to take."""
        at = clock()
        row: Any = unfinished.select_for_update(of=("self",)).filter(pk=key).first()
        if row is None or (row.claimed_until is not None and row.claimed_until > at):
            return None
        row.tries += row.claimed_until is not None  # whoever had it is gone
        if row.tries >= DEATHS:
            cls.give_up(row, at)
            return None
        row.claims, row.claimed_until = row.claims + 1, at + LEASE
        row.save(update_fields=["claims", "claimed_until", "tries"])
        return cls(row, clock)

    def renew(self, **counts: Any) -> None:
        """Keep the row for as long again, and write how far the work has come. Raises TakenOver."""
        if not self.mine().update(claimed_until=self.clock() + LEASE, **counts):
            raise TakenOver

    def mine(self) -> QuerySet[Any]:
        """Find the row as long as this worker has it."""
        return type(self.row)._default_manager.filter(pk=self.row.pk, claims=self.number)

    def watch(self, things: Iterable[Thing]) -> Iterator[Thing]:
        """Yield things as they are, and keep the row while that takes long."""
        since = self.clock()
        for number, thing in enumerate(things, start=1):
            if number % WATCHED == 0 and self.clock() - since > LEASE / 5:
                self.renew()
                since = self.clock()
            yield thing

    def require(self) -> None:
        """Refuse to go on where another worker has it. Call it on a row that was read under its lock."""
        if self.row.claims != self.number:
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
            return False  # nothing is wrong with the work itself
        log.error("The work on %s %s broke.", self.noun, self.row.pk, exc_info=error)
        self._count_error()
        return True

    def _give_back(self) -> None:
        self.mine().update(claimed_until=None)

    def _give_back_if_possible(self) -> None:
        try:
            self._give_back()
        except Exception as error:  # then it runs out
            log.warning("The %s %s was not given back: %s.", self.noun, self.row.pk, type(error).__name__)

    @transaction.atomic
    def _count_error(self) -> None:
        row = type(self.row)._default_manager.select_for_update().get(pk=self.row.pk)
        if row.claims != self.number:
            return
        row.tries, row.claimed_until = row.tries + 1, None
        row.save(update_fields=["tries", "claimed_until"])
        if row.tries >= TRIES:
            self.give_up(row, self.clock())
