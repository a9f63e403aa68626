"""The demo's duty roster: a week of it, with the gaps that a roster has."""

from datetime import timedelta

from cases.management.demo.story import DemoStory
from cases.services.roster import shifts

BEGAN, LASTS = timedelta(hours=12), timedelta(days=7)
ON_DUTY = (
    "cdc.xinchang",
    "cdc.city",
    "group.xinchang",
    "group.city",
    "hospital.city",
    "community.yulin",
    "service.xinchang",
    "clinic.xinchang",
    "bureau.two",
    "duty.xinchang",
    "duty.city",
)
LEADER = "duty.deputy"


def make(story: DemoStory) -> None:
    """Let the prevention office enter who is on duty; the others have nobody, which the roster shows."""
    for username in (*ON_DUTY, LEADER):
        user = story.cast[username]
        shifts.enter(
            office=user.office,
            user=user,
            phone=user.phone or user.office.phone,
            leads=username == LEADER,
            from_at=story.now - BEGAN,
            until=story.now - BEGAN + LASTS,
            by=story.cast["duty.city"],
            at=story.now,
        )
