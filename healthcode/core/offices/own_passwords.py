"""A password of one's own, which nobody else knows."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.offices import accounts, confirmations
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal


class ChangedMeanwhile(Refusal):
    code = "accounts.password_changed_meanwhile"
    message = _(
        "Somebody else has just set this account's password, and yours is not kept. "
        "If that was not you in another window, tell an administrator at once."
    )


@transaction.atomic
def change(user: User, password: str, *, confirmation: str = "", at: datetime) -> None:
    """Give oneself a password: instead of one's own, or of a letter's code together with its confirmation.

    `user`: as read when the password of before was compared. Of two who have the same code one chooses the password.
    """
    compared, user = user.password, accounts.locked(user)
    if user.password != compared:
        raise ChangedMeanwhile()
    if not confirmations.fits(user, confirmation, at=at):
        raise confirmations.ConfirmationWrong()
    action = "account.opened" if user.password_is_temporary else "account.password_changed"
    user.set_password(password)
    user.save(update_fields=["password", "password_is_temporary", "password_until"])
    ledger.record(action, about=user, by=user, at=at, user=user.username)
