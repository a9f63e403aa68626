"""The desk's figures: first-contact resolution, times against their clocks, bounces, and voided grounds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, RuleBook
from cases.models.cases import Channel, State
from cases.policy import days
from complaints import flow
from complaints.models import Ticket, TicketEvent
from complaints.models.choices import Category, TicketChannel, TicketState
from complaints.models.tickets import RUNS_IN
from complaints.selectors import visits
from complaints.selectors.tables import Table, share
from healthcode.core import languages
from healthcode.core.offices.models import Office

SPANS = (
    # what is measured, from, to, the clock
    (_("signed for"), "received_at", "taken_at", "sign_due"),
    (_("decided"), "received_at", "decided_at", "decide_due"),
    (_("told"), "decided_at", "told_at", "inform_due"),
    (_("closed"), "told_at", "closed_at", "visit_due"),
)
FIRST_CONTACT = Q(
    state=TicketState.CLOSED, taken_at=None
)  # settled by the first responder: nobody had to sign for it
Kind = TicketEvent.Kind


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; `y`, `width` and the dark `part` of it in the units of the SVG."""

    label: str
    y: int
    width: float
    part: float
    value: str


@dataclass(frozen=True)
class Chart:
    """A chart of horizontal bars, drawn on the server."""

    key: str
    title: str | Promise
    whole: str | Promise
    part: str | Promise
    bars: tuple[Bar, ...]
    height: int


@dataclass(frozen=True)
class Figures:
    """Everything the page of figures shows."""

    since: date
    until: date
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]


def figures(since: date, until: date, *, at: datetime) -> Figures:
    """Count what was received on the days of a period, both ends included, as it stands at an instant."""
    begin, end = days.midnight(since), days.midnight(until + timedelta(days=1))
    tickets = Ticket.objects.filter(received_at__gte=begin, received_at__lt=end)
    cases = Case.objects.filter(opened_at__gte=begin, opened_at__lt=end)
    categories, grounds = _categories(tickets), _voided(cases, "ground")
    names = _ground_names(end)
    by_ground = tuple((names.get(key, key), *rest) for key, *rest in grounds)
    channels = tuple((Channel(key).label, *rest) for key, *rest in _voided(cases, "channel"))
    offices = {office.pk: str(office) for office in Office.objects.all()}
    by_office = tuple((offices[key], *rest) for key, *rest in _voided(cases, "source_office"))
    voided = (_("cases"), _("voided"), _("share"))
    tables = (
        Table("overview", _("What became of them"), ("", _("tickets")), _overview(tickets)),
        Table("times", _("Times against their clocks"),
              ("", pgettext_lazy("how many", "done"), _("not done, time over"), _("in time"),
               _("median, hours"), _("9 of 10 within, hours")),
              _times(tickets, at)),
        Table("visits", _("Return visits"), ("", pgettext_lazy("how many", "number")), visits.overview(tickets)),
        *visits.tables(tickets, at),
        Table("categories", _("By category"),
              ("", _("tickets"), _("settled at first contact"), _("share")), categories),
        Table("grounds", _("Voided, by ground"), ("", *voided), by_ground),
        Table("channels", _("Voided, by source"), ("", *voided), channels),
        Table("offices", _("Voided, by office"), ("", *voided), by_office),
    )  # fmt: skip
    charts = (
        _chart("categories", _("Tickets by category"), _("all"), _("settled at first contact"), categories),
        _chart("grounds", _("Cases by ground"), _("all"), _("voided"), by_ground),
    )
    return Figures(since, until, tables, tuple(chart for chart in charts if chart.bars))


def bounces(tickets: QuerySet[Ticket]) -> int:
    """Count the tickets merged into one of another office: those citizens had to ask twice (5.0: none may)."""
    repeated = tickets.filter(merged_into__isnull=False).exclude(channel=TicketChannel.HOTLINE)
    return repeated.exclude(first_office=F("merged_into__first_office")).count()


def _overview(tickets: QuerySet[Ticket]) -> tuple[tuple[Any, ...], ...]:
    """Return how many tickets came, and what became of them."""
    number = tickets.aggregate(
        received=Count("pk"),
        first=Count("pk", filter=FIRST_CONTACT),
        letters=Count("pk", filter=Q(channel=TicketChannel.HOTLINE)),
        open=Count("pk", filter=Q(state__in=flow.OPEN)),
        closed=Count("pk", filter=Q(state=TicketState.CLOSED)),
        merged=Count("pk", filter=Q(state=TicketState.MERGED)),
        withdrawn=Count("pk", filter=Q(state=TicketState.WITHDRAWN)),
    )
    of_tickets = TicketEvent.objects.filter(ticket__in=tickets).order_by()
    events = Counter(dict(of_tickets.values_list("kind").annotate(n=Count("pk"))))
    return (
        (_("received"), number["received"]),
        (_("settled at first contact"), number["first"]),
        (_("first-contact resolution"), share(number["first"], number["received"])),
        (_("letters of the hotline"), number["letters"]),
        (_("still open"), number["open"]),
        (_("closed"), number["closed"]),
        (_("merged into another"), number["merged"]),
        (_("withdrawn by the citizen"), number["withdrawn"]),
        (_("sent back for a ruling"), events[Kind.SENT_BACK]),
        (_("taken up again"), events[Kind.REDONE] + events[Kind.REOPENED]),
        (_("taken over by the complaint lead"), events[Kind.TAKEN_OVER]),
        (_("clocks that ran out"), events[Kind.ESCALATED]),
        (_("bounces: had to come again elsewhere"), bounces(tickets)),
    )


def _times(tickets: QuerySet[Ticket], at: datetime) -> tuple[tuple[Any, ...], ...]:
    """Return for each span how many tickets have passed it and how many wait beyond its time, and the share in time.

    What waits beyond its time is not in time, before it is done. Then the median and the ninth tenth of what was done.
    What was settled at the first contact has no spans, and is left out.
    """
    rows = []
    for label, begin, end, due in SPANS:
        found = tickets.exclude(taken_at=None).exclude(**{begin: None}).exclude(**{end: None})
        rows_of = found.values_list(begin, end, due)
        spans = [(last - first, limit is None or last <= limit) for first, last, limit in rows_of]
        hours = sorted(span.total_seconds() / 3600 for span, _in_time in spans)
        in_time = sum(good for _span, good in spans)
        waits = tickets.filter(state__in=RUNS_IN[due], **{f"{due}__lte": at}).count()
        rate = share(in_time, len(spans) + waits)
        rows.append((label, len(spans), waits, rate, _hours(hours), _hours(hours, 9)))
    return tuple(rows)


def _categories(tickets: QuerySet[Ticket]) -> tuple[tuple[Any, ...], ...]:
    total = _counted(tickets, "category")
    first = _counted(tickets.filter(FIRST_CONTACT), "category")
    return tuple(
        (f"{key} {Category(key).label}", number, first[key], share(first[key], number))
        for key, number in sorted(total.items())
    )


def _voided(cases: QuerySet[Case], by: str) -> tuple[tuple[Any, ...], ...]:
    rows = (
        cases.order_by().values(by).annotate(n=Count("pk"), wrong=Count("pk", filter=Q(state=State.VOIDED)))
    )
    found = [(row[by], row["n"], row["wrong"], share(row["wrong"], row["n"])) for row in rows]
    return tuple(sorted(found, key=lambda row: (-row[2], -row[1], str(row[0]))))


def _counted(tickets: QuerySet[Ticket], by: str) -> Counter[str]:
    return Counter(dict(tickets.order_by().values_list(by).annotate(n=Count("pk"))))


def _ground_names(at: datetime) -> dict[str, str]:
    """Return the grounds' names in the book then in force; none for a period before the first book."""
    try:
        grounds = RuleBook.objects.in_force(at).policy.grounds
    except RuleBook.DoesNotExist:
        return {}
    return {key: one.words.text(languages.current()) for key, one in grounds.items()}


def _hours(hours: Sequence[float], tenth: int = 0) -> str:
    """Return the median, or within how many hours so many tenths lie; a dash where there are none."""
    if not hours:
        return "–"
    if tenth and len(hours) > 1:
        return f"{quantiles(hours, n=10, method='inclusive')[tenth - 1]:.1f}"
    return f"{median(hours):.1f}"


ROW, ROOM, LABEL = 26, 380, 24  # of a chart, in the units of its SVG; the letters of a label


def _chart(
    key: str, title: str | Promise, whole: str | Promise, part: str | Promise, rows: Iterable[tuple[Any, ...]]
) -> Chart:
    """Lay out one bar a row, 14 at most; the longest fills the width."""
    drawn = [row for row in rows if row[1]][:14]
    most = max((row[1] for row in drawn), default=1)
    bars = tuple(_bar(place, row, most) for place, row in enumerate(drawn))
    return Chart(key, title, whole, part, bars, len(bars) * ROW + 4)


def _bar(place: int, row: tuple[Any, ...], most: int) -> Bar:
    label, whole, part = str(row[0])[:LABEL], row[1], row[2]
    width, dark = (round(number / most * ROOM, 1) for number in (whole, part))
    return Bar(label, place * ROW, width, dark, f"{part} / {whole}")
