"""Where tracks lead: an area opens its ground on whoever was there, whenever the one or the other becomes known."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from cases.models import Person, Presence, RiskArea, RuleBook, WaitingTrack
from cases.selectors import presences
from cases.services.engine import mass
from cases.services.engine.mass import Opened
from healthcode.core.offices.models import User


def match(
    area: RiskArea,
    *,
    among: QuerySet[Presence] | None = None,
    batch_id: int | None = None,
    by: User,
    at: datetime,
) -> Opened:
    """Open what an area means for those who were there (1.2b, 1.4), by all tracks or only `among` some of a delivery.

    A stay counts, for a severe situation a contact too. Where no test is required nobody turns yellow. It means nothing
    before its instant.
    """
    if at < area.from_at:
        return Opened(0, 0)
    nowhere = not (area.venue or area.division_id)  # named in words alone: no track can lead there
    if nowhere or not (area.severe or area.test_required):
        return Opened(0, 0)
    ground = RuleBook.objects.in_force(at).policy.ground_of_area(severe=area.severe)
    hits = presences.of_area(area, at=at, among=among)
    return mass.open_on(hits, area=area, ground=ground, by=by, at=at, act="area.matched", batch_id=batch_id)


@transaction.atomic
def claim(person: Person, *, at: datetime) -> int:
    """Give a record the tracks that came under its number before it had it, and let them lead; return how many.

    What they open was sent by whoever delivered them.
    """
    if person.document_index is None:
        return 0
    waiting = WaitingTrack.objects.select_for_update().filter(document_index=person.document_index)
    rows = list(waiting.select_related("recorded_by__office").order_by("pk"))
    if not rows:
        return 0
    names = ("kind", "division_id", "venue", "from_at", "until_at", "source_id", "recorded_by_id", "batch_id")
    made = Presence.objects.bulk_create(
        Presence(person=person, **{name: getattr(row, name) for name in names}) for row in rows
    )
    WaitingTrack.objects.filter(pk__in=[row.pk for row in rows]).delete()
    new, last = Presence.objects.filter(pk__in=[one.pk for one in made]), rows[-1]
    for area in RiskArea.objects.listed(at).order_by("pk"):
        match(area, among=new, batch_id=last.batch_id, by=last.recorded_by, at=at)
    return len(rows)


def claim_all(*, by: User, at: datetime) -> int:
    """Claim what waits under a number that a record has meanwhile: it came at the very moment of the registration."""
    waiting = WaitingTrack.objects.filter(document_index=OuterRef("document_index"))
    return sum(claim(person, at=at) for person in Person.objects.filter(Exists(waiting)).order_by("pk"))
