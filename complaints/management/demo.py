"""Demo tickets in every state, made by the same services that staff call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cases.models import Case, Person
from cases.services.grounds import voids
from complaints.models import Ticket
from complaints.services import drafts, findings, following, handling, intake, letters, telling
from complaints.services.intake import Intake
from complaints.services.letters import Letter
from healthcode.core.offices.models import Office, User

HOME = "330624001"
REASON = "经与来函单位核实，协查名单将同名人员误列，本人当日不在该场所。"
UPHELD = "流调记录显示当日同乘且未佩戴口罩，赋码属实；隔离期满并检测阴性后由管控责任人解除。"
NOTICE = "请配合管理，谢谢。"


@dataclass
class Desk:
    """The staff by user name, the present moment, and the people already used in a situation."""

    cast: dict[str, User]
    now: datetime
    used: set[int]

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)

    def red(self, ground: str = "CLOSE_CONTACT", *, before: datetime | None = None) -> Case:
        """Return a standing case of somebody of Yulin who has not complained yet."""
        cases = Case.objects.open().filter(ground=ground, person__present=HOME).exclude(person__in=self.used)
        cases = cases.filter(opened_at__lt=before or self.now).exclude(
            person__cases__state__in=("HELD", "REPORTED")
        )
        case = cases.select_related("person").order_by("pk").first()
        assert case is not None, ground
        self.used.add(case.person_id)
        return case

    def green(self) -> Person:
        """Return somebody without a ground."""
        people = Person.objects.filter(present=HOME, deceased_on=None, merged_into=None).exclude(
            pk__in=self.used
        )
        person = people.exclude(cases__state__in=("OPEN", "HELD", "REPORTED")).order_by("-pk").first()
        assert person is not None
        self.used.add(person.pk)
        return person

    def register(self, person: Person, at: datetime, *, by: str = "community.yulin", **values: Any) -> Ticket:
        user = self.cast[by]
        draft = drafts.begin(by=user, at=at)
        drafts.look(draft, person, by=user, at=at)
        fields = {"contact_name": person.name, "explained": at, **values}
        return intake.register(draft, Intake(**fields), by=user, at=at)

    def dispute(
        self, case: Case, at: datetime, words: str, *, category: str = "C07", **values: Any
    ) -> Ticket:
        """Register a ticket that disputes a case."""
        return self.register(
            case.person,
            at,
            outcome=intake.HAND_ON,
            category=category,
            is_disputed=True,
            disputed_case=case,
            description=words,
            **values,
        )

    def take(self, ticket: Ticket, at: datetime, by: str = "bureau.one") -> Ticket:
        return handling.take(ticket, by=self.cast[by], at=at)

    def inform(self, ticket: Ticket, at: datetime) -> Ticket:
        assert ticket.owner is not None
        findings.decide(ticket, finding="UPHELD", reason=UPHELD, by=ticket.owner, at=at)
        telling.tell(
            ticket, channel="SMS", reached="本人", text=NOTICE, by=ticket.owner, at=at + timedelta(minutes=4)
        )
        return ticket


def make(cast: dict[str, User], now: datetime) -> None:
    """Let a few of the demo's people come to the desk."""
    desk = Desk(cast, now, set())
    for situation in SITUATIONS:
        situation(desk)


def settled_at_once(desk: Desk) -> None:
    for days in (4, 2, 1):
        desk.register(
            desk.green(),
            desk.ago(days=days),
            by="service.xinchang",
            outcome=intake.ACCEPTED,
            category="C13",
            kind="CONSULT",
            description="手机页面刷新后才显示绿码，来问是否正常。",
        )


def unsigned(desk: Desk) -> None:
    desk.dispute(desk.red(), desk.ago(minutes=12), "我那天在外地出差，没有坐过那趟车。")


def late(desk: Desk) -> None:
    at = desk.ago(hours=3)
    desk.dispute(desk.red(before=at), at, "同名同姓，身份证号不是我的。", channel="PHONE")


def being_handled(desk: Desk) -> None:
    at = desk.ago(minutes=50)
    ticket = desk.take(desk.dispute(desk.red(before=at), at, "孩子当天在家上网课，没有去过。"), at)
    handling.note(ticket, text="来电人情绪较急，先电话安抚。", by=desk.cast["bureau.one"], at=at)
    cdc = Office.objects.get(code="cdc-xinchang")
    question = "请核对协查函原件上的身份证号。"
    findings.ask_office(ticket, office=cdc, question=question, by=desk.cast["bureau.one"], at=at)


def void_waits(desk: Desk) -> None:
    at = desk.ago(minutes=40)
    _void(desk, desk.take(desk.dispute(desk.red(before=at), at, "我没有到过那家饭店，有付款记录。"), at), at)


def void_approved(desk: Desk) -> None:
    at = desk.ago(minutes=35)
    ticket = desk.take(desk.dispute(desk.red(before=at), at, "名单把我写错了，请尽快更正。"), at)
    void = _void(desk, ticket, at)
    voids.approve(void, by=desk.cast["group.xinchang"], at=desk.ago(minutes=20))
    following.follow(ticket, by=desk.cast["bureau.one"], at=desk.now)  # never before its void was decided


def end_asked_for(desk: Desk) -> None:
    at = desk.ago(minutes=55)
    case = _overdue(desk)
    ticket = desk.take(desk.dispute(case, at, "隔离已经满了，怎么还是红码？", category="C01"), at)
    findings.ask_for_end(
        ticket,
        case=case,
        office=Office.objects.get(code="community-yulin"),
        question="期满未解除，请录入核酸检测结果并结束管控。",
        by=desk.cast["bureau.one"],
        at=at,
    )


def to_be_visited(desk: Desk) -> None:
    at = desk.ago(hours=5)
    desk.inform(desk.take(desk.dispute(desk.red(before=at), at, "我觉得不算密切接触。"), at), at)


def closed(desk: Desk) -> None:
    at = desk.ago(hours=20)
    ticket = desk.inform(
        desk.take(desk.dispute(desk.red(before=at), at, "为什么要隔离十四天？"), at, "bureau.two"), at
    )
    telling.visit(
        ticket,
        reached="YES",
        colour_seen="RED",
        solved=True,
        satisfaction=4,
        comment="说清楚了",
        by=desk.cast["bureau.one"],
        at=at + timedelta(hours=2),
    )


def sent_back(desk: Desk) -> None:
    at = desk.ago(minutes=30)
    ticket = desk.dispute(desk.red(before=at), at, "保安不让我进小区拿东西。", category="C07")
    reason = "反映的是小区门岗服务态度，不是健康码本身，请裁定。"
    handling.send_back(ticket, reason=reason, by=desk.cast["bureau.two"], at=desk.ago(minutes=10))


def material_asked_for(desk: Desk) -> None:
    at = desk.ago(hours=6)
    ticket = desk.take(desk.dispute(desk.red(before=at), at, "那天我在另一个城市。"), at, "bureau.two")
    missing = "请提供当日的车票或住宿记录，以及本人身份证照片。"
    handling.ask(ticket, missing=missing, by=desk.cast["bureau.two"], at=at + timedelta(minutes=20))


def letters_of_the_hotline(desk: Desk) -> None:
    at = desk.ago(minutes=25)
    case = desk.red(before=at)
    words = ("我不是密切接触者，请核实。", "昨天来过信，还没有答复。")
    for number, text in enumerate(words, start=1):
        letter = Letter(
            external_no=f"ZW{desk.now:%Y%m%d}{number:04d}",
            received_at=at,
            description=text,
            document_number=case.person.document,
            contact_name=case.person.name,
            contact_phone=case.person.phone,
        )
        letters.receive(letter, by=desk.cast["hotline"], at=at + timedelta(minutes=number))


def _void(desk: Desk, ticket: Ticket, at: datetime) -> Any:
    assert ticket.disputed_case is not None
    return findings.propose_void(
        ticket,
        case=ticket.disputed_case,
        reason_class="WRONG_PERSON",
        reason=REASON,
        by=desk.cast["bureau.one"],
        at=at + timedelta(minutes=5),
    )


def _overdue(desk: Desk) -> Case:
    """Return a standing case of somebody whose last day is over."""
    cases = Case.objects.open().filter(ground="CLOSE_CONTACT", person__orders__until__lt=desk.now)
    cases = cases.filter(person__present=HOME, person__orders__ended_at=None).exclude(person__in=desk.used)
    case = cases.select_related("person").order_by("pk").first()
    assert case is not None
    desk.used.add(case.person_id)
    return case


SITUATIONS = (
    end_asked_for,
    settled_at_once,
    closed,
    material_asked_for,
    to_be_visited,
    late,
    being_handled,
    void_waits,
    void_approved,
    sent_back,
    letters_of_the_hotline,
    unsigned,
)
