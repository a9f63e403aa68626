"""The register of venues: opened with the kind and office they keep, closed when nobody guards the door any more."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import RuleBook, Venue
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.staff import OfficeKind


class UnknownVenueKind(Refusal):
    code = "venues.unknown_kind"
    message = _("The rule book in force does not know this kind of venue.")
    field = "kind"


class NoGateOffice(Refusal):
    code = "venues.no_gate_office"
    message = _("Only an office of the kind “venue” has gate keepers.")
    field = "office"


class OutsideTheOffice(Refusal):
    code = "venues.outside_the_office"
    message = _("This division lies outside the office's area.")
    field = "division"


class NameTaken(Refusal):
    code = "venues.name_taken"
    message = _("This office guards a venue of that name already.")
    field = "name"


class AlreadyClosed(Refusal):
    code = "venues.already_closed"
    message = _("This venue is closed.")


@transaction.atomic
def open_venue(
    *, name: str, name_en: str = "", kind: str, division: Division, office: Office, by: User, at: datetime
) -> Venue:
    """Open a venue. Kind, division and office never change: what was checked there stays what it was."""
    require(by, "venue.manage", at=at)
    if kind not in RuleBook.objects.in_force(at).policy.venues:
        raise UnknownVenueKind()
    if office.kind != OfficeKind.VENUE:
        raise NoGateOffice()
    if not office.covers(division.code):
        raise OutsideTheOffice()
    fields = {"kind": kind, "division": division, "office": office, "opened_by": by, "opened_at": at}
    venue = Venue(name=name, name_en=name_en, **fields)
    _save(venue)
    _record("venue.opened", venue, by=by, at=at)
    return venue


@transaction.atomic
def correct(venue: Venue, *, name: str, name_en: str, by: User, at: datetime) -> Venue:
    """Correct a venue's names."""
    require(by, "venue.manage", at=at)
    venue.name, venue.name_en = name, name_en
    _save(venue)
    _record("venue.corrected", venue, by=by, at=at)
    return venue


@transaction.atomic
def close(venue: Venue, *, by: User, at: datetime) -> Venue:
    """Close a venue: nobody is checked there from now on, and its checks stay."""
    require(by, "venue.manage", at=at)
    if not Venue.objects.open().filter(pk=venue.pk).update(closed_by=by, closed_at=at):
        raise AlreadyClosed()
    venue.refresh_from_db()
    _record("venue.closed", venue, by=by, at=at)
    return venue


def _save(venue: Venue) -> None:
    try:
        with transaction.atomic():
            venue.save()
    except IntegrityError as error:
        raise NameTaken() from error


def _record(action: str, venue: Venue, *, by: User, at: datetime) -> None:
    ledger.record(
        action,
        by=by,
        at=at,
        about=venue,
        place_kind=venue.kind,
        division=venue.division_id,
        office=venue.office.code,
    )
