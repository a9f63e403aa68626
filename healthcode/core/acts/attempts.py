"""Attempts kept between a press and the page after it, so that every page of an act answers to GET.

A press posts, is kept here, and is redirected: Back, Reload and a second window never repeat an act, and what was
typed is there after a refusal, on a page that somebody overtook, and after a hand-over.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.forms import Form

from healthcode.core import vault
from healthcode.core.acts.models import Attempt, BackgroundAct
from healthcode.core.offices.models import User

KEPT = timedelta(hours=24)
MARK = "attempt"  # in the address: which attempt of this user the page shows
MOST_INTERRUPTED = 10  # of a user
# Begun is a form that the portal filled in, and nobody pressed a button of yet.
BEGUN, FORM, EFFECT, RESULT, DONE = "begun", "form", "effect", "result", "done"
# A worker does it, or has done it: the page tells how far it is, and what came of it.
WORKING, FINISHED = "working", "finished"
OVER = (DONE, WORKING, FINISHED)  # another press of the button does nothing

Errors = dict[str, list[tuple[str, str]]]  # by field: sentence and code


@dataclass
class Typed:
    """What an attempt holds: the fields as posted, how far it has come, and what was wrong or came of it."""

    data: dict[str, list[str]] = field(default_factory=dict)
    step: str = FORM
    seen: int | None = None  # the version of the subject that the page showed
    opened: str = ""  # when that page was shown: what happened since is told
    errors: Errors = field(default_factory=dict)
    message: str = ""
    secret: str = ""
    found: list[int] = field(default_factory=list)
    lines: list[list[object]] = field(default_factory=list)  # of a selection: what became of each
    goes_to: str = ""  # where the act led, for a page that is loaded again
    interrupted: str = ""  # why it reached no page, if it did not
    title: str = ""  # of the page that it stood on
    address: str = ""  # to which it was sent
    focus: str = ""  # the field that is left to fill in
    files: list[str] = field(default_factory=list)  # chosen with it: they have to be chosen again
    worked_out: str = ""  # when a worker worked the effect out

    def note_errors(self, form: Form) -> None:
        """Keep what is wrong with a form, by field."""
        self.errors = {
            name: [(str(message), error.code or "") for error in errors for message in error.messages]
            for name, errors in form.errors.as_data().items()
        }


def keep(typed: Typed, *, page: str, by: User, at: datetime, mark: str = "") -> str:
    """Keep an attempt, in the place of the one with this mark; return its mark."""
    row = Attempt.objects.filter(mark=mark, user=by, page=page).first() if mark else None
    row = row or Attempt(mark=secrets.token_urlsafe(9), user=by, page=page)
    row.at, row.sealed = at, vault.encrypt(json.dumps(asdict(typed)), owner=_owner(by, row.mark))
    row.is_interrupted = bool(typed.interrupted)
    row.save()
    return row.mark


@transaction.atomic
def keep_interrupted(typed: Typed, *, page: str, by: User, at: datetime, mark: str = "") -> str:
    """Keep an attempt that no page took, one of the last ten: an old page can be sent again and again."""
    mark = keep(typed, page=page, by=by, at=at, mark=mark)
    surplus = _interrupted(by).values_list("pk", flat=True)[MOST_INTERRUPTED:]
    Attempt.objects.filter(pk__in=list(surplus)).delete()
    return mark


def recall(mark: str, *, page: str, by: User, at: datetime) -> Typed | None:
    """Return this user's attempt of this page; None if there is none, or it is too old."""
    row = Attempt.objects.filter(mark=mark, user=by, page=page, at__gt=at - KEPT).first() if mark else None
    if row is None:
        return None
    try:
        return Typed(**json.loads(vault.decrypt(row.sealed, owner=_owner(by, mark))))
    except vault.Unreadable:  # sealed under a key that is gone: as good as forgotten
        return None


def interrupted(*, by: User, at: datetime) -> list[tuple[str, datetime, Typed]]:
    """Return what a user typed and could not send, the last first: its mark, when, and what it holds."""
    rows = _interrupted(by).filter(at__gt=at - KEPT)
    found = [(row.mark, row.at, recall(row.mark, page=row.page, by=by, at=at)) for row in rows]
    return [(mark, since, typed) for mark, since, typed in found if typed is not None]


def is_of(mark: str, *, by: User) -> bool:
    """Tell whether an attempt is this user's."""
    return Attempt.objects.filter(mark=mark, user=by).exists()


def sent(mark: str, *, by: User) -> None:
    """Drop what was interrupted: it reached its page, which did it."""
    Attempt.objects.filter(mark=mark, user=by, is_interrupted=True).delete()


def locked(mark: str, *, page: str, by: User) -> bool:
    """Lock an attempt until the transaction ends, so that a button pressed twice acts once.

    Tells whether it is there.
    """
    rows = Attempt.objects.select_for_update().filter(mark=mark, user=by, page=page)
    return bool(mark) and rows.first() is not None


def forget_old(*, by: User, at: datetime) -> int:
    """Drop the attempts that are over; return how many. Run by the timer."""
    old = Attempt.objects.filter(at__lte=at - KEPT)
    return old.exclude(background__state=BackgroundAct.State.WAITING).delete()[0]


def _interrupted(by: User) -> QuerySet[Attempt]:
    return Attempt.objects.filter(user=by, is_interrupted=True).order_by("-at", "-pk")


def _owner(by: User, mark: str) -> str:
    return f"attempt:{by.pk}:{mark}"
