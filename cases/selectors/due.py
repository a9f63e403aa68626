"""Due states: how a person stands to the end of their control order today."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder
from cases.policy import days
from healthcode.core.offices.roles import HOURS

RELEASED_WITHIN = timedelta(hours=HOURS["order.end"])  # of its end: by noon of the day that follows the last


class Due(models.TextChoices):
    """How a standing order relates to today; NONE is a person without one."""

    OVERDUE = "OVERDUE", _("overdue")
    TODAY = "TODAY", _("due today")
    LATER = "LATER", _("under control")
    OPEN_END = "OPEN_END", _("open end")
    NONE = "NONE", _("no control order")


def state_of(order: ControlOrder | None, at: datetime) -> Due:
    """Return the due state of a standing order: its due day is that on which `until` falls, overdue is from noon on."""
    if order is None:
        return Due.NONE
    if order.until is None:
        return Due.OPEN_END
    if at >= order.until + RELEASED_WITHIN:
        return Due.OVERDUE
    return Due.LATER if days.local_day(order.until) > days.local_day(at) else Due.TODAY


def released_by(order: ControlOrder) -> datetime | None:
    """Return by when somebody has to end an order whose days are over; None with an open end."""
    return order.until and order.until + RELEASED_WITHIN


def where(state: str, at: datetime) -> Q:
    """Return the filter that keeps the standing orders in a due state."""
    late = at - RELEASED_WITHIN
    tomorrow = days.midnight(days.local_day(at) + timedelta(days=1))
    return {
        Due.OVERDUE.value: Q(until__lte=late),
        Due.TODAY.value: Q(until__gt=late, until__lt=tomorrow),
        Due.LATER.value: Q(until__gte=tomorrow),
        Due.OPEN_END.value: Q(until=None),
    }.get(state, Q(pk__in=()))
