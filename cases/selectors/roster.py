"""Who is on duty now, whom something that waits is with, and for when nobody has been entered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import RuleBook, Shift
from cases.policy.rulebook import Policy
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.roles import ACTS, HOURS, SUPERVISION_AFTER, Decider
from healthcode.core.offices.scope import covers, within
from healthcode.core.offices.staff import OFFICE_KINDS, ON_DUTY, OfficeKind

CALLED = 2  # of several on duty, so many are named
GAP_HOURS = 24  # how far ahead a gap is shown
WATCH = "roster.watch"
# Decided at the proposer's own level; for the city, wherever it is; by another kind of office than the proposer's.
SAME_LEVEL = ("case.enter_report", "case.enter_exit", "order.decide_certificate")
OF_CITY = ("area.decide", "order.decide_elsewhere", "rulebook.decide")
OTHER_ROLE = ("person.confirm_death",)
OFFICES_THAT_DECIDE = tuple(
    sorted(
        {
            str(kind)
            for act in HOURS
            for role in ACTS[act].reach
            if role in ON_DUTY
            for kind in OFFICE_KINDS[role]
        }
    )
)
_WHO = {second.act: second.who for act in ACTS.values() for second in act.seconds}


class Stage(models.TextChoices):
    """Whom something that waits is with."""

    OFFICE = "OFFICE", _("waits for the office")
    LEADER = "LEADER", _("beyond its hours: with the leader on duty")
    SUPERVISION = "SUPERVISION", _("long beyond its hours: with the leader on duty and supervision")


@dataclass(frozen=True)
class Matter:
    """What is known of something that waits: the act, since when, where, who began it, and who alone may settle it."""

    act: str
    since: datetime
    division: str = ""  # "" is the whole city
    by: User | None = None
    office: int | None = None
    roles: tuple[str, ...] = ()  # that may decide this one, where not every role that holds the act may
    due: datetime | None = None  # of what has a day of its own, whatever the hours of its act


@dataclass(frozen=True)
class Wait:
    """How something that waits stands to its hours, and who can be called about it now."""

    since: datetime
    due: datetime
    stage: Stage
    deciders: tuple[Shift, ...]
    leaders: tuple[Shift, ...]

    @property
    def late(self) -> bool:
        return self.stage != Stage.OFFICE


@dataclass(frozen=True)
class Gap:
    """A span for which an office has nobody on duty, or a prevention office no leader."""

    office: Office
    leads: bool
    from_at: datetime
    until: datetime


class Roster:
    """The shifts that run at one instant, read once for a whole page."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    @cached_property
    def policy(self) -> Policy:
        """Return the rule book in force, for those kinds that it says something about."""
        return RuleBook.objects.in_force(self.at).policy

    @cached_property
    def shifts(self) -> tuple[Shift, ...]:
        running = Shift.objects.at(self.at).select_related("office", "user__office").order_by("from_at", "pk")
        # Who has another office meanwhile is on duty for neither.
        return tuple(one for one in running if one.user.is_active and one.user.office_id == one.office_id)

    def wait(self, matter: Matter) -> Wait:
        """Return how a matter stands to its hours. An act that names none is a KeyError."""
        hours = timedelta(hours=HOURS[matter.act])
        due = matter.due or matter.since + hours
        stage = Stage.OFFICE
        if self.at >= due:
            over = self.at >= due + (SUPERVISION_AFTER - 1) * hours
            stage = Stage.SUPERVISION if over else Stage.LEADER
        leaders = self.leaders(matter.division) if stage != Stage.OFFICE else ()
        return Wait(matter.since, due, stage, self.deciders(matter), leaders)

    def deciders(self, matter: Matter) -> tuple[Shift, ...]:
        """Return who is on duty and may decide a matter, those of the nearest office."""
        return _nearest([one for one in self.shifts if may_decide(one.user, matter)])

    def leaders(self, division: str) -> tuple[Shift, ...]:
        """Return the leaders on duty over a division, the nearest."""
        place = division or settings.HOME_CITY
        return _nearest([one for one in self.shifts if one.leads and covers(one.office.division_id, place)])


def may_decide(user: User, matter: Matter) -> bool:
    """Tell whether a user may settle a matter: role, place, and another hand than whoever began it."""
    office, by = user.office, matter.by
    if not user.may(matter.act) or (matter.roles and user.role not in matter.roles):
        return False
    if matter.office is not None:
        return office.pk == matter.office
    if by is not None and by.pk == user.pk:
        return False
    if by is not None and _WHO.get(matter.act) != Decider.COLLEAGUE and by.office_id == office.pk:
        return False
    if by is not None and matter.act in OTHER_ROLE and by.role == user.role:
        return False
    if by is not None and matter.act in SAME_LEVEL:
        return office.division_id == by.office.division_id
    place = matter.division if matter.act not in OF_CITY else ""
    return covers(office.division_id, place or settings.HOME_CITY)


def _nearest(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    level = max((len(one.office.division_id) for one in shifts), default=0)
    near = [one for one in shifts if len(one.office.division_id) == level]
    return tuple(sorted(near, key=lambda one: one.leads)[:CALLED])


def offices_of(user: User) -> QuerySet[Office]:
    """Return the offices whose roster a user answers for: the own one, for whoever watches those of their area."""
    if not user.may(WATCH):
        return Office.objects.filter(pk=user.office_id)
    area = within(user.jurisdiction, "division")
    return Office.objects.filter(area, users__role__in=ON_DUTY).distinct()


def gaps(offices: Iterable[Office], *, at: datetime) -> list[Gap]:
    """Return for when within a day these offices have nobody on duty, soonest first; no roster is enforced."""
    end = at + timedelta(hours=GAP_HOURS)
    deciding = [office for office in offices if office.kind in OFFICES_THAT_DECIDE]
    shifts = Shift.objects.kept().filter(office__in=deciding, until__gt=at, from_at__lt=end)
    spans: dict[tuple[int, bool], list[tuple[datetime, datetime]]] = {}
    for shift in shifts.order_by("from_at"):
        for leads in {False, shift.leads}:
            spans.setdefault((shift.office_id, leads), []).append((shift.from_at, shift.until))
    found = []
    for office in deciding:
        for leads in (False, True) if office.kind == OfficeKind.PREVENTION else (False,):
            free = _free(spans.get((office.pk, leads), ()), at, end)
            found += [Gap(office, leads, begin, until) for begin, until in free]
    return sorted(found, key=lambda gap: (gap.from_at, gap.office.pk, gap.leads))


def _free(
    spans: Iterable[tuple[datetime, datetime]], at: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """Return what of [at, end) no span covers; the spans are sorted by their beginning."""
    free = []
    for begin, until in spans:
        if begin > at:
            free.append((at, begin))
        at = max(at, until)
    return [*free, (at, end)] if at < end else free
