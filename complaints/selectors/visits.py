"""What return visits heard, and the desk's figures by office, by priority and by day."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from cases.policy import days
from complaints import flow
from complaints.models import ReturnVisit, Ticket
from complaints.models.tickets import TicketQuerySet
from complaints.selectors.tables import Table, share
from healthcode.core.offices.models import Office

REACHED = Q(reached=ReturnVisit.Reached.YES)
Rows = tuple[tuple[Any, ...], ...]


def overview(tickets: QuerySet[Ticket]) -> Rows:
    """Return how many visits were made, what they heard, and how satisfied people were."""
    marks = {f"mark{mark}": Count("pk", filter=Q(satisfaction=mark)) for mark in range(5, 0, -1)}
    number = _of(tickets).aggregate(
        made=Count("pk"),
        answered=Count("pk", filter=REACHED),
        yes=Count("pk", filter=Q(solved=True)),
        no=Count("pk", filter=Q(solved=False)),
        mean=Avg("satisfaction"),
        **marks,
    )
    return (
        (_("made"), number["made"]),
        (_("reached"), number["answered"]),
        (_("solved, of those who answered"), share(number["yes"], number["yes"] + number["no"])),
        (_("not solved"), number["no"]),
        (_("satisfaction, mean"), _mean(number["mean"])),
        *((_("satisfaction %(mark)s") % {"mark": mark}, number[f"mark{mark}"]) for mark in range(5, 0, -1)),
    )


def tables(tickets: TicketQuerySet, at: datetime) -> tuple[Table, ...]:
    """Return the tables by the office first asked, by priority and by the day of reception."""
    heads = ("", _("tickets"), _("still open"), _("time over"), _("closed"), _("solved"), _("satisfaction"))
    offices = {office.pk: str(office) for office in Office.objects.all()}

    def day(prefix: str) -> Any:
        return TruncDate(f"{prefix}received_at", tzinfo=days.ZONE)

    return (
        Table("first_offices", _("By the office first asked"), heads,
              _grouped(tickets, at, lambda prefix: F(f"{prefix}first_office"), offices.__getitem__)),
        Table("priorities", _("By priority"), heads,
              _grouped(tickets, at, lambda prefix: F(f"{prefix}priority"), "P{}".format)),
        Table("days", _("By day"), heads, _grouped(tickets, at, day, "{:%Y-%m-%d}".format)),
    )  # fmt: skip


def _grouped(
    tickets: TicketQuerySet, at: datetime, group: Callable[[str], Any], label: Callable[[Any], str]
) -> Rows:
    """Return a row for each group: tickets, open, late, closed, the share solved and the mean satisfaction."""
    by_group, late_ones = (some.order_by().annotate(group=group("")) for some in (tickets, tickets.late(at)))
    counted = by_group.values("group").annotate(
        n=Count("pk"),
        open=Count("pk", filter=Q(state__in=flow.OPEN)),
        closed=Count("pk", filter=Q(state=flow.CLOSED)),
    )
    late = dict(late_ones.values_list("group").annotate(n=Count("pk")))
    heard: dict[Any, Any] = {
        row["group"]: row
        for row in _of(tickets)
        .annotate(group=group("ticket__"))
        .values("group")
        .annotate(
            yes=Count("pk", filter=Q(solved=True)),
            no=Count("pk", filter=Q(solved=False)),
            mean=Avg("satisfaction"),
        )
    }
    rows = []
    for row in counted.order_by("group"):
        visits = heard.get(row["group"], {"yes": 0, "no": 0, "mean": None})
        solved = share(visits["yes"], visits["yes"] + visits["no"])
        late_here = late.get(row["group"], 0)
        name = label(row["group"])
        rows.append((name, row["n"], row["open"], late_here, row["closed"], solved, _mean(visits["mean"])))
    return tuple(rows)


def _of(tickets: QuerySet[Ticket]) -> QuerySet[ReturnVisit]:
    return ReturnVisit.objects.filter(ticket__in=tickets.order_by().values("pk")).order_by()


def _mean(mean: float | None) -> str:
    return "–" if mean is None else f"{mean:.1f}"
