"""Instants that push the next act's: one that lies ahead of every event was written by no act."""

from collections.abc import Callable, Iterator

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.services.engine.clocks import DRIFT
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling.comparing import CHUNK

AHEAD = FindingKind(
    "person_acted_ahead",
    _("The last act on person %(person)s is kept as of an instant that the ledger has not come to."),
)


def acts_ahead() -> Iterator[Finding]:
    """Find the persons whose last act lies further ahead of the ledger than clocks differ."""
    last = Event.objects.aggregate(last=Max("at_us"))["last"]
    if last is not None:
        ahead = Person.objects.filter(acted_at__gt=instant(last) + DRIFT).order_by("pk")
        for key in ahead.values_list("pk", flat=True).iterator(chunk_size=CHUNK):
            yield Finding(AHEAD, {"person": key})


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (acts_ahead,)
