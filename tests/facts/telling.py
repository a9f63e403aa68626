"""A story: one act after the other, told to the running product and to the plain model alike."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

from django.db import transaction

from cases.models import (
    Case,
    Person,
    RuleBook,
)
from cases.selectors.colours import colours_of
from cases.services.engine.refusals import Refusal
from tests.cases.scenes import Scene, T, fresh, order_of
from tests.factories import Cast
from tests.facts.plain import RED, YELLOW, Facts, Ground

PEOPLE = 3
PLACES = ("110106", "110108")
TICK = timedelta(minutes=1)


class Telling:
    """The running product and the model, told the same."""

    def __init__(self, documents: list[str]) -> None:
        self.scene, self.at, self.facts, self.documents = Scene(Cast()), T, Facts(), list(documents)
        Facts.book = RuleBook.objects.in_force(T).policy.parameters
        self.people = [self.scene.person() for _ in range(PEOPLE)]
        self.cast = self.scene.cast
        self.seen = 0  # the last case that the model knows

    def person(self, number: int) -> Person:
        return fresh(self.people[number % PEOPLE])

    def tell(self, act: str, one: int, two: int, minutes: int) -> None:
        """Let one act happen to both; what the product refuses did not happen."""
        self.at += timedelta(minutes=minutes)
        before, at = deepcopy(self.facts), self.at
        try:
            with transaction.atomic():
                getattr(self, act)(one, two)
                self.led()  # whatever was taken back, tracks may lead again
        except Refusal:
            self.facts, self.at = before, at
        self.same()

    def same(self) -> None:
        roots = dict(
            Person.objects.filter(pk__in=[one.pk for one in self.people]).values_list("pk", "merged_into")
        )
        colours = colours_of({root or pk for pk, root in roots.items()}, at=self.at + TICK)
        displayed = [colours[roots[one.pk] or one.pk].value for one in self.people]
        assert displayed == [self.facts.colour(number) for number in range(PEOPLE)]

    def led(self) -> None:
        """Take over the cases that tracks opened: yellow, where no sample had answered the stay."""
        new = Case.objects.filter(risk_area__isnull=False, resumes=None, pk__gt=self.seen).order_by("pk")
        for case in new.select_related("risk_area"):
            assert case.state == "OPEN"
            area, place = ("area", case.risk_area.pk), PLACES.index(case.risk_area.division_id)
            fields = {"area": area, "place": place, "stayed": case.stayed_from}
            ground = Ground(self.number(case.person_id), YELLOW, case.began_on, **fields)
            assert not self.facts.bearing(ground, self.at)
            self.facts.grounds[case.pk], self.seen = ground, case.pk

    def answer(self, *facts: tuple[str, int], by: str = "", **fields: Any) -> None:
        office = self.cast[by].office.code if by else ""
        self.facts.answer(*facts, now=self.at, office=office, **fields)

    def wait(self, _one: int, two: int) -> None:
        """Let some hours pass, or so many days that what falls turns no code any more."""
        self.at += timedelta(hours=5 * (two % 30)) if two % 6 else timedelta(days=22)

    def number(self, record: int) -> int:
        """Return whose record this is: what is said of a merged record is written on the surviving one."""
        return [one.pk for one in self.people].index(record)

    def opened(self, who: int, case: Case, colour: str, **fields: Any) -> None:
        order = order_of(self.person(who)) if colour == RED else None
        until = order.served.get(case=case).until if order else None
        self.facts.grounds[case.pk] = Ground(
            self.number(case.person_id), colour, case.began_on, until, **fields
        )

    def of(self, case: Case) -> Ground:
        return self.facts.grounds[case.origin_pk]

    def auto(self, one: int, _two: int) -> None:
        fields = {"began_on": self.at.date(), "evidence_ref": self.documents.pop()}
        case = self.scene.automatic(self.person(one), "AUTO_YELLOW", at=self.at, **fields)
        self.opened(one, case, YELLOW, linked=True)
