"""The picture at eight as a page to read and to print, and as one table to take along."""

from dataclasses import dataclass
from itertools import chain

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from cases.models import RuleBook, Transition
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.selectors.awaited import BY_KEY
from complaints.models.choices import Category
from complaints.selectors.tables import Table
from healthcode.core import languages, spreadsheets
from healthcode.core.audit import ledger
from healthcode.core.offices import exports, sessions
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.roles import ACTS
from healthcode.core.offices.scoped_admin import reader
from healthcode.portal.morning.bars import lying
from healthcode.portal.morning.counting import DELAY_DAYS, MorningFigures, figures
from healthcode.portal.morning.over_time import TOWNSHIP
from healthcode.portal.morning.tiles import Chart, tiles
from healthcode.portal.supervision import page

ACT = "figures.view"
WAITING = {
    "reports": gettext_lazy("Reports waiting for entry"),
    "held": gettext_lazy("Cases waiting for a second person"),
    "untested": gettext_lazy("Yellow, not yet tested"),
    "overdue": gettext_lazy("Overdue, control not ended"),
    "tickets": gettext_lazy("Tickets not decided"),
}
LISTED = ("untested", "overdue", "reports", "held")  # lists that a role may have as well


@dataclass(frozen=True)
class MorningPage:
    """What the page shows: its figures, its tables by key, and its charts."""

    figures: MorningFigures
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]

    @property
    def red_change(self) -> str:
        return _signed(self.figures.to(Colour.RED) - self.figures.left_red)

    @property
    def yellow_change(self) -> str:
        return _signed(self.figures.to(Colour.YELLOW) - self.figures.left_yellow)

    @property
    def late(self) -> int:
        return sum(self.figures.late.values())


def show(request: HttpRequest) -> HttpResponse:
    """Show the picture."""
    by = _allowed(request)
    found = _page(by)
    turns = tuple((one, found.figures.to(one)) for one in (Colour.RED, Colour.YELLOW, Colour.GREEN))
    context = {
        "title": _("The picture at eight"),
        "area": by.office.division,
        "picture": found,
        "turns": turns,
        "watches": by.may("roster.watch"),
    }
    return page(request, "morning/morning.html", context)


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """Send its tables as one, and record it."""
    by, at, form = _allowed(request), timezone.now(), request.POST.get("file", spreadsheets.XLSX)
    if form not in spreadsheets.TYPES:
        raise PermissionDenied
    if not sessions.is_proven(request):
        return sessions.to_prove(request, then=reverse("admin:morning"))
    ledger.record("figures.exported", about=Transition, by=by, at=at)
    found = _page(by)
    above = exports.about(_("The picture at eight"), by=by, at=at, filters=[str(by.office.division)])
    tables = ([[], [table.title], table.heads, *table.rows] for table in found.tables)
    rows = [[str(cell) for cell in row] for row in chain(above, chain.from_iterable(tables))]
    return spreadsheets.download(rows, form=form, name=f"morning-{timezone.localtime(at):%Y%m%d-%H%M}")


def _allowed(request: HttpRequest) -> User:
    by = reader(request)
    if not by.may(ACT):
        raise PermissionDenied
    return by


def _page(by: User) -> MorningPage:
    at = timezone.now()
    policy = RuleBook.objects.in_force(at).policy
    found = figures(by, policy, at=at)
    towns = sorted({*found.persons, *found.turned, *found.overdue, *found.tickets})
    names = _names({*towns, *found.over_time.standing})
    names[""] = _("not identified yet")
    offices = {
        key: str(one) for key, one in Office.objects.in_bulk([one.office for one in found.delays]).items()
    }
    tables = (
        _divisions(found, towns, names),
        _over_time(found, names),
        _grounds(found, towns, names, policy),
        _waiting(found),
        *([_late(found)] if by.may("roster.watch") else []),
        _delays(found, offices),
        _categories(found),
    )
    return MorningPage(found, tables, _charts(found, towns, names, offices))


def _divisions(found: MorningFigures, towns: list[str], names: dict[str, str]) -> Table:
    heads = (
        *("", _("red now"), _("yellow now"), _("to red"), _("to yellow"), _("to green")),
        *(_("control overdue"), _("tickets open"), _("tickets late")),
    )
    rows = []
    for town in towns:
        turned = found.turned.get(town, {})
        colours = (turned.get(one.value, 0) for one in (Colour.RED, Colour.YELLOW, Colour.GREEN))
        numbers = (*found.persons.get(town, (0, 0)), *colours, found.overdue.get(town, 0))
        rows.append((names.get(town, town), *numbers, *found.tickets.get(town, (0, 0))))
    if len(rows) > 1:
        rows.append((_("all"), *(sum(column) for column in zip(*(row[1:] for row in rows), strict=True))))
    return Table("divisions", _("By division"), heads, tuple(rows))


def _names(codes: set[str]) -> dict[str, str]:
    """Return the names of divisions, of a township with its county where townships of several are there."""
    rows = {one.code: one for one in Division.objects.filter(code__in=codes).select_related("parent")}
    counties = {one.parent_id for code, one in rows.items() if len(code) == TOWNSHIP}
    with_county = len(counties) > 1
    return {
        code: languages.bracketed(one, one.parent) if with_county and len(code) == TOWNSHIP else str(one)
        for code, one in rows.items()
    }


def _over_time(found: MorningFigures, names: dict[str, str]) -> Table:
    heads = ("", *(f"{day:%m-%d}" for day in found.over_time.days))
    rows = [
        (names.get(town, town), *(f"{red} · {yellow}" for red, yellow in of))
        for town, of in found.over_time.standing.items()
    ]
    if len(rows) > 1:
        rows.append((_("all"), *(f"{red} · {yellow}" for red, yellow in found.over_time.all())))
    return Table("over_time", _("Red · yellow by township, at the end of each day"), heads, tuple(rows))


def _grounds(found: MorningFigures, towns: list[str], names: dict[str, str], policy: Policy) -> Table:
    there = {ground for of in found.grounds.values() for ground in of}
    grounds = [key for key in policy.grounds if key in there]
    words = [policy.grounds[key].words.text(languages.current()) for key in grounds]
    rows = [
        (names.get(town, town), *(found.grounds[town].get(key, 0) for key in grounds))
        for town in towns
        if town in found.grounds
    ]
    return Table("grounds", _("People by division and ground"), ("", *words), tuple(rows))


def _waiting(found: MorningFigures) -> Table:
    heads = ("", _("less than a day"), _("one to three days"), _("longer"), _("all"), _("the oldest since"))
    rows = [
        (
            *(WAITING[one.key], one.day, one.three, one.longer, one.total),
            f"{timezone.localtime(one.oldest):%Y-%m-%d %H:%M}" if one.oldest else "–",
        )
        for one in found.waiting
    ]
    return Table("waiting", _("What waits, by age"), heads, tuple(rows))


def _late(found: MorningFigures) -> Table:
    rows = [(ACTS[BY_KEY[key].act].words, number) for key, number in found.late.items()]
    rows.sort(key=lambda row: -row[1])
    return Table("late", _("Beyond its hours"), ("", pgettext("how many", "number")), tuple(rows))


def _delays(found: MorningFigures, offices: dict[int, str]) -> Table:
    title = _("Hours to green, by the office that ended it, in %(days)s days") % {"days": DELAY_DAYS}
    heads = ("", pgettext("how many", "done"), _("median, hours"), _("9 of 10 within, hours"))
    rows = [(offices[one.office], one.number, f"{one.median:.1f}", f"{one.most:.1f}") for one in found.delays]
    return Table("delays", title, heads, tuple(rows))


def _categories(found: MorningFigures) -> Table:
    heads = ("", _("received within a day"), _("tickets open"), _("tickets late"))
    rows = [
        (f"{key} {Category(key).label}", new, still_open, late)
        for key, (still_open, late, new) in sorted(found.categories.items())
    ]
    return Table("categories", _("Open tickets by category and clock"), heads, tuple(rows))


def _charts(
    found: MorningFigures, towns: list[str], names: dict[str, str], offices: dict[int, str]
) -> tuple[Chart, ...]:
    colours: list[tuple[str, str | Promise]] = [("bar-red", _("red")), ("bar-yellow", _("yellow"))]
    persons = [
        (names.get(town, town), found.persons[town], f"{red} · {yellow}")
        for town in towns
        if town in found.persons
        for red, yellow in [found.persons[town]]
    ]
    delays = [(offices[one.office], (one.median,), f"{one.median:.1f}") for one in found.delays]
    clocks = [
        (str(Category(key).label), (late, still_open - late), f"{late} / {still_open}")
        for key, (still_open, late, _new) in sorted(found.categories.items())
    ]
    late: list[tuple[str, str | Promise]] = [("bar-red", _("late")), ("part", _("in time"))]
    townships = [(names.get(town, town), of) for town, of in found.over_time.standing.items()]
    charts: tuple[Chart, ...] = (
        lying("persons", _("Red and yellow by division"), colours, persons),
        tiles(_("Red and yellow by township, day by day"), colours, found.over_time.days, townships),
        lying("delays", _("Median hours to green, by office"), [("part", _("median, hours"))], delays),
        lying("clocks", _("Open tickets by category and clock"), late, clocks),
    )
    return tuple(chart for chart in charts if chart.bars)


def _signed(number: int) -> str:
    return f"{number:+d}".replace("-", "−") if number else "±0"


ROUTES = (("morning/", show, "morning"), ("morning/export/", export, "morning_export"))
