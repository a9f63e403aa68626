"""Every service of a ticket: first contact, handling, findings, telling, files, and the timer's work on it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from complaints.models.choices import TicketState
from complaints.services import (
    attachments,
    drafts,
    findings,
    following,
    handling,
    intake,
    letters,
    modules,
    reads,
    telling,
    timer,
    viewers,
)
from tests.cases.scenes import DUE, Scene, later
from tests.complaints.desk import NEXT, NOON, REASON, TOLD, Desk
from tests.complaints.test_attachments import PNG
from tests.last_write.scenario import Act, Scenarios

_serial = count(1)


def of_desk(prepare: Callable[[Desk], Act]) -> Callable[[Scene], Act]:
    return lambda scene: prepare(Desk(scene))


def on_ticket(
    service: Callable[..., Any], make: Callable[[Desk], Any], by: str = "bureau.one", **values: Any
) -> Callable[[Scene], Act]:
    """Return a scenario: this user acts on a ticket, or on another row, that is made beforehand."""

    def prepare(scene: Scene) -> Act:
        desk = Desk(scene)
        row = make(desk)
        return lambda: service(row, **{"by": scene.cast[by], "at": NOON, **values})

    return prepare


def draft_of(desk: Desk) -> Any:
    return drafts.begin(by=desk.cast.community_yulin, at=NOON)


def finding(desk: Desk, text: Callable[[Any], str]) -> Act:
    number = next(_serial)
    person, draft = desk.red(phone=f"138{number:08}", name="陈小明"), draft_of(desk)
    return lambda: drafts.find(draft, text(person), by=desk.cast.community_yulin, at=NOON)


def looking(desk: Desk) -> Act:
    person, draft = desk.red(), draft_of(desk)
    return lambda: drafts.look(draft, person, by=desk.cast.community_yulin, at=NOON)


def registering(desk: Desk, **values: Any) -> Act:
    person = desk.red()
    draft, heard = desk.looked(person), desk.heard(person, **values)
    return lambda: intake.register(draft, heard, by=desk.cast.community_yulin, at=NOON)


def letter_of(desk: Desk, person: Any) -> Any:
    """Return the hotline's letter about a person; a scenario is made twice, so each has its own number."""
    return letters.Letter(
        external_no=f"12345-{person.pk}",
        received_at=NOON,
        description="我没有去过那里，为什么是红码？",
        document_number=person.document,
    )


def receiving(desk: Desk, *, joined: bool = False) -> Act:
    person = desk.red()
    if joined:
        desk.routed(person)
    letter = letter_of(desk, person)
    return lambda: letters.receive(letter, by=desk.cast.hotline, at=NOON)


def unidentified(desk: Desk) -> Act:
    person = desk.red()
    letter = letters.Letter(f"12345-{person.pk}", NOON, "为什么是红码？")
    ticket = letters.receive(letter, by=desk.cast.hotline, at=NOON).ticket
    handling.take(ticket, by=desk.cast.bureau_one, at=NOON)
    return lambda: handling.identify(ticket, person, by=desk.cast.bureau_one, at=NOON)


def asked(desk: Desk) -> Any:
    return handling.ask(desk.taken(), missing="身份证照片", by=desk.cast.bureau_one, at=NOON)


def sent_back(desk: Desk) -> Any:
    reason = "不属于健康码问题，请裁定"
    return handling.send_back(desk.routed(), reason=reason, by=desk.cast.bureau_one, at=NOON)


def merging(desk: Desk) -> Act:
    person = desk.red()
    first, second = desk.routed(person), desk.routed(person, at=later(hours=1, minutes=20))
    return lambda: handling.merge(second, into=first, by=desk.cast.community_yulin, at=NEXT)


def taken_over(desk: Desk) -> Any:
    """Return a ticket whose solution failed twice, so that the lead took it over."""
    ticket, at = desk.informed(), NEXT
    for number in range(2):
        desk.visited(ticket, at=at, solved=False)
        if number == 0:
            handling.look(ticket, by=ticket.owner, at=at)
            findings.decide(ticket, finding="UPHELD", reason=REASON, by=ticket.owner, at=at)
            desk.informed(ticket, at=at)
            at += timedelta(minutes=30)
    return ticket


def proposing_void(desk: Desk) -> Act:
    ticket, by = desk.taken(), desk.cast.bureau_one
    values = {"case": ticket.disputed_case, "reason_class": "WRONG_PERSON", "reason": REASON}
    return lambda: findings.propose_void(ticket, by=by, at=NOON, **values)


def asking_for_end(desk: Desk) -> Act:
    at, by = DUE + timedelta(hours=10), desk.cast.bureau_one
    ticket, office = desk.taken(at=at, category="C01"), desk.cast.office("community-yulin")
    values = {"case": ticket.disputed_case, "office": office, "question": "隔离期满，请结束管控。"}
    return lambda: findings.ask_for_end(ticket, by=by, at=at, **values)


def asking_office(desk: Desk) -> Act:
    ticket, office = desk.taken(), desk.cast.office("cdc-xinchang")
    values = {"office": office, "question": "接触是否属实？", "by": desk.cast.bureau_one, "at": NOON}
    return lambda: findings.ask_office(ticket, **values)


def assist_of(desk: Desk) -> Any:
    return asking_office(desk)()


def refreshing(desk: Desk) -> Act:
    ticket = desk.upheld()
    desk.scene.voided(ticket.disputed_case, at=NEXT)
    reason, at = "该赋码记录已另行撤销，以此为准", later(hours=3)
    return lambda: findings.refresh(ticket, reason=reason, by=ticket.owner, at=at)


def following_all(desk: Desk) -> Act:
    desk.void_approved()
    return lambda: following.follow_all(by=desk.cast.bureau_two, at=later(hours=3))


def escalating(desk: Desk) -> Act:
    desk.routed()
    return lambda: timer.escalate(by=desk.cast.bureau_two, at=NOON + timedelta(minutes=61))


def resuming(desk: Desk) -> Act:
    asked(desk)
    return lambda: timer.resume(by=desk.cast.bureau_two, at=NOON + timedelta(hours=49))


def attached(desk: Desk) -> Any:
    return attachments.add(desk.routed(), name="截图.png", content=PNG, by=desk.cast.community_yulin, at=NOON)


def unsettled(desk: Desk) -> Any:
    heard = {"kind": "CONSULT", "category": "C13", "explained": NOON}
    draft = desk.looked(desk.red())
    settled = intake.Intake(outcome=intake.ACCEPTED, **heard)
    ticket = intake.register(draft, settled, by=desk.cast.community_yulin, at=NOON)
    assert ticket.state == TicketState.CLOSED
    return ticket


def listing(desk: Desk) -> Act:
    return lambda: reads.record_list(by=desk.cast.bureau_one, at=NOON)


def viewed(desk: Desk) -> Act:
    viewers.arrive(desk.routed(), by=desk.cast.bureau_one, at=NOON)
    return lambda: viewers.forget_old(by=desk.cast.bureau_one, at=NEXT)


def module(desk: Desk) -> Any:
    return modules.create(
        title=f"材料 {next(_serial)}", text="请带身份证到就近服务点。", by=desk.cast.lead_city, at=NOON
    )


YULIN = "community.yulin"
SCENARIOS: Scenarios = {
    drafts.begin: of_desk(lambda d: lambda: draft_of(d)),
    drafts.save: on_ticket(lambda draft, **who: drafts.save(draft, {"x": "y"}, **who), draft_of, YULIN),
    drafts.look: of_desk(looking),
    (drafts.find, "by document"): of_desk(lambda d: finding(d, lambda person: person.document)),
    (drafts.find, "by telephone"): of_desk(lambda d: finding(d, lambda person: person.phone)),
    (drafts.find, "by name"): of_desk(
        lambda d: finding(d, lambda person: f"{person.name} {person.document[-4:]}")
    ),
    intake.register: of_desk(registering),
    (intake.register, "withdrawn"): of_desk(
        lambda d: registering(d, outcome=intake.WITHDRAWN, description="我想起来了，确实去过")
    ),
    letters.receive: of_desk(receiving),
    (letters.receive, "merged"): of_desk(lambda d: receiving(d, joined=True)),
    viewers.arrive: on_ticket(viewers.arrive, Desk.routed),
    viewers.forget_old: of_desk(viewed),
    modules.create: of_desk(lambda d: lambda: module(d)),
    modules.change: on_ticket(
        modules.change, module, "lead.city", title="材料", text="请带户口簿。", text_en="", shortcut="1"
    ),
    modules.withdraw: on_ticket(modules.withdraw, module, "lead.city"),
    handling.take: on_ticket(handling.take, Desk.routed),
    handling.look: on_ticket(handling.look, Desk.taken),
    handling.identify: of_desk(unidentified),
    handling.hand_over: of_desk(
        lambda d: on_ticket(handling.hand_over, Desk.taken, to=d.cast.bureau_two, reason="交班")(d.scene)
    ),
    handling.give: of_desk(
        lambda d: on_ticket(handling.give, Desk.taken, "lead.city", to=d.cast.bureau_two)(d.scene)
    ),
    handling.ask: on_ticket(handling.ask, Desk.taken, missing="身份证照片"),
    handling.resume: on_ticket(handling.resume, asked, material="已收到"),
    handling.send_back: on_ticket(handling.send_back, Desk.routed, reason="不属于健康码问题，请裁定"),
    handling.rule: on_ticket(
        handling.rule, sent_back, "lead.city", ruling="属于赋码原因争议，由大数据局办理"
    ),
    handling.assign: of_desk(
        lambda d: on_ticket(
            handling.assign,
            taken_over,
            "lead.city",
            to=d.cast.bureau_two,
            ruling="另行核实原始记录",
            at=later(hours=3),
        )(d.scene)
    ),
    handling.extend: on_ticket(handling.extend, Desk.taken, "lead.city", reason="需外省协查，已告知来电人"),
    handling.merge: of_desk(merging),
    handling.withdraw: on_ticket(handling.withdraw, Desk.routed, YULIN, statement="我想起来了，确实去过"),
    handling.cancel: on_ticket(handling.cancel, sent_back, "lead.city", reason="测试件，无来电人"),
    handling.note: on_ticket(handling.note, Desk.taken, text="此人情绪激动"),
    handling.log_call: on_ticket(handling.log_call, Desk.routed, YULIN),
    findings.propose_void: of_desk(proposing_void),
    findings.ask_for_end: of_desk(asking_for_end),
    findings.ask_office: of_desk(asking_office),
    findings.answer: on_ticket(findings.answer, assist_of, "cdc.xinchang", text="属实"),
    findings.decide: on_ticket(findings.decide, Desk.taken, finding="UPHELD", reason=REASON),
    findings.refresh: of_desk(refreshing),
    following.follow: on_ticket(following.follow, Desk.void_approved, "bureau.two", at=later(hours=3)),
    following.follow_all: of_desk(following_all),
    telling.tell: on_ticket(telling.tell, Desk.upheld, channel="CALL", reached="本人", text=TOLD),
    telling.reply: on_ticket(telling.reply, Desk.taken, channel="SMS", reached="本人", text="正在核实"),
    telling.visit: of_desk(lambda d: (lambda ticket: lambda: d.visited(ticket))(d.informed())),
    (telling.visit, "not solved"): of_desk(
        lambda d: (lambda ticket: lambda: d.visited(ticket, solved=False))(d.informed())
    ),
    telling.reopen: on_ticket(
        telling.reopen, unsettled, YULIN, statement="页面还是打不开", at=later(hours=3)
    ),
    attachments.add: on_ticket(attachments.add, Desk.routed, YULIN, name="截图.png", content=PNG),
    attachments.read: on_ticket(attachments.read, attached, "bureau.two"),
    timer.escalate: of_desk(escalating),
    timer.resume: of_desk(resuming),
    reads.record: on_ticket(reads.record, Desk.taken, page="ticket"),
    reads.record_list: of_desk(listing),
}
