"""Risk areas: listed from the national list, designated as severe, matched with tracks (clauses 1.2b, 1.4)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import RiskArea, RuleBook
from cases.models.proposals import Decision
from cases.policy import spellings
from cases.selectors import presences
from cases.services.areas import returning
from cases.services.engine import second_person, tracks
from cases.services.engine.authority import require
from cases.services.engine.mass import Opened
from cases.services.engine.refusals import NotAllowed, Refusal, collected
from healthcode.core.audit import ledger
from healthcode.core.offices import scope
from healthcode.core.offices.models import Division, User


class AreasCityOnly(NotAllowed):
    code = "areas.city_only"
    message = _("Areas are listed at city level: a county applies for what lies in the county.")


class DocumentsMissing(Refusal):
    code = "areas.severe.documents_missing"
    message = _("A severe situation needs both documents: the assessment and the consent (clause 1.4).")
    field = "consent_document"


class SameDocument(Refusal):
    code = "areas.severe.same_document"
    message = _("Assessment and consent are two acts of two offices: each has its own document number.")
    field = "consent_document"


class AreaAlreadyProposed(Refusal):
    code = "areas.listing.already_proposed"
    message = _("This area is already listed at this level, or waits for its second person.")
    field = "name"


class NotListed(Refusal):
    code = "areas.not_listed"
    message = _("This area is not listed (any more).")
    field = "area"


@dataclass(frozen=True)
class Listing:
    """What a list says of an area."""

    name: str
    level: str
    source_document: str
    from_at: datetime
    division: Division | None = None
    venue: str = ""
    severe: bool = False
    test_required: bool = True
    assessment_document: str = ""
    consent_document: str = ""
    batch_id: int | None = None


@transaction.atomic
def propose(listing: Listing, *, by: User, at: datetime) -> RiskArea:
    """Propose to list an area; a second person approves before anything rests on it.

    A county applies for a place of its own; the city and the province name any.
    """
    require(by, "area.propose", at=at)
    for refusal in faults(listing, by=by, at=at):
        raise refusal
    area = RiskArea.objects.create(
        **vars(listing),
        look_back_days=RuleBook.objects.in_force(at).policy.parameters.area_look_back_days,
        proposed_by=by,
        proposed_at=at,
    )
    _record("area.proposed", area, by=by, at=at)
    return area


@transaction.atomic
def decide(area: RiskArea, *, approve: bool, answer: str = "", by: User, at: datetime) -> Opened:
    """Approve or send back a listing: another duty lead of the city, or the health commission.

    Approved, it reaches at once everybody whose track leads there within the look-back: that approval is the second
    look that a mass coding needs. One that is to begin later begins by itself then.
    """
    require_city(by, "area.decide", at)
    second_person.decide(area, act="area.decide", approve=approve, answer=answer, by=by, at=at)
    approved = area.decision == Decision.APPROVED
    _record("area.listed" if approved else "area.refused", area, by=by, at=at, reason=answer)
    return _begin(area, by=by, at=at) if approved else Opened()


def reached(area: RiskArea, *, at: datetime) -> int:
    """Return how many people's tracks lead to an area, were it approved now; of one that begins later, nobody's."""
    if at < area.from_at or not tracks.leads(area):
        return 0
    return presences.of_area(area, at=at).count()


def begin_due(*, by: User, at: datetime) -> int:
    """Let every approved area begin whose instant has come: its tracks are matched, once. Return how many."""
    due = RiskArea.objects.listed(at).filter(begun_at=None).select_related("division", "decided_by__office")
    return sum(_begin_late(area, at=at) for area in due.order_by("from_at", "pk"))


def _begin_late(area: RiskArea, *, at: datetime) -> bool:
    """Let an area begin as its approver decided; what stands or was answered, the admission says of each stay."""
    assert area.decided_by is not None
    try:
        with transaction.atomic():
            _begin(area, by=area.decided_by, at=at)
    except (
        Refusal,
        _BegunElsewhere,
    ):  # merged at this moment, lifted, begun by another server: the next tick asks
        return False
    return True


class _BegunElsewhere(Exception):
    """Another act let the area begin, lifted it or withdrew it while its tracks were matched."""


def _begin(area: RiskArea, *, by: User, at: datetime) -> Opened:
    """Match an area's tracks and mark it as begun; before its instant nothing happens."""
    if at < area.from_at:
        return Opened()
    opened = tracks.match(area, by=by, at=at)
    returning.bring_back(area, by=by, at=at)
    # Its row last: whoever enters a case holds a person first and the area after.
    if not RiskArea.objects.listed(at).filter(pk=area.pk, begun_at=None).update(begun_at=at):
        raise _BegunElsewhere()
    area.begun_at = at
    ledger.record(
        "area.begun",
        about=area,
        by=by,
        at=at,
        people=opened.cases,
        turned=opened.turned,
        answered=opened.answered,
    )
    return opened


def faults(listing: Listing, *, unread: Collection[str] = (), by: User, at: datetime) -> Iterator[Refusal]:
    """Yield all that is wrong with a listing; `unread`: fields of which nobody knows what they are to say."""
    if "division" not in unread:
        yield from collected(lambda: require_own_place(by, listing.division))
    if not {"severe", "assessment_document", "consent_document"} & {*unread}:
        yield from collected(lambda: _require_documents(listing))
    if not {"name", "venue", "division", "level", "severe"} & {*unread} and same_place(listing, at).exists():
        yield AreaAlreadyProposed()


def _require_documents(listing: Listing) -> None:
    """Refuse a severe listing without its two documents (1.4)."""
    both = [listing.assessment_document, listing.consent_document]
    assessment, consent = (spellings.normalise_reference(one) for one in both)
    if listing.severe and not (assessment and consent):
        raise DocumentsMissing()
    if assessment and assessment == consent:
        raise SameDocument()


def same_place(one: "Listing | RiskArea", at: datetime) -> QuerySet[RiskArea]:
    """Return the areas, proposed or kept, of the same place at the same level."""
    kept = RiskArea.objects.kept(at).values("pk")
    return _of_place(one).filter(Q(decision=Decision.PENDING) | Q(pk__in=kept))


def approved_as(listing: Listing) -> RiskArea:
    """Return the approved area that a list names once more: same place, level and flag, the latest of them."""
    found = _of_place(listing).filter(decision=Decision.APPROVED, withdrawn_at=None)
    area = found.select_related("division").order_by("-from_at", "-pk").first()
    if area is None:
        raise NotListed()
    return area


def _of_place(one: "Listing | RiskArea") -> QuerySet[RiskArea]:
    """Return the areas of a place at a level, however its name is spelled."""
    same = RiskArea.objects.filter(division=one.division, level=one.level, severe=one.severe)
    spelled = _spelled(one.name, one.venue)
    named = same.values_list("pk", "name", "venue")
    return same.filter(pk__in=[pk for pk, *names in named if _spelled(*names) == spelled])


def _spelled(*names: str) -> tuple[str, ...]:
    return tuple(spellings.one_spelling(name).casefold() for name in names)


def require_city(by: User, act: str, at: datetime) -> None:
    """Refuse unless the user has the act, and has it for the whole city."""
    require(by, act, at=at)
    if not is_of_city(by):
        raise AreasCityOnly()


def require_own_place(by: User, division: Division | None) -> None:
    """Refuse a county what does not lie in the county: by the division of the area, not by the office alone."""
    if is_of_city(by):
        return
    if division is None or not scope.covers(by.jurisdiction, division.code):
        raise AreasCityOnly()


def is_of_city(by: User) -> bool:
    """Tell whether somebody answers for the whole city."""
    return scope.covers(by.jurisdiction, settings.HOME_CITY)


def _record(action: str, area: RiskArea, *, by: User, at: datetime, reason: str = "") -> None:
    ledger.record(
        action, about=area, by=by, at=at, severe=area.severe, level=area.level, notes={"reason": reason}
    )
