"""The numbers of the picture: plain values without words, so that those of a large area can be kept for a while."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Left

from cases.models import Case, ControlOrder, Transition
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.selectors import awaited, due, samples
from cases.selectors.humans import live_in
from complaints import flow
from complaints.models import Ticket
from healthcode.core.offices.divisions import LENGTHS
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import covers
from healthcode.portal.morning.over_time import TOWNSHIP, OverTime, over_time

DAY = timedelta(days=1)
DELAY_DAYS = 7  # of which the hours to green are told
MOST = 20_000  # conversions whose hours are read, and rows beyond their hours
LARGE, KEPT = 200, 300  # figures beyond which they are kept, for so many seconds
HOME = Coalesce("person__merged_into__present", "person__present")
ROOT = Coalesce("person__merged_into", "person")
LIVING = Q(person__deceased_on=None, person__merged_into__deceased_on=None)


@dataclass(frozen=True)
class Ages:
    """How many wait, by how long they have waited, and since when the first."""

    key: str
    day: int  # less than a day
    three: int  # one to three days
    longer: int
    oldest: datetime | None

    @property
    def total(self) -> int:
        return self.day + self.three + self.longer


@dataclass(frozen=True)
class Delay:
    """How long codes took to green in one office: how many, the median, and within how many hours nine of ten."""

    office: int
    number: int
    median: float
    most: float


@dataclass(frozen=True)
class MorningFigures:
    """Everything the picture is drawn from; divisions and grounds by their codes."""

    at: datetime
    persons: dict[str, tuple[int, int]]  # by division: red, yellow
    grounds: dict[str, dict[str, int]]  # by division and ground: persons
    turned: dict[str, dict[str, int]]  # by division and colour: conversions to it within a day
    left_red: int
    left_yellow: int
    overdue: dict[str, int]
    tickets: dict[str, tuple[int, int]]  # by division: open, late
    categories: dict[str, tuple[int, int, int]]  # by category: open, late, received within a day
    waiting: tuple[Ages, ...]
    late: dict[str, int]  # by kind: beyond its hours
    delays: tuple[Delay, ...]
    over_time: OverTime

    @property
    def red(self) -> int:
        return sum(red for red, _yellow in self.persons.values())

    @property
    def yellow(self) -> int:
        return sum(yellow for _red, yellow in self.persons.values())

    def to(self, colour: Colour) -> int:
        """Return how many codes turned to a colour within a day."""
        return sum(of.get(colour.value, 0) for of in self.turned.values())


def figures(user: User, policy: Policy, *, at: datetime) -> MorningFigures:
    """Count a user's area as it stands; a large one as it was up to five minutes ago."""
    key = f"morning:{user.jurisdiction}:{user.role}:{policy.version}"
    kept: MorningFigures | None = cache.get(key)
    if kept is None:
        kept = _count(user, policy, at)
        if kept.red + kept.yellow > LARGE:
            cache.set(key, kept, KEPT)
    return kept


def _count(user: User, policy: Policy, at: datetime) -> MorningFigures:
    area, digits = user.jurisdiction, below(user.jurisdiction)
    turned, left = _turned(area, digits, at)
    return MorningFigures(
        at=at,
        **_standing(area, digits, policy),
        turned=turned,
        left_red=left[Colour.RED.value],
        left_yellow=left[Colour.YELLOW.value],
        overdue=_by_division(
            _of_area(ControlOrder.objects.standing().filter(due.where(due.Due.OVERDUE, at)), area, digits)
        ),
        **_tickets(area, digits, at),
        waiting=_waiting(user, area, digits, at),
        late=_late(user, at),
        delays=_delays(area, at),
        over_time=_over_time(area, max(digits, TOWNSHIP), policy, at),
    )


def below(area: str) -> int:
    """Return how many digits the divisions have of which an area is made."""
    return next((length for length in LENGTHS if length > len(area)), LENGTHS[-1])


def _of_area(rows: QuerySet[Any], area: str, digits: int) -> QuerySet[Any]:
    """Return the rows of the people who live in an area, each with the division; of a merged record the survivor's."""
    return rows.filter(live_in(area)).annotate(town=Left(HOME, digits)).order_by()


def _by_division(rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.values_list("town").annotate(n=Count("pk")))


def _over_time(area: str, digits: int, policy: Policy, at: datetime) -> OverTime:
    now = _persons(_open_cases(area, digits), policy)
    return over_time(now, lambda rows: _of_area(rows, area, digits), at=at)


def _open_cases(area: str, digits: int) -> QuerySet[Any]:
    return _of_area(Case.objects.open().filter(LIVING), area, digits).annotate(root=ROOT)


def _persons(rows: QuerySet[Any], policy: Policy) -> dict[str, tuple[int, int]]:
    """Return by division how many are red, and how many yellow."""
    red = [key for key, ground in policy.grounds.items() if ground.colour == Colour.RED]
    counted = rows.values_list("town").annotate(
        red=Count("root", distinct=True, filter=Q(ground__in=red)), every=Count("root", distinct=True)
    )
    return {town: (reds, every - reds) for town, reds, every in counted}


def _standing(area: str, digits: int, policy: Policy) -> dict[str, Any]:
    rows = _open_cases(area, digits)
    grounds: dict[str, dict[str, int]] = defaultdict(dict)
    for town, ground, number in rows.values_list("town", "ground").annotate(n=Count("root", distinct=True)):
        grounds[town][ground] = number
    return {"persons": _persons(rows, policy), "grounds": dict(grounds)}


def _turned(area: str, digits: int, at: datetime) -> tuple[dict[str, dict[str, int]], Counter[str]]:
    rows = _of_area(Transition.objects.filter(at__gt=at - DAY, at__lte=at), area, digits)
    turned: dict[str, dict[str, int]] = defaultdict(dict)
    left: Counter[str] = Counter()
    for town, before, after, number in rows.values_list("town", "from_colour", "to_colour").annotate(
        n=Count("pk")
    ):
        turned[town][after] = turned[town].get(after, 0) + number
        left[before] += number
    return dict(turned), left


def _tickets_of(area: str, digits: int, states: tuple[str, ...]) -> QuerySet[Ticket]:
    """Return the tickets of an area; one whose person nobody knows yet is the city's, and of no division."""
    found = Ticket.objects.filter(state__in=states)
    lives = Q(pk__in=_of_area(found, area, digits).values("pk"))
    nobodys = Q(person=None) if covers(area, settings.HOME_CITY) else Q(pk__in=())
    return found.filter(lives | nobodys)


def _tickets(area: str, digits: int, at: datetime) -> dict[str, Any]:
    mine = _tickets_of(area, digits, flow.OPEN).annotate(town=Left(HOME, digits)).order_by()
    late = Ticket.objects.late(at).values("pk")
    numbers = {"open": Count("pk"), "late": Count("pk", filter=Q(pk__in=late))}
    came = Count("pk", filter=Q(received_at__gt=at - DAY))
    towns = {town or "": (open_, over) for town, open_, over in mine.values_list("town").annotate(**numbers)}
    rows = mine.values_list("category").annotate(**numbers, came=came)
    return {"tickets": towns, "categories": {key: (open_, over, new) for key, open_, over, new in rows}}


def _waiting(user: User, area: str, digits: int, at: datetime) -> tuple[Ages, ...]:
    cases = _of_area(Case.objects.all(), area, digits)
    orders = _of_area(ControlOrder.objects.standing().filter(due.where(due.Due.OVERDUE, at)), area, digits)
    tickets = _tickets_of(area, digits, flow.UNDECIDED)
    asked: tuple[tuple[str, QuerySet[Any], str], ...] = (
        ("reports", cases.filter(state=State.REPORTED), "entered_at"),
        ("held", cases.filter(state=State.HELD), "entered_at"),
        ("untested", samples.untested(user, at), "opened_at"),
        ("overdue", orders, "until"),
        ("tickets", tickets, "received_at"),
    )
    return tuple(_ages(key, rows, field, at) for key, rows, field in asked)


def _ages(key: str, rows: QuerySet[Any], field: str, at: datetime) -> Ages:
    day, three = at - DAY, at - 3 * DAY
    found = rows.order_by().aggregate(
        day=Count("pk", filter=Q(**{f"{field}__gt": day})),
        three=Count("pk", filter=Q(**{f"{field}__lte": day, f"{field}__gt": three})),
        longer=Count("pk", filter=Q(**{f"{field}__lte": three})),
        oldest=Min(field),
    )
    return Ages(key, **found)


def _late(user: User, at: datetime) -> dict[str, int]:
    if not user.may("roster.watch"):
        return {}
    rows = awaited.late_for(user, at)[:MOST]
    return dict(Counter(key for key, _pk, _since in rows))


def _delays(area: str, at: datetime) -> tuple[Delay, ...]:
    """Return the hours from a case's beginning to its green, by the office that ended it, the slowest first."""
    turns = Transition.objects.filter(
        live_in(area),
        at__gt=at - DELAY_DAYS * DAY,
        at__lte=at,
        to_colour=Colour.GREEN.value,
        case__state=State.ENDED,
        office=F("case__closed_by__office"),
    )
    by_office: dict[int, list[float]] = defaultdict(list)
    rows = turns.order_by("-at").values_list("office", "case__opened_at", "at")
    for office, begun, ended in islice(rows, MOST):
        assert begun is not None  # what ended had begun
        by_office[office].append((ended - begun).total_seconds() / 3600)
    delays = (
        Delay(name, len(spans), median(spans), _nine_of_ten(spans)) for name, spans in by_office.items()
    )
    return tuple(sorted(delays, key=lambda one: (-one.median, one.office)))


def _nine_of_ten(hours: Sequence[float]) -> float:
    return quantiles(hours, n=10, method="inclusive")[8] if len(hours) > 1 else hours[0]
