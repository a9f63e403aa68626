"""Fever: yellow by the person's form alone (3.2a), green by clinic, test and form in that order (3.4a)."""

from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from cases.models import Case, Declaration, Transition
from cases.models.declarations import Mode
from cases.policy.colours import Colour
from cases.services.engine import plausible, temperatures
from cases.services.engine.refusals import NotAllowed
from cases.services.samples import declarations
from cases.services.samples.declarations import Form

from .scenes import TODAY, Scene, T, colour, day, later, refused


@pytest.fixture
def person(scene: Scene):
    person = scene.person()
    scene.fever(person)
    return person


def declare(scene: Scene, person, form=None, by="citizen", mode=Mode.ALONE, at=T):
    return declarations.declare(
        person, form or Form(True, onset_on=TODAY), mode=mode, by=scene.cast[by], at=at
    )


def test_a_declared_fever_makes_yellow_at_once(scene: Scene, person):
    assert colour(person, later(seconds=1)) == Colour.YELLOW
    assert Transition.objects.get().clause == "1.2a"


def test_a_clinic_guides_the_form(scene: Scene):
    person = scene.person()
    made = declare(scene, person, by="clinic.xinchang", mode=Mode.GUIDED)
    assert made.clinic == scene.cast.clinic_xinchang.office
    assert colour(person, later(seconds=1)) == Colour.YELLOW


def test_the_community_declares_by_a_named_proxy(scene: Scene):
    form = Form(True, onset_on=TODAY, proxy="女儿")
    made = declare(scene, scene.person(), form, by="community.yulin", mode=Mode.PROXY)
    assert made.proxy == "女儿"


def test_a_proxy_without_a_name_is_refused(scene: Scene):
    fields = {"by": "community.yulin", "mode": Mode.PROXY}
    refused(declarations.ProxyMissing, declare, scene, scene.person(), **fields)


@pytest.mark.parametrize(
    ("by", "mode"),
    [
        ("community.yulin", Mode.ALONE),
        ("citizen", Mode.GUIDED),
        ("clinic.xinchang", Mode.PROXY),
        ("community.yuecheng", Mode.PROXY),
        ("service.xinchang", Mode.ALONE),
        ("cdc.xinchang", Mode.GUIDED),
        ("group.xinchang", Mode.PROXY),
    ],
)
def test_others_do_not_declare_that_way(scene: Scene, by, mode):
    refused(NotAllowed, declare, scene, scene.person(), by=by, mode=mode)


def test_symptoms_without_fever_make_no_yellow(scene: Scene):
    person = scene.person()
    declare(scene, person, Form(False, symptoms="咳嗽", onset_on=TODAY))
    assert colour(person, later(seconds=1)) == Colour.GREEN


def test_a_second_declared_fever_opens_no_second_case(scene: Scene, person):
    declare(scene, person, at=later(hours=1))
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (Form(True), declarations.OnsetMissing),
        (Form(False, symptoms="咳嗽"), declarations.OnsetMissing),
        (Form(True, onset_on=day(1)), plausible.InFuture),
        (Form(True, onset_on=day(-15)), declarations.OnsetTooLongAgo),
        (Form(True, onset_on=date(1800, 1, 1)), plausible.BeforeBirth),
        (Form(False, temperature=Decimal("37.3")), declarations.FeverDenied),
        (Form(True, temperature=Decimal("50"), onset_on=TODAY), temperatures.ImpossibleTemperature),
    ],
)
def test_a_form_that_cannot_be_is_refused(scene: Scene, form, kind):
    refused(kind, declare, scene, scene.person(), form)


def test_symptoms_of_two_weeks_can_still_be_declared(scene: Scene):
    declare(scene, person := scene.person(), Form(True, onset_on=day(-14)))
    assert colour(person, later(seconds=1)) == Colour.YELLOW


def test_an_early_onset_lets_no_earlier_examination_clear_the_fever(scene: Scene):
    person = scene.person()
    scene.visit(person, at=later(days=-3))
    scene.tested(person, at=later(days=-3), by=scene.cast.clinic_xinchang)
    declare(scene, person, Form(True, onset_on=day(-5)))
    scene.well(person, at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.YELLOW


def test_a_temperature_just_below_the_limit_is_no_fever(scene: Scene):
    person = scene.person()
    declare(scene, person, Form(False, temperature=Decimal("37.2")))
    assert colour(person, later(seconds=1)) == Colour.GREEN


ACTS = {
    "visit": lambda scene, person, at: scene.visit(person, at=at),
    "test": lambda scene, person, at: scene.tested(person, at=at, by=scene.cast.clinic_xinchang),
    "form": lambda scene, person, at: scene.well(person, at=at),
}


@pytest.mark.parametrize("order", list(permutations(ACTS)), ids="-".join)
def test_only_with_the_form_last_does_fever_clear(scene: Scene, person, order):
    for hour, name in enumerate(order, start=1):
        ACTS[name](scene, person, later(hours=hour))
    assert colour(person, later(hours=9)) == (Colour.GREEN if order[-1] == "form" else Colour.YELLOW)


def test_a_form_filled_in_too_early_is_filled_in_again(scene: Scene, person):
    for hour, name in enumerate(("form", "visit", "test", "form"), start=1):
        ACTS[name](scene, person, later(hours=hour))
    assert colour(person, later(hours=9)) == Colour.GREEN
    assert Transition.objects.latest("at").clause == "3.4a"


@pytest.mark.parametrize("missing", ["visit", "test"])
def test_without_clinic_or_test_the_form_clears_nothing(scene: Scene, person, missing):
    for hour, name in enumerate(ACTS, start=1):
        if name != missing:
            ACTS[name](scene, person, later(hours=hour))
    assert colour(person, later(hours=9)) == Colour.YELLOW


def test_a_visit_that_ruled_nothing_out_does_not_clear(scene: Scene, person):
    scene.visit(person, at=later(hours=1), ruled_out=False)
    ACTS["test"](scene, person, later(hours=2))
    scene.well(person, at=later(hours=3))
    assert colour(person, later(hours=9)) == Colour.YELLOW


def test_a_positive_after_the_negative_does_not_clear(scene: Scene, person):
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    scene.tested(person, at=later(hours=3), outcome="POSITIVE")
    scene.well(person, at=later(hours=4))
    assert colour(person, later(hours=9)) == Colour.YELLOW


def test_a_form_that_still_names_symptoms_does_not_clear(scene: Scene, person):
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    declare(scene, person, Form(False, symptoms="咳嗽", onset_on=TODAY), at=later(hours=3))
    assert colour(person, later(hours=9)) == Colour.YELLOW


def test_a_fever_that_comes_back_is_examined_and_tested_again(scene: Scene, person):
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    declare(scene, person, Form(True, onset_on=day(1)), at=later(days=1, hours=3))
    scene.well(person, at=later(days=1, hours=4))
    assert colour(person, later(days=2)) == Colour.YELLOW


def test_the_same_fever_declared_again_asks_for_nothing_more(scene: Scene, person):
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    declare(scene, person, at=later(hours=3))
    scene.well(person, at=later(hours=4))
    assert colour(person, later(days=2)) == Colour.GREEN


def test_fever_cleared_leaves_another_yellow_case(scene: Scene, person):
    scene.automatic(person, "AUTO_YELLOW", at=later(minutes=1))
    for hour, name in enumerate(ACTS, start=1):
        ACTS[name](scene, person, later(hours=hour))
    assert colour(person, later(hours=9)) == Colour.YELLOW


def test_only_a_clinic_records_a_visit(scene: Scene, person):
    fields = {"visited_at": T, "ruled_out": True, "record_number": "V1", "at": later(hours=1)}
    refused(NotAllowed, declarations.record_visit, person, by=scene.cast.hospital_city, **fields)


def test_a_visit_does_not_lie_in_the_future(scene: Scene, person):
    fields = {"visited_at": later(hours=2), "ruled_out": True, "record_number": "V1", "at": later(hours=1)}
    refused(
        declarations.VisitInFuture, declarations.record_visit, person, by=scene.cast.clinic_xinchang, **fields
    )


def test_a_record_number_of_a_clinic_is_entered_once(scene: Scene, person):
    fields = {"visited_at": T, "ruled_out": True, "record_number": "门诊9", "at": later(hours=1)}
    by = scene.cast.clinic_xinchang
    declarations.record_visit(person, by=by, **fields)
    refused(declarations.RecordKnown, declarations.record_visit, scene.person(), by=by, **fields)


def test_a_form_is_kept_even_when_it_changes_nothing(scene: Scene):
    scene.well(scene.person(), at=T)
    assert Declaration.objects.count() == 1
