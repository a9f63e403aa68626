"""Confirmation codes: an account opens by the code of its letter and by one that whoever printed it cannot read.

Whoever prepared the account reads this one to its owner: it takes both administrators to be somebody else.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, one_time
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

LENGTH, GROUP = 8, 4  # signs: 39 bits, of which somebody with the letter may try five in a quarter of an hour
TRIES, WITHIN = 5, timedelta(minutes=15)


class ConfirmationWrong(Refusal):
    code = "confirmations.wrong"
    message = _("This is not the confirmation code: ask whoever prepared the account for it.")
    field = "confirmation"


class TooManyConfirmations(Refusal):
    code = "confirmations.too_many"
    message = _("Too many wrong confirmation codes: wait %(minutes)s minutes.")
    field = "confirmation"


class AnothersConfirmation(Refusal):
    code = "confirmations.anothers"
    message = _("Only the administrator who prepared the account reads its confirmation code.")


class NoConfirmation(Refusal):
    code = "confirmations.none"
    message = _("This account asks for no confirmation code: it was opened, closed, or let in at the server.")


def of(user: User) -> str:
    """Return the confirmation code of an account that two let in and nobody opened yet; "" of any other.

    It is kept nowhere: it follows from the letter's code as it is kept, by a key that the database does not have.
    """
    if not (user.is_active and user.password_is_temporary) or accounts.givers_of(user) is None:
        return ""
    number = int(vault.blind_index(f"{user.username}\0{user.password}", kind="confirmation"), 16)
    signs = ""
    for _place in range(LENGTH):
        number, sign = divmod(number, len(one_time.ALPHABET))
        signs += one_time.ALPHABET[sign]
    return "-".join(signs[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def fits(user: User, typed: str, *, at: datetime) -> bool:
    """Tell whether this is the confirmation code of a locked account. Raises TooManyConfirmations."""
    wanted = of(user)
    if not wanted:
        return True
    since = ledger.microseconds(at - WITHIN)
    wrong = Event.objects.filter(actor=user.username, action="account.confirmation_refused", at_us__gt=since)
    if wrong.count() >= TRIES:
        minutes = int(WITHIN.total_seconds()) // 60
        raise TooManyConfirmations(minutes=minutes, retry_after=minutes * 60)
    return one_time.is_same(wanted, typed)


def require(user: User, typed: str, *, at: datetime) -> None:
    """Refuse whoever has the letter and not the confirmation code; so many tries, then none."""
    with transaction.atomic():
        user = accounts.locked(user)
        if fits(user, typed, at=at):
            return
        ledger.record("account.confirmation_refused", about=user, by=user, at=at)
    raise ConfirmationWrong()


@transaction.atomic
def read(user: User, *, by: User, at: datetime) -> str:
    """Return an account's confirmation code to whoever prepared it, to be told to its owner."""
    user = accounts.of_another(user, by)
    if user.created_by_id != by.pk:
        raise AnothersConfirmation()
    if not (code := of(user)):
        raise NoConfirmation()
    ledger.record("account.confirmation_read", about=user, by=by, at=at, user=user.username)
    return code
