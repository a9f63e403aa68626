"""An act that reaches as many people as a worker is asked for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Presence, RiskArea
from cases.services import areas
from healthcode.core.acts import background
from tests.cases.scenes import Scene
from tests.factories import DivisionFactory

PEOPLE = 3


@pytest.fixture
def area(cast, monkeypatch) -> RiskArea:
    """Return a proposed area to which the tracks of as many people lead as a worker is asked for."""
    monkeypatch.setattr(background, "MANY", PEOPLE)
    scene, division, by = Scene(cast), DivisionFactory(code="110106"), cast.telecom
    now = timezone.now()
    stay = {"kind": "STAY", "division": division, "source": by.office, "recorded_by": by}
    when = {"from_at": now - timedelta(days=2), "until_at": now - timedelta(days=1)}
    Presence.objects.bulk_create(Presence(person=scene.person(), **stay, **when) for _ in range(PEOPLE))
    listing = areas.Listing("丰台", "HIGH", "公告1号", now - timedelta(hours=2), division=division)
    return areas.propose(listing, by=cast.duty_city, at=now - timedelta(hours=1))
