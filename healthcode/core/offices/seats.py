"""Who sat where, and whether two accounts are one human: what a second pair of hands is judged by."""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.offices import staff
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.parts import in_parts

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
    rows: QuerySet[Row], fits: Callable[[Post], bool], *, by: str = "proposed_by", since: str = "proposed_at"
) -> QuerySet[Row]:
    """Keep the rows whose actor had a fitting post at the instant of the act. Each row is read: for what waits."""
    acted = rows.select_related(f"{by}__office")
    kept = [row.pk for row in acted if fits(post_at(getattr(row, by), getattr(row, since)))]
    return rows.filter(pk__in=kept)


def are_one_human(one: User, other: User) -> bool:
    """Tell whether two accounts are one human's."""
    return one.pk == other.pk or human_of(one) == human_of(other)


def alike(user: User) -> list[User]:
    """Return the accounts in use of people who have the same name or telephone: perhaps one human's."""
    return alike_each([user])[0]


def alike_each(users: Sequence[User]) -> list[list[User]]:
    """Return the same of each account of a set, those of the set that are not stored yet among them."""
    people = [user for user in users if user.is_staff]
    by_name, by_phone = defaultdict[str, list[User]](list), defaultdict[str, list[User]](list)
    for other in [*_named_so(people), *(user for user in people if user.pk is None)]:
        by_name[other.name].append(other)
        by_phone[other.phone].append(other)
    return [
        _others([*by_name[user.name], *(by_phone[user.phone] if user.phone else ())], user)
        if user.is_staff
        else []
        for user in users
    ]


def _others(found: Sequence[User], user: User) -> list[User]:
    others = {id(one): one for one in found if one is not user and (one.pk is None or one.pk != user.pk)}
    return sorted(others.values(), key=lambda one: one.username)


def _named_so(people: Sequence[User]) -> Iterator[User]:
    """Yield the accounts in use that have a name or telephone of these people, each once."""
    seen: set[int] = set()
    used = User.objects.filter(is_active=True).exclude(role__in=staff.MACHINES).select_related("office")
    for part in in_parts(people):
        phones = [user.phone for user in part if user.phone]
        same = Q(name__in=[user.name for user in part]) | Q(phone__in=phones)
        for other in used.filter(same).order_by("username"):
            if other.pk not in seen:
                seen.add(other.pk)
                yield other


def human_of(user: User) -> str:
    """Return whose account it is, as far as names and telephones say, spelling aside; colleagues share a telephone."""
    return known_human(user) or f"account {user.pk}"


def known_human(user: User) -> str:
    """Return the same where name and telephone say it, "" where there is no telephone."""
    name, phone = (_letters(text) for text in (user.name, user.phone))
    return f"{name} {phone[-OWN_DIGITS:]}" if phone else ""


def _letters(text: str) -> str:
    """Return the letters and digits of a text: no width, case, blank or dot makes two humans of one."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
