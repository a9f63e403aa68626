"""What an account has to be, asked of one as of five thousand: each rule once, its queries by set."""

import re
from collections.abc import Collection, Sequence

from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from healthcode.core import languages
from healthcode.core.offices import seats, staff
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.parts import in_parts
from healthcode.core.offices.refusals import Refusal

NAMED = 10  # namesakes in a sentence
USERNAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff._@-]+")


class OfficeWaits(Refusal):
    code = "accounts.office.not_granted"
    message = _("This office has not been granted by another administrator yet.")
    field = "office"


class WrongOfficeKind(Refusal):
    """A role that does not exist in this kind of office."""

    code = "accounts.wrong_office_kind"
    message = _("There is no such role in this kind of office. Whoever has it works in: %(kinds)s.")
    field = "role"


class SystemRole(Refusal):
    """The system acts by itself: nobody is it."""

    code = "accounts.system_role"
    message = _("The system's own role is not given to anybody.")
    field = "role"


class UsernameTaken(Refusal):
    code = "accounts.username_taken"
    message = _("This username is taken.")
    field = "username"


class UsernameOdd(Refusal):
    """A name that could be read as another one: a Cyrillic letter looks like a Latin one."""

    code = "accounts.username_odd"
    message = _("A username is of letters from a to z, Chinese characters, digits and . _ - @ only.")
    field = "username"


class OneAccountEach(Refusal):
    """Two accounts of one human could propose and approve the same thing."""

    code = "accounts.one_account_each"
    message = _("This person already has an account: change its role and office instead.")
    field = "name"


class LooksLikeAnother(Refusal):
    code = "accounts.looks_like_another"
    message = _("%(names)s bears the same name: make sure that these are two people, and say so.")
    field = "two_people"


def faults(users: Sequence[User]) -> dict[int, list[Refusal]]:
    """Return by place why accounts cannot be prepared, as if those before them in the set were there already."""
    taken, humans = _taken([user.username for user in users]), humans_in_use()
    found: dict[int, list[Refusal]] = {}
    for place, user in enumerate(users):
        if wrong := [*_of_itself(user), *_beside_others(user, taken, humans)]:
            found[place] = wrong
        taken.add(user.username.lower())
        humans.add(seats.known_human(user))
    return found


def _of_itself(user: User) -> list[Refusal]:
    wrong: list[Refusal] = []
    try:
        require_fit(user.role, user.office)
    except Refusal as refusal:
        wrong.append(refusal)
    if not USERNAME.fullmatch(user.username):
        wrong.append(UsernameOdd())
    return wrong


def _beside_others(user: User, taken: Collection[str], humans: Collection[str]) -> list[Refusal]:
    wrong: list[Refusal] = []
    if user.username.lower() in taken:
        wrong.append(UsernameTaken())
    if _is_known(user, humans):
        wrong.append(OneAccountEach())
    return wrong


def require_fit(role: str, office: Office) -> None:
    """Refuse a role that this kind of office does not have."""
    if role == staff.Role.SYSTEM:
        raise SystemRole()
    if office.kind not in staff.OFFICE_KINDS.get(role, ()):
        kinds = [str(staff.OfficeKind(kind).label) for kind in staff.OFFICE_KINDS.get(role, ())]
        raise WrongOfficeKind(kinds=languages.listed(kinds))
    if office.is_waiting:
        raise OfficeWaits()


def require_one_account(user: User) -> None:
    """Refuse an account for somebody who has another one in use."""
    if _is_known(user, humans_in_use(but=user)):
        raise OneAccountEach()


def require_distinct(users: Sequence[User], *, two_people: bool) -> list[list[str]]:
    """Return the usernames of each account's namesakes; refuse where nobody made sure that they are other people's."""
    alike = zip(users, seats.alike_each(users), strict=True)
    namesakes = [[one.username for one in others if seats.has_name_of(one, user)] for user, others in alike]
    names = sorted({name for found in namesakes for name in found})
    if names and not two_people:
        raise LooksLikeAnother(names=languages.listed(names[:NAMED]) + (" …" if names[NAMED:] else ""))
    return namesakes


def humans_in_use(*, but: User | None = None) -> set[str]:
    """Return whose accounts are in use, as far as names and telephones say."""
    others = User.objects.filter(is_active=True).only("name", "phone")
    return {seats.known_human(other) for other in others if but is None or other.pk != but.pk}


def _is_known(user: User, humans: Collection[str]) -> bool:
    human = seats.known_human(user)
    return human != "" and human in humans


def _taken(usernames: Sequence[str]) -> set[str]:
    """Return which of these names others bear, small letters or capitals: nobody tells `Admin` from `admin`."""
    named = User.objects.annotate(plain=Lower("username"))
    return {
        name
        for part in in_parts([name.lower() for name in usernames])
        for name in named.filter(plain__in=part).values_list("plain", flat=True)
    }
