"""The home page: who you are here, what waits for you, and how your jurisdiction stands."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, RuleBook, Transition
from cases.models.reading import reading
from cases.operations import at_desk
from cases.policy import days
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.selectors.colours import gravity
from cases.selectors.humans import live_in
from healthcode.core.acts import attempts, background, interrupted
from healthcode.core.acts.models import BackgroundAct
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within
from healthcode.portal import waiting
from healthcode.portal.charts import STACK, ConversionChart, chart
from healthcode.portal.first_steps import FirstStep, first_steps
from healthcode.portal.menu import GROUPS, MenuPage
from healthcode.portal.signs import board

CHART_DAYS = 14
LARGE = 200  # figures beyond which they are kept: so many people do not turn within a minute
KEPT, CHART_KEPT = 60, 600  # seconds
Counts = tuple[tuple[Colour, int], ...]
Conversions = tuple[tuple[date, dict[Colour, int]], ...]


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
        counts=_kept_counts(user.jurisdiction, book) if book and sees_figures else (),
        chart=chart(_kept_conversions(user.jurisdiction, at)) if sees_figures else None,
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


def _kept_counts(jurisdiction: str, book: RuleBook) -> Counts:
    """Return the counts, those of a large area as they were up to a minute ago."""
    key = f"counts:{jurisdiction}:{book.pk}"
    kept: Counts | None = cache.get(key)
    if kept is None:
        kept = counts(jurisdiction, book.policy)
        if sum(number for _colour, number in kept) > LARGE:
            cache.set(key, kept, KEPT)
    return kept


def _kept_conversions(jurisdiction: str, at: datetime) -> Conversions:
    """Return the conversions, those of a large area as they were up to ten minutes ago."""
    key = f"conversions:{jurisdiction}:{days.local_day(at)}"
    kept: Conversions | None = cache.get(key)
    if kept is None:
        kept = conversions(jurisdiction, at=at)
        if sum(sum(of_day.values()) for _day, of_day in kept) > LARGE:
            cache.set(key, kept, CHART_KEPT)
    return kept


def counts(jurisdiction: str, policy: Policy) -> Counts:
    """Count a jurisdiction's reds and yellows. It starts from the open cases: greens are far too many."""
    living = within(jurisdiction, "person__present") & Q(person__deceased_on=None, person__merged_into=None)
    weight = gravity(policy)
    # Whoever has cases on several records is weighed here: they are few, and to join them in SQL would join everybody.
    joined = _joined(jurisdiction, policy)
    found = Case.objects.open().filter(living).exclude(person__in=joined).order_by()
    gravest = found.values("person").annotate(gravest=Max(weight))
    counted = gravest.aggregate(
        red=Count("person", filter=Q(gravest=Colour.RED.gravity)),
        yellow=Count("person", filter=Q(gravest=Colour.YELLOW.gravity)),
    )
    of_joined = Counter(joined.values())
    return (
        (Colour.RED, counted["red"] + of_joined[Colour.RED.gravity]),
        (Colour.YELLOW, counted["yellow"] + of_joined[Colour.YELLOW.gravity]),
    )


def _joined(jurisdiction: str, policy: Policy) -> dict[int, int]:
    """Return the gravity of each living person of whom an open case stands on a merged record."""
    path = "person__merged_into"
    merged = Case.objects.open().filter(
        within(jurisdiction, f"{path}__present"),
        **{f"{path}__isnull": False, f"{path}__deceased_on": None},
    )
    rows = list(merged.order_by().values_list(path, gravity(policy)))
    if rows:
        own = Case.objects.open().filter(person__in={root for root, _weight in rows})
        rows += own.order_by().values_list("person", gravity(policy))
    gravest: dict[int, int] = {}
    for root, weight in rows:
        gravest[root] = max(weight, gravest.get(root, weight))
    return gravest


def conversions(jurisdiction: str, *, at: datetime) -> Conversions:
    """Count a jurisdiction's conversions to each colour on each of the last `CHART_DAYS`, today last."""
    today = days.local_day(at)
    last_days = [today - timedelta(days=back) for back in reversed(range(CHART_DAYS))]
    rows = (
        Transition.objects.filter(live_in(jurisdiction), at__gte=days.midnight(last_days[0]))
        .annotate(day=TruncDate("at", tzinfo=days.ZONE))
        .values_list("day", "to_colour")
        .annotate(n=Count("pk"))
        .order_by()
    )
    found = Counter({(day, colour): n for day, colour, n in rows})
    return tuple((day, {colour: found[day, colour.value] for colour in STACK}) for day in last_days)


def _greeting(at: datetime) -> str | Promise:
    hour = at.astimezone(days.ZONE).hour
    if 5 <= hour < 12:
        return _("Good morning")
    return _("Good afternoon") if 12 <= hour < 18 else _("Good evening")
