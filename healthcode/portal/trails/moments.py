"""What anybody's code showed at any instant, and what it rested on then."""

from dataclasses import dataclass
from datetime import datetime

from cases.models import Case, Person, RuleBook, Transition
from cases.models.cases import State
from cases.models.rulebooks import TEXT
from cases.policy.colours import Colour
from cases.selectors import deaths
from cases.selectors.colours import colour_at, group_at


@dataclass(frozen=True)
class CodeAtMoment:
    """A code at an instant. Cases voided since are among those that stood: the code rested on them."""

    person: Person
    at: datetime
    colour: Colour
    book: RuleBook | None
    standing: tuple[Case, ...]
    turn: Transition | None  # the conversion that brought this colour
    following: Transition | None  # the next one
    registered: bool
    corrected: Colour  # what it would have been without the cases voided since
    being_checked: bool  # a death waited to be confirmed: no gate answered for the code


def code_at(person: Person, *, at: datetime) -> CodeAtMoment:
    """Return what a person's code showed at an instant."""
    group = group_at(person, at)
    book = RuleBook.objects.adopted_last(until=at)
    related = (
        "source_office",
        "entered_by",
        "opened_by__office",
        "closed_by__office",
        "index_case",
        "risk_area",
        "batch",
    )
    standing = Case.objects.standing_at(at).filter(person__in=group).select_related(*related)
    cases = tuple(standing.order_by("opened_at", "pk"))
    turns = Transition.objects.filter(person__in=group).defer(TEXT)
    turns = turns.select_related("actor", "office", "case", "rule_book")
    colour = colour_at(person, at) if book else Colour.GREEN
    return CodeAtMoment(
        person=person,
        at=at,
        colour=colour,
        book=book,
        standing=cases,
        turn=turns.filter(at__lte=at).order_by("-at", "-pk").first(),
        following=turns.filter(at__gt=at).order_by("at", "pk").first(),
        registered=person.registered_at <= at,
        corrected=_corrected(cases, book, colour),
        being_checked=deaths.checked_at(group, at),
    )


def _corrected(cases: tuple[Case, ...], book: RuleBook | None, colour: Colour) -> Colour:
    """Return the colour without the cases voided since; `colour` is what the code showed."""
    if book is None or colour == Colour.NONE:
        return colour
    grounds = book.policy.grounds
    colours = [
        grounds[case.ground].colour for case in cases if case.state != State.VOIDED and case.ground in grounds
    ]
    return max(colours, key=lambda one: one.gravity, default=Colour.GREEN)
