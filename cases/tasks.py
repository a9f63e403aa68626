"""Background work: what a worker does, and what the timer begins again."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from cases.feeds import deliveries
from cases.models import Batch
from healthcode.core.offices.models import User


@task()
def work_on_delivery(pk: int) -> str:
    """Do what can be done for a delivery; its row says how far it has come."""
    return deliveries.work(Batch.objects.get(pk=pk), clock=timezone.now).state


def begin(batch: Batch) -> None:
    """Give a delivery to a worker once the act that made it has been committed."""
    transaction.on_commit(lambda: work_on_delivery.enqueue(batch.pk))


def begin_again(*, by: User, at: datetime) -> int:
    """Give what lies unfinished to a worker again; where one is at it still, the second sees so and stops."""
    waiting = list(Batch.objects.unfinished().order_by("pk"))
    for batch in waiting:
        begin(batch)
    return len(waiting)
