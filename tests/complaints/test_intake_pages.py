"""The pages of the intake: two without a script, the code beside the form, drafts, and what was typed kept."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints.models import Draft, Ticket
from complaints.models.choices import TicketState
from tests.factories import register

INTAKE = "/complaints/ticket/intake/"
PNG = b"\x89PNG\r\n\x1a\npixels"


def posted(page, **fields):
    """Return what a browser would post of the intake's form, some of it changed."""
    form = page.context["form"]
    values = {field.name: field.value() for field in form if field.value() not in (None, False, "")}
    return {**values, **fields}


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_without_a_script_the_intake_is_two_pages(cast, at_desk, red):
    client, person = at_desk(cast.community_yulin), red()
    work = client.post(INTAKE, {"text": person.document})
    draft = Draft.objects.get()
    made = client.post(f"{INTAKE}{draft.pk}/", posted(work, explained="on", outcome="DISPUTED"))
    ticket = Ticket.objects.get()
    assert made.url == reverse("admin:complaints_ticket_receipt", args=(ticket.pk,))
    assert ticket.state == TicketState.ROUTED and ticket.explained_at is not None


def test_the_code_its_reason_and_its_end_stand_beside_the_form(cast, at_desk, red):
    page_text = text(at_desk(cast.community_yulin).post(INTAKE, {"text": red().document}))
    assert (
        "red code" in page_text
        and "clause 1.1d" in page_text
        and "Control ended after the due day" in page_text
    )


def test_the_words_to_read_out_are_in_the_citizens_language(cast, at_desk, red):
    page_text = text(at_desk(cast.community_yulin).post(INTAKE, {"text": red().document}))
    assert "您的健康码现为红码" in page_text


def test_a_typing_error_says_so_at_its_field_and_keeps_what_was_typed(cast, at_desk):
    page = at_desk(cast.community_yulin).post(INTAKE, {"text": "330624198503070011"})
    assert page.context["find"].errors["text"] and 'value="330624198503070011"' in text(page)


def test_nothing_is_chosen_for_the_citizen(cast, at_desk, red):
    form = at_desk(cast.community_yulin).post(INTAKE, {"text": red().document}).context["form"]
    assert (form["outcome"].value(), form["disputed"].value(), form["contact_phone"].value()) == (
        None,
        None,
        None,
    )


def test_a_code_that_turned_meanwhile_is_explained_anew_and_what_was_typed_stays(cast, at_desk, red, desk):
    person = red()
    client = at_desk(cast.community_yulin)
    work = client.post(INTAKE, {"text": person.document})
    page = f"{INTAKE}{Draft.objects.get().pk}/"
    desk.scene.fever(person, at=timezone.now())
    answer = client.post(page, posted(work, explained="on", outcome="DISPUTED", description="我没去过那里"))
    form = answer.context["form"]
    assert (form["explained"].value(), form["description"].value()) == (False, "我没去过那里")
    assert "came since" in text(answer) and Ticket.objects.count() == 0
    again = client.post(page, posted(answer, outcome="DISPUTED"))
    assert again.context["form"].has_error("explained")


def test_somebody_of_another_area_is_found_for_a_purpose(cast, at_desk):
    person = register(by=cast.service_yuecheng, at=timezone.now(), present="330602001")
    client = at_desk(cast.community_yulin)
    asked = client.post(INTAKE, {"text": person.document})
    assert asked.context["find"].has_error("purpose") and person.name not in text(asked)
    assert person.name in text(client.post(INTAKE, {"text": person.document, "purpose": "来电询问红码原因"}))


def test_no_telephone_number_of_the_record_stands_on_the_intake_in_clear(cast, at_desk):
    person = register(by=cast.service_xinchang, at=timezone.now(), phone="13912345678")
    assert "13912345678" not in text(at_desk(cast.community_yulin).post(INTAKE, {"text": person.document}))


def test_the_number_never_stands_in_an_address(cast, at_desk, red):
    client, person = at_desk(cast.community_yulin), red()
    client.post(INTAKE, {"text": person.document})
    page = client.get(f"{INTAKE}{Draft.objects.get().pk}/")
    assert person.document not in page.request["PATH_INFO"] + page.request["QUERY_STRING"]


def test_a_draft_survives_a_log_out(cast, at_desk, red):
    client = at_desk(cast.community_yulin)
    work = client.post(INTAKE, {"text": red().document})
    draft = Draft.objects.get()
    client.post(f"{INTAKE}{draft.pk}/keep/", posted(work, description="我没去过那里"))
    client.logout()
    later = at_desk(cast.community_yulin).get(f"{INTAKE}{draft.pk}/")
    assert later.context["form"]["description"].value() == "我没去过那里"


def test_a_draft_that_is_gone_on_with_asks_for_its_reasons_once(cast, at_desk, red):
    client = at_desk(cast.community_yulin)
    begun = client.post(INTAKE, {"text": red().document}).context["draft"]
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{INTAKE}{begun.pk}/")
    assert sum('FROM "cases_release"' in query["sql"] for query in queries) == 1


def test_a_draft_is_nobody_elses(cast, at_desk, red):
    at_desk(cast.community_yulin).post(INTAKE, {"text": red().document})
    assert at_desk(cast.community_nanming).get(f"{INTAKE}{Draft.objects.get().pk}/").status_code == 404


def test_a_question_about_nobody_is_answered_without_a_look_up(cast, at_desk):
    client = at_desk(cast.service_xinchang)
    page = client.get(client.post(INTAKE, {"text": "", "nobody": "1"}).url)
    client.post(
        f"{INTAKE}{Draft.objects.get().pk}/",
        posted(page, description="问绿码能否坐公交车", outcome="ACCEPTED"),
    )
    assert (Ticket.objects.get().is_anonymous, Ticket.objects.get().state) == (True, TicketState.CLOSED)


def test_an_open_ticket_of_the_same_person_is_offered_to_be_joined(cast, at_desk, red, desk):
    person = red()
    first = desk.routed(person, at=timezone.now())
    client = at_desk(cast.service_xinchang)
    work = client.post(INTAKE, {"text": person.document})
    assert first.number in text(work)
    client.post(
        f"{INTAKE}{Draft.objects.last().pk}/", posted(work, merge="on", explained="on", outcome="DISPUTED")
    )
    assert Ticket.objects.latest("pk").merged_into == first


@pytest.mark.parametrize("username", ["supervisor.city", "admin.one", "gate.school"])
def test_who_only_oversees_registers_nothing(cast, at_desk, username):
    assert at_desk(cast[username]).get(INTAKE).status_code == 403
