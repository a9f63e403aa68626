"""The server's own door: a locked-out administrator is let in by whoever may run commands there."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.offices import accounts, second_factor, staff
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal


class NotLockedOut(Refusal):
    code = "accounts.not_locked_out"
    message = _(
        "Only an administrator's account in use is opened this way: every other one is granted by two."
    )


@transaction.atomic
def let_in(user: User, *, by: User, at: datetime) -> str:
    """Give a locked-out administrator a new password and take a lost second factor away; return the password.

    `by` is the system. The password is displayed once; supervision sees it all among what looks wrong.
    """
    if by.role != staff.Role.SYSTEM:
        raise NotAllowed()
    user = accounts.locked(user)
    if user.role != staff.Role.ADMINISTRATOR or not user.is_active:
        raise NotLockedOut()
    password = accounts.new_password(user, at)
    user.save(update_fields=["password", "password_is_temporary", "password_until"])
    second_factor.remove(user, by=by, at=at)
    ledger.record("account.glass_broken", about=user, by=by, at=at, user=user.username)
    return password
