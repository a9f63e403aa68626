"""How many people of an area are red and yellow, and how many turned on each day, from the facts."""

from collections import Counter
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import Coalesce, TruncDate

from cases.models import Case, Transition
from cases.policy import days
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.selectors.colours import gravity
from cases.selectors.humans import live_in
from healthcode.core.offices.scope import within

CHART_DAYS = 14
TURNED_TO = (Colour.RED, Colour.YELLOW, Colour.GREEN)
Counts = tuple[tuple[Colour, int], ...]
Conversions = tuple[tuple[date, dict[Colour, int]], ...]


def counts(jurisdiction: str, policy: Policy) -> Counts:
    """Count a jurisdiction's reds and yellows."""
    found: Counter[Colour] = Counter()
    for (_area, colour), number in coloured(policy, jurisdiction).items():
        found[colour] += number
    return tuple((colour, found[colour]) for colour in (Colour.RED, Colour.YELLOW))


def coloured(policy: Policy, jurisdiction: str | None = None) -> Counter[tuple[str, Colour]]:
    """Count reds and yellows by division, of a jurisdiction or of everybody.

    It starts from the open cases: greens are far too many.
    """
    living = Q(person__deceased_on=None, person__merged_into=None)
    if jurisdiction is not None:
        living &= within(jurisdiction, "person__present")
    # Whoever has cases on several records is weighed here: they are few, and to join them in SQL would join everybody.
    joined = _joined(policy, jurisdiction)
    cases = Case.objects.open().filter(living).exclude(person__in=joined).order_by()
    red = Q(ground__in=policy.keys_where(lambda ground: ground.colour == Colour.RED))
    yellow = Q(ground__in=policy.keys_where(lambda ground: ground.colour == Colour.YELLOW))
    rows = cases.values_list("person__present").annotate(
        red=Count("person", distinct=True, filter=red),
        coloured=Count("person", distinct=True, filter=red | yellow),
    )
    found: Counter[tuple[str, Colour]] = Counter()
    for area, reds, everybody in rows:
        found[area, Colour.RED] += reds
        found[area, Colour.YELLOW] += everybody - reds
    by_gravity = {colour.gravity: colour for colour in (Colour.RED, Colour.YELLOW)}
    found.update((area, by_gravity[weight]) for area, weight in joined.values() if weight in by_gravity)
    return found


def _joined(policy: Policy, jurisdiction: str | None) -> dict[int, tuple[str, int]]:
    """Return area and gravity of each living person of whom an open case stands on a merged record."""
    path = "person__merged_into"
    merged = Case.objects.open().filter(**{f"{path}__isnull": False, f"{path}__deceased_on": None})
    if jurisdiction is not None:
        merged = merged.filter(within(jurisdiction, f"{path}__present"))
    rows = list(merged.order_by().values_list(path, f"{path}__present", gravity(policy)))
    if rows:
        own = Case.objects.open().filter(person__in={root for root, _area, _weight in rows})
        rows += own.order_by().values_list("person", "person__present", gravity(policy))
    gravest: dict[int, tuple[str, int]] = {}
    for root, area, weight in rows:
        gravest[root] = (area, max(weight, gravest.get(root, (area, weight))[1]))
    return gravest


def first_day(at: datetime) -> date:
    """Return the first of the days that the chart has."""
    return days.local_day(at) - timedelta(days=CHART_DAYS - 1)


def conversions(jurisdiction: str, *, at: datetime) -> Conversions:
    """Count a jurisdiction's conversions to each colour on each of the last `CHART_DAYS`, today last."""
    rows = (
        Transition.objects.filter(live_in(jurisdiction), at__gte=days.midnight(first_day(at)))
        .annotate(day=TruncDate("at", tzinfo=days.ZONE))
        .values_list("day", "to_colour")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return by_day(Counter({(day, colour): n for day, colour, n in rows}), at=at)


def converted(at: datetime) -> Counter[tuple[str, date, str]]:
    """Count everybody's conversions of those days by division, where each lives now."""
    rows = (
        Transition.objects.filter(at__gte=days.midnight(first_day(at)))
        .annotate(
            day=TruncDate("at", tzinfo=days.ZONE),
            area=Coalesce("person__merged_into__present", "person__present"),
        )
        .values_list("area", "day", "to_colour")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return Counter({(area, day, colour): n for area, day, colour, n in rows})


def by_day(found: Counter[tuple[date, str]], *, at: datetime) -> Conversions:
    """Return counts by day and colour as the chart takes them, oldest day first."""
    first = first_day(at)
    last_days = [first + timedelta(days=number) for number in range(CHART_DAYS)]
    return tuple((day, {colour: found[day, colour.value] for colour in TURNED_TO}) for day in last_days)
