"""Random acts, told to the running product and to the plain model alike."""

from collections.abc import Callable
from datetime import timedelta

from cases.models import (
    Case,
    ControlOrder,
    ExitReport,
    MassHold,
    Merge,
)
from cases.policy.days import local_day
from cases.services import control
from cases.services.engine import holds
from cases.services.grounds import exit_reversals, voids
from tests.cases.scenes import fresh, order_of
from tests.facts.plain import RED, Ground
from tests.facts.telling import PEOPLE, TICK
from tests.facts.telling_samples import Samples


class Story(Samples):
    """What can happen in a story."""

    # -- grounds

    def overseas(self, one: int, _two: int) -> None:
        case = self.scene.overseas(self.person(one), at=self.at, began_on=self.at.date())
        self.opened(one, case, RED)

    def suspect(self, one: int, _two: int) -> None:
        case = self.scene.clinical(self.person(one), "SUSPECTED", at=self.at, began_on=self.at.date())
        self.opened(one, case, RED, index=("index", case.pk))

    def index(self, number: int = 0) -> Case | None:
        """Return an infected fourth person's case."""
        mine = [one.pk for one in self.people]
        cases = Case.objects.filter(ground="SUSPECTED", state="OPEN").exclude(person__in=mine)
        found = list(cases.order_by("pk"))
        return found[number % len(found)] if found else None

    def infected(self) -> Case:
        return self.scene.clinical(self.scene.person(), "SUSPECTED", at=self.at, began_on=self.at.date())

    def contact(self, one: int, two: int) -> None:
        """Make somebody the contact of an infected fourth person, whose case is made for it or stands already."""
        index = (None if two % 2 else self.index()) or self.infected()
        case = self.scene.clinical(self.person(one), index_case=index, at=self.at, began_on=self.at.date())
        self.opened(one, case, RED, index=("index", index.origin_pk))

    def contacts(self, index: Case) -> dict[int, Ground]:
        key = ("index", index.origin_pk)
        return {pk: one for pk, one in self.facts.grounds.items() if one.index == key and pk != index.pk}

    def unindex(self, _one: int, two: int) -> None:
        """Void an index case: none takes its place, and its contacts go free but whoever is unclear."""
        if index := self.index(two):
            voids.approve(
                self.scene.void_proposed(index, at=self.at, frees=True), by=self.cast.cdc_xinchang, at=self.at
            )
            self.facts.void.add(("index", index.origin_pk))
            for key, ground in self.contacts(index).items():
                if ground.ended is not None or not self.facts.unclear(ground.who):
                    del self.facts.grounds[key]

    def reindex(self, _one: int, two: int) -> None:
        """Void an index case, another in its place: its contacts rest on that one, ended ones as well."""
        if index := self.index(two):
            other = self.infected()
            void = self.scene.void_proposed(index, at=self.at, replacement=other)
            voids.approve(void, by=self.cast.cdc_xinchang, at=self.at)
            for ground in self.contacts(index).values():
                ground.index = ("index", other.pk)

    def exclude(self, _one: int, two: int) -> None:
        """Exclude an infection: its contacts go free with it."""
        if index := self.index(two):
            self.scene.exited(index, "EXCLUDED", at=self.at)
            by = ("exclusion", ExitReport.objects.latest("pk").pk)
            self.facts.excluded["index", index.origin_pk] = by
            for ground in self.contacts(index).values():
                if ground.ended is None and not self.facts.unclear(ground.who):
                    self.facts.end(ground, self.at, {by})

    def exonerate(self, one: int, _two: int) -> None:
        """Exclude what somebody of the story was suspected of."""
        found = Case.objects.of(self.person(one)).open().filter(ground="SUSPECTED").first()
        if found is not None:
            self.scene.exited(found, "EXCLUDED", at=self.at)
            by = ("exclusion", ExitReport.objects.latest("pk").pk)
            self.facts.end(self.of(found), self.at, {by})

    def unexclude(self, _one: int, two: int) -> None:
        reports = list(ExitReport.objects.filter(withdrawn_at=None, exit="EXCLUDED").order_by("-pk")[:2])
        if reports:
            report = reports[two % len(reports)]
            asked = exit_reversals.propose(report, reason="报错人", by=self.cast.group_xinchang, at=self.at)
            exit_reversals.decide(fresh(asked), approve=True, by=self.cast.cdc_xinchang, at=self.at)
            by = ("exclusion", report.pk)
            self.facts.excluded = {key: one for key, one in self.facts.excluded.items() if one != by}
            self.answer(by, by="cdc.xinchang")

    # -- whoever is one, and whoever lives

    def merge(self, one: int, two: int) -> None:
        one, two = one % PEOPLE, (one + 1 + two % 2) % PEOPLE
        self.scene.merged(self.person(one), self.person(two), at=self.at)
        self.facts.merged[self.facts.human(one)] = self.facts.human(two)

    def part(self, _one: int, _two: int) -> None:
        merge = Merge.objects.filter(decision="APPROVED", undone_at=None).order_by("-pk").first()
        if merge is None:
            return
        self.scene.parted(merge, at=self.at)
        self.facts.merged.popitem()  # the last of them
        rests = {fact for ground in self.facts.grounds.values() for fact in ground.rests}
        whose: dict[str, Callable[[int], int]] = {
            "report": lambda key: self.facts.reports[key].who if key in self.facts.reports else -1,
            "death": lambda key: self.facts.deaths.get(key, -1),
        }

        def is_others(ground: Ground, fact: tuple[str, int]) -> bool:
            who = whose[fact[0]](fact[1])
            return who >= 0 and self.facts.human(who) != self.facts.human(ground.who)

        asked = [fact for fact in rests if fact[0] in whose]
        self.answer(*asked, by="bureau.two", is_gone=is_others)

    def die(self, one: int, _two: int) -> None:
        death = self.scene.died(self.person(one), at=self.at)
        self.facts.deaths[death.pk] = self.number(death.person_id)
        for ground in self.facts.of(one % PEOPLE):
            self.facts.end(ground, self.at, {("death", death.pk)})

    def live(self, one: int, _two: int) -> None:
        self.scene.death_taken_back(self.person(one), at=self.at)
        human = self.facts.human(one % PEOPLE)
        gone = [key for key, who in self.facts.deaths.items() if self.facts.human(who) == human]
        for key in gone:
            del self.facts.deaths[key]
        self.answer(*(("death", key) for key in gone), by="group.xinchang")

    # -- what binds, and holds

    def extend(self, one: int, two: int) -> None:
        order = ControlOrder.objects.of(self.person(one)).standing().exclude(until=None).first()
        if order is not None:
            until = local_day(order.until) + timedelta(days=1 + two % 14)
            document = self.scene.registered("省指挥部2号", at=self.at).number
            fields = {"document": document, "reason": "变异株", "by": self.cast.group_xinchang}
            control.extend(self.person(one), until_day=until, at=self.at, **fields)
            self.bound(one)

    def shorten(self, one: int, _two: int) -> None:
        by, reason = self.cast.group_xinchang, "期限算错"
        asked = control.propose_shorter(self.person(one), reason=reason, by=by, at=self.at)
        control.decide_shorter(fresh(asked), approve=True, by=self.cast.duty_xinchang, at=self.at)
        self.bound(one)

    def bound(self, one: int) -> None:
        """Take over the ends of what an order serves."""
        for row in order_of(self.person(one)).served.filter(case__state="OPEN").select_related("case"):
            self.of(row.case).until = row.until

    def hand_over(self, one: int, two: int) -> None:
        """Hand somebody to another province and, mostly, take it back: no colour turns by either."""
        fields = {"letter": "转运函2026-3号", "destination": "江苏", "by": self.cast.group_xinchang}
        control.transfer_out(self.person(one), at=self.at, **fields)
        if two % 4:
            self.at += TICK
            self.scene.brought_back(self.person(one), at=self.at)

    def void(self, one: int, two: int) -> None:
        """Void what somebody stands on by linked data or by a journey, or what has ended."""
        found = Case.objects.of(self.person(one)).filter(ground__in=("AUTO_YELLOW", "OVERSEAS"))
        found = found.unresumed().filter(state__in=("OPEN", "ENDED")).order_by("-pk")
        if case := found.first():
            voids.approve(self.scene.void_proposed(case, at=self.at), by=self.cast.cdc_xinchang, at=self.at)
            del self.facts.grounds[case.origin_pk]

    def decide(self, one: int, _two: int) -> None:
        """Let a duty lead decide what waits in a hold of falls."""
        hold = MassHold.objects.filter(decision="PENDING").order_by("pk").first()
        if hold is None:
            return
        approve = bool(one % 3)
        holds.decide(hold, approve=approve, answer="已核", by=self.cast.duty_city, at=self.at)
        waiting = [ground for ground in self.facts.grounds.values() if ground.waits == hold.office.code]
        for ground in waiting:
            ground.waits = None
            if not approve:
                ground.rests = {("decision", hold.pk)}
            elif not self.facts.stands(ground, set(), self.at) and self.facts.in_time(ground, self.at):
                self.facts.stand(ground)
