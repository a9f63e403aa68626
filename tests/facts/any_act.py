"""Every kind of act that can befall three people, each on somebody chosen at random; what is refused did not happen."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db.models import Q, QuerySet

from cases.models import (
    Batch,
    Case,
    Certificate,
    ClinicVisit,
    ControlOrder,
    Death,
    Declaration,
    Document,
    ExitReport,
    LabResult,
    MassHold,
    Merge,
    Opinion,
    Person,
    Release,
    RiskArea,
)
from cases.services import control
from cases.services.deliveries import batches
from cases.services.engine import holds
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal
from cases.services.grounds import cases, exit_reversals, late_falls, release_reversals, strikes, voids
from cases.services.samples import amendments, corrections, opinions, results
from tests.cases import books
from tests.cases.scenes import INFECTED, Scene, T, fresh, sample
from tests.deliveries.conftest import HEADINGS
from tests.factories import Cast, delivered, sealed
from tests.facts import test_stays as stays

LATEST = 4  # of which one is chosen: what has just happened is what acts meet


class NothingThere(Refusal):
    code = "tests.nothing_there"


class AnyAct:
    """Three people, the clock, and whatever can happen to them."""

    def __init__(self) -> None:
        self.cast = Cast()
        self.scene, self.at, self.random, self.number = Scene(self.cast), T, Random(0), 0
        self.people = [self.scene.person() for _one in range(3)]

    def _person(self) -> Person:
        return fresh(self.random.choice(self.people))

    def _one(self, rows: QuerySet[Any], **fields: Any) -> Any:
        found = list(rows.filter(**fields).order_by("-pk")[:LATEST])
        if not found:
            raise NothingThere()
        return self.random.choice(found)

    def _open(self, *grounds: str) -> Case:
        return self._one(Case.objects.open(), ground__in=grounds)

    def _controlled(self, **fields: Any) -> Person:
        """Return somebody of the three with an order."""
        orders = ControlOrder.objects.filter(person__in=self.people, served__isnull=False)
        return fresh(self._one(orders.distinct(), **fields).person)

    def _when(self, **fields: Any) -> dict[str, Any]:
        return {"at": self.at, "began_on": self.at.date(), **fields}

    def _passed(self, **fields: Any) -> datetime:
        self.at += timedelta(**fields)
        return self.at

    # -- grounds

    def overseas(self) -> None:
        self.scene.overseas(self._person(), **self._when())

    def automatic(self) -> None:
        self.number += 1
        document = self.scene.documented(f"浙防指〔2020〕{self.number + 200}号", at=self.at).number
        ground = self.random.choice(("AUTO_YELLOW", "AUTO_RED"))
        self.scene.automatic(self._person(), ground, **self._when(evidence_ref=document))

    def infected(self) -> None:
        self.scene.clinical(self._person(), self.random.choice(INFECTED), **self._when())

    def contact(self) -> None:
        index = Case.objects.open().filter(ground__in=INFECTED).order_by("-pk").first()
        index = index or self.scene.clinical(self.scene.person(), "SUSPECTED", **self._when())
        self.scene.clinical(self._person(), index_case=index, **self._when())

    def reported(self) -> None:
        self.scene.reported(
            self._person(), self.random.choice(("CONFIRMED", "CLOSE_CONTACT")), **self._when()
        )

    def entered(self) -> None:
        plan = Plan(officer=self.cast.officer_yulin)
        report = self._one(Case.objects.filter(state="REPORTED"))
        cases.enter(report, plan=plan, by=self.cast.group_xinchang, at=self.at)

    def sent_back(self) -> None:
        report = self._one(Case.objects.filter(state="REPORTED"))
        cases.send_back(report, reason="证据不足", by=self.cast.group_xinchang, at=self.at)

    def discretion(self) -> None:
        self.scene.other_yellow(self._person(), at=self.at)

    def fever(self) -> None:
        self.scene.fever(self._person(), at=self.at)

    def stayed(self) -> None:
        self.scene.risk(self._person(), **self._when())

    def ordered(self) -> None:
        self.scene.ordered(self._person(), **self._when())

    # -- samples, visits and forms

    def sampled(self) -> None:
        outcome = self.random.choice(("NEGATIVE", "NEGATIVE", "POSITIVE", "INCONCLUSIVE", "PENDING"))
        by = self.random.choice((self.cast.hospital_city, self.cast.service_xinchang))
        results.enter(self._person(), sample(self.at - timedelta(minutes=20), outcome), by=by, at=self.at)

    def _doubted(self) -> tuple[LabResult, dict[str, Any]]:
        row = self._one(LabResult.objects.uncorrected())
        by = self.cast.cdc_xinchang if row.outcome == "POSITIVE" else row.entered_by
        return row, {"reason": "录错", "by": by, "at": self.at}

    def corrected(self) -> None:
        row, fields = self._doubted()
        outcome = self.random.choice(("NEGATIVE", "POSITIVE", "INCONCLUSIVE", "LOST"))
        corrections.correct(row, sample(row.sampled_at, outcome, report_number=row.report_number), **fields)

    def moved(self) -> None:
        row, fields = self._doubted()
        corrections.move(row, to=self._person(), **fields)

    def freed(self) -> None:
        """Let somebody be tested when it is time, and whoever answers for them end what that ends."""
        person = fresh(self._open(*BY_TEST, *BY_CONTROL).person)
        order = ControlOrder.objects.of(person).standing().first()
        if order and order.until:
            self.at = max(self.at, order.until + timedelta(hours=8))
        self.scene.tested(person, at=self.at)
        if order:
            by = order.officer or self.cast.officer_yulin
            control.end(fresh(person), by=by, at=self._passed(minutes=5))
        else:
            results.apply(fresh(person), by=self.cast.service_xinchang, at=self._passed(minutes=5))

    def cleared(self) -> None:
        person = self._open("FEVER").person
        self.scene.visit(person, at=self.at)
        self.scene.tested(person, at=self._passed(minutes=2))
        self.scene.well(person, at=self._passed(minutes=2))

    def visit_doubted(self) -> None:
        row = self._one(ClinicVisit.objects.uncorrected())
        amendments.withdraw_visit(row, reason="录错", by=self.cast.clinic_xinchang, at=self.at)

    def form_doubted(self) -> None:
        row = self._one(Declaration.objects.uncorrected())
        amendments.withdraw_form(row, reason="录错", by=self.cast.citizen, at=self.at)

    def opinion(self) -> None:
        row = self._one(LabResult.objects.uncorrected(), outcome="POSITIVE")
        fields = {"document": "复核意见2026-1号", "reason": "复阳", "by": self.cast.cdc_xinchang}
        opinions.give(row, **fields, at=self.at)

    def opinion_back(self) -> None:
        given = self._one(Opinion.objects.all(), withdrawn_at=None)
        opinions.withdraw(given, reason="有误", by=self.cast.cdc_xinchang, at=self.at)

    # -- what two people decide

    def exit(self) -> None:
        case = self._open(*INFECTED, "CLOSE_CONTACT")
        exit = self.random.choice(("DISCHARGED", "EXCLUDED", "RECLASSIFIED"))
        new = {"new_ground": self.random.choice(INFECTED)} if exit == "RECLASSIFIED" else {}
        self.scene.exited(case, exit, at=self.at, plan=Plan(officer=self.cast.officer_yulin), **new)

    def exit_back(self) -> None:
        report = self._one(ExitReport.objects.filter(decision="APPROVED"), withdrawn_at=None)
        pair = [self.cast.hospital_city, self.cast.group_xinchang, self.cast.cdc_xinchang]
        by, second = pair[:2] if report.exit == "DISCHARGED" else pair[1:]
        asked = exit_reversals.propose(report, reason="报错", by=by, at=self.at)
        exit_reversals.decide(fresh(asked), approve=True, by=second, at=self.at)

    def released(self) -> None:
        fields = {"document_number": "新防控2020-9号", "reason": "期满", "by": self.cast.group_xinchang}
        release = voids.propose_release(self._open("OTHER_YELLOW"), **fields, at=self.at)
        voids.decide_release(release, approve=True, by=self.cast.duty_xinchang, at=self.at)

    def release_back(self) -> None:
        release = self._one(Release.objects.filter(decision="APPROVED"), withdrawn_at=None)
        asked = release_reversals.propose(release, reason="有误", by=self.cast.group_xinchang, at=self.at)
        release_reversals.decide(fresh(asked), approve=True, by=self.cast.duty_xinchang, at=self.at)

    def voided(self) -> None:
        case = self._one(Case.objects.unresumed(), state__in=("OPEN", "ENDED"))
        others = Case.objects.open().filter(ground__in=INFECTED).exclude(pk=case.pk)
        instead = others.first() if self.random.random() < 0.5 else None
        what = {"replacement": instead} if instead else {"frees": True}
        self.scene.voided(case, at=self.at, **(what if case.ground in INFECTED else {}))

    def struck(self) -> None:
        strike = self.scene.strike_proposed(self._one(Document.objects.all()), at=self.at)
        strikes.decide(fresh(strike), approve=True, by=self.cast.duty_deputy, at=self.at)

    def hold_decided(self) -> None:
        hold = self._one(MassHold.objects.filter(decision="PENDING"))
        approve = self.random.random() < 0.6
        holds.decide(hold, approve=approve, answer="已核", by=self.cast.duty_city, at=self.at)

    def late_fall_answered(self) -> None:
        waiting = self._one(Case.objects.exclude(resumes=None), state="HELD")
        late_falls.answer(waiting, reason="已无传染性", by=self.cast.cdc_xinchang, at=self.at)

    def book(self) -> None:
        red, small = books.with_red_risk_areas(), books.with_small_holds(threshold=1)
        book = self.random.choice((books.GUIDE, books.PROVINCE, red, small))
        books.adopted(self.scene, book, at=self.at)

    # -- places and files

    def listed(self) -> None:
        stays.listed(self.scene, at=self.at, severe=self.random.random() < 0.3)

    def area_changed(self) -> None:
        kind = self.random.choice(("LIFT", "UNLIFT", "WITHDRAW"))
        due = {"test_still_due": self.random.random() < 0.3} if kind == "LIFT" else {}
        self.scene.changed(self._one(RiskArea.objects.filter(decision="APPROVED")), kind, at=self.at, **due)

    def track(self) -> None:
        came, left = (self.at - timedelta(hours=hours) for hours in (self.random.choice((30, 90)), 2))
        stay = (f"{came:%Y-%m-%d %H:%M}", f"{left:%Y-%m-%d %H:%M}")
        stays.sent(self.scene, (self._person(), stay), at=self.at)

    def results_sent(self) -> None:
        self.number += 1
        taken = f"{self.at - timedelta(minutes=30):%Y-%m-%d %H:%M}"
        row = f"{self._person().document},{taken},{taken},阴性,检测中心,R{self.number}"
        self._send("RESULTS", f"{HEADINGS['RESULTS']}\n{row}", "service.xinchang")

    def grounds_sent(self) -> None:
        person, act = self._person(), self.random.choice(("赋码", "解除"))
        about = f"S{self.random.randint(1, 4)},{person.name},{person.document},{person.present_id},{act}"
        row = f"{about},系统自动赋黄码,{self.at.date()},,DOCUMENT,浙大数据1号"
        self._send("GROUNDS", f"{HEADINGS['GROUNDS']}\n{row}", "province")

    def _send(self, kind: str, text: str, by: str) -> None:
        delivered(sealed(text), kind=kind, by=self.cast[by], at=self.at, at_once=True)

    def file_back(self) -> None:
        batch = self._one(Batch.objects.filter(state="APPLIED"))
        asked = batches.propose_undo(batch, reason="送错", by=batch.delivered_by, at=self.at)
        batches.decide_undo(asked, approve=True, by=self.cast.duty_city, at=self.at)

    # -- whoever is one, whoever lives, and where

    def merged(self) -> None:
        self.scene.merged(*self.random.sample(self.people, 2), at=self.at)

    def parted(self) -> None:
        self.scene.parted(self._one(Merge.objects.filter(decision="APPROVED"), undone_at=None), at=self.at)

    def died(self) -> None:
        self.scene.died(self._person(), at=self.at)

    def lived(self) -> None:
        dead = self._one(Death.objects.filter(decision="APPROVED"), withdrawn_at=None)
        self.scene.death_taken_back(fresh(dead.person), at=self.at)

    def elsewhere(self) -> None:
        self.scene.relocated(self._controlled(ended_at=None), at=self.at)

    def certified(self) -> None:
        away = Q(elsewhere=True, ended_at=None) | Q(ending="TRANSFERRED_OUT")
        order = self._one(ControlOrder.objects.filter(away, served__case__state="OPEN").distinct())
        person = fresh(order.person)
        self.at = max(self.at, order.until + timedelta(hours=8)) if order.until else self.at
        self.scene.certified(person, at=self.at)
        control.release_elsewhere(fresh(person), by=self.cast.group_xinchang, at=self._passed(minutes=3))

    def certificate_back(self) -> None:
        paper = self._one(Certificate.objects.filter(decision="APPROVED"), withdrawn_at=None)
        control.withdraw_certificate(paper, reason="伪造", by=self.cast.cdc_xinchang, at=self.at)

    def handed_over(self) -> None:
        fields = {"letter": "移交函3号", "destination": "江苏", "by": self.cast.group_xinchang}
        control.transfer_out(self._controlled(ended_at=None), **fields, at=self.at)

    def brought_back(self) -> None:
        self.scene.brought_back(self._controlled(ending="TRANSFERRED_OUT"), at=self.at)

    def waited(self) -> None:
        self._passed(hours=self.random.choice((6, 30, 100, 24 * 16, 24 * 22)))


BY_TEST = ("RISK_AREA", "AUTO_YELLOW")
BY_CONTROL = (*("CLOSE_CONTACT", "OVERSEAS", "ORDERED_ISOLATION", "SEVERE_AREA", "AUTO_RED", "CONVALESCENT"),)
OFTEN = {
    "freed": 6,
    "corrected": 3,
    "moved": 3,
    "fever": 2,
    "cleared": 4,
    "exit": 3,
    "exit_back": 2,
    "infected": 2,
}
OFTEN |= {"merged": 2, "parted": 2, "opinion": 2, "stayed": 2, "elsewhere": 2, "certified": 2}
ACTS = tuple(name for name in vars(AnyAct) if not name.startswith("_"))
EVERY = tuple(name for name in ACTS for _time in range(OFTEN.get(name, 1)))
