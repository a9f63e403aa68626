"""The demo's story: its cast, its clock, and the steps that most situations are made of, all through the services."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from cases.management.demo.people import names, resident_numbers
from cases.models import Case, Person
from cases.policy.days import local_day, midnight
from cases.services import control
from cases.services.engine import Plan
from cases.services.grounds import cases
from cases.services.grounds.claims import Claim
from cases.services.persons import lookups, people
from cases.services.persons.identity import Identity
from cases.services.samples import results
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.offices.models import Division, Office, User

INFECTED = ("CONFIRMED", "SUSPECTED", "ASYMPTOMATIC")
DRIVEN_AFTER = 3  # days
HOMES = ("330624001", "330624001", "330624001", "330624002", "330602001")


@dataclass
class DemoStory:
    """The demo as far as it is made. `now` is its clock; `on_person` is called with the number of persons so far."""

    cast: dict[str, User]
    now: datetime
    rng: Random = field(default_factory=lambda: Random(2020))  # noqa: S311
    on_person: Callable[[int], None] = lambda number: None
    serial: int = 0
    persons: int = 0

    def __post_init__(self) -> None:
        self.names, self.numbers = names(self.rng), resident_numbers(self.rng)

    def days_ago(self, days: float, *, hour: int = 9) -> datetime:
        """Return an instant some days ago, in office hours, and never later than five minutes ago."""
        at = midnight(local_day(self.now) - timedelta(days=int(days))) + timedelta(
            hours=hour, minutes=self.serial % 50
        )
        return min(at, self.now - timedelta(minutes=5))

    def reference(self, kind: str) -> str:
        """Return the next report or record number of a kind."""
        self.serial += 1
        return f"{kind}{self.now:%Y}-{self.serial:05d}"

    def person(self, at: datetime, *, by: str = "service.xinchang", home: str = "") -> Person:
        """Register one more person."""
        number, born = next(self.numbers)
        identity = Identity(
            name=next(self.names),
            document_number=number,
            sex="MALE" if int(number[16]) % 2 else "FEMALE",
            birth_date=born,
            phone=f"139{self.rng.randrange(10**8):08d}",
        )
        present = Division.objects.get(code=home or self.rng.choice(HOMES))
        county = Division.objects.get(code="330624")
        found = people.register(identity, present=present, registered=county, by=self.cast[by], at=at)
        self.persons += 1
        self.on_person(self.persons)
        return found.person

    def reported(
        self, person: Person, ground: str, began: date, at: datetime, index: Case | None = None
    ) -> Case:
        """Let CDC report a clinical ground."""
        claim = Claim(ground, began, "INVESTIGATION", self.reference("流调"), index_case=index)
        return cases.report(person, claim, by=self.cast["cdc.xinchang"], at=at)

    def entered(
        self,
        ground: str,
        days: int,
        *,
        officer: str = "officer.yulin",
        index: Case | None = None,
        home: str = "330624001",
    ) -> tuple[Person, Case]:
        """Let CDC report a clinical ground on somebody new some days ago, and the group enter it.

        Who has been red for days was driven there; of the others somebody still has to record it.
        """
        at = self.days_ago(days)
        person = self.person(at, by="cdc.xinchang", home=home)
        case = self.reported(person, ground, local_day(at), at, index)
        site = "hospital-city" if ground in INFECTED else "isolation-xinchang"
        plan = Plan(officer=self.cast[officer] if officer else None, site=Office.objects.get(code=site))
        cases.enter(case, plan=plan, by=self.cast["group.xinchang"], at=at + timedelta(minutes=20))
        if days >= DRIVEN_AFTER:
            self.driven(person, plan.site, at + timedelta(minutes=25))
        return person, Case.objects.select_related("person").get(pk=case.pk)

    def driven(
        self,
        person: Person,
        site: Office | None,
        at: datetime,
        *,
        origin: str = "现居住地",
        by: str = "group.xinchang",
    ) -> None:
        """Drive somebody to a site in a closed bus, and record it (2.1f)."""
        control.transport(
            person,
            from_place=origin,
            to_site=site,
            vehicle="CLOSED_BUS",
            plate="浙D·12345",
            escort="转运组",
            sealed=True,
            left_at=at + timedelta(minutes=1),
            arrived_at=at + timedelta(minutes=3),
            handed_to="值班员",
            by=self.cast[by],
            at=at + timedelta(minutes=4),
        )

    def test(
        self,
        person: Person,
        days: float,
        outcome: str = "NEGATIVE",
        *,
        by: str = "hospital.city",
        hour: int = 8,
    ) -> None:
        """Look the person up, as whoever tests has to, and enter a test result."""
        at = self.days_ago(days, hour=hour)
        sample = LaboratoryReport(
            at - timedelta(hours=3),
            outcome,
            "绍兴市疾控中心实验室",
            self.reference("检"),
            at - timedelta(hours=1),
        )
        lookups.look_up(
            document_type=person.document_type,
            document_number=person.document,
            document_country=person.document_country,
            purpose="录入核酸检测结果",
            by=self.cast[by],
            at=at,
        )
        results.enter(person, sample, by=self.cast[by], at=at)

    def end(self, person: Person, days: float = 0) -> None:
        """Let the responsible officer end control."""
        control.end(person, by=self.cast["officer.yulin"], at=self.days_ago(days, hour=10))
