"""An extension rests on a document of the register, and falls with it: nobody is held back on an invented number."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from cases.models import Extension
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.selectors.strikes import proposed_strike
from cases.services import control
from cases.services.control import ExtensionUnregistered
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, order_of, refused, sound

from .striking import DOCUMENT, HOUR, INSTEAD, OTHER, SPELLED, TWO, coded, decided, proposed, struck

EXTENDED = {"document": DOCUMENT, "reason": "变异株"}


@pytest.fixture
def person(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    return person


def extend(scene: Scene, person, number: int = 22, *, at=HOUR, **fields):
    by = scene.cast.group_xinchang
    return control.extend(fresh(person), until_day=day(number), by=by, at=at, **{**EXTENDED, **fields})


@pytest.mark.parametrize("document", [DOCUMENT, "x", "口头通知", OTHER])
def test_a_document_that_nobody_entered_extends_nothing(scene: Scene, person, document):
    scene.documented("浙防指〔2020〕99号")
    assert refused(ExtensionUnregistered, extend, scene, person, document=document).field == "document"
    assert order_of(person).until == DUE


@pytest.mark.parametrize("spelled", SPELLED)
def test_a_registered_document_extends_however_it_is_spelled(scene: Scene, person, spelled):
    scene.documented()
    extend(scene, person, document=spelled)
    assert order_of(person).until > DUE


def test_a_struck_document_extends_nothing_any_more(scene: Scene, person):
    struck(scene, scene.documented())
    refused(ExtensionUnregistered, extend, scene, person, at=later(hours=3))


def test_the_number_of_before_extends_where_another_document_took_its_place(scene: Scene, person):
    struck(scene, scene.documented(), **INSTEAD)
    extend(scene, person, at=later(hours=3))
    assert order_of(person).until > DUE


@pytest.mark.parametrize("spelled", SPELLED)
def test_an_order_ends_as_the_book_says_once_the_document_of_its_extension_is_struck(
    scene: Scene, person, spelled
):
    document = scene.documented()
    extend(scene, person, document=spelled)
    struck(scene, document)
    case = person.cases.get()
    assert (order_of(person).until, case.state) == (DUE, State.OPEN)
    assert [row.until for row in order_of(person).served.all()] == [DUE]
    assert Extension.objects.get().withdrawn_at is not None
    sound()


def test_control_ends_at_the_end_of_the_book_once_the_document_is_struck(scene: Scene, person):
    document = scene.documented()
    extend(scene, person)
    struck(scene, document)
    scene.ended(fresh(person), at=DUE + timedelta(hours=9))
    assert colour(person, DUE + timedelta(hours=10)) == Colour.GREEN


def test_an_extension_on_another_document_stays(scene: Scene, person):
    document, other = scene.documented(), scene.documented(OTHER)
    extend(scene, person, 20)
    extend(scene, person, 24, document=OTHER)
    until = order_of(person).until
    struck(scene, document)
    assert order_of(person).until == until
    struck(scene, other)
    assert order_of(person).until == DUE


def test_of_two_extensions_the_earlier_end_is_left(scene: Scene, person):
    scene.documented()
    other = scene.documented(OTHER)
    extend(scene, person, 20)
    until = order_of(person).until
    extend(scene, person, 24, document=OTHER)
    struck(scene, other)
    assert order_of(person).until == until


def test_an_extension_stays_where_another_document_takes_the_place_of_the_struck_one(scene: Scene, person):
    document = scene.documented()
    extend(scene, person)
    until = order_of(person).until
    struck(scene, document, **INSTEAD)
    assert order_of(person).until == until


def test_an_extension_and_a_case_on_one_document_fall_together(scene: Scene):
    document = scene.documented()
    case = coded(scene, "OTHER_RED")
    scene.clinical(case.person, at=HOUR)
    extend(scene, case.person, at=HOUR)
    struck(scene, document)
    assert (fresh(case).state, order_of(case.person).until) == (State.ENDED, DUE)
    sound()


def test_monitoring_ends_when_it_did_before_its_extension(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(fresh(person), at=DUE + timedelta(hours=9))
    until, at = order_of(person).until, DUE + timedelta(days=1)
    document = scene.documented(at=at)
    scene.extended(person, 25, at=at, document=DOCUMENT)
    assert order_of(person).until > until
    proposal = proposed(scene, document, at=at + timedelta(hours=1))
    decided(scene, proposal, at=at + timedelta(hours=2))
    assert order_of(person).until == until


def test_whoever_decides_reads_how_many_orders_end_sooner_and_where(scene: Scene, person):
    document = scene.documented()
    extend(scene, person)
    pending = proposed_strike(proposed(scene, document), TWO)
    with translation.override("en"):
        facts = {str(label): str(value) for label, value in pending.facts}
    assert facts["Control orders that end sooner"] == "1"
    assert person.present.name in facts["People it would reach, by township"]


def test_the_database_lets_nobody_exchange_the_document_of_an_extension(scene: Scene, person):
    scene.documented()
    extend(scene, person)
    with pytest.raises(DatabaseError, match="stays what it is"), transaction.atomic():
        Extension.objects.update(document=OTHER)
    Extension.objects.update(document="")  # an erasure


def test_an_extension_at_the_moment_of_the_strike_is_refused_or_falls_with_it(
    scene: Scene, together, transactional_db
):
    person = scene.person()
    scene.clinical(person)
    strike = proposed(scene, scene.documented())
    together(lambda: extend(scene, person, at=TWO), lambda: decided(scene, strike))
    assert order_of(person).until == DUE
