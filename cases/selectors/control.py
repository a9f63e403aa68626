"""People under control for whom something waits: the lists of officers, groups, communities and hospitals."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from cases.models import AreaKind, Case, ControlOrder, HealthLog, OrderCase, Person, RuleBook, Transport
from cases.models.among import FoundKeys
from cases.models.cases import BASIS_GONE, State
from cases.models.control import Ending
from cases.models.reading import is_reading, remembered
from cases.models.results import Outcome
from cases.policy import days
from cases.selectors import area_index, due, samples
from cases.selectors.deaths import without_checked
from cases.selectors.humans import live_in, records_of, without
from healthcode.core.offices.models import User
from healthcode.core.offices.roles import ACTS


def orders(
    user: User, at: datetime | None = None, kind: AreaKind = AreaKind.STANDING_ORDER
) -> QuerySet[ControlOrder]:
    """Return the standing orders this user answers for, of one kind: an officer's own, else the office's area."""
    standing = without_checked(ControlOrder.objects.standing()).select_related("person", "officer")
    if user.role == "officer":
        return standing.filter(officer=user)
    theirs = area_index.of_area(kind, user.jurisdiction, at) if at else Q()
    return standing.filter(theirs, live_in(user.jurisdiction))


def overdue(user: User, at: datetime) -> QuerySet[ControlOrder]:
    return orders(user, at).filter(due.where(due.Due.OVERDUE, at))


def ready(user: User, at: datetime) -> QuerySet[ControlOrder]:
    """Find orders past their end whose latest sample is a negative in time: only the act is missing."""
    if not is_reading():
        return _ready(user, at)
    # A page asks three times, and each walks all orders past their end for the samples of each.
    found = remembered(("ready", user.pk), lambda: FoundKeys(_ready(user, at).values_list("pk", flat=True)))
    return ControlOrder.objects.filter(pk__among=found).select_related("person", "officer")


def _ready(user: User, at: datetime) -> QuerySet[ControlOrder]:
    window = timedelta(days=_window(at))
    latest = samples.taken_of()
    over = (
        orders(user, at)
        .filter(until__lte=at)
        .annotate(
            outcome=Subquery(latest.values("outcome")[:1]),
            tested_at=Subquery(latest.values("sampled_at")[:1]),
        )
    )
    return over.filter(outcome=Outcome.NEGATIVE, tested_at__gte=F("until") - window)


def due_today(user: User, at: datetime) -> QuerySet[ControlOrder]:
    today = orders(user, at).filter(due.where(due.Due.TODAY, at))
    return today.exclude(pk__in=ready(user, at).values("pk"))  # those stand in a list of their own


def fevers(user: User, at: datetime) -> QuerySet[HealthLog]:
    """Find fevers in the health logs since yesterday that no later temperature has answered."""
    limit = RuleBook.objects.in_force(at).policy.parameters.fever_celsius
    recent = HealthLog.objects.filter(order__in=orders(user, at), on__gte=days.local_day(at) - days.ONE_DAY)
    later = HealthLog.objects.filter(order=OuterRef("order"), at__gt=OuterRef("at"), temperature__lt=limit)
    return (
        recent.filter(temperature__gte=limit)
        .filter(~Exists(later))
        .select_related("order__person", "order__officer")
    )


def without_officer(user: User, at: datetime) -> QuerySet[ControlOrder]:
    """Find orders that nobody can end: without an officer, or with one whose account is closed or of another role."""
    return of_nobody(orders(user, at, AreaKind.WITHOUT_OFFICER), at)


def of_nobody(rows: QuerySet[ControlOrder], at: datetime) -> QuerySet[ControlOrder]:
    """Keep the orders that nobody can end."""
    measures = RuleBook.objects.in_force(at).policy.measures
    inpatient = [key for key, measure in measures.items() if measure.places == ("HOSPITAL",)]
    able = Q(officer__role__in=ACTS["order.end"].reach) | Q(officer__role="hospital", kind__in=inpatient)
    return rows.filter(~Q(able, officer__is_active=True))


def handed_over(user: User, at: datetime) -> QuerySet[ControlOrder]:
    """Find people handed to another province whose code is red still: their certificate comes, or they come back."""
    gone = ControlOrder.objects.filter(ending=Ending.TRANSFERRED_OUT, followed_by=None).filter(
        Exists(
            OrderCase.objects.filter(
                order=OuterRef("pk"), case__state=State.OPEN, case__person__in=records_of()
            )
        ),
        without(_of_same_human()),
    )
    rows = without_checked(gone).select_related("person", "officer")
    return rows.filter(live_in(user.jurisdiction))


def unplaced(user: User, at: datetime) -> QuerySet[ControlOrder]:
    """Find orders that say of no place where they are served: what tracks and files open names none."""
    served = OrderCase.objects.filter(order=OuterRef("pk"))  # monitoring serves none, and is at home
    waiting = orders(user, at).filter(Exists(served), site=None, place="", elsewhere=False)
    return waiting.filter(Q(until=None) | Q(until__gt=at))


def not_moved(user: User, at: datetime) -> QuerySet[ControlOrder]:
    """Find orders to be served at a site to which nobody has been driven yet (2.1f)."""
    return undriven(orders(user, at, AreaKind.NOT_MOVED), at)


def undriven(rows: QuerySet[ControlOrder], at: datetime) -> QuerySet[ControlOrder]:
    """Keep the orders to be served at a site to which nobody has been driven yet."""
    measures = RuleBook.objects.in_force(at).policy.measures
    at_sites = [key for key, measure in measures.items() if "HOME" not in measure.places]
    rides = Transport.objects.filter(order=OuterRef("pk"))
    driven = rides.filter(Q(to_site=OuterRef("site")) | Q(vehicle=""))  # rides of before there were sites
    waiting = rows.filter(kind__in=at_sites, at_home=False, elsewhere=False)
    # After the due instant only the end is missing.
    return waiting.filter(Q(until=None) | Q(until__gt=at)).filter(~Exists(driven))


def to_leave(user: User, at: datetime) -> QuerySet[ControlOrder]:
    """Find people at a site whose order lapsed because its opening fell: nobody drove them home yet."""
    rows = without_checked(leaving()).select_related("person", "officer")
    if user.role == "officer":
        return rows.filter(officer=user)
    return rows.filter(live_in(user.jurisdiction))


def leaving() -> QuerySet[ControlOrder]:
    """Return the orders that lapsed as their ground fell or was voided, of people who were driven to a site for it."""
    gone = Q(state=State.VOIDED) | Q(exit__in=(BASIS_GONE, "INDEX_EXCLUDED"))
    fell = Case.objects.filter(gone, served_by__order=OuterRef("pk"), closed_at=OuterRef("ended_at"))
    rides = Transport.objects.filter(order=OuterRef("pk"))
    orders = ControlOrder.objects.filter(ending=Ending.LAPSED, at_home=False, elsewhere=False)
    orders = orders.filter(Exists(fell), Exists(rides.exclude(to_site=None)), without(_of_same_human()))
    return orders.filter(~Exists(rides.filter(left_at__gte=OuterRef("ended_at"))))


def _of_same_human() -> QuerySet[ControlOrder]:
    """Return the standing orders of the human whom an outer order was of."""
    return ControlOrder.objects.standing().filter(person__in=records_of())


def leaving_of(person: Person) -> ControlOrder | None:
    """Return the lapsed order of whoever waits to be driven home."""
    return leaving().filter(person__among=person.group).order_by("-ended_at", "-pk").first()


def _window(at: datetime) -> int:
    return RuleBook.objects.in_force(at).policy.parameters.release_window_days
