"""Due states: how a person stands to the end of their control order today."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder
from cases.policy import days


class Due(models.TextChoices):
    """How a standing order relates to today; NONE is a person without one."""

    OVERDUE = "OVERDUE", _("overdue")
    TODAY = "TODAY", _("due today")
    LATER = "LATER", _("under control")
    OPEN_END = "OPEN_END", _("open end")
    NONE = "NONE", _("no control order")


def state_of(order: ControlOrder | None, at: datetime) -> Due:
    """Return the due state of a standing order: its due day is the Shanghai day on which `until` falls."""
    if order is None:
        return Due.NONE
    if order.until is None:
        return Due.OPEN_END
    due, today = days.local_day(order.until), days.local_day(at)
    return Due.LATER if due > today else Due.TODAY if due == today else Due.OVERDUE


def where(state: str, at: datetime) -> Q:
    """Return the filter that keeps the standing orders in a due state."""
    today = days.midnight(days.local_day(at))
    tomorrow = days.midnight(days.local_day(at) + timedelta(days=1))
    return {
        Due.OVERDUE.value: Q(until__lt=today),
        Due.TODAY.value: Q(until__gte=today, until__lt=tomorrow),
        Due.LATER.value: Q(until__gte=tomorrow),
        Due.OPEN_END.value: Q(until=None),
    }.get(state, Q(pk__in=()))
