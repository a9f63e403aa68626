"""The complaint desk in a real browser: the intake by keyboard alone, timed, and every page for everybody."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from cases.models import Person
from cases.services.grounds import voids
from complaints.models import Message, Ticket
from complaints.models.choices import TicketState
from complaints.operations import TICKET_OPERATIONS, open_to
from complaints.services import drafts, findings, following, handling, intake, letters, telling
from complaints.services.letters import Letter
from tests.cases.scenes import fresh
from tests.e2e.conftest import CUT, Desk, Red
from tests.factories import Cast, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
STROKES = 24  # what the intake may cost, the document number included
SECONDS = 15  # of the machine's time; people take longer to read
REASON = "协查函写错了人，已向来函单位核实。"


def routed(cast: Cast, person: Person, at: datetime, **fields: Any) -> Ticket:
    by = cast.community_yulin
    draft = drafts.begin(by=by, at=at)
    drafts.look(draft, person, by=by, at=at)
    case = person.cases.get()
    lines = {
        "category": "C07",
        "disputed_case": case,
        "is_disputed": True,
        "explained": at,
        "contact_phone": "13900001111",
        **fields,
    }
    heard = intake.Intake(outcome=intake.HAND_ON, **lines)
    return intake.register(draft, heard, by=by, at=at)


def test_the_intake_by_keyboard_alone(cast: Cast, desk: Desk, red: Red) -> None:
    person = red()
    desk.sit_down("community.yulin")
    keys = desk.page.keyboard
    began, strokes = time.monotonic(), 0

    def press(*names: str) -> None:
        nonlocal strokes
        for key in names:
            keys.press(key)
            strokes += 1

    def focused() -> str:
        return str(desk.page.evaluate("document.activeElement.name || document.activeElement.id"))

    press("Alt+n")
    desk.page.wait_for_selector("#id_text:focus")
    press(*person.document)
    desk.page.wait_for_selector("#intake")
    looked_up = time.monotonic() - began
    assert focused() == "explained"
    for key, focus in (
        ("Alt+e", "explained"),
        ("Enter", "category"),
        ("Enter", "outcome"),
        ("2", "outcome"),
    ):
        press(key)
        assert (focused(), Ticket.objects.count()) == (focus, 0), key
    assert desk.page.is_checked("[name=explained]")
    press("Control+Enter")
    desk.page.wait_for_selector("#number")
    took = time.monotonic() - began
    print(
        f"\nintake by keyboard: {strokes} strokes, looked up after {looked_up:.2f} s, number after {took:.2f} s"
    )

    ticket = Ticket.objects.get()
    assert desk.page.inner_text("#number") == ticket.number
    assert (ticket.state, bool(ticket.explained_at), ticket.office.code) == (
        TicketState.ROUTED,
        True,
        "bureau",
    )
    assert ticket.is_disputed and ticket.contact_phone == person.phone
    assert strokes <= STROKES and took < SECONDS
    assert not desk.complaints


def test_enter_never_registers_and_only_who_may_hear_is_told_the_reason(
    cast: Cast, desk: Desk, red: Red
) -> None:
    desk.sit_down("community.yulin")
    desk.go("/complaints/ticket/intake/")
    desk.page.keyboard.type(red().document)
    desk.page.wait_for_selector("#intake")
    for _ in range(12):
        if desk.page.evaluate("document.activeElement.id") == "register":
            break
        desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.activeElement.id") == "register" and Ticket.objects.count() == 0
    assert desk.page.is_visible("[data-hears=code]")
    desk.page.select_option("[name=relation]", "UNVERIFIED")
    assert not desk.page.is_visible("[data-hears=code]") and desk.page.is_visible("[data-hears=policy] .said")


def test_a_draft_is_kept_by_itself(cast: Cast, desk: Desk, red: Red) -> None:
    person = red()
    desk.sit_down("community.yulin")
    desk.go("/complaints/ticket/intake/")
    desk.page.keyboard.type(person.document)
    desk.page.wait_for_selector("#intake")
    desk.page.click("#intake > details > summary")
    with desk.page.expect_response(lambda answer: "/keep/" in answer.url):
        desk.page.fill("[name=description]", "我没去过那里")
    desk.page.wait_for_timeout(100)
    desk.sit_down("community.yulin")
    desk.go("/complaints/ticket/intake/")
    desk.page.click("#drafts ~ ul a")
    assert desk.page.input_value("[name=description]") == "我没去过那里"


def test_several_people_are_chosen_from_by_keyboard(cast: Cast, desk: Desk) -> None:
    for _ in range(2):
        register(by=cast.service_xinchang, at=timezone.now() - timedelta(days=1), phone="13912345678")
    desk.sit_down("service.xinchang")
    desk.go("/complaints/ticket/intake/")
    desk.page.keyboard.type("13912345678")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("[data-choose] button:focus")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("#intake")
    assert not desk.complaints


@pytest.fixture
def tickets(cast: Cast, red: Red) -> list[Ticket]:
    """Return a ticket in every state that has a page of its own to look at."""
    now = timezone.now()
    one, bureau = cast.bureau_one, cast.office("cdc-xinchang")
    unsigned = routed(cast, red(), now)
    working = handling.take(routed(cast, red(), now), by=one, at=now)
    handling.note(working, text="来电人情绪较急", by=one, at=now)
    findings.ask_office(working, office=bureau, question="请核对协查函原件", by=one, at=now)
    waiting = handling.take(routed(cast, red(), now), by=one, at=now)
    handling.ask(waiting, missing="身份证照片、行程截图", by=one, at=now)
    voided = handling.take(routed(cast, red(), now), by=one, at=now)
    void = findings.propose_void(
        voided, case=voided.disputed_case, reason_class="WRONG_PERSON", reason=REASON, by=one, at=now
    )
    voids.approve(void, by=cast.group_xinchang, at=now)
    following.follow(voided, by=one, at=timezone.now())
    lines = handling.take(routed(cast, red(), now), by=one, at=now)
    findings.decide(lines, finding="UPHELD", reason=REASON, by=one, at=now)
    telling.tell(
        lines, channel="SMS", reached="本人", text="赋码属实，期满并检测阴性后解除。", by=one, at=now
    )
    closed = handling.take(routed(cast, red(), now), by=one, at=now)
    findings.decide(closed, finding="UPHELD", reason=REASON, by=one, at=now)
    telling.tell(
        closed, channel="SMS", reached="本人", text="赋码属实，期满并检测阴性后解除。", by=one, at=now
    )
    telling.visit(
        closed, reached="YES", colour_seen="RED", solved=True, satisfaction=5, by=cast.bureau_two, at=now
    )
    back = routed(cast, red(), now)
    handling.send_back(back, reason="不属于健康码问题，请裁定", by=one, at=now)
    twice = red()
    first, second = (handling.take(routed(cast, twice, now), by=one, at=now) for _ in range(2))
    letter = Letter("Z-1", now, "为什么是红码？", document_number=fresh(unsigned).person.document)
    joined = letters.receive(letter, by=cast.hotline, at=now).ticket
    return [
        *(unsigned, working, waiting, voided, lines, closed, back, first, second, joined),
        *(moved(cast, red()), about_nobody(cast), about_conduct(cast, red())),
    ]


def moved(cast: Cast, person: Person) -> Ticket:
    """Return a decided ticket whose code has turned since."""
    now = timezone.now()
    ticket = handling.take(routed(cast, person, now), by=cast.bureau_one, at=now)
    findings.decide(ticket, finding="UPHELD", reason=REASON, by=cast.bureau_one, at=now)
    case = person.cases.get()
    void = voids.propose(case, reason_class="ENTRY_ERROR", reason=REASON, by=cast.cdc_xinchang, at=now)
    voids.approve(void, by=cast.group_xinchang, at=now)
    return ticket


def about_nobody(cast: Cast) -> Ticket:
    """Return a letter that does not say whom it is about."""
    now = timezone.now()
    ticket = letters.receive(Letter("Z-2", now, "邻居是红码吗？"), by=cast.hotline, at=now).ticket
    return handling.take(ticket, by=cast.bureau_one, at=now)


def about_conduct(cast: Cast, person: Person) -> Ticket:
    """Return a complaint about a gate, which the complaint lead can give to somebody else."""
    now = timezone.now()
    fields = {"kind": "CONDUCT", "category": "C11", "disputed_case": None, "is_disputed": False}
    return handling.take(routed(cast, person, now, **fields), by=cast.lead_city, at=now)


def addresses(cast: Cast, tickets: list[Ticket]) -> dict[str, list[str]]:
    """Return every page of the desk, each under somebody who may open it: each operation's once."""
    found: dict[str, list[str]] = {
        "community.yulin": [
            "/",
            "/complaints/ticket/intake/",
            f"/complaints/ticket/{tickets[0].pk}/receipt/",
        ],
        "bureau.one": ["/", "/complaints/ticket/", "/complaints/message/", "/complaints/ticket/letters/"],
        "lead.city": ["/complaints/ticket/"],  # with what can be done to a selection
        "supervisor.city": ["/complaints/ticket/figures/", f"/complaints/ticket/{tickets[1].pk}/history/"],
    }
    found["bureau.one"] += [f"/complaints/ticket/{ticket.pk}/change/" for ticket in tickets]
    message = Message.objects.earliest("pk")
    found["bureau.one"].append(f"/complaints/message/{message.pk}/change/")
    left = {operation.name for operation in TICKET_OPERATIONS}
    for username in ("bureau.one", "bureau.two", "lead.city", "community.yulin", "cdc.xinchang"):
        for ticket in tickets:
            offered = open_to(fresh(ticket), by=cast[username], at=timezone.now())
            for operation in offered:
                if operation.name in left:
                    left.remove(operation.name)
                    page = f"/complaints/ticket/{ticket.pk}/do/{operation.name}/"
                    found.setdefault(username, []).append(page)
    assert not left
    return found


def described(violation: dict[str, Any]) -> str:
    return f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"


def test_axe_finds_no_violation_on_any_page_of_the_desk(
    cast: Cast, desk: Desk, tickets: list[Ticket]
) -> None:
    axe, found, looked = Axe(), [], 0
    for username, pages in addresses(cast, tickets).items():
        desk.sit_down(username)
        for page in pages:
            desk.page.set_viewport_size({"width": 1366, "height": 900})
            desk.go(page)
            if page.endswith("/intake/"):
                desk.page.keyboard.type(fresh(tickets[0]).person.document)
                desk.page.wait_for_selector("#intake")
            looked += 1
            found += [f"{page}: {words}" for words in desk.complaints]
            found += [f"{page}: {described(one)}" for one in axe.run(desk.page).response["violations"]]
            desk.complaints.clear()  # axe tries inline styles itself
            desk.page.set_viewport_size({"width": 360, "height": 900})
            wide = desk.page.evaluate("document.documentElement.scrollWidth")
            found += [f"{page}: {wide} px wide on a telephone"] if wide > 360 else []
            found += [f"{page}: {cut} is cut on a telephone" for cut in desk.page.evaluate(CUT)]
    print(f"\naxe: {looked} pages looked at")
    assert not found, "\n".join(found)
