"""A password of one's own, which nobody else knows."""

from datetime import datetime

from django.db import transaction

from healthcode.core.audit import ledger
from healthcode.core.offices import accounts, confirmations
from healthcode.core.offices.models import User


@transaction.atomic
def change(user: User, password: str, *, confirmation: str = "", at: datetime) -> None:
    """Give oneself a password: instead of one's own, or of a letter's code together with its confirmation."""
    user = accounts.locked(user)
    if not confirmations.fits(user, confirmation, at=at):
        raise confirmations.ConfirmationWrong()
    action = "account.opened" if user.password_is_temporary else "account.password_changed"
    user.set_password(password)
    user.save(update_fields=["password", "password_is_temporary", "password_until"])
    ledger.record(action, about=user, by=user, at=at, user=user.username)
