"""One worker for one delivery, and where it ends if the work breaks again and again."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Batch
from cases.services.engine.refusals import Refusal
from healthcode.core.acts import leases
from healthcode.core.acts.leases import LEASE, Clock
from healthcode.core.audit import ledger
from healthcode.core.offices import stored_refusals

__all__ = ("LEASE", "Clock", "DeliveryLease", "claim")

log = logging.getLogger(__name__)


class GivenUp(Refusal):
    code = "deliveries.given_up"
    message = _(
        "The portal made an error that nobody foresaw, twice. Tell the bureau the number of this delivery."
        " Withdraw it, or take back what was applied; the same file sent again goes on where it stopped."
    )


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
        row.faults = [stored_refusals.to_json(GivenUp())]
        row.save(update_fields=["state", "finished_at", "claimed_until", "faults", "tries"])
        log.error("Delivery %s is given up after %s rows.", row.pk, row.applied)
        ledger.record("batch.given_up", about=row, by=row.delivered_by, at=at, rows=row.applied)


def claim(batch: Batch, *, clock: Clock) -> DeliveryLease | None:
    """Take a delivery that a worker still has to do something for; None where there is none to take."""
    read = Batch.objects.unfinished().select_related("office", "delivered_by__office__division")
    return DeliveryLease.claim(read, batch.pk, clock=clock)
