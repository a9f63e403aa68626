"""Tries to get in with a wrong password: at log-in, and at the open session of somebody else."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

TRIES, WITHIN = 5, timedelta(minutes=15)  # at an open session


class OldPasswordWrong(Refusal):
    code = "accounts.old_password_wrong"
    message = _("This is not your present password.")
    field = "old_password"


class TooManyOldPasswords(Refusal):
    code = "accounts.too_many_old_passwords"
    message = _("Too many wrong passwords: wait %(minutes)s minutes.")
    field = "old_password"


def require_own_password(user: User, password: str, *, at: datetime) -> None:
    """Refuse whoever sits at an open session and does not know its owner's password; so many tries, then none."""
    with transaction.atomic():
        user = accounts.locked(user)
        since = ledger.microseconds(at - WITHIN)
        wrong = Event.objects.filter(actor=user.username, action="session.password_refused", at_us__gt=since)
        if wrong.count() >= TRIES:
            minutes = int(WITHIN.total_seconds()) // 60
            raise TooManyOldPasswords(minutes=minutes, retry_after=minutes * 60)
        if user.check_password(password):
            return
        ledger.record("session.password_refused", about=user, by=user, at=at)
    raise OldPasswordWrong()


@transaction.atomic
def directory_refused(user: User, *, at: datetime) -> None:
    """Record that the directory confirmed somebody whose account here is closed, or was not opened in time."""
    ledger.record("session.directory_refused", about=user, by=accounts.system(at=at), at=at)


@transaction.atomic
def log_in_refused(user: User, *, address: str, at: datetime) -> None:
    """Record that somebody tried to log in under this name with a wrong password, and from where."""
    ledger.record("session.refused", about=user, by=accounts.system(at=at), at=at, notes={"address": address})
