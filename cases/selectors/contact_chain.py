"""Whom an infection reached: who rests on somebody's cases, who rests on theirs, and how far a reader may see it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Case, Person
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.policy.words import Bilingual
from cases.selectors import reach
from cases.selectors.colours import colours_of, gravest_in
from healthcode.core.offices.models import User

LEVELS = 5  # below the index case: each is two statements
PEOPLE = 200  # who is shown, the index case not counted
WEIGHT = {State.OPEN: 0, State.REPORTED: 1, State.HELD: 1, State.ENDED: 2, State.VOIDED: 3}


@dataclass
class ChainMember:
    """Somebody in a chain of contacts, with the case that put them there; `below` rest on their cases."""

    person: Person
    case: Case | None  # none of an index case without a case of their own
    level: int
    above: "ChainMember | None" = None  # on whose case this one rests
    words: Bilingual | None = None  # of the case's ground; none of one that the book does not know
    infection: Bilingual | None = None  # what they fell ill with since, as it stands
    colour: Colour = Colour.NONE
    others: int = 0  # further cases that put them there
    is_repeated: bool = False  # stands in the chain already: who rests on them stands there
    unreached: int = 0  # people who rest on them, whom the reader may not see
    left_out: int = 0  # people who rest on them, for whom the chain has no room
    below: list["ChainMember"] = field(default_factory=list)

    def walk(self) -> Iterator["ChainMember"]:
        """Yield this one and everybody below, each before whoever rests on them."""
        yield self
        for one in self.below:
            yield from one.walk()


@dataclass(frozen=True)
class ContactChain:
    """The chain of one person, as far as its reader may see it."""

    index: ChainMember
    above: tuple[Case, ...]  # cases on which the person's own rest, of people whom the reader may see
    unreached_above: int

    @property
    def members(self) -> list[ChainMember]:
        return list(self.index.walk())


def chain_below(person: Person, *, by: User, at: datetime, policy: Policy) -> ContactChain:
    """Return who rests on a person's cases, level by level, within a bound of levels and of people."""
    within = reach.of_rows(by, "person.view", at=at, path="person")
    there = Case.objects.of(person).exclude(state=State.REFUSED)
    own = _last_rows(there.select_related("person"))
    index = _member(person, own, None, policy)
    placed = {person.root_id: index}
    level, room = {person.root_id: index}, PEOPLE
    for _number in range(LEVELS):
        level = _add_level(level, placed, within, policy, room=room)
        room = PEOPLE + 1 - len(placed)
        if not level:
            break
    else:
        _count(level, within)
    _describe(index, placed, policy, at=at)
    above, unreached = _above(own, person, by=by, at=at)
    return ContactChain(index, above, unreached)


def _last_rows(cases: Iterable[Any]) -> list[Any]:
    """Return the last row of each case's chain: the same case is not two of them.

    Told apart here: SQLite would read every younger case for each.
    """
    last = {case.origin_pk: case for case in sorted(cases, key=lambda case: case.pk)}
    return list(last.values())


def _resting_on(roots: Collection[int]) -> QuerySet[Any]:
    """Return the cases that rest on these people's, with the root of either; nobody is a contact of themselves.

    What was sent back never stood.
    """
    rows: QuerySet[Any] = Case.objects.exclude(state=State.REFUSED)
    resting = rows.filter(index_case__person__among=Person.objects.group_of(*roots))
    return resting.annotate(
        root=Coalesce("person__merged_into", "person"),
        parent=Coalesce("index_case__person__merged_into", "index_case__person"),
    ).exclude(root=F("parent"))


def _add_level(
    level: dict[int, ChainMember], placed: dict[int, ChainMember], within: Q, policy: Policy, *, room: int
) -> dict[int, ChainMember]:
    """Put everybody who rests on one level below it; return those who were not in the chain before."""
    _count(level, within)
    rows = _resting_on(level).filter(within).select_related("person").order_by("parent", "root", "pk")
    of_pair: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in rows[: max(room, 0)]:
        of_pair[row.parent, row.root].append(row)
    added: dict[int, ChainMember] = {}
    for (parent, root), cases in of_pair.items():
        above = level[parent]
        member = _member(cases[0].person, _last_rows(cases), above, policy)
        member.is_repeated = root in placed
        if not member.is_repeated:
            placed[root] = added[root] = member
        above.below.append(member)
        above.left_out -= 1
    return added


def _describe(index: ChainMember, placed: Collection[int], policy: Policy, *, at: datetime) -> None:
    """Say of everybody in a chain which colour they have, and with what they fell ill beside what put them there."""
    colours = colours_of(placed, at=at)
    infected = policy.keys_where(lambda ground: ground.infected)
    ill = Case.objects.open().filter(person__among=Person.objects.group_of(*placed), ground__in=infected)
    grounds = {case.person.root_id: case.ground for case in ill.select_related("person").order_by("pk")}
    for member in index.walk():
        root = member.person.root_id
        member.colour = colours[root]
        if root in grounds and member.above is not None:
            member.infection = policy.grounds[grounds[root]].words


def _count(level: dict[int, ChainMember], within: Q) -> None:
    """Count who rests on each of a level; whoever is put below is taken off what was left out."""
    people = _resting_on(level).order_by().values("parent")
    counted = people.annotate(
        everybody=Count("root", distinct=True), seen=Count("root", distinct=True, filter=within)
    )
    for parent, everybody, seen in counted.values_list("parent", "everybody", "seen"):
        level[parent].unreached, level[parent].left_out = everybody - seen, seen


def _member(person: Person, cases: Sequence[Case], above: ChainMember | None, policy: Policy) -> ChainMember:
    """Return somebody with the case that says most: what stands, then what waits, the gravest of them, the newest."""
    level = above.level + 1 if above is not None else 0
    if not cases:
        return ChainMember(person, None, level, above)
    chief = min(
        cases,
        key=lambda case: (WEIGHT[State(case.state)], -gravest_in(policy, [case.ground]).gravity, -case.pk),
    )
    ground = policy.grounds.get(chief.ground)
    words = ground.words if ground else None
    return ChainMember(person, chief, level, above, words, others=len(cases) - 1)


def _above(own: Sequence[Case], person: Person, *, by: User, at: datetime) -> tuple[tuple[Case, ...], int]:
    """Return on whose cases a person's own rest, and how many of those people the reader may not see."""
    named = Case.objects.filter(pk__in={case.index_case_id for case in own if case.index_case_id})
    indexes = [one for one in named.select_related("person") if one.person.root_id != person.root_id]
    within = Person.objects.filter(reach.of_rows(by, "person.view", at=at))
    seen = set(within.filter(pk__in=[one.person_id for one in indexes]).values_list("pk", flat=True))
    there = {one.person.root_id: one for one in indexes if one.person_id in seen}
    return tuple(there.values()), len({one.person.root_id for one in indexes} - set(there))
