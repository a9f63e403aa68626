"""What cases rest on and complaints become has to be what the ledger says of it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction

from cases.models import Case, LabResult, MassHold, RuleBook
from cases.services.deliveries import batches
from cases.services.engine import holds
from cases.services.persons import lookups
from complaints.models import TicketEvent
from healthcode.core.audit import triggers
from healthcode.core.audit.models import Event, Note
from healthcode.portal import reconciling
from tests.cases.scenes import Scene, T, day, later
from tests.complaints.desk import Desk
from tests.deliveries.conftest import HEADINGS, ground
from tests.factories import delivered, sampled, sealed


@pytest.fixture
def scene(cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def unguarded(db):
    """Return a function that takes the triggers away, as the owner of the database can."""

    def lift():
        connection.check_constraints()
        triggers.drop(connection)

    return lift


def found() -> list[str]:
    return [finding.kind for finding in reconciling.findings()]


def test_tickets_in_every_state_are_what_the_ledger_says(scene):
    desk = Desk(scene)
    for make in (desk.routed, desk.taken, desk.upheld, desk.informed, desk.visited, desk.void_approved):
        make()
    assert found() == []


def test_a_tickets_state_changed_silently(scene):
    ticket = Desk(scene).taken()
    type(ticket).objects.filter(pk=ticket.pk).update(state="ROUTED", owner=None)
    assert found() == ["ticket_differs"]


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_step_of_a_ticket_changed_silently(scene, unguarded, change):
    ticket = Desk(scene).taken()
    unguarded()
    steps = TicketEvent.objects.filter(ticket=ticket)
    if change == "edited":
        steps.filter(seq=1).update(body="别的话")
    else:
        steps.filter(seq=steps.count()).delete()
    assert found() == ["ticket_differs"]


def test_a_ticket_deleted_silently(scene, unguarded):
    ticket = Desk(scene).routed()
    unguarded()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM complaints_ticket WHERE id = %s", [ticket.pk])
    assert found() == ["ticket_deleted"]
    transaction.set_rollback(True)  # its steps are left behind: nothing to be checked at the end


def test_a_result_turned_into_its_opposite(scene, unguarded):
    sampled(scene.person(), by=scene.cast.service_xinchang, at=later(hours=1))
    assert found() == []
    unguarded()
    LabResult.objects.update(outcome="POSITIVE")
    assert found() == ["result_differs"]


def test_a_rule_books_text_changed_after_its_adoption(scene):
    assert found() == []
    triggers.drop(connection, RuleBook._meta.db_table)
    book = RuleBook.objects.get()
    RuleBook.objects.update(text=book.text.replace("14", "15"))
    assert found() == ["rulebook_differs"]


def test_words_put_into_somebodys_mouth(scene):
    Desk(scene).void_approved()
    assert found() == []
    Note.objects.filter(pk=Note.objects.latest("pk").pk).update(text="领导同意")
    assert found() == ["words_differ"]


def test_words_that_somebody_made_away_with(scene):
    Desk(scene).void_approved()
    assert found() == []
    Note.objects.filter(pk=Note.objects.latest("pk").pk).delete()
    assert found() == ["words_gone"]


@pytest.mark.parametrize(("after", "missed"), [(1094, ["words_gone"]), (1096, [])])
def test_what_a_look_was_for_is_missed_until_its_period_is_over(scene, after, missed):
    lookups.unmask(scene.person(), reason="电话流调", by=scene.cast.group_xinchang, at=T)
    Note.objects.filter(event__action="person.unmasked").delete()
    with time_machine.travel(T + timedelta(days=after), tick=False):
        assert found() == missed


def test_a_hold_sent_back_is_told_person_by_person_and_fits(scene):
    rows = [ground(scene.person(), f"S{n}", "系统自动赋红码") for n in range(21)]
    content = sealed("\n".join((HEADINGS["GROUNDS"], *rows)))
    delivered(content, kind="GROUNDS", by=scene.cast.province, at=T)
    holds.decide(
        MassHold.objects.get(), approve=False, answer="没有依据", by=scene.cast.duty_city, at=later(hours=1)
    )
    assert Event.objects.filter(action="case.refused").exclude(person="").count() == 21
    assert Case.objects.filter(state="REFUSED").count() == 21
    assert found() == []


def test_a_line_list_taken_back_is_told_person_by_person_and_fits(scene):
    person = scene.person()
    line = f"{person.name},{person.document},330624001,密切接触者,2026-11-01,函1"
    content = f"姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号\n{line}".encode()
    undone(scene, delivered(content, by=scene.cast.cdc_xinchang, at=T), by=scene.cast.cdc_xinchang)
    assert Event.objects.filter(action="case.refused", person=str(person.public_id)).exists()
    assert found() == []


def test_results_taken_back_fit_and_so_does_the_case_that_stands_again(scene):
    person = scene.person()
    scene.risk(person, began_on=day(-1))
    row = f"{person.document},2026-11-02 08:00,,阴性,县疾控,R1"
    content = "\n".join((HEADINGS["RESULTS"], row)).encode()
    by = scene.cast.service_xinchang
    undone(scene, delivered(content, kind="RESULTS", by=by, at=T), by=by)
    assert found() == []


def undone(scene, batch, *, by):
    undo = batches.propose_undo(batch, reason="文件发错", by=by, at=later(hours=1))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=2))
