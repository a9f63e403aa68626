"""Who sat where, and whether two accounts are one human: what a second pair of hands is judged by."""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import F, Model, Q, QuerySet

from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.offices import characters, staff
from healthcode.core.offices.models import Office, User

OWN_DIGITS = 11  # of a telephone number, without its country
Row = TypeVar("Row", bound=Model)


class Post(NamedTuple):
    """What somebody was, and where."""

    role: str
    office: Office


def post_at(user: User, at: datetime) -> Post:
    """Return the role and office that somebody had at an instant; an account can be given others later."""
    moved = None
    if user.created_at is not None and user.created_at > at:  # prepared anew since
        events = Event.objects.filter(target=user.audit_target, action="account.reassigned")
        moved = events.filter(at_us__gt=ledger.microseconds(at)).order_by("at_us", "pk").first()
    if moved is None:
        return Post(user.role, user.office)
    before = json.loads(moved.body)
    return Post(before["role_before"], Office.objects.get(code=before["office_before"]))


def posted(
    rows: QuerySet[Row],
    fits: Callable[[Post], bool],
    still: Q,
    *,
    by: str = "proposed_by",
    since: str = "proposed_at",
) -> QuerySet[Row]:
    """Keep the rows whose actor had a fitting post at the instant of the act.

    `still` asks the same of the account as it is. Only of accounts that were prepared anew since is each row read: of
    all that a city proposed that would be thousands.
    """
    moved = moved_since(by, since)
    acted = rows.filter(moved).select_related(f"{by}__office")
    kept = [row.pk for row in acted if fits(post_at(getattr(row, by), getattr(row, since)))]
    return rows.filter((still & ~moved) | Q(pk__in=kept))


def moved_since(by: str = "proposed_by", since: str = "proposed_at") -> Q:
    """Keep the rows whose actor was prepared anew after the act, perhaps for another post."""
    return Q(**{f"{by}__created_at__gt": F(since)})


def are_one_human(one: User, other: User) -> bool:
    """Tell whether two accounts are one human's."""
    return one.pk == other.pk or human_of(one) == human_of(other)


def alike(user: User) -> list[User]:
    """Return the accounts, closed ones too, of people who have the same name or telephone: perhaps one human's."""
    return alike_each([user])[0]


def alike_each(users: Sequence[User]) -> list[list[User]]:
    """Return the same of each account of a set, those of the set that are not stored yet among them."""
    people = [user for user in users if user.is_staff]
    by_name, by_phone = defaultdict[str, list[User]](list), defaultdict[str, list[User]](list)
    for other in [*_working(), *(user for user in people if user.pk is None)]:
        by_name[_letters(other.name)].append(other)
        by_phone[_digits(other.phone)].append(other)
    return [
        _others([*by_name[_letters(user.name)], *(by_phone[_digits(user.phone)] if user.phone else ())], user)
        if user.is_staff
        else []
        for user in users
    ]


def has_name_of(one: User, other: User) -> bool:
    """Tell whether two accounts bear one name, spelling aside."""
    return _letters(one.name) == _letters(other.name)


def _others(found: Sequence[User], user: User) -> list[User]:
    others = {id(one): one for one in found if one is not user and (one.pk is None or one.pk != user.pk)}
    return sorted(others.values(), key=lambda one: one.username)


def _working() -> QuerySet[User]:
    """Return the accounts that humans use or used: what was proposed by a closed one may wait for another human."""
    used = User.objects.filter(Q(is_active=True) | Q(last_login__isnull=False))
    return used.exclude(role__in=staff.MACHINES).select_related("office")


def human_of(user: User) -> str:
    """Return whose account it is, as far as names and telephones say, spelling aside; colleagues share a telephone."""
    return known_human(user) or f"account {user.pk}"


def known_human(user: User) -> str:
    """Return the same where name and telephone say it, "" where there is no telephone."""
    phone = _digits(user.phone)
    return f"{_letters(user.name)} {phone}" if phone else ""


def _digits(phone: str) -> str:
    """Return what a telephone number is compared by: its country and how it is written aside."""
    return _letters(phone)[-OWN_DIGITS:]


def _letters(text: str) -> str:
    """Return the letters and digits of a text: no width, case, blank, dot or traditional character makes two of one."""
    plain = characters.simplified(unicodedata.normalize("NFKC", text).casefold())
    return "".join(sign for sign in plain if sign.isalnum())
