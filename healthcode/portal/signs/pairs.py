"""Signs that two seats were one human's, and that what waited for a second person waited too long."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, F, Max, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Proposal, Shift
from cases.policy import days
from cases.policy.rulebook import Policy
from cases.selectors import awaited
from cases.selectors.worklists import person_of
from healthcode.core import languages
from healthcode.core.audit import ledger
from healthcode.core.audit.bodies import BodyText
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import Token, User
from healthcode.core.offices.roles import ACTS, SUPERVISION_AFTER
from healthcode.portal.signs import thresholds
from healthcode.portal.signs.sign import LIMIT, Sign, SignRow, people, trail_url

Seats = tuple[str, str, str, str]
# By whom and when something was proposed and decided, of proposals, of cases that waited, of accounts and tokens.
SEATS: Seats = ("proposed_by", "proposed_at", "decided_by", "decided_at")
OF_CASES: Seats = ("entered_by", "entered_at", "opened_by", "opened_at")
OF_ACCOUNTS: Seats = ("created_by", "created_at", "granted_by", "granted_at")


def one_human(at: datetime, policy: Policy) -> list[SignRow]:
    """Find pairs of proposer and decider who share a name, or a telephone number that is not their office's."""
    pairs: dict[tuple[int, ...], list[datetime]] = defaultdict(list)
    for one, other, when in _decided(at, _alike):
        pairs[one, other].append(when)
    return [*_pairs("human", pairs), *_one_telephone(at)]


def seconds_after(at: datetime, policy: Policy) -> list[SignRow]:
    """Find nights in which one and the same person decided, within seconds, what another proposed."""
    nights: dict[tuple[int, ...], list[datetime]] = defaultdict(list)
    for one, other, when in _decided(at, _quick):
        if not thresholds.NIGHT_ENDS <= when.astimezone(days.ZONE).hour < thresholds.NIGHT_BEGINS:
            night = days.local_day(when - days.ONE_DAY / 2)
            nights[one, other, night.toordinal()].append(when)
    often = {key: found for key, found in nights.items() if len(found) >= thresholds.SECONDS_A_NIGHT}
    return _pairs("night", often)


def one_device(at: datetime, policy: Policy) -> list[SignRow]:
    """Find pairs of whom one decided within the hour what the other proposed, both logged in on one device."""
    decided = list(_decided(at, _within_the_hour))
    device_at = _devices({key for one, other, _when in decided for key in (one, other)}, at)
    pairs: dict[tuple[int, ...], list[datetime]] = defaultdict(list)
    for one, other, when in decided:
        if (device := device_at(one, when)) and device == device_at(other, when):
            pairs[one, other].append(when)
    return _pairs("device", pairs)


def _within_the_hour(seats: Seats) -> Q:
    _first, proposed, _second, decided = seats
    return Q(**{f"{decided}__lte": F(proposed) + thresholds.DEVICE_WITHIN})


def _devices(users: set[int], at: datetime) -> Callable[[int, datetime], str]:
    """Return what tells the device that an account had logged in on last at an instant, or nothing."""
    names = dict(User.objects.filter(pk__in=users).values_list("username", "pk"))
    since = ledger.microseconds(at - thresholds.RECENT - timedelta(seconds=settings.SESSION_COOKIE_AGE))
    opened = Event.objects.filter(actor__in=names, action="session.opened", at_us__gte=since)
    opened = opened.annotate(device=BodyText("device")).exclude(device=None).order_by("at_us", "pk")
    log_ins: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for actor, at_us, device in opened.values_list("actor", "at_us", "device"):
        log_ins[names[actor]].append((at_us, device))

    def device_at(user: int, when: datetime) -> str:
        before = bisect_left(log_ins[user], (ledger.microseconds(when) + 1,))
        return log_ins[user][before - 1][1] if before else ""

    return device_at


def _alike(seats: Seats) -> Q:
    first, _proposed, second, _decided = seats
    one_phone = Q(**{f"{first}__phone": F(f"{second}__phone")}) & ~Q(**{f"{first}__phone": ""})
    desk = Q(**{f"{first}__phone": F(f"{first}__office__phone")})
    return Q(**{f"{first}__name": F(f"{second}__name")}) | one_phone & ~desk


def _quick(seats: Seats) -> Q:
    _first, proposed, _second, decided = seats
    return Q(**{f"{decided}__lte": F(proposed) + thresholds.SECOND_WITHIN})


NAMED = 100  # of what waits too long, the oldest, by whom it is about


def long_waiting(at: datetime, policy: Policy) -> list[SignRow]:
    """Find what has waited so long beyond its hours that supervision is called."""
    found = list(awaited.late_anywhere(at, SUPERVISION_AFTER).order_by("waits_since")[:LIMIT])
    named = {(kind.key, row.pk): person_of(row) or row for kind, row in awaited.rows_of(found[:NAMED], at)}
    url = reverse("admin:work", args=("late",))
    return [
        SignRow(
            f"{key}:{pk}",
            f"{ACTS[awaited.BY_KEY[key].act].words} · {named.get((key, pk), pk)}",
            since,
            url,
        )
        for key, pk, since in found
    ]


def _decided(at: datetime, where: Callable[[Seats], Q]) -> QuerySet[Any]:
    """Return proposer, decider and instant of what two accounts did together lately, of all kinds as one statement."""
    kinds = [(model, SEATS) for model in apps.get_models() if issubclass(model, Proposal)]
    branches = []
    for model, seats in (*kinds, (Case, OF_CASES), (User, OF_ACCOUNTS), (Token, OF_ACCOUNTS)):
        first, _proposed, second, decided = seats
        rows = model._default_manager.filter(where(seats), **{f"{decided}__gte": at - thresholds.RECENT})
        rows = rows.exclude(**{second: None}).exclude(**{first: F(second)}).order_by()
        # One statement: twenty-odd kinds would be as many questions on every look at the board.
        rows = rows.annotate(one_seat=F(first), other_seat=F(second), decided_then=F(decided))
        branches.append(rows.values_list("one_seat", "other_seat", "decided_then"))
    return branches[0].union(*branches[1:], all=True)[:LIMIT]


def _pairs(kind: str, pairs: Mapping[tuple[int, ...], list[datetime]]) -> list[SignRow]:
    users = User.objects.select_related("office").in_bulk({key for pair in pairs for key in pair[:2]})
    return [
        SignRow(
            f"{kind}:{pair}:{len(found)}",
            f"{_who(users[pair[0]])} → {_who(users[pair[1]])} · {len(found)}",
            max(found),
            trail_url(actor=users[pair[1]].username),
        )
        for pair, found in sorted(pairs.items(), key=lambda one: -len(one[1]))
    ]


def _who(user: User) -> str:
    return languages.bracketed(user.name, user.office)


def _one_telephone(at: datetime) -> list[SignRow]:
    """Find telephones under which several people were on duty, and which are no office's."""
    recent = Shift.objects.kept().filter(until__gte=at - thresholds.RECENT).exclude(phone=F("office__phone"))
    groups = (
        recent.order_by().values("phone").annotate(n=Count("user", distinct=True), latest=Max("entered_at"))
    )
    url = reverse("admin:cases_shift_changelist")
    return [
        SignRow(
            f"phone:{one['phone']}:{one['n']}", f"{one['phone']} · {people(one['n'])}", one["latest"], url
        )
        for one in groups.filter(n__gt=1).order_by("-n")[:LIMIT]
    ]


SIGNS = (
    Sign(
        "one_human",
        _("Two seats, one human?"),
        _(
            "Proposer and decider of the last %(days)s days with one name or one telephone that is not the office's, "
            "and several people on duty under one telephone."
        ),
        one_human,
        {"days": thresholds.RECENT.days},
    ),
    Sign(
        "one_device",
        _("Two seats, one device?"),
        _(
            "In the last %(days)s days decided within %(minutes)s minutes of the proposal, by two accounts that had "
            "logged in on one and the same browser."
        ),
        one_device,
        {
            "days": thresholds.RECENT.days,
            "minutes": thresholds.DEVICE_WITHIN.seconds // 60,
        },
    ),
    Sign(
        "seconds",
        _("Decided within seconds, all night"),
        _(
            "In one night (%(begins)s to %(ends)s o'clock) one person decided %(n)s or more times within %(seconds)s "
            "seconds what one and the same other had proposed."
        ),
        seconds_after,
        {
            "begins": thresholds.NIGHT_BEGINS,
            "ends": thresholds.NIGHT_ENDS,
            "n": thresholds.SECONDS_A_NIGHT,
            "seconds": thresholds.SECOND_WITHIN.seconds,
        },
    ),
    Sign(
        "long_waiting",
        _("Waiting long beyond its hours"),
        _("What nobody decided or did within %(times)s times its hours."),
        long_waiting,
        {"times": SUPERVISION_AFTER},
    ),
)
