"""Where tracks lead: an area opens its ground on whoever was there, whenever the one or the other becomes known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Batch, Case, NumberChange, Person, Presence, RiskArea, RuleBook, WaitingTrack
from cases.models.cases import LIVE, CaseQuerySet, Channel, EvidenceKind
from cases.policy import days
from cases.policy.rulebook import Policy
from cases.selectors import presences
from cases.services.engine import mass
from cases.services.engine.dialects import in_parts
from cases.services.engine.mass import Opened
from healthcode.core.offices.models import User

OF_TRACK = ("kind", "division_id", "venue", "from_at", "until_at", "source_id", "recorded_by_id", "batch_id")


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
    if at < area.from_at or not leads(area):
        return Opened()
    ground = RuleBook.objects.in_force(at).policy.ground_of_area(severe=area.severe)
    hits = presences.of_area(area, at=at, among=among)
    return mass.open_on(hits, area=area, ground=ground, by=by, at=at, act="area.matched", batch_id=batch_id)


def leads(area: RiskArea) -> bool:
    """Tell whether tracks can lead to an area, and mean something there: one that words alone name has no place."""
    nowhere = not (area.venue or area.division_id)
    return not nowhere and (area.severe or area.test_required)


@transaction.atomic
def claim(person: Person, *, at: datetime) -> int:
    """Give a record the tracks that came under its number before it had it, and let them lead; return how many.

    What they open was sent by whoever delivered them. Under a number whose correction nobody has confirmed yet they
    wait on: restored, it may be somebody else's.
    """
    if person.document_index is None or unconfirmed({person.document_index}):
        return 0
    waiting = WaitingTrack.objects.select_for_update().filter(document_index=person.document_index)
    rows = list(waiting.select_related("recorded_by__office").order_by("pk"))
    if not rows:
        return 0
    made = Presence.objects.bulk_create(
        Presence(person=person, **{name: getattr(row, name) for name in OF_TRACK}) for row in rows
    )
    WaitingTrack.objects.filter(pk__in=[row.pk for row in rows]).delete()
    by_delivery: dict[tuple[int | None, User], list[int]] = defaultdict(list)
    for one, row in zip(made, rows, strict=True):
        by_delivery[row.batch_id, row.recorded_by].append(one.pk)
    for (batch_id, by), keys in by_delivery.items():
        new = Presence.objects.filter(pk__in=keys)
        for area in RiskArea.objects.listed(at).order_by("pk"):
            match(area, among=new, batch_id=batch_id, by=by, at=at)
    return len(rows)


def give_back(person: Person) -> None:
    """Let the tracks of a record wait under its number again: they came by it, and by a correction it is another's."""
    if person.document_index is None:
        return
    theirs = Presence.objects.select_for_update().filter(person=person)
    WaitingTrack.objects.bulk_create(
        WaitingTrack(document_index=person.document_index, **{name: getattr(one, name) for name in OF_TRACK})
        for one in theirs.order_by("pk")
    )
    theirs.delete()


def unconfirmed(indices: Iterable[str]) -> set[str]:
    """Return those of some numbers that count for a record but are still to be confirmed: their tracks wait."""
    changes = NumberChange.objects.unconfirmed().filter(new_index__in=set(indices))
    return {index for index in changes.values_list("new_index", flat=True) if index}


def led_by(batch: Batch) -> CaseQuerySet:
    """Find the live cases that tracks opened on whoever a delivery has tracks of."""
    whose = Presence.objects.filter(batch=batch).values(root=Coalesce("person__merged_into", "person"))
    live = Case.objects.filter(
        channel=Channel.AUTOMATIC, evidence_kind=EvidenceKind.TRACK, risk_area__isnull=False, state__in=LIVE
    )
    mine = live.alias(root=Coalesce("person__merged_into", "person")).filter(root__in=whose)
    return mine.select_related("person", "risk_area__decided_by__office").order_by("person", "pk")


def borne_alone(batch: Batch, cases: Iterable[Case], *, at: datetime) -> list[Case]:
    """Return which of these cases a delivery bears alone: no track of another says the same last day.

    A track that retention has dropped is not gone, for the case has its copy: it falls only with what bore it.
    """
    by_area: dict[RiskArea, list[Case]] = defaultdict(list)
    for case in cases:
        assert case.risk_area is not None
        by_area[case.risk_area].append(case)
    return [
        case
        for area, of_area in by_area.items()
        for part in in_parts(of_area)
        for case in _borne_alone(batch, area, part, at)
    ]


def borne_by_none(cases: Iterable[Case], *, book: Policy, at: datetime) -> list[Case]:
    """Return which of these cases no track bears any more; of an older one retention may have dropped it."""
    kept_since = days.local_day(at) - book.parameters.area_look_back_days * days.ONE_DAY
    return [
        case
        for case in cases
        if case.risk_area is not None
        and case.began_on > kept_since
        and not _bearing(case.risk_area, [case], at)[case.pk]
    ]


def _borne_alone(batch: Batch, area: RiskArea, cases: Sequence[Case], at: datetime) -> list[Case]:
    bearing = _bearing(area, cases, at)
    return [
        case
        for case in cases
        if bearing[case.pk] == {batch.pk} or (not bearing[case.pk] and case.batch_id == batch.pk)
    ]


def _bearing(area: RiskArea, cases: Sequence[Case], at: datetime) -> dict[int, set[int | None]]:
    """Return by case the deliveries whose tracks say the same last day."""
    tracks: dict[int, list[tuple[datetime, int | None]]] = defaultdict(list)
    for root, until_at, batch_id in presences.tracks_into(
        area, {case.person.root_id for case in cases}, at=at
    ):
        tracks[root].append((until_at, batch_id))
    return {
        case.pk: {
            batch_id
            for until_at, batch_id in tracks[case.person.root_id]
            if days.local_day(min(until_at, case.entered_at)) == case.began_on
        }
        for case in cases
    }


def match_again(roots: Iterable[int], *, at: datetime) -> None:
    """Let the tracks of some people lead again, as each area's approver decided: what had answered them is gone."""
    for part in in_parts(sorted(roots)):
        theirs = Presence.objects.filter(person__among=Person.objects.group_of(*part))
        if not theirs.exists():
            continue
        for area in RiskArea.objects.listed(at).select_related("decided_by__office").order_by("pk"):
            assert area.decided_by is not None
            match(area, among=theirs, by=area.decided_by, at=at)


def claim_all(*, by: User, at: datetime) -> int:
    """Claim what waits under a number that a record has meanwhile: it came at the very moment of the registration."""
    waiting = WaitingTrack.objects.filter(document_index=OuterRef("document_index"))
    return sum(claim(person, at=at) for person in Person.objects.filter(Exists(waiting)).order_by("pk"))
