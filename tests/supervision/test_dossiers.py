"""The supervisor's file: everything about one matter, with who asked for it and why."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from cases.models import Transition
from cases.services.grounds import voids
from healthcode.core.audit.models import Event, Note
from healthcode.portal.dossiers.matters import find
from tests.complaints.desk import Desk

ASK = "admin:dossier_ask"
WHY = "群众来信，督查办案 17 号"


@pytest.fixture
def red(scene, now):
    """Return somebody who turned red two days ago, and whose index letter was voided and sent again."""
    at = now - timedelta(days=2)
    person = scene.person(at=at - timedelta(days=1))
    case = scene.opened(person, "OVERSEAS", at=at, began_on=at.date())
    void = voids.propose(
        case,
        reason_class="ENTRY_ERROR",
        reason="录错",
        by=scene.cast.community_yulin,
        at=at + timedelta(hours=1),
    )
    voids.approve(void, by=scene.cast.group_xinchang, at=at + timedelta(hours=2))
    return person


def opened(client, number, reason=WHY):
    return client.post(reverse(ASK), {"number": str(number), "reason": reason}, follow=True)


def text(answer):
    return answer.content.decode()


def test_a_file_has_what_happened_to_the_code_and_who_did_it(supervisor, red):
    page = text(opened(supervisor, red.public_id))
    assert red.name in page and WHY in page
    assert "green code → red code" in page and "red code → green code" in page
    assert "录错" in page and "voided" in page
    for title in (
        "Conversions",
        "Grounds",
        "What took two people",
        "Who looked",
        "What was done, by the ledger",
    ):
        assert title in page


def test_who_asked_and_why_is_in_the_ledger(supervisor, red):
    opened(supervisor, red.public_id)
    event = Event.objects.get(action="audit.dossier_opened")
    assert (event.actor, event.person) == ("supervisor.city", str(red.public_id))
    assert Note.objects.get(event=event, field="reason").text == WHY


def test_without_a_reason_nothing_opens_and_what_was_typed_stays(supervisor, red):
    page = supervisor.post(reverse(ASK), {"number": str(red.public_id), "reason": " "})
    assert page.context["form"].errors["reason"] and str(red.public_id) in text(page)
    assert not Event.objects.filter(action="audit.dossier_opened").exists()


@pytest.mark.parametrize(
    "number", ["JK20200828-99999", "99999999", "someone", "330624199001011234", "1" * 30]
)
def test_a_number_that_nothing_has_is_refused_on_its_field(supervisor, db, number):
    page = supervisor.post(reverse(ASK), {"number": number, "reason": WHY})
    assert page.context["form"].errors["number"] and number in text(page)


def test_a_conversions_file_begins_with_what_the_code_rested_on_then(supervisor, red):
    turn = Transition.objects.filter(to_colour="RED").get()
    answer = opened(supervisor, turn.pk)
    first = answer.context["dossier"].tables[0]
    assert first.key == "moment" and len(first.rows) == 1 and "Overseas" in first.rows[0][0]


def test_a_tickets_file_has_its_steps_and_the_person_behind_it(supervisor, scene):
    desk = Desk(scene)
    ticket = desk.taken()
    tables = {one.key: one for one in opened(supervisor, ticket.number).context["dossier"].tables}
    assert [row[0] for row in tables["tickets"].rows] == [ticket.number]
    assert len(tables["steps"].rows) == ticket.events.count() > 1
    assert tables["conversions"].rows


def test_a_merged_record_leads_to_the_one_its_code_is_of(scene, now):
    one, other = scene.person(at=now - timedelta(days=3)), scene.person(at=now - timedelta(days=3))
    scene.merged(one, other, at=now - timedelta(days=2))
    matter = find(str(one.public_id))
    assert matter is not None and matter.person == other


def test_who_looked_is_in_it(supervisor, red, cast, at_desk):
    at_desk(cast.community_yulin).get(reverse("admin:cases_person_change", args=(red.pk,)))
    tables = {one.key: one for one in opened(supervisor, red.public_id).context["dossier"].tables}
    assert any(str(cast.community_yulin.name) in row[2] for row in tables["looks"].rows)


def test_its_tables_leave_as_one_with_who_why_and_what(supervisor, red):
    answer = opened(supervisor, red.public_id)
    export = reverse("admin:dossier_export", args=(answer.context["mark"],))
    sheet = load_workbook(io.BytesIO(b"".join(supervisor.post(export, {"file": "xlsx"})))).active
    cells = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert cells[0] == "Supervision file" and "supervisor.city" in cells[1]
    assert WHY in cells[2] and str(red.public_id) in cells[2]
    assert "Conversions" in cells and "Grounds" in cells
    event = Event.objects.get(action="audit.exported")
    assert Note.objects.get(event=event, field="reason").text == WHY


def test_a_file_is_its_askers_alone_and_lasts_a_day(supervisor, red, cast, at_desk):
    answer = opened(supervisor, red.public_id)
    page = reverse("admin:dossier", args=(answer.context["mark"],))
    assert at_desk(cast.supervisor_city).get(page).status_code == 200
    other = supervisor.get(reverse("admin:dossier", args=("a-mark",)), follow=True)
    assert other.redirect_chain == [(reverse(ASK), 302)]
    assert "stays open for a day" in text(other)


def test_nobody_but_supervision_opens_one(cast, at_desk, red):
    for user in cast.everybody():
        if user.role != "supervisor" and not user.may("gate.check"):
            client = at_desk(user)
            assert client.get(reverse(ASK)).status_code == 403, user
            assert client.post(reverse(ASK), {"number": str(red.public_id), "reason": WHY}).status_code == 403


def test_a_longer_story_costs_no_more_queries(supervisor, scene, red, now):
    def cost(person):
        mark = opened(supervisor, person.public_id).context["mark"]
        with CaptureQueriesContext(connection) as asked:
            supervisor.get(reverse("admin:dossier", args=(mark,)))
        return len(asked)

    few = cost(red)
    for number in range(3):
        at = now - timedelta(hours=20 - number)
        scene.opened(red, "OVERSEAS", at=at, began_on=at.date())
        case = red.cases.order_by("-pk").first()
        scene.voided(case, at=at + timedelta(minutes=10))
    assert cost(red) == few


def test_a_person_and_a_ticket_lead_supervision_to_their_file(supervisor, red, cast, at_desk):
    page = reverse("admin:cases_person_change", args=(red.pk,))
    link = f"{reverse(ASK)}?number={red.public_id}"
    assert link in text(supervisor.get(page))
    assert link not in text(at_desk(cast.community_yulin).get(page))
    assert f'value="{red.public_id}"' in text(supervisor.get(link))
