"""The home page: who you are here, what waits for you, and how your jurisdiction stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import RuleBook
from cases.models.reading import reading
from cases.operations import at_desk
from cases.policy import days
from cases.policy.colours import Colour
from cases.selectors import area_index
from cases.selectors.figures import Conversions, Counts, by_day, conversions, counts
from healthcode.core.acts import attempts, background, interrupted
from healthcode.core.acts.models import BackgroundAct
from healthcode.core.offices.models import User
from healthcode.portal import waiting
from healthcode.portal.charts import ConversionChart, chart
from healthcode.portal.first_steps import FirstStep, first_steps
from healthcode.portal.menu import GROUPS, MenuPage
from healthcode.portal.signs import board

LARGE = 200  # figures beyond which they are kept: so many people do not turn within a minute
KEPT, CHART_KEPT = 60, 600  # seconds


@dataclass(frozen=True)
class UnsentForm:
    """A form that was sent and reached no page."""

    title: str
    at: datetime
    url: str


@dataclass(frozen=True)
class WorkingAct:
    """An act on many people that a worker does, or did, for the user; how far it is where it is under way."""

    title: str | Promise
    row: BackgroundAct
    url: str
    progress: background.ActProgress | None


@dataclass(frozen=True)
class Home:
    """Everything the home page shows one user."""

    greeting: str | Promise
    steps: tuple[FirstStep, ...]  # of a new city that does not run yet
    cards: tuple[waiting.WaitingCard, ...]
    counts: tuple[tuple[Colour, int], ...]
    chart: ConversionChart | None
    desk: tuple[waiting.ActButton, ...]
    pages: tuple[MenuPage, ...]
    reads_ledger: bool
    signs: tuple[int, int]  # rows that nobody has seen yet, of how many signs
    book: RuleBook | None
    unsent: tuple[UnsentForm, ...]
    working: tuple[WorkingAct, ...]


def home(user: User, *, at: datetime) -> Home:
    """Gather the home page of a user."""
    with reading():
        return _home(user, at)


def _home(user: User, at: datetime) -> Home:
    book = RuleBook.objects.adopted_last(until=at)
    sees_figures = user.may("person.view") or user.may("case.decide")
    return Home(
        greeting=_greeting(at),
        steps=first_steps(user, at=at),
        cards=waiting.cards(user, at=at),
        counts=_counts(user.jurisdiction, book, at) if book and sees_figures else (),
        chart=chart(_conversions(user.jurisdiction, at)) if sees_figures else None,
        desk=waiting.buttons(at_desk(user)),
        pages=tuple(page for group in GROUPS for page in group.pages if page.is_act and user.may(page.act)),
        reads_ledger=user.may("audit.read"),
        signs=board.fresh(at=at) if book and user.may("audit.read") else (0, 0),
        book=book,
        unsent=tuple(_unsent(user, at)),
        working=tuple(_working(user, at)),
    )


def _unsent(user: User, at: datetime) -> Iterator[UnsentForm]:
    for mark, since, typed in attempts.interrupted(by=user, at=at):
        yield UnsentForm(typed.title or typed.address, since, interrupted.address_of(typed, mark))


def _working(user: User, at: datetime) -> Iterator[WorkingAct]:
    for row in background.all_of(by=user, at=at):
        waits = row.state == BackgroundAct.State.WAITING
        progress = background.progress_of(row, at=at) if waits else None
        yield WorkingAct(background.label_of(row), row, background.address_of(row), progress)


def _counts(jurisdiction: str, book: RuleBook, at: datetime) -> Counts:
    """Return the counts, those of a large area as the timer gathered them; while it does not, as a minute ago."""
    gathered = area_index.colours(jurisdiction, book.pk, at)
    if gathered is not None and sum(gathered.values()) > LARGE:
        return tuple((colour, gathered.get(colour.value, 0)) for colour in (Colour.RED, Colour.YELLOW))
    key = f"counts:{jurisdiction}:{book.pk}"
    kept: Counts | None = cache.get(key)
    if kept is None:
        kept = counts(jurisdiction, book.policy)
        if sum(number for _colour, number in kept) > LARGE:
            cache.set(key, kept, KEPT)
    return kept


def _conversions(jurisdiction: str, at: datetime) -> Conversions:
    """Return the conversions, those of a large area as the timer gathered them; while it does not, ten minutes old."""
    gathered = area_index.conversions(jurisdiction, at)
    if gathered is not None and sum(gathered.values()) > LARGE:
        return by_day(gathered, at=at)
    key = f"conversions:{jurisdiction}:{days.local_day(at)}"
    kept: Conversions | None = cache.get(key)
    if kept is None:
        kept = conversions(jurisdiction, at=at)
        if sum(sum(of_day.values()) for _day, of_day in kept) > LARGE:
            cache.set(key, kept, CHART_KEPT)
    return kept


def _greeting(at: datetime) -> str | Promise:
    hour = at.astimezone(days.ZONE).hour
    if 5 <= hour < 12:
        return _("Good morning")
    return _("Good afternoon") if 12 <= hour < 18 else _("Good evening")
