"""What waits after a fact was taken back: what stands again, and contacts of nobody who are not clear of infection."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.models import Call, Case, Person
from cases.models.cases import State
from cases.selectors.deaths import without_checked
from healthcode.core.offices.models import User

# By which act somebody reaches the people who have to be rung: their officer, the group, the service point, the city.
REACHED_BY = ("order.end", "order.change", "result.apply", "case.decide")


def standing_again(user: User, at: datetime) -> QuerySet[Case]:
    """Find the cases that stand again and have not ended anew; supervision sees all of them."""
    cases = Case.objects.open().exclude(resumes=None).select_related("person")
    act = next((act for act in REACHED_BY if user.may(act)), None)
    if act is None:
        return cases if user.may("audit.read") else cases.none()
    return cases.filter(person__in=Person.objects.reachable_by(user, act, at))


def untold() -> QuerySet[Case]:
    """Find the cases that stand again of which nobody has told the person, or their family, by telephone."""
    told = Call.objects.filter(case=OuterRef("pk")).exclude(reached=Call.Reached.NOBODY)
    return without_checked(Case.objects.open().exclude(resumes=None).filter(~Exists(told)))


def to_call(user: User, at: datetime) -> QuerySet[Case]:
    """Find the cases about which this user's office has to telephone."""
    people = Person.objects.reachable_by(user, "case.record_call", at)
    return untold().filter(person__in=people).select_related("person")


def contacts_of_nobody(user: User, at: datetime) -> QuerySet[Case]:
    """Find standing contacts whose index case turned out to be none: CDC decides what they are."""
    gone = Q(state=State.VOIDED) | Q(exit="EXCLUDED")
    index = OuterRef("index_case")
    chain = Case.objects.filter(gone).filter(
        Q(pk=index) | Q(origin=index) | Q(origin=OuterRef("index_case__origin"))
    )
    cases = Case.objects.open().exclude(index_case=None).filter(Exists(chain)).select_related("person")
    return cases.filter(person__in=Person.objects.reachable_by(user, "case.report", at))
