"""What the guards let through: an act in all its steps by hand, and parts of what is committed to."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cases.models import Batch, GroundChannel, OrderCase, RuleBook
from cases.models import rulebooks as rulebook_models
from cases.services import control
from cases.services.book import rulebooks
from healthcode.core.audit import triggers
from tests.cases.scenes import DUE, Scene, T, fresh, later, order_of
from tests.factories import Cast, delivered, sealed

from .owner import found
from .test_decisions import feverish
from .test_refused import in_sql, new_in_sql


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def drafted(scene: Scene) -> RuleBook:
    """Insert a book in which a fever is red as a proposal, in SQL: the guards let a draft in."""
    book = RuleBook.objects.get()
    fields = {"version": "发热即红", "text": feverish(book.text), "sha256": "f" * 64, "decision": "PENDING"}
    fields |= {"decided_by": None, "decided_at": None, "adopted_at": None, "answer": ""}
    fields |= {
        "proposed_by": scene.cast.policy_city,
        "proposed_at": later(hours=1),
        "effective_from": later(hours=2),
    }
    book.pk = None
    new_in_sql(book, **fields)
    return RuleBook.objects.get(version="发热即红")


def decided(scene: Scene, book: RuleBook) -> None:
    in_sql(book, decision="APPROVED", decided_by=scene.cast.duty_city, decided_at=later(hours=2))


def test_a_book_taken_through_its_states_in_sql_is_found_at_each_and_not_adopted_by_the_product(scene: Scene):
    book = drafted(scene)
    assert found() == ["rulebook_untold"]
    with pytest.raises(DatabaseError, match=r"(?i)check"), transaction.atomic():
        in_sql(book, adopted_at=later(hours=3))
    decided(scene, book)
    assert found() == ["rulebook_untold"]
    with pytest.raises(rulebooks.AlteredSinceDecided):
        rulebooks.adopt_due(by=scene.cast.duty_city, at=later(hours=3))
    in_sql(book, adopted_at=later(hours=3))
    assert found() == ["rulebook_untold"]


def test_a_channel_written_for_such_a_book_is_found_as_well(scene: Scene):
    """The database asks these rows which ground comes in by which channel: one more would let a fever be sent down."""
    book = drafted(scene)
    decided(scene, book)
    in_sql(book, adopted_at=later(hours=3))
    pair = GroundChannel.objects.first()
    assert pair is not None
    pair.pk = None
    new_in_sql(pair, rule_book=book, ground="FEVER", channel="PROVINCE")
    assert sorted(found()) == ["channel_untold", "rulebook_untold"]


def test_a_book_whose_text_is_none_any_more_hides_nothing_else(scene: Scene, monkeypatch):
    person = scene.person()
    scene.clinical(person)
    order = order_of(person)
    delivered(sealed("姓名"), kind="LINE_LIST", by=scene.cast.cdc_xinchang, at=T)
    triggers.drop(connection)
    RuleBook.objects.update(text="nothing of a book")
    type(order).objects.filter(pk=order.pk).update(until=DUE + timedelta(days=3))
    Batch.objects.update(state="UNDONE")
    monkeypatch.setattr(rulebook_models, "_parsed", {})  # another process has not read it
    assert {"rulebook_unreadable", "rulebook_differs", "order_end_differs", "delivery_state_differs"} <= set(
        found()
    )


def test_a_decided_book_stays_when_sql_takes_it_further(scene: Scene):
    book = drafted(scene)
    decided(scene, book)
    for change in ({"text": "另一版"}, {"decided_by": scene.cast.admin_one}, {"decision": "PENDING"}):
        with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
            in_sql(book, **change)


@pytest.mark.parametrize("days", [-3, 3])
def test_a_part_of_an_order_moved_silently_no_longer_adds_up(scene: Scene, days: int):
    case = scene.clinical(scene.person())
    scene.extended(case.person, 22, at=later(hours=1))
    assert found() == []
    row = OrderCase.objects.get(case=case)
    OrderCase.objects.filter(pk=row.pk).update(until=order_of(case.person).until + timedelta(days=days))
    assert found() == ["served_differs", "order_end_differs"]


def test_a_part_of_an_order_that_has_ended_is_not_altered_silently(scene: Scene):
    case = scene.clinical(scene.person())
    scene.ended(case.person, at=DUE + timedelta(hours=1))
    assert found() == []
    OrderCase.objects.filter(case=case).update(until=later(days=3))
    assert found() == ["served_differs"]


@pytest.mark.parametrize("field", ["until", "book_until"])
def test_a_part_of_an_order_without_an_end_is_not_altered_silently(scene: Scene, field: str):
    person = scene.person()
    scene.clinical(person)
    scene.clinical(person, "CONFIRMED", at=later(hours=1))
    assert order_of(person).until is None and found() == []
    part = OrderCase.objects.filter(order=order_of(person)).earliest("pk")
    OrderCase.objects.filter(pk=part.pk).update(**{field: later(days=3)})
    assert found() == ["served_differs"]


@pytest.mark.parametrize("state", ["UNDONE", "CANCELLED", "RETURNED", "FAILED", "APPLYING"])
def test_a_delivery_that_says_of_itself_what_no_act_did(scene: Scene, state: str):
    person = scene.person()
    row = f"{person.document},旅居,330602,,2026-10-30 09:00,2026-10-31 09:00"
    heading = "证件号码,类型,区划代码,场所,起始时间,截止时间"
    delivered(sealed(f"{heading}\n{row}"), kind="PRESENCES", by=scene.cast.telecom, at=T)
    batch = Batch.objects.get()
    assert batch.state == "APPLIED" and found() == []
    triggers.drop(connection)
    Batch.objects.filter(pk=batch.pk).update(state=state)
    assert found() == ["delivery_state_differs"]
    assert fresh(batch).state == state


@pytest.mark.parametrize("case_too", [False, True])
def test_an_order_whose_parts_were_made_away_with_serves_no_case_and_is_found(scene: Scene, case_too: bool):
    case = scene.clinical(scene.person())
    if case_too:  # handed to the case of somebody else, it serves none of its own person
        other = scene.clinical(scene.person())
        OrderCase.objects.filter(case=other).delete()
        OrderCase.objects.filter(case=case).update(case=other)
    else:
        OrderCase.objects.filter(case=case).delete()
    assert set(found()) >= {"order_serves_no_case", "case_without_order"}


def test_whoever_is_monitored_after_isolation_or_was_handed_over_serves_what_the_book_says(scene: Scene):
    followed, gone = scene.person(), scene.person()
    scene.overseas(followed)
    scene.clinical(gone)
    order = order_of(gone)
    fields = {"destination": "江苏省", "letter": "函1号"}
    control.transfer_out(gone, **fields, by=scene.cast.group_xinchang, at=later(hours=2))
    scene.tested(followed, at=DUE - timedelta(hours=9))
    scene.ended(followed, at=DUE + timedelta(hours=9))
    assert (order_of(followed).kind, fresh(order).ending) == ("COMMUNITY_MONITORING", "TRANSFERRED_OUT")
    assert found() == []
