"""Who would change colour if a rule book were adopted now: counted by township and ground, written nowhere."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Case, Person, RuleBook
from cases.policy.colours import Colour, gravest
from cases.policy.rulebook import Ground, Policy
from cases.selectors import adoption
from cases.selectors.adoption import Move
from healthcode.core.offices.models import Division, User
from healthcode.core.offices.scope import LEVELS, covers, within

NAMED = 100  # persons listed by name; everybody is counted
CANDIDATES = 10 * NAMED  # read for them: not all are within the reader's reach
TOWNSHIP = next(length for length, level in LEVELS.items() if level == "township")


@dataclass(frozen=True)
class TownshipTurns:
    """How many persons of a township would turn from one colour to another on one ground."""

    township: Division
    ground: Ground
    before: Colour
    after: Colour
    number: int


@dataclass(frozen=True)
class Turning:
    """One person who would turn, for readers who may open the person's page."""

    person: Person
    ground: Ground
    before: Colour
    after: Colour


@dataclass(frozen=True)
class Effect:
    """Everything that an adoption at an instant would change of the codes within a reader's jurisdiction."""

    at: datetime
    worse: int
    better: int
    opening: int
    closing: int
    lines: tuple[TownshipTurns, ...]
    people: tuple[Turning, ...]

    @property
    def total(self) -> int:
        return self.worse + self.better


@dataclass(frozen=True)
class _Turn:
    township: str
    ground: str
    before: Colour
    after: Colour


def effect(book: RuleBook, *, reader: User, at: datetime) -> Effect:
    """Return what adopting a book now would change within the reader's jurisdiction."""
    old, new = RuleBook.objects.in_force(at).policy, book.policy
    everywhere = reader.jurisdiction == settings.HOME_CITY
    moves = [
        move
        for move in adoption.moves(old, new, at=at)
        if everywhere or covers(reader.jurisdiction, move.order.person.present_id)
    ]
    turns = _turns(old, new, moves, "" if everywhere else reader.jurisdiction)
    worse = sum(turn.after.gravity > turn.before.gravity for turn in turns.values())
    return Effect(
        at=at,
        worse=worse,
        better=len(turns) - worse,
        opening=sum(bool(move.ground) for move in moves),
        closing=sum(move.closing is not None for move in moves),
        lines=_lines(turns, new),
        people=_people(turns, new, reader, at),
    )


def _turns(old: Policy, new: Policy, moves: list[Move], jurisdiction: str) -> dict[int, _Turn]:
    """Compare each affected person's gravest ground under both books; a handful of statements for everybody."""
    closing = {move.closing.pk for move in moves if move.closing}
    opening = {move.order.person.root_id: move for move in moves if move.ground}
    before: dict[int, list[str]] = defaultdict(list)
    after: dict[int, list[str]] = defaultdict(list)
    lives = {move.order.person.root_id: move.order.person.present_id for move in moves}
    moved: dict[int, list[str]] = defaultdict(list)
    for case, root, present, ground in _standing(old, new, lives, jurisdiction):
        lives[root] = present
        before[root].append(ground)
        if case in closing:
            moved[root].append(ground)
        else:
            after[root].append(ground)
            if old.grounds[ground].colour != new.grounds[ground].colour:
                moved[root].append(ground)
    for root, move in opening.items():
        after[root].append(move.ground)
        moved[root].append(move.ground)
    turns = {}
    for root, present in lives.items():
        was = gravest(old.grounds[ground].colour for ground in before[root])
        becomes = gravest(new.grounds[ground].colour for ground in after[root])
        if was != becomes:
            book = new if becomes.gravity > was.gravity else old
            cause = max(moved[root], key=lambda ground: book.grounds[ground].colour.gravity)
            turns[root] = _Turn(present[:TOWNSHIP], cause, was, becomes)
    return turns


def _standing(old: Policy, new: Policy, roots: dict[int, str], jurisdiction: str) -> QuerySet[Case, tuple]:
    root = Coalesce("person__merged_into", "person")
    changing = adoption.recoloured(old, new).values(root=root)
    cases = Case.objects.open().annotate(
        root=root, present=Coalesce("person__merged_into__present", "person__present")
    )
    cases = cases.filter(Q(root__in=changing) | Q(root__in=list(roots)))
    if jurisdiction:
        cases = cases.filter(within(jurisdiction, "present"))
    return cases.order_by().values_list("pk", "root", "present", "ground")


def _lines(turns: dict[int, _Turn], new: Policy) -> tuple[TownshipTurns, ...]:
    numbers = Counter(turns.values())
    codes = {turn.township for turn in numbers}
    townships = {one.code: one for one in Division.objects.filter(code__in=codes).select_related("parent")}
    lines = (
        TownshipTurns(townships[turn.township], new.grounds[turn.ground], turn.before, turn.after, number)
        for turn, number in numbers.items()
    )
    return tuple(sorted(lines, key=lambda line: (line.township.code, line.ground.clause, line.after)))


def _people(turns: dict[int, _Turn], new: Policy, reader: User, at: datetime) -> tuple[Turning, ...]:
    if not reader.may("person.view"):
        return ()
    first = sorted(turns)[:CANDIDATES]
    seen = Person.objects.reachable_by(reader, "person.view", at).filter(pk__in=first)
    return tuple(
        Turning(person, new.grounds[turn.ground], turn.before, turn.after)
        for person in seen.select_related("present").order_by("pk")[:NAMED]
        for turn in (turns[person.pk],)
    )
