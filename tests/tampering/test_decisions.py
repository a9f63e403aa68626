"""Decisions of two people, rule books, and what fits although it changed: each is compared with its last event."""

import pytest
from django.db import connection

from cases.models import (
    ControlOrder,
    LabResult,
    RuleBook,
    Void,
)
from cases.services import control
from cases.services.book import rulebooks
from cases.services.grounds import voids
from cases.services.persons import erasure
from healthcode.core.audit import ledger, takeover, triggers
from healthcode.core.audit.commitments import COMMITS
from healthcode.core.audit.models import Event
from tests import factories
from tests.cases.scenes import Scene, fresh, later
from tests.factories import Cast

from .owner import found
from .test_rows import altered, inserted


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def test_the_decider_of_a_void_rewritten(scene):
    scene.voided(scene.overseas(scene.person()), at=later(hours=1))
    assert altered(Void, decided_by=scene.cast.duty_city) == ["void_differs"]


def test_a_void_that_nobody_proposed(scene):
    case = scene.overseas(scene.person())
    scene.void_proposed(case)
    other = scene.overseas(scene.person())
    assert inserted(Void.objects.get(), case=other) == ["void_untold"]


# --- rule books ---------------------------------------------------------------------------------------------
def feverish(text: str) -> str:
    """Return the book in which a fever is red."""
    head, tail = text.split("[grounds.FEVER]")
    return f"{head}[grounds.FEVER]{tail.replace('YELLOW', 'RED', 1)}"


def test_a_book_that_nobody_decided_is_not_adopted(scene):
    book = RuleBook.objects.get()
    triggers.drop(connection)
    book.pk, book.version, book.adopted_at = None, "没有人批准", None
    book.effective_from = later(days=1)
    RuleBook.objects.bulk_create([book])
    assert found() == ["rulebook_untold"]
    with pytest.raises(rulebooks.AlteredSinceDecided):
        rulebooks.adopt_due(by=scene.cast.duty_city, at=later(days=2))


def test_an_adopted_book_inserted_past_the_guards(scene):
    book = RuleBook.objects.get()
    fields = {"version": "发热即红", "text": feverish(book.text), "adopted_at": later(days=1)}
    assert inserted(book, **fields) == ["rulebook_untold"]


# --- what is lawful is not accused --------------------------------------------------------------------------
def test_what_an_erasure_writes_over_is_lawful_and_nobodys_to_change(scene):
    person = scene.person()
    scene.voided(scene.overseas(person), at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    scene.visit(person, at=later(hours=3))
    proposal = erasure.propose(person, reason="申请", by=scene.cast.bureau_one, at=later(days=1))
    erasure.approve(proposal, by=scene.cast.bureau_two, at=later(days=2))
    assert altered(LabResult, outcome="POSITIVE") == ["result_differs"]


def test_orders_of_a_merge_a_move_and_a_stay_at_home_fit(scene):
    from cases.services.persons import transfers

    case = scene.clinical(scene.person())
    stay = control.propose_home(
        case.person, address="家", reason="年幼", by=scene.cast.group_xinchang, at=later(hours=1)
    )
    control.decide_home(stay, approve=True, by=scene.cast.duty_xinchang, at=later(hours=2))
    scene.merged(scene.person(), fresh(case.person), at=later(hours=3))
    division = factories.DivisionFactory(code="330602001")
    move = transfers.propose(
        fresh(case.person), to=division, reason="搬家", by=scene.cast.community_yulin, at=later(hours=4)
    )
    transfers.accept(move, by=scene.cast.community_yuecheng, at=later(hours=5))
    assert found() == []


def test_rows_from_before_are_taken_over_and_kept_from_then_on(scene):
    """As after an upgrade: no event commits to them, and nobody is accused of it."""
    scene.clinical(scene.person())
    triggers.drop(connection)
    Event.objects.filter(action="order.opened").update(body='{"measure":"CENTRAL_ISOLATION"}')
    Event.objects.filter(action="audit.rows_taken_over").update(body='{"fields":[]}')
    assert "order_untold" in found()
    takeover.after_migrate(using="default")
    assert set(found()) <= {"event_changed"}
    ControlOrder.objects.update(until=later(days=1))
    assert "order_differs" in found()


def test_what_was_taken_over_once_is_not_taken_over_again(scene):
    scene.clinical(scene.person())
    events = Event.objects.count()
    takeover.after_migrate(using="default")
    assert Event.objects.count() == events


def test_the_findings_name_the_row_and_since_when(scene):
    from healthcode.portal import reconciling

    scene.clinical(scene.person())
    triggers.drop(connection)
    ControlOrder.objects.update(until=later(days=1))
    finding, _end = reconciling.findings()
    order = ControlOrder.objects.get()
    event = Event.objects.filter(target=order.audit_key).latest("pk")
    assert str(order.pk) in str(finding) and str(event.pk) in str(finding)


def test_a_void_is_told_in_its_cases_trail_and_kept_under_its_own_name(scene):
    case = scene.overseas(scene.person())
    void = scene.void_proposed(case)
    event = Event.objects.get(action="case.void_proposed")
    assert event.target == case.audit_key and void.audit_key in ledger.json.loads(event.body)[COMMITS]
    voids.refuse(void, answer="不成立", by=scene.cast.cdc_xinchang, at=later(hours=1))
    assert found() == []
