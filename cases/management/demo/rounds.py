"""The demo's last round of health logs: nearly everybody has a temperature, and a few are missing."""

from datetime import date
from decimal import Decimal

from cases.management.demo.story import DemoStory
from cases.models import HealthLog, Person
from cases.policy import half_days
from cases.selectors import rounds
from cases.services import control

OFFICER = "officer.yulin"
MISSED_EVERY, UNREACHED_EVERY = 11, 7


def make(story: DemoStory) -> None:
    """Let the officer make the round that was due last, and leave out a few."""
    officer = story.cast[OFFICER]
    day, half = half_days.due(story.now)
    known = HealthLog.objects.filter(on=day, half=half).values("order")
    readings = []
    for place, order in enumerate(
        rounds.missing(officer, story.now).exclude(pk__in=known).order_by("pk"), start=1
    ):
        if place % MISSED_EVERY == 0:
            continue
        if place % UNREACHED_EVERY == 0:
            reading = control.HealthReading(day, half, missed=HealthLog.Missed.NOT_REACHED.value)
        else:
            reading = control.HealthReading(day, half, measured(order.person, day))
        readings.append((order.person, reading))
    control.log_round(readings, by=officer, at=story.now)


def measured(person: Person, day: date) -> Decimal:
    """Return a temperature of somebody well, the same for the same person and day."""
    return Decimal(361 + (7 * person.pk + 3 * day.day) % 9) / 10
