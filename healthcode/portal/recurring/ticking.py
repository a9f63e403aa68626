"""The recurring work of the whole house, in the order it runs.

A timer calls `manage.py tick`. Each step commits by itself and can be repeated at any moment; one that fails is
logged, and the next ones still run. A new job is a function `(*, by, at) -> int` and its line in `STEPS`.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.contrib.sessions.models import Session

from cases import tasks
from cases.services import area_index, areas
from cases.services.areas import presences
from cases.services.book import rulebooks
from cases.services.deliveries import receiving
from cases.services.engine import tracks
from cases.services.persons import numbers
from complaints.services import drafts, following, outbox, timer, viewers
from healthcode.core import outages, planner_statistics
from healthcode.core.acts import attempts, background
from healthcode.core.audit import batches, sealing
from healthcode.core.offices import accounts, refused_access
from healthcode.core.offices.models import User
from healthcode.portal.recurring import anchors, keeping, retention
from healthcode.portal.signs import board

log = logging.getLogger(__name__)


class Work(Protocol):
    """A recurring job: it returns how many things it did."""

    def __call__(self, *, by: User, at: datetime) -> int: ...


@dataclass(frozen=True)
class TickStep:
    """One recurring job under the name that `tick` prints."""

    name: str
    work: Work


@dataclass(frozen=True)
class StepResult:
    """How many things a step did, or that it failed."""

    name: str
    done: int
    failed: bool = False


def _delete_expired_sessions(*, by: User, at: datetime) -> int:
    """Delete expired sessions, which Django keeps for ever; return how many."""
    deleted, _by_model = Session.objects.filter(expire_date__lt=at).delete()
    return deleted


def _seal(*, by: User, at: datetime) -> int:
    """Seal what was written since the last seal; return how many leaves that were."""
    before = sealing.latest()
    sealed = sealing.seal(at=at)
    return sealed.size - (before.size if before else 0) if sealed else 0


def _count_embedded(*, by: User, at: datetime) -> int:
    return int(planner_statistics.count_embedded())


STEPS = (
    TickStep("deliveries begun again", tasks.begin_again),
    TickStep("acts in the background begun again", background.begin_again),
    TickStep("broken uploads forgotten", receiving.forget_broken),
    TickStep("tracks of the newly registered", tracks.claim_all),
    TickStep("old movement tracks dropped", presences.drop_old),
    TickStep("rule books adopted", rulebooks.adopt_due),
    TickStep("risk areas begun", areas.begin_due),
    TickStep("numbers nobody confirmed restored", numbers.restore_overdue),
    TickStep("ended log-ins forgotten", _delete_expired_sessions),
    TickStep("unfinished forms forgotten", attempts.forget_old),
    TickStep("refused requests written down", refused_access.write_down),
    # the complaint desk
    TickStep("tickets following their cases", following.follow_all),
    TickStep("waiting for material ended", timer.resume),
    TickStep("clocks of tickets run out", timer.escalate),
    TickStep("answers delivered to the hotline", outbox.deliver),
    TickStep("intake drafts forgotten", drafts.forget_old),
    TickStep("signs of open tickets forgotten", viewers.forget_old),
    TickStep("records past their time", retention.daily),
    TickStep("anchors mailed", anchors.daily),
    TickStep("checks at doors sealed by the batch", batches.seal),
    TickStep("events sealed", _seal),  # behind the others, so that it covers what they wrote
    TickStep("erasures kept outside", keeping.keep),  # and the checkpoint of that seal
    TickStep("tables counted for the planner", _count_embedded),
    TickStep("areas gathered", area_index.gather),
    TickStep("signs on supervision's board counted", board.count),
)


def tick(*, at: datetime, steps: tuple[TickStep, ...] = STEPS) -> list[StepResult]:
    """Run every step once, as the system."""
    by = accounts.system(at=at)
    return [_run(step, by, at) for step in steps]


def _run(step: TickStep, by: User, at: datetime) -> StepResult:
    try:
        return StepResult(step.name, step.work(by=by, at=at))
    except Exception as error:
        if outages.is_lost(error):  # no later step would fare better: whoever ticks waits for it
            raise
        log.exception("The recurring job %r failed.", step.name)
        return StepResult(step.name, 0, failed=True)
