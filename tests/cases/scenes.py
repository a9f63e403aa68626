"""The situations of the guide in one line each, all made by calling services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from cases.models import (
    Case,
    Certificate,
    ControlOrder,
    Document,
    ExitReport,
    GateCheck,
    Person,
    Relocation,
    RiskArea,
    Venue,
)
from cases.models.cases import Channel
from cases.models.declarations import Mode
from cases.policy.colours import Colour
from cases.policy.days import local_day
from cases.selectors import register
from cases.selectors.colours import colour_at
from cases.services import control, gates
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal
from cases.services.grounds import (
    cases,
    document_register,
    exits,
)
from cases.services.grounds.claims import Claim
from cases.services.samples import declarations, results
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.offices.models import User
from tests import factories
from tests.cases.by_two import ByTwo
from tests.cases.instants import DUE as DUE
from tests.cases.instants import TODAY as TODAY
from tests.cases.instants import T as T
from tests.cases.instants import day as day
from tests.cases.instants import fresh as fresh
from tests.cases.instants import later as later
from tests.cases.soundness import sound as sound  # asked for beside the scenes
from tests.databases import stored

INFECTED = ("CONFIRMED", "SUSPECTED", "ASYMPTOMATIC")
_serial = count(1)


def sample(at: datetime, outcome: str = "NEGATIVE", **fields: Any) -> LaboratoryReport:
    return LaboratoryReport(
        at, outcome, "新昌县检测中心", fields.pop("report_number", f"N{next(_serial)}"), **fields
    )


def refused(kind: type[Refusal], act: Callable[..., Any], /, *args: Any, **fields: Any) -> Refusal:
    """Call an act that has to be refused with this reason, and leave nothing behind."""
    before = stored()
    with pytest.raises(kind) as caught:
        act(*args, **fields)
    assert stored() == before
    return caught.value


@contextmanager
def nothing_stored(kind: type[Exception]) -> Iterator[None]:
    before = stored()
    with pytest.raises(kind):
        yield
    assert stored() == before


class Scene(ByTwo):
    def person(self, **fields: Any) -> Person:
        return factories.register(**{"by": self.cast.cdc_xinchang, "at": later(days=-1), **fields})

    def reaches(self, person: Person, at: datetime, by: str = "community.yuecheng") -> bool:
        """Tell whether somebody of the cast may open a person's page."""
        mine = Person.objects.reachable_by(self.cast[by], "person.view", at)
        return mine.filter(pk=person.pk).exists()

    def claim(self, ground: str, **fields: Any) -> Claim:
        contact = ground == "CLOSE_CONTACT" and "index_case" not in fields
        kind = "LETTER" if contact else "DOCUMENT" if "OTHER" in ground else "INVESTIGATION"
        body = {"began_on": TODAY, "evidence_kind": kind, "evidence_ref": f"E{next(_serial)}", **fields}
        return Claim(ground, **body)

    def reported(
        self, person: Person, ground: str = "CLOSE_CONTACT", *, at: datetime = T, **fields: Any
    ) -> Case:
        return cases.report(person, self.claim(ground, **fields), by=self.cast.cdc_xinchang, at=at)

    def clinical(
        self,
        person: Person,
        ground: str = "CLOSE_CONTACT",
        *,
        at: datetime = T,
        plan: Plan | None = None,
        **fields: Any,
    ) -> Case:
        """Let CDC report and the group enter: red, under the officer of Yulin."""
        site = "hospital-city" if ground in INFECTED else "isolation-xinchang"
        plan = plan or Plan(officer=self.cast.officer_yulin, site=self.cast.office(site))
        case = self.reported(person, ground, at=at, **fields)
        return cases.enter(case, plan=plan, by=self.cast.group_xinchang, at=at)

    def opened(
        self,
        person: Person,
        ground: str,
        *,
        by: User | None = None,
        channel: str = "COMMUNITY",
        at: datetime = T,
        **fields: Any,
    ) -> Case:
        by, claim = by or self.cast.community_yulin, self.claim(ground, **fields)
        if ground == "ORDERED_ISOLATION" and claim.evidence_ref:
            self.registered(claim.evidence_ref, at=at)
        return cases.open_case(person, claim, channel=Channel(channel), by=by, at=at)

    def overseas(self, person: Person, *, at: datetime = T, **fields: Any) -> Case:
        fields = {"plan": Plan(officer=self.cast.officer_yulin), **fields}
        return self.opened(person, "OVERSEAS", at=at, **fields)

    def ordered(
        self, person: Person, *, kind: str = "HOME_OBSERVATION", at: datetime = T, **fields: Any
    ) -> Case:
        plan = Plan(kind=kind, officer=self.cast.officer_yulin, days=fields.pop("days", None))
        by = self.cast.group_xinchang
        return self.opened(person, "ORDERED_ISOLATION", by=by, channel="GROUP", at=at, plan=plan, **fields)

    def held(self, person: Person, ground: str = "OTHER_YELLOW", *, at: datetime = T, **fields: Any) -> Case:
        return self.opened(person, ground, by=self.cast.group_xinchang, channel="GROUP", at=at, **fields)

    def other_yellow(self, person: Person, *, at: datetime = T) -> Case:
        return cases.decide(self.held(person, at=at), approve=True, by=self.cast.duty_xinchang, at=at)

    def automatic(self, person: Person, ground: str, *, at: datetime = T, **fields: Any) -> Case:
        return self.opened(person, ground, by=self.cast.province, channel="AUTOMATIC", at=at, **fields)

    def documented(self, number: str = "浙防指〔2020〕12号", *, at: datetime = T) -> Document:
        fields = {"issuer": "省疫情防控领导小组", "issued_on": local_day(at), "by": self.cast.duty_city}
        return document_register.enter(number=number, at=at, **fields)

    def registered(self, number: str, *, at: datetime = T) -> Document:
        """Let a document stand in the register, where it does not yet."""
        return register.standing_for(number) or self.documented(number, at=at)

    def risk(self, person: Person, area: RiskArea | None = None, *, at: datetime = T, **fields: Any) -> Case:
        return self.opened(person, "RISK_AREA", risk_area=area or self.listed(), at=at, **fields)

    def fever(self, person: Person, *, at: datetime = T, **fields: Any) -> Case:
        form = declarations.Form(fever=True, onset_on=fields.pop("onset_on", local_day(at)), **fields)
        declarations.declare(person, form, mode=Mode.ALONE, by=self.cast.citizen, at=at)
        return Case.objects.of(person).open().get(ground="FEVER")

    def well(self, person: Person, *, at: datetime) -> None:
        form = declarations.Form(fever=False)
        declarations.declare(person, form, mode=Mode.ALONE, by=self.cast.citizen, at=at)

    def visit(self, person: Person, *, at: datetime, ruled_out: bool = True) -> None:
        number = f"V{next(_serial)}"
        declarations.record_visit(
            person,
            visited_at=at,
            ruled_out=ruled_out,
            record_number=number,
            by=self.cast.clinic_xinchang,
            at=at,
        )

    def tested(
        self, person: Person, *, at: datetime, outcome: str = "NEGATIVE", by: User | None = None
    ) -> Any:
        return results.enter(person, sample(at, outcome), by=by or self.cast.hospital_city, at=at)

    def relocated(self, person: Person, *, at: datetime, by: str = "group.xinchang") -> Relocation:
        """Let the county's group say that a place elsewhere accepted somebody, and the city's group confirm."""
        fields = {"place": "杭州市某隔离点", "letter": "杭隔接收函2026-8号"}
        move = control.propose_elsewhere(fresh(person), **fields, by=self.cast[by], at=at)
        control.decide_elsewhere(fresh(move), approve=True, by=self.cast.group_city, at=at)
        return fresh(move)  # type: ignore[no-any-return]

    def certificate(self, person: Person, *, at: datetime, **fields: Any) -> Certificate:
        """Let the county's group record a release certificate that its issuer answered for by letter."""
        body = {
            "number": f"解除隔离证明2026-{next(_serial)}号",
            "issuer": "杭州市某隔离点",
            "verified": control.Verified(reply_letter=f"杭防复函2026-{next(_serial)}号"),
            "sample": sample(at - timedelta(hours=9)),
            "by": self.cast.group_xinchang,
            **fields,
        }
        return control.record_certificate(fresh(person), at=at, **body)

    def certified(self, person: Person, *, at: datetime, **fields: Any) -> Certificate:
        """Let the CDC of the level confirm such a certificate."""
        paper = self.certificate(person, at=at, **fields)
        control.decide_certificate(fresh(paper), approve=True, by=self.cast.cdc_xinchang, at=at)
        return fresh(paper)  # type: ignore[no-any-return]

    def ended(self, person: Person, *, at: datetime, by: User | None = None) -> ControlOrder:
        """Let the responsible officer end control with a negative taken an hour before."""
        taken = sample(at - timedelta(hours=1))
        return control.end(person, sample=taken, by=by or self.cast.officer_yulin, at=at)

    def exit_reported(self, case: Case, exit: str, *, at: datetime = T, **fields: Any) -> ExitReport:
        by = self.cast.hospital_city if exit == "DISCHARGED" else self.cast.cdc_xinchang
        body = {"happened_on": local_day(at), "evidence_ref": f"X{next(_serial)}", **fields}
        return exits.report(case, exit=exit, by=by, at=at, **body)

    def exited(
        self, case: Case, exit: str, *, at: datetime = T, plan: Plan | None = None, **fields: Any
    ) -> None:
        report = self.exit_reported(case, exit, at=at, **fields)
        exits.enter(report, plan=plan, by=self.cast.group_xinchang, at=at)

    def checked(self, person: Person, venue: Venue, *, at: datetime = T) -> GateCheck:
        """Let the school's gate keeper check somebody without a fever."""
        fields = {"venue": venue, "temperature": Decimal("36.5"), "by": self.cast.gate_school, "at": at}
        return gates.check(gates.PresentedCode(str(person.public_id)), **fields)

    def checked_yellow(self) -> GateCheck:
        person = self.person()
        self.fever(person)
        return self.checked(person, factories.guarded(), at=later(hours=4, minutes=55))

    def extended(self, person: Person, number: int, *, at: datetime, **fields: Any) -> ControlOrder:
        """Let the group extend the order: its first free day is so many days after TODAY."""
        body = {"document": "省指挥部2号", "reason": "变异株", "by": self.cast.group_xinchang, **fields}
        self.registered(body["document"], at=at)
        return control.extend(fresh(person), until_day=day(number), at=at, **body)


def order_of(person: Person) -> ControlOrder:
    return ControlOrder.objects.of(fresh(person)).standing().get()


def colour(person: Person, at: datetime) -> Colour:
    return colour_at(fresh(person), at)
