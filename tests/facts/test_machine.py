"""Random acts and withdrawals in random order, against a plain model: a colour is what the uncontradicted facts say.

STEPS=10000 (`make soak`) lets it run for longer than in the suite.
"""

import os
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Case, LabResult, Person, RuleBook
from cases.policy.days import midnight
from cases.selectors.colours import colour_at
from cases.services import control
from cases.services.engine.refusals import Refusal
from cases.services.grounds import voids
from cases.services.samples import corrections, results
from tests.cases.scenes import Scene, T, fresh, order_of, sample, sound
from tests.factories import Cast

STEPS = int(os.environ.get("STEPS", "300"))
ACTS = 20  # in one story
RED, YELLOW, GREEN = "RED", "YELLOW", "GREEN"
UNCLEAR = ("POSITIVE", "INCONCLUSIVE", "PENDING")


# --- the model -----------------------------------------------------------------------------------------------------


@dataclass
class Ground:
    """A ground on somebody: red until a day and a negative test before it, yellow until a negative test."""

    who: int
    colour: str
    began: date
    until: datetime | None = None
    ended: datetime | None = None
    index: int | None = None  # the case it rests on


@dataclass
class Report:
    """What a laboratory's report says at last, and since when it says so."""

    who: int
    outcome: str
    sampled: datetime
    since: datetime


@dataclass
class Facts:
    grounds: dict[int, Ground] = field(default_factory=dict)
    reports: dict[int, Report] = field(default_factory=dict)

    def holds(self, ground: Ground, at: datetime) -> bool:
        """Say whether the last sample known at an instant ends a ground."""
        mine = (one for one in self.reports.values() if one.who == ground.who and one.outcome != "LOST")
        known = [one for one in mine if one.since <= at and one.sampled <= at]
        last = max(known, key=lambda one: (one.sampled, one.outcome != "NEGATIVE"), default=None)
        first = began = midnight(ground.began)
        if ground.until is not None:
            first = max(began + timedelta(days=1), ground.until - timedelta(days=self.window))
        exposed = began - timedelta(days=self.look_back)
        if any(one.outcome == "POSITIVE" and one.sampled >= exposed for one in known):
            return False  # nobody answers a positive in these stories
        over = ground.until is None or at >= ground.until
        return over and last is not None and last.outcome == "NEGATIVE" and last.sampled >= first

    def settle(self, now: datetime) -> None:
        """Let stand again what ended on facts that no longer say so, and that nothing since has made good."""
        for ground in self.grounds.values():
            if ground.ended is None or now - ground.ended > timedelta(days=self.reach):
                continue
            later = [one.since for one in self.reports.values() if ground.ended < one.since <= now]
            if not any(self.holds(ground, at) for at in (ground.ended, *later, now)):
                ground.ended = None

    def colour(self, who: int) -> str:
        standing = {one.colour for one in self.grounds.values() if one.who == who and one.ended is None}
        return RED if RED in standing else YELLOW if YELLOW in standing else GREEN

    def unclear(self, who: int) -> bool:
        mine = [one for one in self.reports.values() if one.who == who and one.outcome != "LOST"]
        last = max(mine, key=lambda one: one.sampled, default=None)
        positive = any(one.outcome == "POSITIVE" for one in mine)
        return positive or (last is not None and last.outcome in UNCLEAR)

    window = reach = look_back = 0


# --- the acts ------------------------------------------------------------------------------------------------------


class Story:
    """The running product and the model, told the same."""

    def __init__(self) -> None:
        self.scene, self.at, self.facts = Scene(Cast()), T, Facts()
        book = RuleBook.objects.get().policy.parameters
        self.facts.window, self.facts.reach = book.release_window_days, book.stands_again_days
        self.facts.look_back = book.area_look_back_days
        self.people = [self.scene.person() for _ in range(3)]

    def person(self, number: int) -> Person:
        return fresh(self.people[number % 3])

    def tell(self, act: str, one: int, two: int, hours: int) -> None:
        """Let one act happen to both; what the product refuses did not happen."""
        self.at += timedelta(hours=5 * hours if act == "wait" else hours)
        before = replace_all(self.facts)
        try:
            with transaction.atomic():
                getattr(self, act)(one, two)
        except Refusal:
            self.facts = before
        self.facts.settle(self.at + timedelta(minutes=1))
        self.same()

    def same(self) -> None:
        now = self.at + timedelta(minutes=1)
        shown = {number: colour_at(self.person(number), now).value for number in range(3)}
        assert shown == {number: self.facts.colour(number) for number in range(3)}

    def wait(self, _one: int, _two: int) -> None: ...

    def opened(self, who: int, case: Case, colour: str, **said: Any) -> None:
        order = order_of(self.person(who)) if colour == RED else None
        until = order.served.get(case=case).until if order else None
        self.facts.grounds[case.pk] = Ground(who % 3, colour, case.began_on, until, **said)

    def auto(self, one: int, _two: int) -> None:
        case = self.scene.automatic(self.person(one), "AUTO_YELLOW", at=self.at, began_on=self.at.date())
        self.opened(one, case, YELLOW)

    def overseas(self, one: int, _two: int) -> None:
        case = self.scene.overseas(self.person(one), at=self.at, began_on=self.at.date())
        self.opened(one, case, RED)

    def contact(self, one: int, two: int) -> None:
        """Make somebody the contact of an infected fourth person, whose case is made for it or stands already."""
        index = Case.objects.filter(ground="CONFIRMED", state="OPEN").order_by("pk").first()
        if index is None or two % 2:
            index = self.scene.clinical(self.scene.person(), "CONFIRMED", at=self.at, began_on=self.at.date())
        case = self.scene.clinical(self.person(one), index_case=index, at=self.at, began_on=self.at.date())
        self.opened(one, case, RED, index=index.pk)

    def unindex(self, _one: int, _two: int) -> None:
        """Void the first index case: none takes its place, and its contacts go free but whoever is unclear."""
        index = Case.objects.filter(ground="CONFIRMED", state="OPEN").order_by("pk").first()
        if index is None:
            return
        void = self.scene.void_proposed(index, at=self.at, frees=True)
        voids.approve(void, by=self.scene.cast.cdc_xinchang, at=self.at)
        for key, ground in list(self.facts.grounds.items()):
            gone = ground.index == index.pk and not (ground.ended is None and self.facts.unclear(ground.who))
            if gone:
                del self.facts.grounds[key]

    def reindex(self, _one: int, _two: int) -> None:
        """Void the first index case, another in its place: its contacts rest on that one, ended ones as well."""
        index = Case.objects.filter(ground="CONFIRMED", state="OPEN").order_by("pk").first()
        if index is None:
            return
        other = self.scene.clinical(self.scene.person(), "CONFIRMED", at=self.at, began_on=self.at.date())
        void = self.scene.void_proposed(index, at=self.at, replacement=other)
        voids.approve(void, by=self.scene.cast.cdc_xinchang, at=self.at)
        for ground in self.facts.grounds.values():
            ground.index = other.pk if ground.index == index.pk else ground.index

    def entered(self, one: int, outcome: str, by: str) -> None:
        said = sample(self.at - timedelta(minutes=20), outcome)
        row = results.enter(self.person(one), said, by=self.scene.cast[by], at=self.at)
        self.facts.reports[row.pk] = Report(one % 3, outcome, said.sampled_at, row.entered_at)

    def negative(self, one: int, _two: int) -> None:
        self.entered(one, "NEGATIVE", "hospital.city")

    def unsure(self, one: int, two: int) -> None:
        self.entered(one, ("POSITIVE", "INCONCLUSIVE", "PENDING", "LOST")[two % 4], "hospital.city")

    def apply(self, one: int, _two: int) -> None:
        """Let the service point convert by what is known: every yellow that the last sample ends."""
        results.apply(self.person(one), by=self.scene.cast.service_xinchang, at=self.at)
        self._ended(one, YELLOW)

    def end(self, one: int, _two: int) -> None:
        control.end(self.person(one), by=self.scene.cast.officer_yulin, at=self.at)
        self._ended(one, RED)

    def _ended(self, one: int, colour: str) -> None:
        for ground in self.facts.grounds.values():
            mine = ground.who == one % 3 and ground.colour == colour and ground.ended is None
            if mine and (colour == RED or self.facts.holds(ground, self.at)):
                ground.ended = self.at

    def freed(self, one: int, two: int) -> None:
        """Let somebody with a colour be tested when it is time, and the office end what that ends."""
        coloured = [number for number in range(3) if self.facts.colour(number) != GREEN]
        one = coloured[one % len(coloured)] if coloured else one
        ends = [
            ground.until
            for ground in self.facts.grounds.values()
            if ground.who == one % 3 and not ground.ended
        ]
        self.at = max(self.at, *(end + timedelta(hours=8) for end in ends if end), self.at)
        self.negative(one, two)
        self.at += timedelta(hours=1)
        (self.end if self.facts.colour(one % 3) == RED else self.apply)(one, two)

    def _report(self, two: int) -> tuple[int, LabResult]:
        keys = sorted(self.facts.reports)
        if not keys:
            raise Refusal()
        key = keys[-1 - two % min(3, len(keys))]  # the last ones: what has just ended rests on them
        row = LabResult.objects.get(pk=key)
        while hasattr(row, "correction"):
            row = row.correction
        return key, row

    def correct(self, one: int, two: int) -> None:
        key, row = self._report(two)
        outcome = ("NEGATIVE", "POSITIVE", "INCONCLUSIVE", "PENDING", "LOST")[one % 5]
        right = sample(row.sampled_at, outcome, report_number=row.report_number)
        by = self.scene.cast.cdc_xinchang if row.outcome == "POSITIVE" else self.scene.cast.hospital_city
        new = corrections.correct(row, right, reason="实验室更正", by=by, at=self.at)
        since = new.entered_at if outcome != row.outcome else self.facts.reports[key].since
        self.facts.reports[key] = replace(self.facts.reports[key], outcome=outcome, since=since)

    def move(self, one: int, two: int) -> None:
        key, row = self._report(two)
        one = self.facts.reports[key].who + 1 + one % 2
        by = self.scene.cast.cdc_xinchang if row.outcome == "POSITIVE" else self.scene.cast.hospital_city
        new = corrections.move(row, to=self.person(one), reason="录错人", by=by, at=self.at)
        self.facts.reports[key] = replace(self.facts.reports[key], who=one % 3, since=new.entered_at)


def replace_all(facts: Facts) -> Facts:
    same = Facts({key: replace(one) for key, one in facts.grounds.items()}, dict(facts.reports))
    same.window, same.reach, same.look_back = facts.window, facts.reach, facts.look_back
    return same


NAMES = (
    *("auto", "overseas", "contact", "negative", "unsure", "apply", "end", "wait", "unindex", "reindex"),
    *("freed", "freed", "freed", "correct", "correct", "correct", "move", "move"),
)
ACT = st.tuples(st.sampled_from(NAMES), st.integers(0, 59), st.integers(0, 59), st.integers(1, 30))


@settings(max_examples=max(1, STEPS // ACTS), deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(ACT, min_size=ACTS, max_size=ACTS))
def test_after_any_story_a_colour_is_what_the_uncontradicted_facts_say(cast: Cast, acts):
    with transaction.atomic():
        story = Story()
        for act in acts:
            story.tell(*act)
        sound()
        transaction.set_rollback(True)
