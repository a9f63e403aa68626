"""What has to happen though nobody asks for it: every recurring job of the house, in the order it runs.

A timer calls `manage.py tick`. Each step commits by itself and can be repeated at any moment; one that fails is
logged and does not keep the others from their work.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.contrib.sessions.models import Session

from cases import tasks
from cases.services.areas import presences
from cases.services.book import rulebooks
from complaints.services import following, intake, outbox, timer
from healthcode.core.audit import sealing
from healthcode.core.offices import accounts
from healthcode.core.offices.models import User
from healthcode.portal.recurring import anchors, retention

log = logging.getLogger(__name__)


class Work(Protocol):
    """A recurring job: it returns how many things it did."""

    def __call__(self, *, by: User, at: datetime) -> int: ...


@dataclass(frozen=True)
class Step:
    """One recurring job under the name that `tick` prints."""

    name: str
    work: Work


@dataclass(frozen=True)
class Ticked:
    """What became of a step: how many things it did, or that it failed."""

    name: str
    done: int
    failed: bool = False


def _forget_sessions(*, by: User, at: datetime) -> int:
    """Drop the sessions whose time is over; the database keeps them otherwise for ever."""
    forgotten, _rows = Session.objects.filter(expire_date__lt=at).delete()
    return forgotten


def _seal(*, by: User, at: datetime) -> int:
    """Seal what was written since; the number of leaves."""
    before = sealing.latest()
    sealed = sealing.seal(at=at)
    return sealed.size - (before.size if before else 0) if sealed else 0


STEPS = (
    Step("deliveries begun again", tasks.begin_again),
    Step("old movement tracks dropped", presences.drop_old),
    Step("rule books adopted", rulebooks.adopt_due),
    Step("ended log-ins forgotten", _forget_sessions),
    # the complaint desk
    Step("tickets following their cases", following.follow_all),
    Step("waiting for material ended", timer.resume),
    Step("clocks of tickets run out", timer.escalate),
    Step("answers delivered to the hotline", outbox.deliver),
    Step("intake drafts forgotten", intake.forget_drafts),
    Step("records past their time", retention.daily),
    Step("anchors mailed", anchors.daily),
    Step("events sealed", _seal),
)


def tick(*, at: datetime, steps: tuple[Step, ...] = STEPS) -> list[Ticked]:
    """Run every step once, as the system."""
    by = accounts.system(at=at)
    return [_run(step, by, at) for step in steps]


def _run(step: Step, by: User, at: datetime) -> Ticked:
    try:
        return Ticked(step.name, step.work(by=by, at=at))
    except Exception:
        log.exception("The recurring job %r failed.", step.name)
        return Ticked(step.name, 0, failed=True)
