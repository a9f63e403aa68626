"""A past day as the codes showed it, under the book then in force, with the corrected view beside it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from cases.models import Case, Person, RuleBook, Transition
from cases.models.cases import State
from cases.policy import days
from cases.policy.colours import Colour, gravest
from cases.policy.rulebook import Ground
from cases.selectors.colours import OF_DEATHS, merged_at
from healthcode.core.offices.models import Division
from healthcode.core.offices.scope import covers, within

COLOURS = (Colour.RED, Colour.YELLOW, Colour.GREEN)


@dataclass(frozen=True)
class Tally:
    """How many persons had a colour or ground on that day, and how many without what was voided later."""

    key: str
    displayed: int
    corrected: int

    @property
    def wrong(self) -> int:
        return self.displayed - self.corrected


@dataclass(frozen=True)
class GroundTally(Tally):
    """A ground, as the book then in force names and colours it."""

    ground: Ground


@dataclass(frozen=True)
class Replay:
    """A day of a division: persons by colour, and by each ground they had; somebody may have several."""

    day: date
    instant: datetime
    division: Division
    book: RuleBook
    colours: tuple[Tally, ...]
    grounds: tuple[GroundTally, ...]


def first_day() -> date:
    """Return the first day that a rule book was in force."""
    first: datetime | None = (
        RuleBook.objects.order_by("adopted_at")
        .exclude(adopted_at=None)
        .values_list("adopted_at", flat=True)[0]
    )
    assert first is not None
    return days.local_day(first)


def replay(day: date, *, division: Division, at: datetime) -> Replay:
    """Replay the end of a past day, or today up to now, for the persons who live in a division today."""
    instant = min(days.midnight(day + days.ONE_DAY) - timedelta(microseconds=1), at)
    book = RuleBook.objects.in_force(instant)
    roots = merged_at(instant)
    displayed, corrected = _grounds_of(division.code, roots, instant)
    coded = _living(division.code, roots, instant)
    grounds = book.policy.grounds
    was, right = _by_colour(displayed, grounds, coded), _by_colour(corrected, grounds, coded)
    per_ground = [Counter(key for keys in one.values() for key in keys) for one in (displayed, corrected)]
    return Replay(
        day=day,
        instant=instant,
        division=division,
        book=book,
        colours=tuple(Tally(colour.value, was[colour], right[colour]) for colour in COLOURS),
        grounds=tuple(
            GroundTally(key, per_ground[0][key], per_ground[1][key], ground)
            for key, ground in grounds.items()
            if per_ground[0][key]
        ),
    )


def _grounds_of(
    division: str, roots: Mapping[int, int], at: datetime
) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """Return the grounds of each person: as displayed that day, and without what was voided later."""
    lives = dict(Person.objects.filter(pk__in=set(roots.values())).values_list("pk", "present"))
    standing = Case.objects.standing_at(at)
    standing = standing.filter(within(division, "person__present") | Q(person__in=list(roots)))
    displayed: dict[int, set[str]] = defaultdict(set)
    corrected: dict[int, set[str]] = defaultdict(set)
    for person, ground, state in standing.values_list("person", "ground", "state").iterator():
        root = roots.get(person, person)
        if person in roots and not covers(division, lives[root]):
            continue
        displayed[root].add(ground)
        if state != State.VOIDED:
            corrected[root].add(ground)
    return displayed, corrected


def _living(division: str, roots: Mapping[int, int], at: datetime) -> int:
    """Count who had a code: registered by then, not merged into another, no death recorded."""
    registered = Person.objects.filter(within(division, "present"), registered_at__lte=at)
    merged = registered.filter(pk__in=[key for key, root in roots.items() if key != root])
    of_deaths = Transition.objects.filter(OF_DEATHS, at__lte=at).order_by("at", "pk")
    # A death can be taken back: the last that was said of it decides.
    last = {roots.get(person, person): to for person, to in of_deaths.values_list("person", "to_colour")}
    dead_roots = [root for root, to in last.items() if to == Colour.NONE]
    return registered.count() - merged.count() - registered.filter(pk__in=dead_roots).count()


def _by_colour(
    standing: Mapping[int, Iterable[str]], grounds: Mapping[str, Ground], coded: int
) -> Counter[Colour]:
    numbers = Counter(gravest(grounds[key].colour for key in keys) for keys in standing.values())
    numbers[Colour.GREEN] = coded - numbers[Colour.RED] - numbers[Colour.YELLOW]
    return numbers
