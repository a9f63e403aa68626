"""Acts on many people, done by a worker in place of the page: whoever confirmed may close the page and come back.

The act is the very form and service of its page, in one transaction. A worker that dies leaves nothing of it, and the
timer begins it again; one that comes late finds the row taken, or done.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from django.db import connection, connections, transaction
from django.http import QueryDict
from django.urls import resolve
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_tasks import task

from healthcode.core import languages, outages, progress
from healthcode.core.acts import attempts, leases
from healthcode.core.acts.attempts import EFFECT, FINISHED, FORM, MARK, Typed
from healthcode.core.acts.base import ActOutcome, Operation, prepare, run
from healthcode.core.acts.leases import LEASE, Clock, TakenOver
from healthcode.core.acts.models import Attempt, BackgroundAct
from healthcode.core.offices.models import User

log = logging.getLogger(__name__)

MANY = 500  # people: as many as a page does in some seconds
EVERY = 1.0  # seconds between two notes of how far the work has come
State = BackgroundAct.State
# SQLite takes no note while the act writes: there the worker is a thread of the server, which looks here.
_watches: dict[int, progress.Watch] = {}


class ActLease(leases.Lease[BackgroundAct]):
    """An act in one worker's hands."""

    noun = "act in the background"

    @classmethod
    @transaction.atomic
    def give_up(cls, row: BackgroundAct, at: datetime) -> None:
        log.error("The act %s of account %s is given up.", row, row.attempt.user_id)
        row.state, row.finished_at, row.claimed_until = State.FAILED.value, at, None
        row.save(update_fields=["state", "finished_at", "claimed_until", "tries"])
        typed = _typed(row.attempt, at) or Typed()
        with translation.override(row.language):
            sentence = _(
                "The portal made an error that nobody foresaw, twice. Nothing was done. Tell the bureau."
            )
        typed.step, typed.errors = FORM, {"__all__": [(sentence, "failed")]}
        _keep(row.attempt, typed, at)


@dataclass(frozen=True)
class ActProgress:
    """How many people a worker has done of about how many; the minutes it still needs, None before there is a pace."""

    done: int
    people: int
    minutes_left: int | None


# --- the page ----------------------------------------------------------------------------------------------------


def begin(mark: str, operation: Operation, *, people: int, rehearse: bool, at: datetime) -> None:
    """Give a worker the act of an attempt, once the press has been committed."""
    asked: dict[str, Any] = {
        "operation": operation.name,
        "rehearses": rehearse,
        "language": languages.current(),
        "state": State.WAITING.value,
        "people": people,
        "done": 0,
        "asked_at": at,
        "begun_at": None,
        "finished_at": None,
        "claimed_until": None,
        "tries": 0,
    }
    row, _is_new = BackgroundAct.objects.update_or_create(
        attempt=Attempt.objects.get(mark=mark), defaults=asked
    )
    transaction.on_commit(lambda: work_on_act.enqueue(row.pk))


def of(mark: str, *, by: User) -> BackgroundAct | None:
    """Return what a worker does, or did, of a user's attempt."""
    return BackgroundAct.objects.filter(attempt__mark=mark, attempt__user=by).first()


def all_of(*, by: User, at: datetime) -> list[BackgroundAct]:
    """Return what workers do, or did within a day, for a user, the last first."""
    mine = BackgroundAct.objects.filter(attempt__user=by, attempt__at__gt=at - attempts.KEPT)
    return list(mine.select_related("attempt").order_by("-asked_at", "-pk"))


def address_of(row: BackgroundAct) -> str:
    """Return the page of an act that a worker does or did."""
    return f"{row.attempt.page}?{urlencode({MARK: row.attempt.mark})}"


def label_of(row: BackgroundAct) -> str | Promise:
    """Return what an act is called on its button; its name where this version has none of that name."""
    found = _of_many().get(row.operation)
    return found.label if found else row.operation


def progress_of(row: BackgroundAct, *, at: datetime) -> ActProgress:
    """Return how far an act has come, and about how long it still takes."""
    watch = _watches.get(row.pk)
    done = min(row.people, max(row.done, round(watch.share * row.people) if watch else 0))
    left = None
    if row.begun_at is not None:
        took = (at - row.begun_at).total_seconds()
        if done:
            left = took * (row.people - done) / done
        elif (pace := _pace(row)) is not None:
            left = max(pace * row.people - took, 0.0)
    return ActProgress(done, row.people, None if left is None else max(1, ceil(left / 60)))


def _pace(row: BackgroundAct) -> float | None:
    """Return how many seconds a person took when the same was done last."""
    same = BackgroundAct.objects.filter(operation=row.operation, state=State.DONE, people__gt=0)
    last = same.exclude(begun_at=None).exclude(pk=row.pk).order_by("-finished_at").first()
    if last is None or last.begun_at is None or last.finished_at is None:
        return None
    return (last.finished_at - last.begun_at).total_seconds() / last.people


# --- the worker --------------------------------------------------------------------------------------------------


@task()
def work_on_act(pk: int) -> str:
    """Do an act that a page handed over; its row says what came of it."""
    return work(pk, clock=timezone.now)


def begin_again(*, by: User, at: datetime) -> int:
    """Give what lies unfinished to a worker again; where one is at it still, the second sees so and stops."""
    waiting = list(BackgroundAct.objects.unfinished().order_by("pk").values_list("pk", flat=True))
    for pk in waiting:
        transaction.on_commit(lambda pk=pk: work_on_act.enqueue(pk))  # type: ignore[misc]
    return len(waiting)


def work(pk: int, *, clock: Clock) -> str:
    """Do an act, or work its effect out; return the state its row is in then."""
    unfinished = BackgroundAct.objects.unfinished().select_related("attempt__user__office__division")
    if lease := ActLease.claim(unfinished, pk, clock=clock):
        with lease, _Beat(lease), translation.override(lease.row.language):
            lease.renew(begun_at=clock())
            _do(lease)
    return str(BackgroundAct.objects.values_list("state", flat=True).get(pk=pk))


class _Beat:
    """Notes how far the work has come, and keeps the lease, from a connection of its own."""

    def __init__(self, lease: ActLease) -> None:
        self.lease, self.watch, self.over = lease, progress.Watch(), threading.Event()
        self.thread = threading.Thread(target=self._beat, name=f"act-{lease.row.pk}", daemon=True)

    def __enter__(self) -> Self:
        _watches[self.lease.row.pk] = self.watch
        self.watching = progress.watched(self.watch)
        self.watching.__enter__()
        # On SQLite the act has the one place where something can be written; nobody else can take it either.
        if connection.vendor == "postgresql":
            self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.watching.__exit__(kind, error, trace)
        self.over.set()
        if self.thread.is_alive():
            self.thread.join()
        _watches.pop(self.lease.row.pk, None)

    def _beat(self) -> None:
        try:
            while not self.over.wait(EVERY):
                self._note()
        finally:
            connections.close_all()

    def _note(self) -> None:
        row, lease = self.lease.row, self.lease
        try:
            # Waiting still: the act turns its row to done, and this may have waited for that.
            lease.mine().filter(state=State.WAITING).update(
                done=round(self.watch.share * row.people), claimed_until=lease.clock() + LEASE
            )
        except Exception as error:
            if not outages.cannot_write(error):
                raise
            log.warning("How far act %s has come was not noted: %s.", row.pk, type(error).__name__)


def _do(lease: ActLease) -> None:
    """Do the act and turn its row, in one transaction."""
    row, at = lease.row, lease.clock()
    typed = _typed(row.attempt, at)
    form = _form(row, typed or Typed(), at)
    ready = form.is_valid() and prepare(form)
    with transaction.atomic():
        outcome = run(form, rehearse=row.rehearses) if ready else None
        at = lease.clock()
        state = State.DONE if outcome else State.REFUSED
        turned = {"state": state.value, "finished_at": at, "claimed_until": None, "done": row.people}
        if not lease.mine().update(**turned):
            raise TakenOver
        _keep(row.attempt, _came_to(typed or Typed(), form, outcome, row.rehearses, at), at)


def _came_to(
    typed: Typed, form: Operation, outcome: ActOutcome | None, rehearsed: bool, at: datetime
) -> Typed:
    """Return what the attempt's page shows from now: what came of the act, its effect, or why it was not done."""
    if outcome is None:
        typed.step = FORM
        typed.note_errors(form)
        return typed
    typed.message, typed.errors = outcome.message, {}
    if rehearsed:
        typed.step, typed.worked_out = EFFECT, at.isoformat()
        return typed
    return Typed(step=FINISHED, message=outcome.message)


def _form(row: BackgroundAct, typed: Typed, at: datetime) -> Operation:
    resolve(row.attempt.page)  # with the addresses come the operations that have one
    data = QueryDict(mutable=True)
    for name, values in typed.data.items():
        data.setlist(name, values)
    return _of_many()[row.operation](data, subject=None, by=row.attempt.user, at=at)


def _of_many() -> Mapping[str, type[Operation]]:
    """Return the operations that can reach many people, by their names."""
    found: list[type[Operation]] = [Operation]  # type: ignore[type-abstract]
    for one in found:
        found.extend(one.__subclasses__())
    return {one.name: one for one in found if "name" in vars(one) and one.people is not Operation.people}


def _typed(attempt: Attempt, at: datetime) -> Typed | None:
    return attempts.recall(attempt.mark, page=attempt.page, by=attempt.user, at=at)


def _keep(attempt: Attempt, typed: Typed, at: datetime) -> None:
    attempts.keep(typed, page=attempt.page, by=attempt.user, at=at, mark=attempt.mark)
