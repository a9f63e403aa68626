"""How long something has waited, is late or has left, in the words of a clock on the wall."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def lasting(span: timedelta) -> str:
    """Return a span in one unit, rounded down: minutes, hours up to two days, then days."""
    if span < HOUR:
        n = max(1, int(span.total_seconds() // 60))
        return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}
    if span < 2 * DAY:
        n = span // HOUR
        return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}
    return ngettext("%(n)s day", "%(n)s days", span.days) % {"n": span.days}


def waiting(since: datetime, at: datetime) -> str:
    """Return how long something waits; what is yet to come has so long left."""
    return left(since, at) if since > at else _("for %(span)s") % {"span": lasting(at - since)}


def left(due: datetime, at: datetime) -> str:
    """Return how long is left until something is due, or how late it is."""
    if due > at:
        return _("%(span)s left") % {"span": lasting(due - at)}
    return _("%(span)s late") % {"span": lasting(at - due)}
