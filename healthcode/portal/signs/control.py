"""Signs in control: what should have ended."""

from datetime import datetime, timedelta

from django.db.models import Count, Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, HealthLog
from cases.policy import days
from cases.policy.rulebook import Policy
from cases.selectors.deaths import without_checked
from healthcode.portal.signs import thresholds
from healthcode.portal.signs.sign import LIMIT, Sign, SignRow, trail_url


def overdue(at: datetime, policy: Policy) -> list[SignRow]:
    """Find control orders that should have ended."""
    orders = without_checked(ControlOrder.objects.standing().filter(until__lte=at - thresholds.OVERDUE))
    orders = orders.select_related("person", "officer", "office").order_by("until", "pk")
    return [
        SignRow(
            f"order:{order.pk}",
            f"{order.person} · {order.get_kind_display()} · {order.officer.name if order.officer else '–'}",
            order.until,
            reverse("admin:cases_person_change", args=(order.person.root_id,)),
        )
        for order in orders[:LIMIT]
    ]


def equal_temperatures(at: datetime, policy: Policy) -> list[SignRow]:
    """Find who kept one and the same temperature for nearly everybody."""
    since = days.local_day(at) - timedelta(days=thresholds.LOG_DAYS)
    kept = HealthLog.objects.filter(on__gte=since, temperature__isnull=False).order_by()
    all_of = dict(kept.values_list("by").annotate(n=Count("pk")).filter(n__gte=thresholds.LOGS_OF_ONE))
    same = (
        kept.filter(by__in=list(all_of))
        .values("by", "by__username", "by__name", "by__office__name", "temperature")
        .annotate(n=Count("pk"), people=Count("order__person", distinct=True), last=Max("at"))
        .filter(people__gte=thresholds.LOGS_PEOPLE)
        .order_by("-n", "by")
    )
    return [
        SignRow(
            f"logs:{row['by']}:{row['temperature']}:{since}",
            f"{row['by__name']} · {row['by__office__name']} · {row['temperature']} °C · {row['n']}/{all_of[row['by']]}",
            row["last"],
            trail_url(actor=row["by__username"]),
        )
        for row in same
        if row["n"] >= thresholds.LOGS_EQUAL * all_of[row["by"]]
    ][:LIMIT]


SIGNS = (
    Sign(
        "equal_temperatures",
        _("One temperature for nearly everybody"),
        _(
            "Of %(kept)s and more temperatures that one person kept in %(days)s days, %(share)s %% are one number."
        ),
        equal_temperatures,
        {
            "kept": thresholds.LOGS_OF_ONE,
            "days": thresholds.LOG_DAYS,
            "share": int(thresholds.LOGS_EQUAL * 100),
        },
    ),
    Sign(
        "overdue",
        _("Control not ended in time"),
        _("Control orders that were due more than %(hours)s hours ago."),
        overdue,
        {"hours": thresholds.OVERDUE.days * 24},
    ),
)
