"""What came back with a reason and was not made again since: listed for whoever reported or proposed it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from cases.models import Batch, Case, Proposal
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.models.reading import is_reading, remembered
from cases.policy import days
from cases.selectors import oldest
from healthcode.core.offices.models import User
from healthcode.core.offices.seats import moved_since, posted
from healthcode.core.statements.compiled import Compiled
from healthcode.core.statements.fragments import Given

RETURNED_DAYS = 14  # how long it is listed
KINDS: dict[str, type[Proposal]] = {}  # of which there is a list of what came back
REPORTS = "reports"


def _back() -> QuerySet[Any, Any]:
    """Return the kinds of which something of an office came back; somebody's who was given another post, too."""
    theirs = Q(proposed_by__office=Given("office")) | moved_since()
    back = Q(decision=Decision.REFUSED, decided_at__gte=Given("since"))
    rows = {name: model._default_manager.filter(theirs, back) for name, model in KINDS.items()}
    kinds = {name: (found, Max("decided_at")) for name, found in rows.items()}
    return oldest.each_named(
        {**kinds, REPORTS: (_reports(Given("office"), Given("since")), Max("closed_at"))}
    )


def _reports(office: Any, since: Any) -> QuerySet[Case]:
    return Case.objects.filter(state=State.REFUSED, source_office=office, closed_at__gte=since)


BACK: Compiled[Proposal] = Compiled(_back)


def reports(user: User, at: datetime) -> QuerySet[Case]:
    """Find reports that came back with a reason and were not made again since."""
    again = Case.objects.filter(
        person=OuterRef("person"),
        ground=OuterRef("ground"),
        entered_at__gt=OuterRef("closed_at"),
        resumes=None,
    )
    since = at - RETURNED_DAYS * days.ONE_DAY
    if not _may_have(REPORTS, user, since):
        return Case.objects.none()
    return _reports(user.office_id, since).filter(~Exists(again)).select_related("person")


def proposals(
    model: type[Proposal], subject: str, person: str
) -> Callable[[User, datetime], QuerySet[Proposal]]:
    """Find proposals of the user's office that came back with a reason, and were not made again since.

    Of the office that proposed them, wherever the account works today.
    """
    KINDS[model.__name__] = model

    def find(user: User, at: datetime) -> QuerySet[Proposal]:
        of_model, since = model._default_manager.all(), at - RETURNED_DAYS * days.ONE_DAY
        if not _may_have(model.__name__, user, since):
            return of_model.none()
        again = of_model.filter(**{subject: OuterRef(subject)}, proposed_at__gt=OuterRef("decided_at"))
        back = of_model.filter(~Exists(again), decision=Decision.REFUSED, decided_at__gte=since)
        still = Q(proposed_by__office=user.office_id)
        ours = posted(back, lambda post: post.office.pk == user.office_id, still)
        return ours.select_related(person)

    return find


def _may_have(kind: str, user: User, since: datetime) -> bool:
    """Tell whether something of a kind may have come back; a page asks of all kinds at once, and for no empty list."""
    if not is_reading():
        return True
    given = {"office": user.office_id, "since": since}
    last = remembered(("came back", user.office_id), lambda: dict(BACK.values(**given)))
    return last[kind] is not None


def brought(user: User, at: datetime) -> QuerySet[Batch]:
    sent_back = Batch.objects.brought().filter(state=Batch.State.CANCELLED).exclude(fault_text="")
    return sent_back.filter(brought_from=user.office_id, finished_at__gte=at - RETURNED_DAYS * days.ONE_DAY)
