"""An extension whose document was struck while its order did not stand: what goes on again has the end without it."""

from datetime import datetime, timedelta

import pytest

from cases.models import ControlOrder, Extension, LabResult, Person, Reversal
from cases.models.cases import State
from cases.policy import days
from cases.policy.colours import Colour
from cases.selectors import undecided
from cases.services import control
from cases.services.samples import corrections
from healthcode.portal.reconciling import findings
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, order_of, sample, sound

from .striking import DOCUMENT, INSTEAD, OTHER, proposed
from .striking import decided as strike_decided

EXTENDED, OVER = days.midnight(day(20)), days.midnight(day(20)) + timedelta(hours=9)


@pytest.fixture
def person(scene: Scene) -> Person:
    person = scene.person()
    scene.clinical(person)
    return person


def strike(scene: Scene, struck: str = DOCUMENT, *, at: datetime, **fields) -> None:
    proposal = proposed(scene, scene.registered(struck), at=at, **fields)
    strike_decided(scene, proposal, at=at + timedelta(minutes=9))


def extended(scene: Scene, person: Person, number: int = 20, *, at=None, document=DOCUMENT) -> None:
    scene.extended(person, number, at=at or later(hours=1), document=document)


def fell(scene: Scene, person: Person, *, at: datetime) -> None:
    """Let the negative on which control ended turn out to be none."""
    result = LabResult.objects.filter(person=person).latest("pk")
    right = sample(result.sampled_at, "INCONCLUSIVE", report_number=result.report_number)
    corrections.correct(result, right, reason="实验室更正", by=scene.cast.officer_yulin, at=at)


def ends(person: Person) -> tuple[datetime | None, list[datetime | None]]:
    order = order_of(person)
    served = order.served.filter(case__state=State.OPEN).order_by("pk")
    return order.until, [row.until for row in served]


def stands_again_after_the_strike(scene: Scene, person: Person) -> None:
    """Let an extended control end, its document be struck, and the ending fall."""
    extended(scene, person)
    scene.ended(person, at=OVER)
    strike(scene, at=OVER + timedelta(hours=1))
    fell(scene, person, at=OVER + timedelta(hours=2))


def settled() -> None:
    assert list(findings()) == []
    sound()


def test_a_case_that_stands_again_has_the_end_it_had_without_the_struck_document(scene: Scene, person):
    stands_again_after_the_strike(scene, person)
    assert ends(person) == (DUE, [DUE])
    assert Extension.objects.get().withdrawn_at is not None
    settled()


def test_it_keeps_the_longer_end_where_another_document_took_the_place_of_the_struck_one(
    scene: Scene, person
):
    extended(scene, person)
    scene.ended(person, at=OVER)
    strike(scene, at=OVER + timedelta(hours=1), **INSTEAD)
    fell(scene, person, at=OVER + timedelta(hours=2))
    assert ends(person) == (EXTENDED, [EXTENDED])


def test_it_keeps_the_end_of_an_extension_on_another_document(scene: Scene, person):
    extended(scene, person, 18)
    extended(scene, person, 20, at=later(hours=2), document=OTHER)
    scene.ended(person, at=OVER)
    strike(scene, OTHER, at=OVER + timedelta(hours=1))
    fell(scene, person, at=OVER + timedelta(hours=2))
    assert order_of(person).until == days.midnight(day(18))
    strike(scene, at=OVER + timedelta(hours=3))
    assert ends(person) == (DUE, [DUE])
    settled()


def test_a_number_entered_anew_extends_nothing_that_had_ended_before(scene: Scene, person):
    extended(scene, person)
    scene.ended(person, at=OVER)
    strike(scene, at=OVER + timedelta(hours=1))
    scene.documented(at=OVER + timedelta(hours=2))
    fell(scene, person, at=OVER + timedelta(hours=3))
    assert order_of(person).until == DUE


def test_whoever_was_in_hospital_at_the_strike_goes_back_to_the_end_of_the_book(scene: Scene, person):
    extended(scene, person)
    index = scene.clinical(person, "CONFIRMED", at=later(hours=2))
    strike(scene, at=later(hours=3))
    assert ends(person) == (None, [DUE, None])
    scene.voided(index, at=later(hours=5))
    assert ends(person) == (DUE, [DUE])
    settled()


def test_whoever_was_in_another_province_at_the_strike_comes_back_to_the_end_of_the_book(
    scene: Scene, person
):
    extended(scene, person)
    by = scene.cast.group_xinchang
    control.transfer_out(fresh(person), letter="移交函8号", destination="安徽省", by=by, at=later(hours=2))
    strike(scene, at=later(hours=3))
    scene.brought_back(person, at=later(hours=4))
    assert ends(person) == (DUE, [DUE])
    settled()


@pytest.fixture
def monitored(scene: Scene) -> Person:
    """Return somebody under monitoring since DUE, extended by three days on a document."""
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=DUE + timedelta(hours=9))
    extended(scene, person, 25, at=DUE + timedelta(hours=10))
    return person


def test_monitoring_that_was_interrupted_at_the_strike_goes_on_to_the_end_before_the_extension(
    scene: Scene, monitored
):
    before = days.following(DUE, 7)
    assert order_of(monitored).until > before
    index = scene.clinical(monitored, "SUSPECTED", at=DUE + timedelta(hours=11))
    strike(scene, at=DUE + timedelta(hours=12))
    scene.exited(index, "EXCLUDED", at=DUE + timedelta(hours=14))
    assert (order_of(monitored).kind, order_of(monitored).until) == ("COMMUNITY_MONITORING", before)
    settled()


def test_monitoring_that_only_the_extension_made_last_does_not_go_on(scene: Scene, monitored):
    over = days.following(DUE, 8)
    index = scene.clinical(monitored, "SUSPECTED", at=DUE + timedelta(hours=11))
    strike(scene, at=DUE + timedelta(hours=12))
    scene.exited(index, "EXCLUDED", at=over)
    assert not ControlOrder.objects.of(monitored).standing().exists()


def test_monitoring_twice_extended_ends_when_it_did_at_first_once_both_documents_are_struck(
    scene: Scene, monitored
):
    extended(scene, monitored, 27, at=DUE + timedelta(hours=11), document=OTHER)
    strike(scene, at=DUE + timedelta(hours=12))
    assert order_of(monitored).until == days.midnight(day(27))
    strike(scene, OTHER, at=DUE + timedelta(hours=13))
    assert order_of(monitored).until == days.following(DUE, 7)
    settled()


def test_what_two_people_shortened_stays_short_when_a_later_extension_is_struck(scene: Scene, person):
    extended(scene, person, 20)
    asked = control.propose_shorter(
        fresh(person), until_day=day(18), reason="多算两天", by=scene.cast.group_xinchang, at=later(hours=2)
    )
    control.decide_shorter(fresh(asked), approve=True, by=scene.cast.duty_xinchang, at=later(hours=3))
    extended(scene, person, 22, at=later(hours=4), document=OTHER)
    strike(scene, OTHER, at=later(hours=5))
    assert ends(person) == (days.midnight(day(18)), [days.midnight(day(18))])
    settled()


def test_an_extension_that_came_back_with_a_case_onto_an_order_that_stands_goes_with_the_document(
    scene: Scene, person
):
    """The case joins an order that stands for something else, on which nothing was ever extended."""
    extended(scene, person)
    scene.ended(person, at=OVER)
    scene.overseas(person, at=OVER + timedelta(hours=1), began_on=day(20))
    end = order_of(person).until
    fell(scene, person, at=OVER + timedelta(hours=2))
    assert order_of(person).until == end
    assert EXTENDED in ends(person)[1]
    strike(scene, at=OVER + timedelta(hours=3))
    assert EXTENDED not in ends(person)[1]
    settled()


def test_an_extension_of_a_case_that_stood_again_twice_is_still_taken_back_by_two_people(
    scene: Scene, person
):
    extended(scene, person)
    scene.ended(person, at=OVER)
    fell(scene, person, at=OVER + timedelta(hours=1))
    scene.ended(fresh(person), at=OVER + timedelta(hours=3))
    fell(scene, person, at=OVER + timedelta(hours=4))
    asked = control.propose_shorter(
        fresh(person), reason="算错", by=scene.cast.group_xinchang, at=OVER + timedelta(hours=5)
    )
    assert undecided.waiting(Reversal).filter(pk=asked.pk).exists()
    decide = {"approve": True, "by": scene.cast.duty_xinchang, "at": OVER + timedelta(hours=6)}
    control.decide_shorter(fresh(asked), **decide)
    assert ends(person) == (DUE, [DUE])
    settled()


def test_somebody_green_in_time_by_the_book_is_not_held_by_the_struck_days(scene: Scene, person):
    stands_again_after_the_strike(scene, person)
    scene.ended(fresh(person), at=OVER + timedelta(hours=4))
    assert colour(person, OVER + timedelta(hours=5)) == Colour.GREEN


def test_a_fall_at_the_moment_of_the_strike_ends_without_the_extension_whichever_comes_first(
    scene: Scene, together, transactional_db
):
    person = scene.person()
    scene.clinical(person)
    extended(scene, person)
    scene.ended(person, at=OVER)
    at = OVER + timedelta(hours=2)
    proposal = proposed(scene, scene.registered(DOCUMENT), at=OVER + timedelta(hours=1))
    together(lambda: fell(scene, person, at=at), lambda: strike_decided(scene, proposal, at=at))
    assert order_of(person).until == DUE
