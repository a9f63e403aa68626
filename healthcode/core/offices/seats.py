"""Who sat where, and whether two accounts are one human: what a second pair of hands is judged by."""

import json
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.offices import staff
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
    rows: QuerySet[Row], fits: Callable[[Post], bool], *, by: str = "proposed_by", since: str = "proposed_at"
) -> QuerySet[Row]:
    """Keep the rows whose actor had a fitting post at the instant of the act. Each row is read: for what waits."""
    acted = rows.select_related(f"{by}__office")
    kept = [row.pk for row in acted if fits(post_at(getattr(row, by), getattr(row, since)))]
    return rows.filter(pk__in=kept)


def are_one_human(one: User, other: User) -> bool:
    """Tell whether two accounts are one human's."""
    return one.pk == other.pk or human_of(one) == human_of(other)


def alike(user: User) -> QuerySet[User]:
    """Return the accounts in use of people who have the same name or telephone: perhaps one human's."""
    same = Q(name=user.name) | (Q(phone=user.phone) if user.phone else Q(pk__in=()))
    others = User.objects.filter(same, is_active=True).exclude(pk=user.pk).exclude(role__in=staff.MACHINES)
    return others.select_related("office").order_by("username") if user.is_staff else others.none()


def human_of(user: User) -> str:
    """Return whose account it is, as far as names and telephones say, spelling aside; colleagues share a telephone."""
    name, phone = (_letters(text) for text in (user.name, user.phone))
    return f"{name} {phone[-OWN_DIGITS:]}" if phone else f"account {user.pk}"


def _letters(text: str) -> str:
    """Return the letters and digits of a text: no width, case, blank or dot makes two humans of one."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
