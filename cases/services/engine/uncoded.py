"""Why nobody was coded by a stay: what is answered opens nothing, and leaves no row. It is worked out when asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet

from cases.models import Case, Person, Presence, RiskArea, RuleBook
from cases.models.cases import Channel, EvidenceKind
from cases.policy import days
from cases.selectors import presences
from cases.selectors.explanation import Explanation, UncodedStay
from cases.services.engine import admission, tracks
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal
from healthcode.core.offices.scope import covers


def with_uncoded(explanation: Explanation) -> Explanation:
    """Return an explanation with the stays by which its person is not coded, and why."""
    return replace(explanation, uncoded=stays_of(explanation.person, at=explanation.at))


def stays_of(person: Person, *, at: datetime) -> tuple[UncodedStay, ...]:
    """Return the stays in areas listed now that tracks tell of, and by which nothing may open any more.

    What stands or waits by a stay is told as a case. Somebody without tracks costs one query.
    """
    theirs = Presence.objects.filter(person__among=person.group)
    places = set(theirs.values_list("venue", "division"))
    if not places or person.deceased_on:
        return ()
    listed = [area for area in RiskArea.objects.listed(at).order_by("pk") if _leads_to(area, places)]
    return tuple(stay for area in listed for stay in _of_area(person, area, theirs, at))


def _leads_to(area: RiskArea, places: set[tuple[str, str]]) -> bool:
    if not tracks.leads(area):
        return False
    return any(
        venue == area.venue if area.venue else covers(area.division_id or "", division)
        for venue, division in places
    )


def _of_area(
    person: Person, area: RiskArea, theirs: QuerySet[Presence], at: datetime
) -> Iterator[UncodedStay]:
    book = RuleBook.objects.in_force(at).policy
    # Of merged records the one that left last, as a mass opening takes it.
    stays = sorted(presences.of_area(area, at=at, among=theirs), key=lambda row: row["left_at"])
    for stay in stays[-1:]:
        left_at = min(stay["left_at"], at)
        case = Case(
            person=person,
            ground=book.ground_of_area(severe=area.severe).key,
            channel=Channel.AUTOMATIC.value,
            evidence_kind=EvidenceKind.TRACK.value,
            evidence_ref=f"area:{area.pk}",
            risk_area=area,
            began_on=days.local_day(left_at),
            stayed_from=stay["stayed_from"],
        )
        try:
            admission.require_unanswered(case, Plan(), book=book, at=at)
        except admission.AlreadyStanding:
            continue
        except Refusal as refusal:
            yield UncodedStay(area, left_at, str(refusal))
