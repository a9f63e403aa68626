"""The preview of a rule book: it counts what the adoption then does, and writes nothing."""

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import RuleBook, Transition
from cases.policy.colours import Colour
from cases.selectors.effects import effect
from cases.services.book import rulebooks
from tests.databases import stored

from . import books
from .books import GUIDE, PROVINCE, adopted, approved, proposed
from .scenes import Scene, T, fresh, later
from .test_adoption import DAY_15, DAY_16, released


def effects_of(scene: Scene, book: RuleBook, at, by: str = "policy.city"):
    return effect(book, reader=scene.cast[by], at=at)


def situations(scene: Scene) -> None:
    """Make somebody of every kind that an adoption concerns, or passes by."""
    released(scene)
    released(scene, by="community.nanming", present="330624002")
    contact = released(scene)
    scene.clinical(contact, at=DAY_15, began_on=DAY_15.date())
    area = scene.listed(at=DAY_15)
    for by, present in (("community.yulin", "330624001"), ("community.yuecheng", "330602001")):
        person = scene.person(present=present)
        scene.risk(person, area, at=DAY_15, began_on=DAY_15.date(), by=scene.cast[by])
    scene.merged(scene.person(), released(scene), at=DAY_15)
    scene.fever(scene.person(), at=DAY_15)


@pytest.mark.parametrize("text", [PROVINCE, books.with_red_risk_areas(), books.with_red_risk_areas(PROVINCE)])
def test_the_preview_counts_exactly_who_then_turns(scene: Scene, text):
    situations(scene)
    book = approved(scene, text, at=DAY_15, effective_from=DAY_16)
    preview = effects_of(scene, book, DAY_16)
    rulebooks.adopt_due(by=scene.cast.duty_city, at=DAY_16)
    turned = Transition.objects.filter(act="rulebook.adopted")
    assert preview.total == turned.count() == sum(line.number for line in preview.lines)
    assert preview.worse == turned.filter(to_colour="RED").count()


def test_the_way_back_is_counted_too(scene: Scene):
    situations(scene)
    adopted(scene, books.with_red_risk_areas(PROVINCE), at=DAY_16)
    book = approved(scene, GUIDE, at=DAY_16)
    preview = effects_of(scene, book, DAY_16)
    rulebooks.adopt_due(by=scene.cast.duty_city, at=DAY_16)
    assert preview.better == Transition.objects.filter(rule_book=book).count() == 5
    assert preview.closing == 4


def test_the_preview_writes_nothing(scene: Scene):
    situations(scene)
    book = proposed(scene, at=DAY_15)
    before = stored()
    effects_of(scene, book, DAY_16)
    assert stored() == before


def test_lines_are_by_township_and_ground(scene: Scene):
    situations(scene)
    preview = effects_of(scene, proposed(scene, at=DAY_15), DAY_16)
    lines = [(one.township.code, one.ground.key, one.before, one.after, one.number) for one in preview.lines]
    assert lines == [
        ("330624001", "ORDERED_ISOLATION", Colour.GREEN, Colour.RED, 2),
        ("330624002", "ORDERED_ISOLATION", Colour.GREEN, Colour.RED, 1),
    ]


@pytest.mark.parametrize(("by", "names"), [("policy.city", 0), ("duty.city", 0), ("supervisor.city", 3)])
def test_names_are_for_those_who_may_read_the_persons(scene: Scene, by, names):
    situations(scene)
    preview = effects_of(scene, proposed(scene, at=DAY_15), DAY_16, by)
    assert (preview.total, len(preview.people)) == (3, names)


def test_a_countys_duty_lead_sees_the_county(scene: Scene):
    situations(scene)
    book = books.propose(scene, books.text_of(books.with_red_risk_areas()), at=DAY_15)
    assert (
        effects_of(scene, book, DAY_16).total,
        effects_of(scene, book, DAY_16, "duty.xinchang").total,
    ) == (2, 1)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["released", "risk", "fever", "contact", "overseas"]), max_size=5))
def test_adopting_a_book_with_the_same_rules_changes_no_colour(scene: Scene, kinds):
    with transaction.atomic():
        for kind in kinds:
            make(scene, kind)
        for book in (PROVINCE, PROVINCE):
            before = Transition.objects.count()
            adopted(scene, book, at=DAY_16)
        assert Transition.objects.count() == before
        assert not RuleBook.objects.filter(adopted_at=None).exists()
        transaction.set_rollback(True)


def make(scene: Scene, kind: str) -> None:
    if kind == "released":
        released(scene)
        return
    person = scene.person()
    if kind == "contact":
        scene.clinical(person, at=DAY_15, began_on=DAY_15.date())
    else:
        getattr(scene, kind)(person, at=DAY_15, **({} if kind == "fever" else {"began_on": DAY_15.date()}))


# --- what was decided stays -------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"text": "x"}, {"version": "x"}, {"effective_from": T}, {"reason": "x"}])
def test_the_database_keeps_a_decided_book_as_it_was_decided(scene: Scene, change):
    book = approved(scene, PROVINCE, at=T, effective_from=later(days=1))
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleBook.objects.filter(pk=book.pk).update(**change)


def test_the_database_lets_no_book_be_adopted_again_or_undone(scene: Scene):
    book = adopted(scene, PROVINCE, at=T)
    for instant in (None, later(days=1)):
        with pytest.raises(DatabaseError), transaction.atomic():
            RuleBook.objects.filter(pk=book.pk).update(adopted_at=instant)
    assert fresh(book).adopted_at == T
