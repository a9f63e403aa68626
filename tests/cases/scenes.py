"""The situations of the guide in one line each, all made by calling services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from cases.models import (
    AreaChange,
    Case,
    Certificate,
    ControlOrder,
    Death,
    Document,
    ExitReport,
    GateCheck,
    Merge,
    Person,
    Relocation,
    Reversal,
    RiskArea,
    SelfCheck,
    Strike,
    Venue,
    Void,
)
from cases.models.cases import Channel
from cases.models.declarations import Mode
from cases.policy.colours import Colour
from cases.policy.days import ZONE, local_day
from cases.selectors import register
from cases.selectors.chains import chain_of
from cases.selectors.colours import colour_at
from cases.services import areas, control, gates
from cases.services.areas import Listing
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal
from cases.services.grounds import (
    cases,
    document_register,
    exit_reversals,
    exits,
    self_checks,
    strikes,
    voids,
)
from cases.services.grounds.claims import Claim
from cases.services.persons import deaths, merges
from cases.services.samples import declarations, results
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.offices.models import User
from tests import factories
from tests.cases.soundness import sound as sound  # asked for beside the scenes
from tests.databases import stored

T = datetime(2026, 11, 2, 9, tzinfo=ZONE)  # a Monday morning
TODAY = T.date()
DUE = datetime(2026, 11, 17, tzinfo=ZONE)  # 14 full days after TODAY, day 0
INFECTED = ("CONFIRMED", "SUSPECTED", "ASYMPTOMATIC")
_serial = count(1)


def later(**span: float) -> datetime:
    return T + timedelta(**span)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


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


@dataclass
class Scene:
    cast: factories.Cast

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

    def listed(self, *, at: datetime = T, **fields: Any) -> RiskArea:
        """Let the city's duty lead list an area and another approve."""
        body = {
            "name": f"某区某街道{next(_serial)}",
            "level": "MEDIUM",
            "source_document": "风险等级公告1号",
            "from_at": later(days=-3),
        }
        area = areas.propose(Listing(**{**body, **fields}), by=self.cast.duty_city, at=at)
        areas.decide(area, approve=True, by=self.cast.duty_deputy, at=at)
        return area

    def change_proposed(self, area: RiskArea, kind: str, *, at: datetime = T, **fields: Any) -> AreaChange:
        body = {"reason": "风险等级公告2号", "by": self.cast.duty_city, **fields}
        return areas.propose_change(area, AreaChange.Kind(kind), at=at, **body)

    def changed(self, area: RiskArea, kind: str, *, at: datetime = T, **fields: Any) -> int:
        """Let one duty lead of the city propose to lift or withdraw, or take that back, and another approve."""
        change = self.change_proposed(area, kind, at=at, **fields)
        return areas.decide_change(change, approve=True, by=self.cast.duty_deputy, at=at)

    def severe(self, **fields: Any) -> RiskArea:
        return self.listed(
            severe=True, assessment_document="省卫健委评估1号", consent_document="省领导小组1号", **fields
        )

    def documented(self, number: str = "浙防指〔2020〕12号", *, at: datetime = T) -> Document:
        fields = {"issuer": "省疫情防控领导小组", "issued_on": local_day(at), "by": self.cast.duty_city}
        return document_register.enter(number=number, at=at, **fields)

    def registered(self, number: str, *, at: datetime = T) -> Document:
        """Let a document stand in the register, where it does not yet."""
        return register.standing_for(number) or self.documented(number, at=at)

    def strike_proposed(self, document: Document, *, at: datetime = T, **fields: Any) -> Strike:
        return strikes.propose(document, at=at, **{"reason": "查无此文", "by": self.cast.duty_city, **fields})

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

    def self_checked(self, case: Case, *, at: datetime = T) -> str:
        """Let the bureau find that a case was coded in error, and the prevention office second it."""
        fields = {"source": f"比对批次2026-{next(_serial)}", "failed": "同名，证件号码不符"}
        check = self_checks.record(case, **fields, by=self.cast.bureau_one, at=at)
        self_checks.decide(check, approve=True, by=self.cast.duty_city, at=at)
        return check.number

    def void_proposed(self, case: Case, *, at: datetime = T, **fields: Any) -> Void:
        checked = SelfCheck.objects.filter(case__in=chain_of(case)).exclude(decision="REFUSED").first()
        body = {
            "reason_class": "WRONG_PERSON",
            "reason": "同名",
            "reference": checked.number if checked else self.self_checked(case, at=at),
            **fields,
        }
        return voids.propose(case, **body, by=self.cast.bureau_one, at=at)

    def voided(self, case: Case, *, at: datetime = T, **fields: Any) -> None:
        voids.approve(self.void_proposed(case, at=at, **fields), by=self.cast.cdc_xinchang, at=at)

    def death_recorded(
        self, person: Person, *, at: datetime = T, by: str = "hospital.city", **fields: Any
    ) -> Death:
        body = {"on": local_day(at), "certificate": f"死亡证明{1000 + next(_serial)}", **fields}
        return deaths.record(fresh(person), by=self.cast[by], at=at, **body)

    def died(self, person: Person, *, at: datetime = T, **fields: Any) -> Death:
        """Let the hospital record a death and the control group confirm it."""
        death = self.death_recorded(person, at=at, **fields)
        deaths.confirm(fresh(death), by=self.cast.group_xinchang, at=at)
        return fresh(death)  # type: ignore[no-any-return]

    def death_taken_back(self, person: Person, *, at: datetime) -> None:
        """Let the community say that somebody lives, and the control group agree."""
        by = self.cast.community_yulin
        asked = deaths.propose_withdrawal(fresh(person), reason="本人在世，重名", by=by, at=at)
        deaths.withdraw(fresh(asked), by=self.cast.group_xinchang, at=at)

    def merge_proposed(self, duplicate: Person, survivor: Person, *, at: datetime = T) -> Merge:
        duplicate, survivor = fresh(duplicate), fresh(survivor)
        return merges.propose(duplicate, survivor, reason="同一人", by=self.cast.bureau_one, at=at)

    def merged(self, duplicate: Person, survivor: Person, *, at: datetime = T) -> Merge:
        merge = self.merge_proposed(duplicate, survivor, at=at)
        merges.approve(merge, by=self.cast.bureau_two, at=at)
        return fresh(merge)

    def checked(self, person: Person, venue: Venue, *, at: datetime = T) -> GateCheck:
        """Let the school's gate keeper check somebody without a fever."""
        fields = {"venue": venue, "temperature": Decimal("36.5"), "by": self.cast.gate_school, "at": at}
        return gates.check(gates.PresentedCode(str(person.public_id)), **fields)

    def checked_yellow(self) -> GateCheck:
        person = self.person()
        self.fever(person)
        return self.checked(person, factories.guarded(), at=later(hours=4, minutes=55))

    def parted(self, merge: Merge, *, at: datetime) -> None:
        """Let one officer of the bureau propose to part two records, and another agree."""
        asked = merges.propose_undo(fresh(merge), reason="不是同一人", by=self.cast.bureau_one, at=at)
        merges.decide_undo(fresh(asked), approve=True, by=self.cast.bureau_two, at=at)

    def extended(self, person: Person, number: int, *, at: datetime, **fields: Any) -> ControlOrder:
        """Let the group extend the order: its first free day is so many days after TODAY."""
        body = {"document": "省指挥部2号", "reason": "变异株", "by": self.cast.group_xinchang, **fields}
        self.registered(body["document"], at=at)
        return control.extend(fresh(person), until_day=day(number), at=at, **body)

    def brought_back(self, person: Person, *, at: datetime, reason: str = "未成行") -> None:
        """Let the group propose to take a hand-over to another province back, and CDC agree."""
        by = self.cast.group_xinchang
        asked = control.propose_transfer_back(fresh(person), reason=reason, by=by, at=at)
        control.decide_transfer_back(fresh(asked), approve=True, by=self.cast.cdc_xinchang, at=at)

    def exit_asked_back(self, case: Case, *, at: datetime, by: str = "group.xinchang") -> Reversal:
        report = ExitReport.objects.filter(case=case, decision="APPROVED").latest("pk")
        return exit_reversals.propose(report, reason="报错人", by=self.cast[by], at=at)

    def exit_taken_back(self, case: Case, *, at: datetime) -> None:
        asked = self.exit_asked_back(case, at=at)
        exit_reversals.decide(fresh(asked), approve=True, by=self.cast.cdc_xinchang, at=at)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def order_of(person: Person) -> ControlOrder:
    return ControlOrder.objects.of(fresh(person)).standing().get()


def colour(person: Person, at: datetime) -> Colour:
    return colour_at(fresh(person), at)
