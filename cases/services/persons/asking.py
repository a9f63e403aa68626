"""Asking after somebody by a number: for what, how often, and the line that stays where it was refused."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person
from cases.models.cases import LIVE
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import lasting, ledger
from healthcode.core.audit.models import Event
from healthcode.core.audit.recorded import About, Recorded
from healthcode.core.offices.models import User

HOUR = timedelta(hours=1)
ASKED, REFUSED = "person.looked_up", "person.look_up_refused"
SENTENCE = re.compile(r"[\u3400-\u9fff]([^\u3400-\u9fff]*[\u3400-\u9fff]){3}|[^\W\d_]{2,}\W+[^\W\d_]{2,}")
TASK_NUMBER = 40  # characters


class InVain(models.TextChoices):
    """Why somebody who asked after a number was told nothing, as the ledger keeps it."""

    NOBODY = "nobody", _("nobody registered")
    PURPOSE = "purpose", _("outside the area, without a purpose")
    REACH = "reach", _("nobody within reach of the act")
    NAME = "name", _("nobody in the area of this name and end of a number")
    REGISTERING = "registering", _("registered elsewhere already")
    CORRECTING = "correcting", _("the number is somebody else's")
    LIMIT = "limit", _("more within an hour than one account may")


class FoundBy(models.TextChoices):
    """How somebody was found, where not by a whole number."""

    NAME = "name", _("name and the end of a number")


TaskFinder = Callable[[str, User, datetime], Recorded | None]


class PurposeMissing(Refusal):
    """Nobody within reach; whether somebody is outside is not said before a purpose is on record."""

    code = "persons.look_up.purpose_missing"
    message = _("Nobody in your area is registered under this: to look further, say what for.")
    field = "purpose"


class PurposeUnclear(Refusal):
    code = "persons.look_up.purpose_unclear"
    message = _("Say in a sentence what you look this person up for, or give the complaint or the case.")
    field = "purpose"


class TaskUnknown(Refusal):
    code = "persons.look_up.task_unknown"
    message = _("No open complaint or standing case of yours has this number.")
    field = "task"


class TooManyLookUps(Refusal):
    code = "persons.look_up.too_many"
    message = _("%(number)s look-ups within an hour are the limit of one account: go on later.")


def case_of(number: str, by: User, at: datetime) -> Case | None:
    """Return the standing case of this number, if its person is in the user's reach."""
    if not number.isdecimal() or len(number) > len(str(2**62)):
        return None
    case = Case.objects.filter(pk=int(number), state__in=LIVE).select_related("person").first()
    reached = case and Person.objects.reachable_by(by, "person.view", at).filter(pk=case.person.root_id)
    return case if reached and reached.exists() else None


# What a look-up can be for, found by its number for a user; those above add theirs.
TASKS: list[TaskFinder] = [case_of]


@dataclass(frozen=True)
class Purpose:
    """What somebody is asked after for: a sentence, a task's name in the ledger, or both."""

    text: str = ""
    task: str = ""

    @property
    def given(self) -> bool:
        return bool(self.text or self.task)


def purpose_of(text: str, task: str, *, by: User, at: datetime) -> Purpose:
    """Return the purpose that was typed; refuse a word that says nothing, and a task that is none of the user's."""
    found = None
    if task := task.strip():
        found = next((row for find in TASKS if (row := find(task, by, at)) is not None), None)
        if found is None:
            raise TaskUnknown()
    text = text.strip()
    if text and found is None and SENTENCE.search(text) is None:
        raise PurposeUnclear()
    return Purpose(text, found.audit_target if found else "")


def require_within_limit(*, by: User, at: datetime) -> None:
    """Refuse an account that asked after more numbers within the hour than anybody's work needs."""
    limit = settings.LOOK_UPS_PER_HOUR if by.is_staff else settings.LOOK_UPS_PER_HOUR_OF_MACHINES
    asked = Event.objects.filter(
        actor=by.username, action__in=(ASKED, REFUSED), at_us__gt=ledger.microseconds(at - HOUR)
    )
    # The lock lets nobody ask twice at once; what the user's other rows refer to is not kept waiting.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    if asked.order_by("at_us")[:limit].count() >= limit:
        record_refused((), why=InVain.LIMIT, by=by, at=at)
        raise TooManyLookUps(number=limit, retry_after=int(HOUR.total_seconds()))


def record_refused(persons: Iterable[Person], *, why: InVain, by: User, at: datetime, task: str = "") -> None:
    """Write that somebody asked after a number in vain; the number itself is not kept."""
    abouts: Sequence[About] = list(persons) or ["number"]
    for about in abouts:
        lasting.record(ledger.entry(REFUSED, about, why=why.value, task=task or None), by=by, at=at)
