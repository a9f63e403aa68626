"""Risk areas: listed from the national list, designated as severe, matched with tracks (clauses 1.2b, 1.4)."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Presence, RiskArea, RuleBook
from cases.models.proposals import Decision
from cases.policy import spellings
from cases.selectors import presences
from cases.services.engine import mass, second_person
from cases.services.engine.authority import require
from cases.services.engine.mass import Opened
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices import scope
from healthcode.core.offices.models import Division, User


class CityOnly(NotAllowed):
    code = "areas.city_only"
    message = _("Areas are listed at city level.")


class DocumentsMissing(Refusal):
    code = "areas.severe.documents_missing"
    message = _("A severe situation needs both documents: the assessment and the consent (clause 1.4).")
    field = "consent_document"


class SameDocument(Refusal):
    code = "areas.severe.same_document"
    message = _("Assessment and consent are two acts of two offices: each has its own document number.")
    field = "consent_document"


class AlreadyProposed(Refusal):
    code = "areas.listing.already_proposed"
    message = _("This area is already listed at this level, or waits for its second person.")
    field = "name"


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
    """Propose to list an area; a second person approves before anything rests on it."""
    require_city(by, "area.propose", at)
    _check(listing, at)
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
    """Approve or send back a listing: another person of another office.

    Approved, it reaches at once everybody whose track leads there within the look-back: that approval is the second
    look that a mass coding needs.
    """
    require(by, "area.decide", at=at)
    second_person.decide(area, approve=approve, answer=answer, by=by, at=at)
    approved = area.decision == Decision.APPROVED
    _record("area.listed" if approved else "area.refused", area, by=by, at=at, reason=answer)
    return match(area, by=by, at=at) if approved else Opened(0, 0)


def match(
    area: RiskArea,
    *,
    among: QuerySet[Presence] | None = None,
    batch_id: int | None = None,
    by: User,
    at: datetime,
) -> Opened:
    """Open what an area means for those who were there (1.2b, 1.4), by all tracks or only `among` some of a delivery.

    A stay counts, for a severe situation a contact too. Where no test is required nobody turns yellow.
    """
    nowhere = not (area.venue or area.division_id)  # named in words alone: no track can lead there
    if nowhere or not (area.severe or area.test_required):
        return Opened(0, 0)
    ground = RuleBook.objects.in_force(at).policy.ground_of_area(severe=area.severe)
    hits = presences.of_area(area, at=at, among=among)
    return mass.open_on(hits, area=area, ground=ground, by=by, at=at, act="area.matched", batch_id=batch_id)


def _check(listing: Listing, at: datetime) -> None:
    """Refuse a severe listing without its two documents (1.4), and what is listed or proposed already."""
    both = [listing.assessment_document, listing.consent_document]
    assessment, consent = (spellings.normalise_reference(one) for one in both)
    if listing.severe and not (assessment and consent):
        raise DocumentsMissing()
    if assessment and assessment == consent:
        raise SameDocument()
    same = RiskArea.objects.filter(division=listing.division, level=listing.level, severe=listing.severe)
    known = same.filter(Q(decision=Decision.PENDING) | Q(pk__in=same.listed(at)))
    spelled = {_spelled(*names) for names in known.values_list("name", "venue")}
    if _spelled(listing.name, listing.venue) in spelled:
        raise AlreadyProposed()


def _spelled(*names: str) -> tuple[str, ...]:
    return tuple(spellings.one_spelling(name).casefold() for name in names)


def require_city(by: User, act: str, at: datetime) -> None:
    """Refuse unless the user has the act, and has it for the whole city."""
    require(by, act, at=at)
    if not scope.covers(by.jurisdiction, settings.HOME_CITY):
        raise CityOnly()


def _record(action: str, area: RiskArea, *, by: User, at: datetime, reason: str = "") -> None:
    ledger.record(
        action, about=area, by=by, at=at, severe=area.severe, level=area.level, notes={"reason": reason}
    )
