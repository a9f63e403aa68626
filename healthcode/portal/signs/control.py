"""Signs in control: what should have ended."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder
from cases.policy.rulebook import Policy
from cases.selectors.deaths import without_checked
from healthcode.portal.signs import thresholds
from healthcode.portal.signs.sign import LIMIT, Sign, SignRow


def overdue(at: datetime, policy: Policy) -> list[SignRow]:
    """Find control orders that should have ended."""
    orders = without_checked(ControlOrder.objects.overdue(at - thresholds.OVERDUE))
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


SIGNS = (
    Sign(
        "overdue",
        _("Control not ended in time"),
        _("Control orders that were due more than %(hours)s hours ago."),
        overdue,
        {"hours": thresholds.OVERDUE.days * 24},
    ),
)
