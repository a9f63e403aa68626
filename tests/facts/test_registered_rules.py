"""Whoever is isolated by a rule (1.1f) is so by one that stands in the register, and goes free when it is struck."""

import pytest

from cases.models import MassHold, RuleBook
from cases.models.cases import BASIS_GONE, Channel, State
from cases.policy.colours import Colour
from cases.policy.parts import Parameters
from cases.services.engine import holds
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import cases
from cases.services.grounds.claims import RuleUnregistered
from tests.cases.scenes import Scene, colour, fresh, later, order_of, refused, sound

from .striking import DOCUMENT, HOUR, INSTEAD, SPELLED, TWO, decided, proposed, struck


def isolate(scene: Scene, person, reference: str = DOCUMENT, *, at=HOUR):
    """Let the control group enter somebody by a rule, whether it stands in the register or not."""
    plan = Plan(kind="HOME_OBSERVATION", officer=scene.cast.officer_yulin, address="某小区1幢")
    claim = scene.claim("ORDERED_ISOLATION", evidence_kind="DOCUMENT", evidence_ref=reference, plan=plan)
    return cases.open_case(person, claim, channel=Channel.GROUP, by=scene.cast.group_xinchang, at=at)


@pytest.mark.parametrize("reference", [DOCUMENT, "x123", "口头通知2号"])
def test_one_clerk_turns_nobody_red_on_a_rule_that_nobody_entered(scene: Scene, reference):
    scene.documented("浙防指〔2020〕99号")
    assert refused(RuleUnregistered, isolate, scene, scene.person(), reference).field == "evidence_ref"


@pytest.mark.parametrize("spelled", [DOCUMENT, *SPELLED])
def test_a_registered_rule_isolates_however_it_is_spelled(scene: Scene, spelled):
    scene.documented()
    person = scene.person()
    isolate(scene, person, spelled)
    assert colour(person, TWO) == Colour.RED


@pytest.mark.parametrize("spelled", SPELLED)
def test_whoever_was_isolated_by_it_is_free_once_it_is_struck(scene: Scene, spelled):
    document = scene.documented()
    case = isolate(scene, scene.person(), spelled)
    order = order_of(case.person)
    assert struck(scene, document) == 1
    case = fresh(case)
    assert (case.state, case.exit, colour(case.person, later(hours=3))) == (
        State.ENDED,
        BASIS_GONE,
        Colour.GREEN,
    )
    assert fresh(order).ended_at is not None
    sound()


def test_a_struck_rule_isolates_nobody_any_more(scene: Scene):
    struck(scene, scene.documented())
    refused(RuleUnregistered, isolate, scene, scene.person(), at=later(hours=3))


def test_another_rule_in_its_place_bears_whom_it_isolated(scene: Scene):
    document = scene.documented()
    case = isolate(scene, scene.person())
    struck(scene, document, **INSTEAD)
    assert fresh(case).state == State.OPEN


def test_who_returned_from_abroad_stays_red_whatever_document_is_struck(scene: Scene):
    document = scene.documented()
    case = scene.overseas(scene.person(), evidence_ref=DOCUMENT)
    struck(scene, document)
    assert fresh(case).state == State.OPEN


def test_an_isolation_at_the_moment_of_the_strike_is_refused_or_falls_with_it(
    scene: Scene, together, transactional_db
):
    person = scene.person()
    strike = proposed(scene, scene.documented())
    together(lambda: isolate(scene, person, at=TWO), lambda: decided(scene, strike))
    assert colour(person, later(hours=3)) == Colour.GREEN


def test_more_within_the_hour_than_the_book_lets_pass_wait_for_the_leader(scene: Scene, monkeypatch):
    assert RuleBook.objects.in_force(
        HOUR
    ).policy  # read before, for nothing sets a field of a class that is so changed
    monkeypatch.setattr(Parameters, "mass_hold_threshold", 3)
    scene.documented()
    isolated = [isolate(scene, scene.person(), spelled) for spelled in (DOCUMENT, *SPELLED)]
    assert [case.state for case in isolated] == ["OPEN"] * 3 + ["HELD"]
    (hold,) = MassHold.objects.all()
    refused(NotAllowed, holds.decide, hold, approve=True, by=scene.cast.group_xinchang, at=TWO)
    assert holds.decide(hold, approve=True, by=scene.cast.duty_xinchang, at=TWO) == 1
    assert colour(isolated[-1].person, later(hours=3)) == Colour.RED
    assert order_of(isolated[-1].person).kind == "HOME_OBSERVATION"
    sound()
