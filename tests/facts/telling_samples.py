"""Acts of a story about samples, stays and areas, typed and delivered."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import transaction

from cases.models import (
    Batch,
    LabResult,
    Presence,
    RiskArea,
)
from cases.policy.days import ZONE
from cases.services import control
from cases.services.deliveries import batches
from cases.services.engine.refusals import Refusal
from cases.services.samples import corrections, results
from healthcode.core.offices.models import Division
from tests.cases.scenes import sample
from tests.deliveries.conftest import HEADINGS
from tests.factories import delivered, sealed
from tests.facts.plain import GREEN, RED, YELLOW, Report, Track
from tests.facts.telling import PEOPLE, PLACES, Telling


class Samples(Telling):
    """What a story says about samples, stays and areas."""

    # -- samples

    def entered(self, one: int, outcome: str) -> None:
        tube = sample(self.at - timedelta(minutes=20), outcome)
        row = results.enter(self.person(one), tube, by=self.cast.hospital_city, at=self.at)
        self.facts.reports[row.pk] = Report(
            self.number(row.person_id), outcome, tube.sampled_at, row.entered_at
        )

    def negative(self, one: int, _two: int) -> None:
        self.entered(one, "NEGATIVE")

    def unsure(self, one: int, two: int) -> None:
        self.entered(one, ("POSITIVE", "INCONCLUSIVE", "PENDING", "LOST")[two % 4])

    def apply(self, one: int, _two: int) -> None:
        """Let the service point convert by what is known: every yellow that the last sample ends."""
        results.apply(self.person(one), by=self.cast.service_xinchang, at=self.at)
        self.over(one, YELLOW)

    def end(self, one: int, _two: int) -> None:
        control.end(self.person(one), by=self.cast.officer_yulin, at=self.at)
        self.over(one, RED)

    def over(self, one: int, colour: str) -> None:
        mine = [ground for ground in self.facts.of(one % PEOPLE) if ground.colour == colour]
        for ground in mine:
            ground.ends = max((ground.until for ground in mine if ground.until), default=None)
            bearing = {fact for fact in self.facts.bearing(ground, self.at) if fact[0] == "report"}
            assert bearing or colour == YELLOW  # control ends on the last sample or not at all
            if bearing:
                self.facts.end(ground, self.at, bearing)

    def freed(self, one: int, two: int) -> None:
        """Let somebody with a colour be tested when it is time, and the office end what that ends."""
        coloured = [number for number in range(PEOPLE) if self.facts.colour(number) in (RED, YELLOW)]
        one = coloured[one % len(coloured)] if coloured else one
        ends = [ground.until for ground in self.facts.of(one % PEOPLE) if ground.until]
        self.at = max(self.at, *((end + timedelta(hours=8)).astimezone(ZONE) for end in ends), self.at)
        self.negative(one, two)
        self.at += timedelta(hours=1)
        (self.end if self.facts.colour(one % PEOPLE) == RED else self.apply)(one, two)

    def report(self, two: int) -> tuple[int, LabResult]:
        keys = sorted(self.facts.reports)
        if not keys:
            raise Refusal()
        key = keys[-1 - two % min(3, len(keys))]  # the last ones: what has just ended rests on them
        row = LabResult.objects.get(pk=key)
        while hasattr(row, "correction"):
            row = row.correction
        return key, row

    def correct(self, one: int, two: int) -> None:
        key, row = self.report(two)
        outcome = ("NEGATIVE", "POSITIVE", "INCONCLUSIVE", "PENDING", "LOST")[one % 5]
        right = sample(row.sampled_at, outcome, report_number=row.report_number)
        by = self.laboratory(key, row)
        new = corrections.correct(row, right, reason="实验室更正", by=self.cast[by], at=self.at)
        if outcome != row.outcome:
            report = self.facts.reports[key]
            report.outcome, report.since = outcome, new.entered_at
            report.batch = None  # somebody's own word from now: the delivery takes it back no more
            self.answer(("report", key), by=by)
            self.applied(report.who, by)

    def crowd(self, one: int, two: int) -> None:
        """Let linked data code everybody who lives, and everybody be tested and free again."""
        for number in [
            one for one in range(PEOPLE) if self.facts.colour(one) == GREEN and one not in self.facts.merged
        ]:
            self.auto(number, two)
            self.negative(number, two)
            self.at += timedelta(hours=1)
            self.apply(number, two)

    def doubts(self, one: int, _two: int) -> None:
        """Let whoever reported doubt the last reports, within a minute or an hour."""
        for number in range(min(PEOPLE, len(self.facts.reports))):
            with suppress(Refusal), transaction.atomic():
                self.correct(2, number)
            self.at += timedelta(minutes=1 + 59 * (one % 2))

    def move(self, one: int, two: int) -> None:
        key, row = self.report(two)
        report, by = self.facts.reports[key], self.laboratory(key, row)
        one = report.who + 1 + one % 2
        new = corrections.move(row, to=self.person(one), reason="录错人", by=self.cast[by], at=self.at)
        report.who, report.since = self.number(new.person_id), new.entered_at
        self.answer(("report", key), by=by)
        self.applied(report.who, by)

    def applied(self, who: int, by: str) -> None:
        """End what a report ends that a service point put right: it applies what it enters (3.4b)."""
        if self.cast[by].may("result.apply"):
            self.over(who, YELLOW)

    def laboratory(self, key: int, row: LabResult) -> str:
        first = self.facts.reports[key]
        return (
            "cdc.xinchang"
            if row.outcome == "POSITIVE"
            else "service.xinchang"
            if first.batch
            else "hospital.city"
        )

    # -- places and deliveries

    def sent(self, kind: str, row: str, by: str) -> Batch:
        content = sealed(f"{HEADINGS[kind]}\n{row}")
        return delivered(content, kind=kind, by=self.cast[by], at=self.at, at_once=True)

    def undo(self, kind: str, two: int) -> Batch | None:
        found = list(Batch.objects.filter(kind=kind, state="APPLIED").order_by("-pk")[:2])
        if not found:
            return None
        batch = found[two % len(found)]
        asked = batches.propose_undo(batch, reason="送错", by=batch.delivered_by, at=self.at)
        batches.decide_undo(asked, approve=True, by=self.cast.duty_city, at=self.at)
        return batch

    def stay(self, one: int, two: int) -> None:
        """Let a delivery say that somebody was in a place, until some days or hours ago."""
        left = self.at - timedelta(hours=2 + 19 * (two % 7))
        came, place = left - timedelta(hours=6 + 12 * (two % 3)), two % 2
        row = f"{self.people[one % PEOPLE].document},旅居,{PLACES[place]},,{came:%Y-%m-%d %H:%M},{left:%Y-%m-%d %H:%M}"
        batch = self.sent("PRESENCES", row, "telecom")
        who = self.number(Presence.objects.get(batch=batch).person_id)
        self.facts.tracks.append(Track(who, place, left, batch.pk))

    def unstay(self, _one: int, two: int) -> None:
        if batch := self.undo("PRESENCES", two):
            borne = [key for key, one in self.facts.grounds.items() if self.facts.borne(one, batch.pk)]
            for key in borne:
                del self.facts.grounds[key]
            self.facts.tracks = [one for one in self.facts.tracks if one.batch != batch.pk]

    def area(self, two: int, **fields: Any) -> RiskArea | None:
        areas = RiskArea.objects.filter(decision="APPROVED", withdrawn_at=None, **fields)
        return areas.filter(division=PLACES[two % 2]).order_by("pk").last()

    def list(self, _one: int, two: int) -> None:
        place = Division.objects.get(code=PLACES[two % 2])
        if self.area(two, lifted_at=None) is None:
            self.scene.listed(division=place, from_at=self.at - timedelta(days=3), at=self.at)

    def lift(self, one: int, two: int) -> None:
        area, due = self.area(two, lifted_at=None), one % 3 == 0
        if area is not None:
            self.scene.changed(area, "LIFT", at=self.at, test_still_due=due)
            if not due:
                self.facts.lifted.add(key := ("area", area.pk))
                for ground in self.facts.grounds.values():
                    if ground.area == key and ground.ended is None:
                        self.facts.end(ground, self.at, {key})

    def unlift(self, _one: int, two: int) -> None:
        area = self.area(two, lifted_at__isnull=False)
        if area is not None:
            self.scene.changed(area, "UNLIFT", at=self.at)
            self.facts.lifted.discard(key := ("area", area.pk))
            self.answer(key)

    def withdraw(self, _one: int, two: int) -> None:
        area = self.area(two)
        if area is not None:
            self.scene.changed(area, "WITHDRAW", at=self.at)
            grounds = self.facts.grounds.items()
            self.facts.grounds = {key: one for key, one in grounds if one.area != ("area", area.pk)}

    def send(self, one: int, two: int) -> None:
        """Let the service point send a result in a file: what it ends is over in the act."""
        outcome, at = ("阴性", "可疑", "阴性")[two % 3], self.at - timedelta(hours=1)
        row = f"{self.people[one % PEOPLE].document},{at:%Y-%m-%d %H:%M},,{outcome},市疾控,R{self.at:%d%H%M}{two}"
        batch = self.sent("RESULTS", row, "service.xinchang")
        result = LabResult.objects.get(batch=batch)
        who = self.number(result.person_id)
        self.facts.reports[result.pk] = Report(
            who, result.outcome, result.sampled_at, result.entered_at, batch.pk
        )
        self.over(one, YELLOW)

    def unsend(self, _one: int, two: int) -> None:
        if batch := self.undo("RESULTS", two):
            gone = [key for key, one in self.facts.reports.items() if one.batch == batch.pk]
            for key in gone:
                del self.facts.reports[key]
            self.answer(*(("report", key) for key in gone))
