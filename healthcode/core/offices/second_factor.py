"""The second factor: who needs one, its codes, and that nobody takes one away alone."""

import hashlib
import re
import secrets
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import accounts, roles, seats, totp
from healthcode.core.offices.models import SecondFactor, User
from healthcode.core.offices.refusals import Refusal

RECOVERY_CODES = 10
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
RECOVERY_LENGTH = 16
TRIES = 5  # wrong codes within the time below; the right one then waits too
TRIES_WITHIN = timedelta(minutes=15)
WRONG = ("session.code_refused", "session.passkey_refused")
# Of these acts whoever reaches everybody reads outside the own area, or lets others in.
ABOUT_ANYBODY = ("person.", "audit.", "account.")


class CodeWrong(Refusal):
    code = "second_factor.code_wrong"
    message = _("This code is wrong, was used before, or its time is over: type the next one.")
    field = "code"


class AlreadyAdded(Refusal):
    code = "second_factor.already_added"
    message = _("This authenticator is your second factor already; for other recovery codes set it up anew.")
    field = "code"


class TooManyCodes(Refusal):
    code = "second_factor.too_many"
    message = _("Too many wrong codes: wait %(minutes)s minutes.")
    field = "code"


class NoSecondFactor(Refusal):
    code = "second_factor.none"
    message = _("This account has no second factor.")


class RemovalWaits(Refusal):
    code = "second_factor.removal_waits"
    message = _("The removal is asked for already: another administrator has to grant it.")


class RemovalNotAsked(Refusal):
    code = "second_factor.removal_not_asked"
    message = _("Nobody has asked for the removal of this second factor.")


class RemovalAskedYourself(Refusal):
    code = "second_factor.same_administrator"
    message = _("You asked for this removal yourself: another administrator has to grant it.")


def is_required(user: User) -> bool:
    """Tell whether a user works only with a second factor."""
    return settings.SECOND_FACTOR == "required" and user.is_staff and user.role in ROLES


def roles_in_need() -> frozenset[str]:
    """Return the roles that decide what others proposed, or that reach anybody: by the role table."""
    decided = {second.act for row in roles.ACTS.values() for second in row.seconds}
    return frozenset(
        role
        for act, row in roles.ACTS.items()
        for role, reach in row.reach.items()
        if act in decided or (reach == roles.Reach.ALL and act.startswith(ABOUT_ANYBODY))
    )


ROLES = roles_in_need()


def new_key() -> bytes:
    """Return a key for an authenticator."""
    return secrets.token_bytes(totp.KEY)


@transaction.atomic
def add(user: User, key: bytes, code: str, *, at: datetime) -> list[str]:
    """Make a key one's own second factor, in place of one of before; return the recovery codes, shown once."""
    user = accounts.locked(user)
    before = factor_of(user)
    if before is not None and before.key_index == _index(
        key
    ):  # its button pressed twice: the first codes stay
        raise AlreadyAdded()
    step = totp.step_of(key, _plain(code), at=at)
    if step is None:
        raise CodeWrong()
    if before is not None:
        before.removed_by, before.removed_at = user, at
        before.save(update_fields=["removed_by", "removed_at"])
    codes = [_recovery_code() for _number in range(RECOVERY_CODES)]
    factor = SecondFactor(user=user, key_index=_index(key), last_step=step, added_at=at)
    factor.key_sealed = vault.encrypt_bytes(key, owner=factor.vault_owner("key_sealed"))
    factor.recovery = " ".join(map(_digest, codes))
    factor.save()
    user.second_factor = factor
    user.save(update_fields=["second_factor"])
    also = [factor, *([before] if before else [])]
    ledger.record("account.second_factor_added", about=user, by=user, at=at, user=user.username, also=also)
    return codes


def verify(user: User, code: str, *, at: datetime) -> SecondFactor:
    """Return the second factor whose code this is; none is taken twice. Raises CodeWrong, TooManyCodes."""
    with transaction.atomic():
        user = accounts.locked(user)
        factor = factor_of(user)
        if factor is None:
            raise NoSecondFactor()
        require_tries_left(user, at)
        if _takes(factor, _plain(code), at=at):
            return factor
        ledger.record("session.code_refused", about=user, by=user, at=at)
    raise CodeWrong()


@transaction.atomic
def ask_removal(user: User, *, by: User, at: datetime) -> None:
    """Ask that a lost second factor be taken away; another administrator grants it."""
    user, factor = _of_another(user, by)
    if factor.removal_by_id is not None:
        raise RemovalWaits()
    factor.removal_by, factor.removal_at = by, at
    factor.save(update_fields=["removal_by", "removal_at"])
    action = "account.second_factor_removal_asked"
    ledger.record(action, about=user, by=by, at=at, user=user.username, also=[factor])


@transaction.atomic
def grant_removal(user: User, *, by: User, at: datetime) -> None:
    """Take a second factor away as another administrator asked; its owner is told at the next log-in."""
    user, factor = _of_another(user, by)
    if factor.removal_by is None:
        raise RemovalNotAsked()
    if seats.are_one_human(factor.removal_by, by):
        raise RemovalAskedYourself()
    remove(user, by=by, at=at)


def remove(user: User, *, by: User, at: datetime) -> None:
    """Take the second factor of a locked account away, in the act that decided it."""
    factor = factor_of(user)
    if factor is None:
        return
    factor.removed_by, factor.removed_at, user.second_factor = by, at, None
    factor.save(update_fields=["removed_by", "removed_at"])
    user.save(update_fields=["second_factor"])
    also: list[Recorded] = [factor, *accounts.end_passkeys(user, by=by, at=at)]
    ledger.record("account.second_factor_removed", about=user, by=by, at=at, user=user.username, also=also)


def factor_of(user: User) -> SecondFactor | None:
    """Return the second factor of a locked account, locked; None where it has none."""
    if user.second_factor_id is None:
        return None
    rows = SecondFactor.objects.select_for_update(of=("self",)).select_related("removal_by", "user")
    return rows.filter(pk=user.second_factor_id, removed_at=None).first()


def _of_another(user: User, by: User) -> tuple[User, SecondFactor]:
    user = accounts.of_another(user, by)
    factor = factor_of(user)
    if factor is None:
        raise NoSecondFactor()
    return user, factor


def require_tries_left(user: User, at: datetime) -> None:
    """Refuse whoever answered wrongly too often, by code or by passkey."""
    since = ledger.microseconds(at - TRIES_WITHIN)
    wrong = Event.objects.filter(actor=user.username, action__in=WRONG, at_us__gt=since)
    if wrong.count() >= TRIES:
        minutes = int(TRIES_WITHIN.total_seconds()) // 60
        raise TooManyCodes(minutes=minutes, retry_after=minutes * 60)


def _takes(factor: SecondFactor, code: str, *, at: datetime) -> bool:
    if re.fullmatch(r"[0-9]{6}", code):
        key = vault.decrypt_bytes(factor.key_sealed, owner=factor.vault_owner("key_sealed"))
        step = totp.step_of(key, code, at=at) if _index(key) == factor.key_index else None
        if step is None or step <= factor.last_step:
            return False
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return True
    left = factor.recovery.split()
    if (digest := _digest(code)) not in left:
        return False
    factor.recovery = " ".join(one for one in left if one != digest)
    factor.save(update_fields=["recovery"])
    user = factor.user
    ledger.record("account.recovery_code_used", about=user, by=user, at=at, also=[factor], left=len(left) - 1)
    return True


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code)).lower()


def _index(key: bytes) -> str:
    return vault.blind_index(key.hex(), kind="second-factor")


def _digest(code: str) -> str:
    return hashlib.sha256(code.replace("-", "").encode()).hexdigest()  # 79 random bits need no slow hash


def _recovery_code() -> str:
    letters = "".join(secrets.choice(RECOVERY_LETTERS) for _number in range(RECOVERY_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4))
