"""The home page: who you are here, what waits for you, and how your jurisdiction stands."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import Coalesce, TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person, RuleBook, Transition
from cases.operations import at_desk
from cases.policy import days
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within
from healthcode.portal import waiting
from healthcode.portal.charts import STACK, ConversionChart, chart

CHART_DAYS = 14


@dataclass(frozen=True)
class Home:
    """Everything the home page shows one user."""

    greeting: str | Promise
    cards: tuple[waiting.WaitingCard, ...]
    counts: tuple[tuple[Colour, int], ...]
    chart: ConversionChart | None
    desk: tuple[waiting.ActButton, ...]
    registers_tickets: bool
    reads_ledger: bool
    book: RuleBook | None


def home(user: User, *, at: datetime) -> Home:
    """Gather the home page of a user."""
    book = RuleBook.objects.adopted_last(until=at)
    sees_figures = user.may("person.view") or user.may("case.decide")
    return Home(
        greeting=_greeting(at),
        cards=waiting.cards(user, at=at),
        counts=counts(user.jurisdiction, book.policy) if book and sees_figures else (),
        chart=chart(conversions(user.jurisdiction, at=at)) if sees_figures else None,
        desk=waiting.buttons(at_desk(user)),
        registers_tickets=user.may("ticket.register"),
        reads_ledger=user.may("audit.read"),
        book=book,
    )


def counts(jurisdiction: str, policy: Policy) -> tuple[tuple[Colour, int], ...]:
    """Count a jurisdiction's reds and yellows. It starts from the open cases: greens are far too many."""
    root = Coalesce("person__merged_into", "person")
    living = Person.objects.filter(within(jurisdiction, "present"), deceased_on=None)
    standing = Case.objects.open().annotate(root=root).filter(root__in=living.values("pk"))
    red, yellow = (
        standing.filter(ground__in=[key for key, ground in policy.grounds.items() if ground.colour == colour])
        for colour in (Colour.RED, Colour.YELLOW)
    )
    yellow = yellow.exclude(root__in=red.values("root"))  # whoever has both is red
    return (
        (Colour.RED, red.aggregate(n=Count("root", distinct=True))["n"]),
        (Colour.YELLOW, yellow.aggregate(n=Count("root", distinct=True))["n"]),
    )


def conversions(jurisdiction: str, *, at: datetime) -> tuple[tuple[date, dict[Colour, int]], ...]:
    """Count a jurisdiction's conversions to each colour on each of the last `CHART_DAYS`, today last."""
    today = days.local_day(at)
    last_days = [today - timedelta(days=back) for back in reversed(range(CHART_DAYS))]
    rows = (
        Transition.objects.filter(
            within(jurisdiction, "person__present"), at__gte=days.midnight(last_days[0])
        )
        .annotate(day=TruncDate("at", tzinfo=days.ZONE))
        .values_list("day", "to_colour")
        .annotate(n=Count("pk"))
        .order_by()
    )
    found = Counter({(day, colour): n for day, colour, n in rows})
    return tuple((day, {colour: found[day, colour.value] for colour in STACK}) for day in last_days)


def _greeting(at: datetime) -> str | Promise:
    hour = at.astimezone(days.ZONE).hour
    if hour < 12:
        return _("Good morning")
    return _("Good afternoon") if hour < 18 else _("Good evening")
