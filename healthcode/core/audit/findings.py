"""What can be wrong with the ledger, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthcode.core.audit.ledger import EPOCH
from healthcode.core.audit.models import Seal

WORDS: dict[str, str | Promise] = {
    "event_changed": gettext_lazy("Event %(event)s (leaf %(leaf)s) does not say what was sealed."),
    "event_deleted": gettext_lazy("Event %(event)s (leaf %(leaf)s) is gone."),
    "leaves_missing": gettext_lazy("The leaves %(first)s to %(last)s are gone."),
    "leaves_unsealed": gettext_lazy(
        "The leaves from %(first)s on stand behind the last seal: no sealer left them there."
    ),
    "root_differs": gettext_lazy("The leaves %(first)s to %(last)s are not those that were signed."),
    "seal_unsigned": gettext_lazy("The seal of %(size)s leaves is not signed by a key of this house."),
    "chain_broken": gettext_lazy(
        "The seal of %(size)s leaves does not follow the one before it: a seal was deleted or changed."
    ),
    "back_dated": gettext_lazy("Event %(event)s is dated %(at)s, but was written long after."),
    "slipped_in": gettext_lazy("Event %(event)s was slipped in where sealing had already passed."),
    "anchor_unsigned": gettext_lazy("The anchor of %(size)s leaves is not signed by a key of this house."),
    "anchor_beyond": gettext_lazy(
        "The anchor has %(size)s leaves, the ledger only %(have)s: its end was cut off, or an old "
        "backup restored."
    ),
    "anchor_differs": gettext_lazy(
        "The first %(size)s leaves are not those of the anchor: the ledger was written anew."
    ),
    "case_differs": gettext_lazy("Case %(case)s is not what the ledger says of it: %(fields)s."),
    "case_deleted": gettext_lazy("Case %(case)s is in the ledger and nowhere else."),
    "case_untold": gettext_lazy("Case %(case)s is not in the ledger."),
    "ticket_differs": gettext_lazy("Ticket %(ticket)s is not what the ledger says of it: %(fields)s."),
    "ticket_deleted": gettext_lazy("Ticket %(ticket)s is in the ledger and nowhere else."),
    "ticket_untold": gettext_lazy("Ticket %(ticket)s is not in the ledger."),
    "result_differs": gettext_lazy("Test result %(result)s is not what the ledger says of it: %(fields)s."),
    "result_deleted": gettext_lazy("The test result that event %(event)s tells of is gone."),
    "rule_book_differs": gettext_lazy("The text of rule book %(book)s is not the one that was adopted."),
    "words_differ": gettext_lazy("The words kept with event %(event)s are not those that were said."),
    "conversion_differs": gettext_lazy(
        "Conversion %(conversion)s is not what the ledger says of it: %(fields)s."
    ),
    "conversion_deleted": gettext_lazy("The conversion that event %(event)s tells of is gone."),
    "conversion_untold": gettext_lazy("Conversion %(conversion)s is not in the ledger."),
}


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit, and the first seal that should have covered it."""

    kind: str
    values: Mapping[str, object] = field(default_factory=dict)
    since: Seal | None = None

    def __str__(self) -> str:
        words = str(WORDS[self.kind]) % self.values
        if self.since is None:
            return words
        said = _("Sealed %(at)s as one of %(size)s leaves.")
        return f"{words} {said % {'at': shown(instant(self.since.at_us)), 'size': self.since.size}}"


def instant(at_us: int) -> datetime:
    """Return an instant from the ledger's microseconds."""
    return EPOCH + timedelta(microseconds=at_us)


def shown(at: datetime) -> str:
    """Return an instant to the second, as everywhere in the portal in Shanghai."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
