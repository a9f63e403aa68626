"""The desk's pages: buttons for who may, notes apart from replies, files kept in, letters and figures."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from complaints.models import Message, Ticket
from complaints.operations import open_to
from complaints.selectors.figures import figures as figures_of
from complaints.services import attachments, handling, intake, letters, timer
from complaints.services.letters import Letter
from healthcode.core.audit import sealing
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts
from tests.cases.scenes import later
from tests.factories import register

from .desk import NEXT, NOON, REASON

INTAKE = "/complaints/ticket/intake/"
PNG = b"\x89PNG\r\n\x1a\npixels"


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_ticket_page_offers_what_its_reader_may_do(cast, at_desk, ticket):
    page = f"/complaints/ticket/{ticket.pk}/change/"
    assert "do/take/" in text(at_desk(cast.bureau_one).get(page))
    assert "do/take/" not in text(at_desk(cast.community_yulin).get(page))


def test_another_office_finds_no_such_ticket(cast, at_desk, ticket):
    client = at_desk(cast.community_nanming)
    page = reverse("admin:complaints_ticket_do", args=(ticket.pk, "note"))
    assert client.get(page).status_code == 404
    assert ticket.number not in text(client.get("/complaints/ticket/"))


def test_a_refusal_stands_at_its_field(cast, at_desk, desk, ticket):
    handling.take(ticket, by=cast.bureau_one, at=timezone.now())
    page = reverse("admin:complaints_ticket_do", args=(ticket.pk, "decide"))
    client = at_desk(cast.bureau_one)
    client.get(page)
    answer = client.post(page, {"finding": "OUTSIDE", "reason": "已由外省答复核实完毕", "external_ref": ""})
    assert answer.context["form"].errors["external_ref"] and "已由外省答复核实完毕" in text(answer)


def test_an_overtaken_page_is_refused_and_shows_the_new_state(cast, at_desk, ticket):
    client = at_desk(cast.bureau_one)
    page = reverse("admin:complaints_ticket_do", args=(ticket.pk, "take"))
    seen = client.get(page).context["seen"]
    handling.note(ticket, text="已有人来问过", by=cast.community_yulin, at=timezone.now())
    answer = client.post(page, {"seen": seen})
    assert answer.status_code == 200 and answer.context["seen"] == ticket.version


def test_an_overtaken_page_says_to_whom_the_ticket_went(cast, at_desk, desk, ticket):
    handling.take(ticket, by=cast.bureau_one, at=timezone.now())
    client = at_desk(cast.bureau_one)
    page = reverse("admin:complaints_ticket_do", args=(ticket.pk, "note"))
    context = client.get(page).context
    handling.hand_over(ticket, to=cast.bureau_two, reason="换班", by=cast.bureau_one, at=timezone.now())
    page = reverse("admin:complaints_ticket_do", args=(ticket.pk, "decide"))
    answer = client.post(
        page, {"reason": "查明", "opened": context["opened"], "seen": context["seen"]}, follow=True
    )
    assert f"handed to a colleague ({cast.bureau_two.name})" in text(answer)


def test_the_history_says_to_which_office_a_ticket_went(cast, at_desk, ticket):
    page = text(at_desk(cast.bureau_one).get(reverse("admin:complaints_ticket_change", args=(ticket.pk,))))
    assert f"handed to the handling office ({ticket.office.name_en or ticket.office.name})" in page


def test_notes_and_replies_are_two_forms(cast, at_desk, ticket):
    client = at_desk(cast.community_yulin)
    note, reply = (
        text(client.get(f"/complaints/ticket/{ticket.pk}/do/{name}/")) for name in ("note", "reply")
    )
    assert "the citizen never sees it" in note and "these words leave the house" in reply
    assert 'name="channel"' not in note and 'name="channel"' in reply


def test_a_file_is_a_download_of_its_type(cast, at_desk, ticket):
    client = at_desk(cast.community_yulin)
    client.post(f"/complaints/ticket/{ticket.pk}/do/attach/", {"file": SimpleUploadedFile("图.svg", PNG)})
    answer = client.get(f"/complaints/ticket/{ticket.pk}/files/{ticket.attachments.get().pk}/")
    assert (answer["Content-Type"], answer["Content-Disposition"].split(";")[0]) == (
        "image/png",
        "attachment",
    )


def test_a_strangers_file_is_not_found(cast, at_desk, ticket):
    now = timezone.now()
    file = attachments.add(ticket, name="图.png", content=PNG, by=cast.community_yulin, at=now)
    client = at_desk(cast.community_nanming)
    assert client.get(f"/complaints/ticket/{ticket.pk}/files/{file.pk}/").status_code == 404


def test_reading_a_ticket_is_written_down_with_its_person(cast, at_desk, ticket):
    at_desk(cast.bureau_one).get(f"/complaints/ticket/{ticket.pk}/change/")
    read = Event.objects.get(action="ticket.viewed")
    assert (read.actor, read.person) == ("bureau.one", str(ticket.person.public_id))


def test_every_offered_operation_has_a_page(cast, at_desk, desk, ticket):
    handling.take(ticket, by=cast.bureau_one, at=timezone.now())
    client = at_desk(cast.bureau_one)
    for operation in open_to(ticket, by=cast.bureau_one, at=timezone.now()):
        page = reverse("admin:complaints_ticket_do", args=(ticket.pk, operation.name))
        assert client.get(page).status_code == 200, operation.name


def test_the_next_ticket_is_the_one_that_waits_first_and_never_the_one_at_hand(cast, at_desk, desk, red):
    now = timezone.now()
    later_one, first = (
        desk.routed(red(), at=now),
        desk.routed(red(), at=now, received_at=now - timezone.timedelta(hours=1)),
    )
    client, page = at_desk(cast.bureau_one), "/complaints/ticket/next/"
    opened = [client.get(page).url, client.get(page, {"after": first.pk}).url]
    assert opened == [f"/complaints/ticket/{one.pk}/change/" for one in (first, later_one)]
    assert at_desk(cast.bureau_two).get(page, {"after": "x"}).url == opened[0]


def test_whoever_has_nothing_to_do_is_told_so(cast, at_desk, ticket):
    answer = at_desk(cast.community_nanming).get("/complaints/ticket/next/", follow=True)
    assert "No other ticket waits for you" in text(answer)


def test_the_home_page_says_what_waits(cast, at_desk, ticket):
    assert "Tickets to sign for" in text(at_desk(cast.bureau_one).get("/"))


def test_a_dry_run_of_letters_stores_nothing(cast, at_desk):
    content = "信访件编号,收到时间,内容\nZ1,2020-08-24 09:30,为什么红码\nZ2,昨天,为什么红码\n".encode()
    file = SimpleUploadedFile("letters.csv", content)
    answer = at_desk(cast.bureau_one).post("/complaints/ticket/letters/", {"file": file})
    assert "1 rows are new, 0 were delivered before, 1 come back" in text(answer)
    assert "收到时间" in text(answer)
    assert Ticket.objects.count() == 0


def test_what_was_tried_is_delivered_without_choosing_the_file_again(cast, at_desk):
    content = "信访件编号,收到时间,内容\nZ1,2020-08-24 09:30,为什么红码\n".encode()
    client, page = at_desk(cast.bureau_one), "/complaints/ticket/letters/"
    tried = client.post(page, {"file": SimpleUploadedFile("letters.csv", content)}).content.decode()
    kept = re.search(r'name="kept" value="([^"]+)"', tried)[1]
    client.post(page, {"kept": kept, "deliver": "1"})
    assert list(Ticket.objects.values_list("external_no", flat=True)) == ["Z1"]
    again = client.post(page, {"kept": kept, "deliver": "1"})
    assert "0 rows were new, 1 were delivered before" in text(again)


def test_without_a_file_nothing_is_delivered_and_it_is_said(cast, at_desk):
    answer = at_desk(cast.bureau_one).post("/complaints/ticket/letters/", {"deliver": "1", "kept": "nothing"})
    assert "Choose the file." in text(answer)


def test_a_delivery_of_letters_takes_the_good_rows(cast, at_desk):
    content = "信访件编号,收到时间,内容\nZ1,2020-08-24 09:30,为什么红码\nZ2,昨天,为什么红码\n".encode(
        "gb18030"
    )
    data = {"file": SimpleUploadedFile("letters.csv", content), "deliver": "1"}
    at_desk(cast.bureau_one).post("/complaints/ticket/letters/", data)
    assert list(Ticket.objects.values_list("external_no", flat=True)) == ["Z1"]


def test_the_figures_can_be_exported_and_it_is_written_down(cast, at_desk, ticket):
    answer = at_desk(cast.supervisor_city).get("/complaints/ticket/figures/export/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.startswith("Figures of the desk\r\n") and "supervisor.city" in text.splitlines()[1]
    assert answer["Content-Type"].startswith("text/csv") and "Voided, by ground" in text
    assert Event.objects.filter(action="ticket.exported", actor="supervisor.city").exists()


def test_what_is_late_counts_although_it_is_not_done(desk):
    signed, now = desk.taken(), later(days=2)
    desk.routed()
    rows = figures_of(NOON.date(), NOON.date(), at=now).tables[1].rows
    assert rows[0][1:4] == (1, 1, "50.0%") and signed.taken_at


def test_what_return_visits_heard_is_counted_by_office_priority_and_day(desk):
    desk.visited(satisfaction=4)
    tables = {one.key: one.rows for one in figures_of(NOON.date(), NOON.date(), at=NEXT).tables}
    assert tuple(str(tables["visits"][row][1]) for row in (0, 2, 4)) == ("1", "100.0%", "4.0")
    assert [tables[key][0][5:] for key in ("first_offices", "priorities", "days")] == [("100.0%", "4.0")] * 3


@pytest.mark.parametrize(
    "typed", ["{number}", "{small}", " {number} ", "{number}".replace("-", ""), "139 0000 1111"]
)
def test_a_ticket_is_found_by_its_number_and_by_the_telephone_number(cast, at_desk, ticket, typed):
    typed = typed.format(number=ticket.number, small=ticket.number.lower().replace("-", "—"))
    for box in ("/complaints/ticket/search/", "/cases/person/search/"):
        answer = at_desk(cast.bureau_one).post(box, {"text": typed})
        assert answer.url == reverse("admin:complaints_ticket_change", args=(ticket.pk,)), box


def test_a_letter_is_found_by_its_number(cast, at_desk):
    now = timezone.now()
    letter = letters.Letter("ZW20200824-7", now, "为什么是红码？")
    ticket = letters.receive(letter, by=cast.hotline, at=now).ticket
    answer = at_desk(cast.bureau_one).post("/complaints/ticket/search/", {"text": "ZW20200824-7"})
    assert answer.url == reverse("admin:complaints_ticket_change", args=(ticket.pk,))


def test_of_several_tickets_of_one_caller_the_list_is_shown(cast, at_desk, ticket, desk, red):
    desk.routed(red(), at=timezone.now())
    client = at_desk(cast.bureau_one)
    answer = client.post("/complaints/ticket/search/", {"text": "13900001111"})
    page = client.get(answer.url)
    assert len(page.context["cl"].result_list) == 2 and "13900001111" not in answer.url


def test_nobody_finds_a_ticket_they_may_not_read(cast, at_desk, ticket):
    answer = at_desk(cast.community_nanming).post("/complaints/ticket/search/", {"text": ticket.number})
    assert answer.url == reverse("admin:complaints_ticket_changelist")


def test_the_receipt_speaks_the_citizens_language(cast, at_desk, ticket):
    page_text = text(at_desk(cast.community_yulin).get(f"/complaints/ticket/{ticket.pk}/receipt/"))
    assert "首问责任人" in page_text and "红码" in page_text


def test_all_of_a_receipt_is_in_the_citizens_language(cast, at_desk, ticket):
    sealing.seal(at=timezone.now())
    page_text = text(at_desk(cast.community_yulin).get(f"/complaints/ticket/{ticket.pk}/receipt/"))
    sheet = page_text.partition("<h1")[2].partition("no-print")[0]
    assert "Registered" not in sheet and "Sealed ledger" not in sheet
    assert "healthcode/" in sheet


def test_a_receipt_promises_no_decision_that_was_already_made(cast, at_desk, ticket, desk):
    def sheet() -> str:
        return text(at_desk(cast.community_yulin).get(f"/complaints/ticket/{ticket.pk}/receipt/"))

    assert "短信内容" in sheet() and "最迟认定时间" in sheet()
    desk.upheld(desk.taken(ticket, at=timezone.now()), at=timezone.now())
    assert "短信内容" not in sheet() and "最迟认定时间" not in sheet()


def test_the_form_of_telling_has_the_telephone_number_the_portals_words_and_the_reason(cast, at_desk, desk):
    ticket = desk.upheld(desk.taken(desk.routed(at=timezone.now()), at=timezone.now()), at=timezone.now())
    page = at_desk(cast.bureau_one).get(f"/complaints/ticket/{ticket.pk}/do/tell/")
    form = page.context["form"]
    assert "13900001111" in text(page) and "赋码属实" in form.written and form["text"].value() == REASON


def test_what_was_typed_is_given_back_when_the_ticket_was_handed_over_meanwhile(cast, at_desk, ticket):
    now = timezone.now()
    handling.take(ticket, by=cast.bureau_one, at=now)
    client, page = at_desk(cast.bureau_one), f"/complaints/ticket/{ticket.pk}/do/decide/"
    client.get(page)
    handling.hand_over(ticket, to=cast.bureau_two, reason="休假", by=cast.bureau_one, at=now)
    answer = client.post(page, {"finding": "UPHELD", "reason": "核实属实，期满后解除"}, follow=True)
    assert "核实属实，期满后解除" in text(answer)


def test_a_period_before_the_first_rule_book_has_empty_figures(cast, at_desk):
    page = "/complaints/ticket/figures/?since=2019-01-01&until=2019-01-31"
    assert at_desk(cast.supervisor_city).get(page).status_code == 200


def test_only_who_answers_for_the_desk_reads_its_figures(cast, at_desk):
    assert at_desk(cast.community_yulin).get("/complaints/ticket/figures/").status_code == 403


def test_settled_at_first_contact_is_counted(cast, at_desk, desk):
    person, now = register(by=cast.service_xinchang, at=timezone.now()), timezone.now()
    heard = intake.Intake(outcome=intake.ACCEPTED, category="C13", kind="CONSULT", explained=now)
    intake.register(desk.looked(person, at=now), heard, by=cast.community_yulin, at=now)
    rows = dict(
        at_desk(cast.supervisor_city).get("/complaints/ticket/figures/").context["figures"].tables[0].rows
    )
    assert "100.0%" in {str(value) for value in rows.values()}


def test_what_ran_out_by_itself_names_the_portal_as_who_did_it(cast, at_desk, ticket):
    system = accounts.system(at=timezone.now())
    timer.escalate(by=system, at=timezone.now() + timedelta(days=9))
    page = text(at_desk(cast.community_yulin).get(f"/complaints/ticket/{ticket.pk}/change/"))
    assert "the portal itself" in page
    assert "system ·" not in page


def test_a_message_to_the_hotline_is_told_in_words(cast, at_desk):
    letters.receive(Letter("XZ-7", NOON, "为什么是红码？"), by=cast.hotline, at=NOON)
    message = Message.objects.get()
    lead = at_desk(cast.lead_city)
    listed = text(lead.get("/complaints/message/"))
    assert "letter received" in listed
    page = text(lead.get(f"/complaints/message/{message.pk}/change/"))
    assert "number of the letter: XZ-7" in page
