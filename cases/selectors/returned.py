"""What came back with a reason and was not made again since: listed for whoever reported or proposed it."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from cases.models import Batch, Case, Proposal
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.policy import days
from healthcode.core.offices.models import User
from healthcode.core.offices.seats import posted

RETURNED_DAYS = 14  # how long it is listed


def reports(user: User, at: datetime) -> QuerySet[Case]:
    """Find reports that came back with a reason and were not made again since."""
    again = Case.objects.filter(
        person=OuterRef("person"),
        ground=OuterRef("ground"),
        entered_at__gt=OuterRef("closed_at"),
        resumes=None,
    )
    back = Case.objects.filter(
        state=State.REFUSED, source_office=user.office_id, closed_at__gte=at - RETURNED_DAYS * days.ONE_DAY
    )
    return back.filter(~Exists(again)).select_related("person")


def proposals(
    model: type[Proposal], subject: str, person: str
) -> Callable[[User, datetime], QuerySet[Proposal]]:
    """Find proposals of the user's office that came back with a reason, and were not made again since.

    Of the office that proposed them, wherever the account works today.
    """

    def find(user: User, at: datetime) -> QuerySet[Proposal]:
        of_model = model._default_manager.all()
        again = of_model.filter(**{subject: OuterRef(subject)}, proposed_at__gt=OuterRef("decided_at"))
        back = of_model.filter(~Exists(again), decision=Decision.REFUSED)
        back = back.filter(decided_at__gte=at - RETURNED_DAYS * days.ONE_DAY)
        ours = posted(back, lambda post: post.office.pk == user.office_id)
        return ours.select_related(person)

    return find


def brought(user: User, at: datetime) -> QuerySet[Batch]:
    sent_back = Batch.objects.brought().filter(state=Batch.State.CANCELLED).exclude(fault_text="")
    return sent_back.filter(brought_from=user.office_id, finished_at__gte=at - RETURNED_DAYS * days.ONE_DAY)
