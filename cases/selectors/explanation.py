"""Why a code has its colour: one account for the admin, the API and print."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from cases.models import Call, Case, ControlOrder, Death, Person, RiskArea, RuleBook, Transition
from cases.policy import exits
from cases.policy.colours import Colour
from cases.policy.parts import Meaning
from cases.policy.rulebook import Exit, Ground, Policy
from cases.selectors import deaths, facts
from cases.selectors.colours import colour_at, group_at


@dataclass(frozen=True)
class Way:
    """One way a case can end, and what is still missing."""

    exit: Exit
    conditions: tuple[exits.Condition, ...]

    @property
    def missing(self) -> tuple[exits.Condition, ...]:
        return tuple(condition for condition in self.conditions if not condition.met)

    @property
    def earliest(self) -> datetime | None:
        """Return the earliest instant at which this way can be complete, where it is known."""
        instants = [condition.earliest for condition in self.conditions if condition.earliest]
        return max(instants, default=None)


@dataclass(frozen=True)
class Standing:
    """One standing case: its ground in the rule book, and the ways it can end."""

    case: Case
    ground: Ground
    ways: tuple[Way, ...]
    calls: tuple[Call, ...] = ()  # where it stands again: who telephoned about it


@dataclass(frozen=True)
class UncodedStay:
    """A stay in a listed area that tracks tell of, by which nobody was coded, and why."""

    area: RiskArea
    left_at: datetime
    why: str | Promise


@dataclass(frozen=True)
class Explanation:
    """A person's colour at an instant, and everything it rests on."""

    person: Person
    at: datetime
    colour: Colour
    since: datetime | None
    book: RuleBook
    standing: tuple[Standing, ...]
    waiting: tuple[Case, ...]  # reported or held: they do not count yet
    order: ControlOrder | None
    being_checked: Death | None = None  # recorded and not confirmed: no gate answers for the code until then
    uncoded: tuple[UncodedStay, ...] = ()  # filled in where a person's own page or answer asks for it

    @property
    def meaning(self) -> Meaning | None:
        """Return what the colour means for the person's movement (section 2); None without a code."""
        return self.book.policy.colours.get(self.colour)


def explain(person: Person, *, at: datetime) -> Explanation:
    """Explain a person's code as it stands now: every standing case, gravest first."""
    book = RuleBook.objects.in_force(at)
    related = (
        "person",
        "source_office",
        "entered_by",
        "opened_by__office",
        "index_case",
        "risk_area",
        "addressed_to",
    )
    cases = list(Case.objects.of(person).open().select_related(*related).order_by("opened_at", "pk"))
    grounds = book.policy.grounds
    cases.sort(key=lambda case: -grounds[case.ground].colour.gravity)
    last = Transition.objects.filter(person__among=person.group).order_by("-at", "-pk").first()
    calls = _calls([case.pk for case in cases if case.resumes_id])
    known = facts.facts_of_all(cases, book=book.policy, at=at)
    waiting = Case.objects.of(person).filter(state__in=("REPORTED", "HELD")).select_related(*related)
    return Explanation(
        person=person,
        at=at,
        colour=colour_at(person, at),
        since=last.at if last else person.registered_at,
        book=book,
        standing=tuple(_standing(case, book.policy, known[case.pk], calls) for case in cases),
        waiting=tuple(waiting.order_by("entered_at", "pk")),
        order=facts.governing_order(person),
        being_checked=deaths.being_checked(person.root_id),
    )


@dataclass(frozen=True)
class Then:
    """What a code showed at a past instant, and the grounds it rested on, as the book then in force has them."""

    person: Person
    at: datetime
    colour: Colour
    book: RuleBook
    grounds: tuple[Ground, ...]
    being_checked: bool = False  # a death waited to be confirmed: no gate answered for the code


def explain_then(person: Person, *, at: datetime) -> Then:
    """Explain a past moment under the rule book then in force; cases voided later still count."""
    book = RuleBook.objects.in_force(at)
    group = group_at(person, at)
    standing = Case.objects.standing_at(at).filter(person__in=group)
    grounds = [
        book.policy.grounds[key] for key in standing.order_by("ground").values_list("ground", flat=True)
    ]
    grounds.sort(key=lambda ground: -ground.colour.gravity)
    open_grounds = tuple(dict.fromkeys(grounds))
    return Then(person, at, colour_at(person, at), book, open_grounds, deaths.checked_at(group, at))


def _calls(keys: list[int]) -> tuple[Call, ...]:
    found = Call.objects.filter(case__in=keys).select_related("by").order_by("pk")
    return tuple(found) if keys else ()


def _standing(case: Case, policy: Policy, known: exits.Facts, calls: tuple[Call, ...]) -> Standing:
    ground = policy.grounds[case.ground]
    ways = (Way(policy.exits[key], exits.conditions(policy, key, known)) for key in ground.exits)
    return Standing(case, ground, tuple(ways), tuple(call for call in calls if call.case_id == case.pk))
