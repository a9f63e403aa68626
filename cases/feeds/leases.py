"""One worker for one delivery, and where it ends if the work breaks again and again."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Batch
from healthcode.core.acts import leases
from healthcode.core.acts.leases import LEASE, Clock
from healthcode.core.audit import ledger

__all__ = ("LEASE", "Clock", "DeliveryLease", "claim")

log = logging.getLogger(__name__)


class DeliveryLease(leases.Lease[Batch]):
    """A delivery in one worker's hands."""

    noun = "delivery"

    @property
    def batch(self) -> Batch:
        return self.row

    @classmethod
    @transaction.atomic
    def give_up(cls, row: Batch, at: datetime) -> None:
        row.state, row.finished_at, row.claimed_until = Batch.State.FAILED.value, at, None
        row.fault = _(
            "The portal made an error that nobody foresaw, twice. Tell the bureau the number of this delivery."
            " Withdraw it, or take back what was applied; the same file sent again goes on where it stopped."
        )
        row.save(update_fields=["state", "finished_at", "claimed_until", "fault", "tries"])
        log.error("Delivery %s is given up after %s rows.", row.pk, row.applied)
        ledger.record("batch.given_up", about=row, by=row.delivered_by, at=at, rows=row.applied)


def claim(batch: Batch, *, clock: Clock) -> DeliveryLease | None:
    """Take a delivery that a worker still has to do something for; None where there is none to take."""
    read = Batch.objects.unfinished().select_related("office", "delivered_by__office__division")
    return DeliveryLease.claim(read, batch.pk, clock=clock)
