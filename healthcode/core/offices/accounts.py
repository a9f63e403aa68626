"""Accounts: one administrator prepares, another grants. Nobody gives themselves or a friend power alone."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import account_rules, one_time, seats, staff
from healthcode.core.offices.models import Office, Passkey, Token, User
from healthcode.core.offices.refusals import NotAllowed, Refusal

_ADMINISTRATION = {
    "kind": staff.OfficeKind.ADMINISTRATION,
    "name": "账号管理",
    "name_en": "Account administration",
}
ADMINISTRATORS_NEEDED = 2  # with one left, no account could ever be granted again
PASSWORD_LIVES = timedelta(days=3)  # one that was made for somebody, until they choose their own


class OwnAccount(Refusal):
    code = "accounts.own_account"
    message = _("You cannot do this to your own account.")


class SameAdministrator(Refusal):
    code = "accounts.same_administrator"
    message = _("You prepared this account yourself: another administrator has to grant it.")


class AlreadyGranted(Refusal):
    code = "accounts.already_granted"
    message = _("This account has already been granted.")


class AdministratorsExist(Refusal):
    code = "accounts.administrators_exist"
    message = _("There are two administrators already: they prepare and grant every further account.")


class NotInUse(Refusal):
    code = "accounts.not_in_use"
    message = _("This account is not in use.")


class LastAdministrators(Refusal):
    code = "accounts.last_administrators"
    message = _("At least two administrators have to remain: a grant needs both.")


class MachineAccount(Refusal):
    code = "accounts.machine_has_no_password"
    message = _("A machine has tokens, not a password.")


def system(name: str = "system", *, at: datetime) -> User:
    """Return the account that the portal itself acts under; nobody logs in with it."""
    office, office_is_new = Office.objects.get_or_create(
        code="administration", defaults={**_ADMINISTRATION, "division_id": settings.HOME_CITY}
    )
    values = {"role": staff.Role.SYSTEM, "office": office, "name": name, "created_at": at}
    user, created = User.objects.select_related("office__division").get_or_create(
        username=name, defaults=values
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        also = [office] if office_is_new else []
        _record("account.created", user, by=user, at=at, also=also, role_given=user.role)
    return user


@transaction.atomic
def bootstrap(*, username: str, name: str, office: Office, by: User, at: datetime) -> tuple[User, str]:
    """Make one of the first two administrators, at set-up; `by` is the system. Returns the password, shown once."""
    if by.role != staff.Role.SYSTEM:
        raise NotAllowed()
    if _administrators().count() >= ADMINISTRATORS_NEEDED:
        raise AdministratorsExist()
    user = User(
        username=username, name=name, role=staff.Role.ADMINISTRATOR.value, office=office, is_active=True
    )
    for wrong in account_rules.faults([user]).values():
        raise wrong[0]
    user.created_by, user.created_at, user.granted_at = by, at, at
    password = new_password(user, at)
    user.save()
    _record("account.granted", user, by=by, at=at, role_given=user.role, office_given=office.code)
    return user, password


@transaction.atomic
def create(
    *,
    username: str,
    name: str,
    role: str,
    office: Office,
    phone: str = "",
    is_head: bool = False,
    by: User,
    at: datetime,
) -> User:
    """Prepare an account. It cannot be used until another administrator grants it."""
    require_administrator(by)
    user = User(username=username, name=name, role=role, office=office, phone=phone, is_head=is_head)
    for wrong in account_rules.faults([user]).values():
        raise wrong[0]
    user.created_by, user.created_at = by, at
    user.set_unusable_password()
    user.save()
    _record("account.created", user, by=by, at=at, role_given=role, office_given=office.code)
    return user


@transaction.atomic
def grant(user: User, *, two_people: bool = False, by: User, at: datetime) -> str:
    """Let a prepared account be used; return its first password ("" for a machine), shown once.

    `two_people`: whoever grants made sure that an account of the same name is another human's.
    """
    user = of_another(user, by)
    if user.is_active:
        raise AlreadyGranted()
    if user.created_by is not None and seats.are_one_human(user.created_by, by):
        raise SameAdministrator()
    account_rules.require_fit(user.role, user.office)
    account_rules.require_one_account(user)
    namesakes = account_rules.require_distinct([user], two_people=two_people)[0]
    user.is_active, user.granted_by, user.granted_at = True, by, at
    password = new_password(user, at)
    user.save()
    given = {"role_given": user.role, "office_given": user.office.code, "namesakes": namesakes or None}
    _record("account.granted", user, by=by, at=at, **given)
    return password


@transaction.atomic
def reassign(user: User, *, role: str, office: Office, is_head: bool = False, by: User, at: datetime) -> User:
    """Give an account another role or office. It is closed until another administrator grants it anew."""
    user = of_another(user, by)
    account_rules.require_fit(role, office)
    _require_administrators_without(user)
    before = {"role_before": user.role, "office_before": user.office.code}
    user.role, user.office, user.is_head = role, office, is_head
    user.created_by, user.created_at = by, at
    tokens, given = _close(user, at=at), {"role_given": role, "office_given": office.code}
    _record("account.reassigned", user, by=by, at=at, also=tokens, **given, **before)
    return user


@transaction.atomic
def deactivate(user: User, *, reason: str, by: User, at: datetime) -> None:
    """Close an account at once, with its sessions and tokens. It comes back only by a new grant."""
    user = of_another(user, by)
    if not user.is_active:
        raise NotInUse()
    _require_administrators_without(user)
    user.created_by, user.created_at = by, at  # whoever closed it may not be the one who opens it again
    ended: list[Recorded] = [*_close(user, at=at), *end_passkeys(user, by=by, at=at)]
    ledger.record(
        "account.deactivated",
        about=user,
        by=by,
        at=at,
        user=user.username,
        notes={"reason": reason},
        also=ended,
    )


@transaction.atomic
def reset_password(user: User, *, by: User, at: datetime) -> None:
    """Take a user's password away. The account is closed until another administrator grants it anew.

    A password is a grant: whoever could set it alone would be that user, and second their own acts. Tokens stay.
    """
    user = of_another(user, by)
    if not user.is_active:
        raise NotInUse()
    if not user.is_staff:
        raise MachineAccount()
    _require_administrators_without(user)
    user.created_by, user.created_at = by, at
    _shut(user)
    _record("account.password_reset", user, by=by, at=at)


def require_administrator(by: User) -> None:
    """Refuse whoever does not keep accounts."""
    if not by.may("account.manage"):
        raise NotAllowed()


def _require_administrators_without(user: User) -> None:
    if user.role != staff.Role.ADMINISTRATOR or not user.is_active:
        return
    if _administrators().exclude(pk=user.pk).count() < ADMINISTRATORS_NEEDED:
        raise LastAdministrators()


def _administrators() -> QuerySet[User]:
    return User.objects.filter(role=staff.Role.ADMINISTRATOR, is_active=True)


def of_another(user: User, by: User) -> User:
    """Lock an account for an administrator, who does nothing to their own."""
    require_administrator(by)
    user = locked(user)
    if user.pk == by.pk:
        raise OwnAccount()
    return user


def lock_administrators() -> None:
    """Lock all administrators' accounts: of two sets that are granted at once, the second sees the first."""
    list(_administrators().select_for_update().order_by("pk").values_list("pk"))


def locked(user: User) -> User:
    """Lock an account and all administrators', so that two who close each other at once do not both succeed."""
    rows = User.objects.filter(Q(pk=user.pk) | Q(role=staff.Role.ADMINISTRATOR)).select_related("office")
    return next(row for row in rows.select_for_update(of=("self",)).order_by("pk") if row.pk == user.pk)


def _close(user: User, *, at: datetime) -> list[Token]:
    """Close an account; return its tokens that ended with it."""
    _shut(user)
    Token.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
    return list(user.tokens.filter(revoked_at=at))


def end_passkeys(user: User, *, by: User, at: datetime) -> list[Passkey]:
    """Take all passkeys of a locked account away, in the act that decided it; return them."""
    ended = list(Passkey.objects.select_for_update().filter(user=user, removed_at=None).order_by("pk"))
    for passkey in ended:
        passkey.removed_by, passkey.removed_at = by, at
        passkey.save(update_fields=["removed_by", "removed_at"])
    return ended


def givers_of(user: User) -> tuple[User, User] | None:
    """Return who asked for the password that somebody was given and who granted it; None of one from the server."""
    if user.created_by is None or user.granted_by is None or user.granted_at is None:
        return None
    of_grant = user.password_until == user.granted_at + PASSWORD_LIVES
    return (user.created_by, user.granted_by) if of_grant else None


def _shut(user: User) -> None:
    user.is_active, user.granted_by, user.granted_at = False, None, None
    user.head_asked_by = user.head_asked_at = None
    user.set_unusable_password()
    user.save()


def new_password(user: User, at: datetime) -> str:
    """Make a first password for an account in hand, to be saved with it; return it ("" for a machine)."""
    if not user.is_staff:
        return ""
    password = one_time.new_code()
    user.password = one_time.hashed(password)
    user.password_is_temporary, user.password_until = True, at + PASSWORD_LIVES
    return password


def _record(action: str, user: User, *, by: User, at: datetime, **body: Any) -> None:
    ledger.record(action, about=user, by=by, at=at, user=user.username, **body)
