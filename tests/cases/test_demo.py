"""The demo is sound at every minute of the day."""

from datetime import datetime, timedelta

import pytest

from cases.management.demo import duty, identities, situations
from cases.management.demo.story import DemoStory
from cases.models import Person
from cases.policy.days import ZONE
from cases.selectors.roster import Roster
from tests.factories import DivisionFactory

MIDNIGHT = datetime(2026, 11, 3, tzinfo=ZONE)


ODD = [pytest.param(minutes, marks=pytest.mark.any_database) for minutes in (0, 6, 29)]


@pytest.mark.parametrize("minutes", [*ODD, 8 * 60])
def test_the_demo_can_be_made_at_any_time_of_day(cast, monkeypatch, minutes):
    once = tuple((situation, 1) for situation, _times in situations.SITUATIONS)
    monkeypatch.setattr(situations, "SITUATIONS", once)
    for code in ("330624002", "330602001", "330624"):
        DivisionFactory(code=code)
    DivisionFactory(code="3301", parent=None)
    story = DemoStory({name: cast[name] for name in cast.names}, MIDNIGHT + timedelta(minutes=minutes))
    made = identities.make(story) + situations.make(story, count=0)
    assert Person.objects.count() == made
    duty.make(story)
    assert len(Roster(story.now).shifts) == len(duty.ON_DUTY) + 1
