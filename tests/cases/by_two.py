"""What one person proposes and another decides, each in one line."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from cases.models import (
    AreaChange,
    Case,
    Death,
    Document,
    ExitReport,
    Merge,
    Person,
    Reversal,
    RiskArea,
    SelfCheck,
    Strike,
    Void,
)
from cases.policy.days import local_day
from cases.selectors.chains import chain_of
from cases.services import areas, control
from cases.services.areas import Listing
from cases.services.grounds import exit_reversals, self_checks, strikes, voids
from cases.services.persons import deaths, merges
from tests import factories
from tests.cases.instants import T, fresh, later

_serial = count(1)


@dataclass
class ByTwo:
    cast: factories.Cast

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

    def strike_proposed(self, document: Document, *, at: datetime = T, **fields: Any) -> Strike:
        return strikes.propose(document, at=at, **{"reason": "查无此文", "by": self.cast.duty_city, **fields})

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

    def parted(self, merge: Merge, *, at: datetime) -> None:
        """Let one officer of the bureau propose to part two records, and another agree."""
        asked = merges.propose_undo(fresh(merge), reason="不是同一人", by=self.cast.bureau_one, at=at)
        merges.decide_undo(fresh(asked), approve=True, by=self.cast.bureau_two, at=at)

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
