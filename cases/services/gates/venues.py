"""The register of venues: opened with the kind and office they keep, closed when nobody guards the door any more."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import RuleBook, Venue
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.parts import PART, in_parts
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
    fields = {"kind": kind, "division": division, "office": office, "opened_by": by, "opened_at": at}
    venue = Venue(name=name, name_en=name_en, **fields)
    for wrong in faults([venue], at=at).values():
        raise wrong[0]
    _save(venue)
    _record("venue.opened", venue, by=by, at=at)
    return venue


@transaction.atomic
def open_all(venues: Sequence[Venue], *, by: User, at: datetime) -> None:
    """Open venues that were prepared as a set; of what is wrong the first refusal is raised."""
    require(by, "venue.manage", at=at)
    for wrong in faults(venues, at=at).values():
        raise wrong[0]
    for venue in venues:
        venue.opened_by, venue.opened_at = by, at
    Venue.objects.bulk_create(venues, batch_size=PART)
    ledger.record_all([_entry("venue.opened", venue) for venue in venues], by=by, at=at)


def faults(venues: Sequence[Venue], *, at: datetime) -> dict[int, list[Refusal]]:
    """Return by place why venues cannot be opened, as if those before them in the set were open already."""
    kinds = RuleBook.objects.in_force(at).policy.venues
    names = [venue.name for venue in venues]
    taken = {
        key
        for part in in_parts(names)
        for key in Venue.objects.open().filter(name__in=part).values_list("office", "name")
    }
    found: dict[int, list[Refusal]] = {}
    for place, venue in enumerate(venues):
        if wrong := [*_of_itself(venue, kinds)]:
            found[place] = wrong
        if (venue.office_id, venue.name) in taken:
            found.setdefault(place, []).append(NameTaken())
        taken.add((venue.office_id, venue.name))
    return found


def _of_itself(venue: Venue, kinds: Collection[str]) -> Iterator[Refusal]:
    if venue.kind not in kinds:
        yield UnknownVenueKind()
    if venue.office.kind != OfficeKind.VENUE:
        yield NoGateOffice()
    elif not venue.office.covers(venue.division_id):
        yield OutsideTheOffice()


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
    ledger.record_all([_entry(action, venue)], by=by, at=at)


def _entry(action: str, venue: Venue) -> ledger.Entry:
    return ledger.entry(
        action, venue, place_kind=venue.kind, division=venue.division_id, office=venue.office.code
    )
