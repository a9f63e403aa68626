"""What can be wrong with the ledger, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Seal
from healthcode.core.languages import in_words


class FindingKind(NamedTuple):
    """A kind of fault, and the sentence that its values complete."""

    key: str
    sentence: str | Promise


@dataclass(frozen=True)
class Finding:
    """One fault: its values, and the first seal that should have covered it."""

    what: FindingKind
    values: Mapping[str, object] = field(default_factory=dict)
    since: Seal | None = None

    @property
    def kind(self) -> str:
        """Return the key of its kind."""
        return self.what.key

    def __str__(self) -> str:
        fault = str(self.what.sentence) % in_words(self.values)
        if self.since is None:
            return fault
        values = {"at": to_the_second(instant(self.since.at_us)), "size": self.since.size}
        return f"{fault} {_('Sealed %(at)s as one of %(size)s leaves.') % values}"


EVENT_CHANGED = FindingKind(
    "event_changed", gettext_lazy("Event %(event)s (leaf %(leaf)s) does not say what was sealed.")
)
EVENT_DELETED = FindingKind("event_deleted", gettext_lazy("Event %(event)s (leaf %(leaf)s) is gone."))
LEAVES_MISSING = FindingKind("leaves_missing", gettext_lazy("The leaves %(first)s to %(last)s are gone."))
LEAVES_UNSEALED = FindingKind(
    "leaves_unsealed",
    gettext_lazy("The leaves from %(first)s on stand behind the last seal: no sealer left them there."),
)
ROOT_DIFFERS = FindingKind(
    "root_differs", gettext_lazy("The leaves %(first)s to %(last)s are not those that were signed.")
)
SEAL_UNSIGNED = FindingKind(
    "seal_unsigned", gettext_lazy("The seal of %(size)s leaves is not signed by a key of this house.")
)
CHAIN_BROKEN = FindingKind(
    "chain_broken",
    gettext_lazy(
        "The seal of %(size)s leaves does not follow the one before it: a seal was deleted or changed."
    ),
)
BACK_DATED = FindingKind(
    "back_dated", gettext_lazy("Event %(event)s is dated %(at)s, but was written long after.")
)
SLIPPED_IN = FindingKind(
    "slipped_in", gettext_lazy("Event %(event)s was slipped in where sealing had already passed.")
)
ANCHOR_UNSIGNED = FindingKind(
    "anchor_unsigned", gettext_lazy("The anchor of %(size)s leaves is not signed by a key of this house.")
)
ANCHOR_BEYOND = FindingKind(
    "anchor_beyond",
    gettext_lazy(
        "The anchor has %(size)s leaves, the ledger only %(have)s: its end was cut off, or an old "
        "backup restored."
    ),
)
ANCHOR_DIFFERS = FindingKind(
    "anchor_differs",
    gettext_lazy("The first %(size)s leaves are not those of the anchor: the ledger was written anew."),
)
# No fault: supervision's board says who answered for it.
ANCHOR_LOST = FindingKind(
    "anchor_lost",
    gettext_lazy(
        "The anchor of %(size)s leaves is of an end that was lost when a backup was restored, for which "
        "somebody answered."
    ),
)


def to_the_second(at: datetime) -> str:
    """Return an instant as text, in Shanghai time as everywhere in the portal."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
