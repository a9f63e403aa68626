"""The register of venues: opened, corrected and closed by administrators."""

from decimal import Decimal

import pytest

from cases.models import Venue
from cases.services import gates
from cases.services.engine.refusals import NotAllowed
from cases.services.gates import PresentedCode, venues
from healthcode.core.audit.models import Event
from tests.factories import DivisionFactory, guarded, resident_number

from .scenes import T, later, refused


@pytest.fixture
def fields(cast):
    """What a venue is opened with."""
    return {
        "name": "新昌某学校",
        "kind": "SCHOOL",
        "division": DivisionFactory(code="330624001"),
        "office": cast.office("school"),
        "by": cast.admin_one,
        "at": T,
    }


def test_an_administrator_opens_a_venue(fields):
    venue = venues.open_venue(**fields)
    assert list(Venue.objects.open()) == [venue]
    assert Event.objects.get(action="venue.opened").target == f"venue:{venue.pk}"


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [("kind", "ICE_RINK", venues.UnknownVenueKind), ("kind", "", venues.UnknownVenueKind)],
)
def test_a_kind_is_the_rule_books(fields, field, value, refusal):
    assert refused(refusal, venues.open_venue, **{**fields, field: value}).field == field


def test_only_a_venue_office_guards_a_venue(cast, fields):
    refused(venues.NoGateOffice, venues.open_venue, **{**fields, "office": cast.office("clinic-xinchang")})


def test_a_venue_lies_in_its_offices_area(fields):
    elsewhere = DivisionFactory(code="330602001")
    refused(venues.OutsideTheOffice, venues.open_venue, **{**fields, "division": elsewhere})


def test_two_open_venues_of_an_office_have_two_names(cast, fields):
    first = venues.open_venue(**fields)
    refused(venues.NameTaken, venues.open_venue, **fields)
    venues.close(first, by=cast.admin_one, at=T)
    assert venues.open_venue(**fields)


@pytest.mark.parametrize("by", ["gate.school", "supervisor.city", "duty.city"])
def test_nobody_else_opens_corrects_or_closes_one(cast, fields, by):
    venue = guarded()
    refused(NotAllowed, venues.open_venue, **{**fields, "by": cast[by]})
    refused(NotAllowed, venues.correct, venue, name="x", name_en="", by=cast[by], at=T)
    refused(NotAllowed, venues.close, venue, by=cast[by], at=T)


def test_names_are_corrected(cast, fields):
    venue = venues.open_venue(**fields)
    venues.correct(venue, name="新昌某小学", name_en="A school", by=cast.admin_two, at=T)
    assert Venue.objects.get().name == "新昌某小学"


def test_at_a_closed_venue_nobody_is_checked(cast):
    venue = venues.close(guarded(), by=cast.admin_one, at=T)
    fields = {"venue": venue, "temperature": Decimal("36.5"), "by": cast.gate_school, "at": later(hours=1)}
    refused(NotAllowed, gates.check, PresentedCode(resident_number()), **fields)


def test_a_venue_is_closed_once(cast):
    venue = guarded()
    venues.close(venue, by=cast.admin_one, at=T)
    refused(venues.AlreadyClosed, venues.close, venue, by=cast.admin_two, at=T)
