"""The situations of the guide, each a function that makes one demo person, and how many of each."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from cases.management.demo.rounds import measured
from cases.management.demo.story import HOMES, DemoStory
from cases.models import Case, LabResult, Person, RiskArea
from cases.models.cases import Channel
from cases.models.declarations import Mode
from cases.policy.days import ONE_DAY, local_day
from cases.services import areas, control
from cases.services.areas import Listing
from cases.services.engine import Plan
from cases.services.grounds import cases, document_register, exits, voids
from cases.services.grounds.claims import Claim
from cases.services.samples import corrections, declarations
from cases.services.samples.declarations import Form
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.offices.models import Office


def make(story: DemoStory, *, count: int = 300) -> int:
    """Make every situation, then persons without a ground up to `count`; return how many persons were made."""
    index = story.entered("CONFIRMED", 20, officer="", home="330624001")[1]
    area = _listed_area(story)
    made = 1
    for situation, times in SITUATIONS:
        for _ in range(times):
            situation(story, index, area)
            made += 1
    while made < count:
        story.person(story.days_ago(story.rng.randrange(1, 60)))
        made += 1
    return made


def _listed_area(story: DemoStory) -> RiskArea:
    listing = Listing(
        "某市某街道", "MEDIUM", "国务院客户端风险等级名单", story.days_ago(30), test_required=True
    )
    area = areas.propose(listing, by=story.cast["duty.city"], at=story.days_ago(30))
    areas.decide(area, approve=True, by=story.cast["duty.deputy"], at=story.days_ago(30))
    severe = Listing(
        "某市某批发市场",
        "HIGH",
        "省级通报",
        story.days_ago(12),
        severe=True,
        assessment_document="浙卫评估〔2020〕1号",
        consent_document="浙防控〔2020〕1号",
    )
    waiting = areas.propose(severe, by=story.cast["duty.city"], at=story.days_ago(12))
    areas.decide(waiting, approve=True, by=story.cast["duty.deputy"], at=story.days_ago(12))
    return area


def confirmed(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, _case = story.entered("CONFIRMED", 6, officer="", home=story.rng.choice(HOMES))
    story.test(person, 5, "POSITIVE")


def suspected(story: DemoStory, index: Case, area: RiskArea) -> None:
    story.entered("SUSPECTED", 2, officer="")


def asymptomatic(story: DemoStory, index: Case, area: RiskArea) -> None:
    story.entered("ASYMPTOMATIC", 4, officer="")


def convalescent(story: DemoStory, index: Case, area: RiskArea) -> None:
    _person, case = story.entered("CONFIRMED", 25)
    _discharge(story, case, 5)
    report = case.exit_reports.get()
    exits.enter(report, by=story.cast["group.xinchang"], at=story.days_ago(5, hour=15))


def discharge_reported(story: DemoStory, index: Case, area: RiskArea) -> None:
    _person, case = story.entered("CONFIRMED", 22)
    _discharge(story, case, 0)


def _discharge(story: DemoStory, case: Case, days: int) -> None:
    by, at = story.cast["hospital.city"], story.days_ago(days, hour=11)
    number = story.reference("出院")
    exits.report(case, exit="DISCHARGED", happened_on=local_day(at), evidence_ref=number, by=by, at=at)


def contact(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, case = story.entered("CLOSE_CONTACT", story.rng.randrange(1, 13), index=index)
    at = story.now - timedelta(minutes=4)  # after everything else of today
    days = (local_day(at) - back * ONE_DAY for back in range(3))
    for on in (day for day in days if day >= case.began_on):
        control.log_health(
            person,
            control.HealthReading(on, "MORNING", measured(person, on)),
            by=story.cast["officer.yulin"],
            at=at,
        )


def contact_due_today(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, _case = story.entered("CLOSE_CONTACT", 15, index=index)
    story.test(person, 1)


def contact_overdue(story: DemoStory, index: Case, area: RiskArea) -> None:
    story.entered("CLOSE_CONTACT", 17, index=index)


def contact_without_officer(story: DemoStory, index: Case, area: RiskArea) -> None:
    story.entered("CLOSE_CONTACT", 3, officer="", index=index, home="330624002")


def contact_released(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, _case = story.entered("CLOSE_CONTACT", 19, index=index)
    story.test(person, 5)
    story.end(person, 3)


def stands_again(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, _case = story.entered("CLOSE_CONTACT", 18, index=index)
    story.test(person, 4)
    story.end(person, 2)
    old = LabResult.objects.uncorrected().get(person=person)
    taken = LaboratoryReport(
        old.sampled_at, "INCONCLUSIVE", old.laboratory, old.report_number, old.reported_at
    )
    by, at = story.cast["hospital.city"], story.now - timedelta(minutes=25)
    corrections.correct(old, taken, reason="实验室复核，结果不确定", by=by, at=at)


def contact_reported(story: DemoStory, index: Case, area: RiskArea) -> None:
    at = story.days_ago(0, hour=8)
    person = story.person(at, by="cdc.xinchang", home="330624001")
    story.reported(person, "CLOSE_CONTACT", local_day(at) - ONE_DAY, at, index)


def contact_home_stay(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, _case = story.entered("CLOSE_CONTACT", 4, index=index)
    group, at = story.cast["group.xinchang"], story.days_ago(3)
    control.propose_home(person, address="羽林街道某小区", reason="需照料不能自理的家人", by=group, at=at)


def contact_left(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, _case = story.entered("CLOSE_CONTACT", 8, index=index)
    letter, group = story.reference("协查"), story.cast["group.xinchang"]
    control.transfer_out(person, letter=letter, destination="江西省", by=group, at=story.days_ago(2))


def positive_unreported(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, _case = story.entered("CLOSE_CONTACT", 6, index=index)
    story.test(person, 0, "POSITIVE")


def sample_lost(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, _case = story.entered("CLOSE_CONTACT", 9, index=index)
    story.test(person, 1, "LOST")


def isolation_site() -> Office:
    """Return the county's centralised isolation site."""
    return Office.objects.get(code="isolation-xinchang")


def _returnee(story: DemoStory, days: int) -> Person:
    at, by = story.days_ago(days), story.cast["community.yulin"]
    person = story.person(at, by="community.yulin", home="330624001")
    claim = Claim(
        "OVERSEAS",
        local_day(at),
        "ENTRY_RECORD",
        story.reference("入境"),
        plan=Plan(officer=story.cast["officer.yulin"], site=isolation_site()),
    )
    cases.open_case(person, claim, channel=Channel.COMMUNITY, by=by, at=at)
    story.driven(person, isolation_site(), at, origin="杭州萧山机场", by="officer.yulin")
    return person


def overseas(story: DemoStory, index: Case, area: RiskArea) -> None:
    _returnee(story, story.rng.randrange(2, 12))


def overseas_monitored(story: DemoStory, index: Case, area: RiskArea) -> None:
    person = _returnee(story, 18)
    story.test(person, 4)
    story.end(person, 3)


def ordered_isolation(story: DemoStory, index: Case, area: RiskArea) -> None:
    at, group = story.days_ago(5), story.cast["group.xinchang"]
    person = story.person(at, home="330624001")
    plan = Plan(kind="HOME_OBSERVATION", officer=story.cast["officer.yulin"], address="家中")
    number, day = story.reference("新防控办〔2020〕"), local_day(at)
    enter, lead = document_register.enter, story.cast["duty.xinchang"]
    enter(number=number, issuer="新昌县防控办", issued_on=day, by=lead, at=at)
    claim = Claim("ORDERED_ISOLATION", day, "DOCUMENT", number, plan=plan)
    cases.open_case(person, claim, channel=Channel.GROUP, by=group, at=at)


def _discretionary(story: DemoStory, ground: str, kind: str = "") -> Case:
    at, group = story.days_ago(1), story.cast["group.xinchang"]
    person = story.person(at, home="330624001")
    claim = Claim(
        ground, local_day(at), "DOCUMENT", story.reference("绍市防控办〔2020〕"), plan=Plan(kind=kind)
    )
    return cases.open_case(person, claim, channel=Channel.GROUP, by=group, at=at)


def other_red_held(story: DemoStory, index: Case, area: RiskArea) -> None:
    _discretionary(story, "OTHER_RED", "CENTRAL_ISOLATION")


def other_yellow(story: DemoStory, index: Case, area: RiskArea) -> None:
    case = _discretionary(story, "OTHER_YELLOW")
    cases.decide(case, approve=True, by=story.cast["duty.xinchang"], at=story.days_ago(1, hour=15))


def _fever(story: DemoStory, days: int) -> Person:
    at = story.days_ago(days)
    person = story.person(at, home=story.rng.choice(HOMES[:4]))
    form = Form(fever=True, temperature=Decimal("38.2"), onset_on=local_day(at))
    declarations.declare(
        person, form, mode=Mode.ALONE, by=story.cast["citizen"], at=at + timedelta(minutes=9)
    )
    return person


def fever(story: DemoStory, index: Case, area: RiskArea) -> None:
    _fever(story, 1)


def fever_examined(story: DemoStory, index: Case, area: RiskArea) -> None:
    person, clinic = _fever(story, 3), story.cast["clinic.xinchang"]
    at, number = story.days_ago(2, hour=10), story.reference("门诊")
    declarations.record_visit(person, visited_at=at, ruled_out=True, record_number=number, by=clinic, at=at)
    story.test(person, 1, by="clinic.xinchang")


def fever_cleared(story: DemoStory, index: Case, area: RiskArea) -> None:
    fever_examined(story, index, area)
    person = Person.objects.latest("pk")
    declarations.declare(person, Form(fever=False), mode=Mode.ALONE, by=story.cast["citizen"], at=story.now)


def risk_area(story: DemoStory, index: Case, area: RiskArea) -> Person:
    at, by = story.days_ago(3), story.cast["community.yulin"]
    person = story.person(at, home="330624001")
    claim = Claim(
        "RISK_AREA", local_day(at) - 2 * ONE_DAY, "SCREENING", story.reference("摸排"), risk_area=area
    )
    cases.open_case(person, claim, channel=Channel.COMMUNITY, by=by, at=at + timedelta(minutes=9))
    return person


def risk_area_tested(story: DemoStory, index: Case, area: RiskArea) -> None:
    story.test(risk_area(story, index, area), 1, by="service.xinchang")


def severe_area(story: DemoStory, index: Case, area: RiskArea) -> None:
    at = story.days_ago(6)
    person, severe = story.person(at, home="330624001"), RiskArea.objects.get(severe=True)
    plan = Plan(officer=story.cast["officer.yulin"], site=isolation_site())
    number = story.reference("省下发")
    claim = Claim(
        "SEVERE_AREA",
        local_day(at) - ONE_DAY,
        "TRACK",
        number,
        risk_area=severe,
        source_key=number,
        plan=plan,
    )
    cases.open_case(
        person, claim, channel=Channel.PROVINCE, by=story.cast["province"], at=at + timedelta(minutes=9)
    )


def void_pending(story: DemoStory, index: Case, area: RiskArea) -> None:
    _person, case = story.entered("CLOSE_CONTACT", 2, index=index)
    by, at = story.cast["cdc.xinchang"], story.days_ago(0, hour=9)
    voids.propose(case, reason_class="WRONG_PERSON", reason="同名同姓，流调对象有误", by=by, at=at)


def voided(story: DemoStory, index: Case, area: RiskArea) -> None:
    void_pending(story, index, area)
    void = Case.objects.latest("pk").voids.get()
    voids.approve(void, by=story.cast["group.xinchang"], at=story.now - timedelta(minutes=10))


Situation = Callable[[DemoStory, Case, RiskArea], object]
SITUATIONS: tuple[tuple[Situation, int], ...] = (
    (confirmed, 4), (suspected, 3), (asymptomatic, 3), (convalescent, 3), (discharge_reported, 2),
    (contact, 14), (contact_due_today, 4), (contact_overdue, 3), (contact_without_officer, 2), (contact_released, 8),
    (contact_reported, 4), (contact_home_stay, 2), (contact_left, 1), (positive_unreported, 2), (sample_lost, 2),
    (overseas, 8), (overseas_monitored, 4), (ordered_isolation, 3), (other_red_held, 2), (other_yellow, 2),
    (fever, 6), (fever_examined, 4), (fever_cleared, 4), (risk_area, 12), (risk_area_tested, 8),
    (severe_area, 4), (void_pending, 2), (voided, 2), (stands_again, 2),
)  # fmt: skip
