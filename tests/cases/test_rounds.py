"""The round: the temperatures of a day as one table, kept together or not at all, and who is missing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from cases.models import HealthLog
from cases.operations.rounds import CellReading, ReadingField, RoundForm
from cases.policy import days, half_days
from cases.selectors import rounds
from cases.services import control
from cases.services.control import HealthReading
from cases.services.engine.temperatures import ImpossibleTemperature
from tests.factories import UserFactory

from .scenes import TODAY, Scene, T, day, fresh, order_of, refused

NOON, NIGHT = days.midnight(TODAY) + timedelta(hours=12), days.midnight(TODAY) + timedelta(hours=21)
MORNING = HealthReading(TODAY, "MORNING", Decimal("36.5"))
UNREACHED = HealthReading(TODAY, "MORNING", missed="NOT_REACHED")


@pytest.fixture
def red(scene: Scene):
    person = scene.person()
    scene.clinical(person, at=T - timedelta(days=2), began_on=day(-3))
    return fresh(person)


def kept(scene: Scene, person, reading: HealthReading, at=NOON) -> HealthLog:
    return control.log_health(person, reading, by=scene.cast.officer_yulin, at=at)


def missing(scene: Scene, at=NOON, by: str = "officer.yulin") -> list[int]:
    return [order.person_id for order in rounds.missing(scene.cast[by], at)]


@pytest.mark.parametrize(
    ("hour", "due"),
    [(9, (day(-1), "EVENING")), (10, (TODAY, "MORNING")), (19, (TODAY, "MORNING")), (20, (TODAY, "EVENING"))],
)
def test_a_temperature_is_due_by_ten_and_by_eight(hour, due):
    assert half_days.due(half_days.instant(TODAY, "MORNING") + timedelta(hours=hour - 10)) == due


def test_whoever_has_no_temperature_at_ten_is_missing(scene: Scene, red):
    assert missing(scene) == [red.pk]
    kept(scene, red, MORNING)
    assert missing(scene) == []
    assert missing(scene, NIGHT) == [red.pk]


def test_whoever_was_not_reached_is_missing_until_they_are(scene: Scene, red):
    kept(scene, red, UNREACHED)
    assert missing(scene) == [red.pk]
    kept(scene, red, MORNING)
    assert missing(scene) == []


def test_whoever_was_not_measured_is_not_looked_for(scene: Scene, red):
    kept(scene, red, HealthReading(TODAY, "MORNING", missed="NOT_MEASURED"))
    assert missing(scene) == []


def test_an_order_that_began_after_the_hour_owes_nothing_yet(scene: Scene):
    scene.clinical(scene.person(), at=NOON)
    assert missing(scene, NOON + timedelta(minutes=1)) == []


def test_a_hospital_sees_those_in_its_beds(scene: Scene, red):
    site = scene.cast.office("isolation-xinchang")
    nurse = UserFactory(username="hospital.of.the.site", role="hospital", office=site)
    assert [one.person_id for one in rounds.orders(nurse)] == ([red.pk] if order_of(red).site == site else [])
    assert not rounds.orders(scene.cast.hospital_city).exists()


@pytest.mark.parametrize(
    "reading",
    [HealthReading(TODAY, "MORNING"), HealthReading(TODAY, "MORNING", Decimal("36.5"), "NOT_REACHED")],
)
def test_a_reading_is_a_temperature_or_why_there_is_none(scene: Scene, red, reading):
    refused(control.NoReading, control.log_health, red, reading, by=scene.cast.officer_yulin, at=NOON)


def test_a_half_day_has_one_temperature_and_each_reason_once(scene: Scene, red):
    kept(scene, red, UNREACHED)
    refused(control.AlreadyLogged, kept, scene, red, UNREACHED)
    kept(scene, red, MORNING)
    refused(control.AlreadyLogged, kept, scene, red, HealthReading(TODAY, "MORNING", Decimal("37.0")))
    refused(control.AlreadyLogged, kept, scene, red, UNREACHED)


def test_a_round_with_a_fault_keeps_nothing_and_names_every_fault(scene: Scene, red):
    other, third = scene.person(), scene.person()
    for person in (other, third):
        scene.clinical(person, at=T - timedelta(days=1), began_on=day(-3))
    readings = [
        (red, MORNING),
        (other, HealthReading(TODAY, "MORNING", Decimal("63.5"))),
        (third, HealthReading(TODAY, "EVENING", Decimal("33.9"))),
    ]
    refusal = refused(control.RoundNotKept, control.log_round, readings, by=scene.cast.officer_yulin, at=NOON)
    assert {place: type(fault) for place, fault in refusal.faults.items()} == dict.fromkeys(
        (1, 2), ImpossibleTemperature
    )


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("36.5", CellReading(Decimal("36.5"))),
        ("３６．５", CellReading(Decimal("36.5"))),
        ("36。5", CellReading(Decimal("36.5"))),
        ("36，5", CellReading(Decimal("36.5"))),
        ("37", CellReading(Decimal("37"))),
        ("36.5 ℃", CellReading(Decimal("36.5"))),
        ("-", CellReading(missed="NOT_MEASURED")),
        ("*", CellReading(missed="NOT_REACHED")),
        ("联系不上", CellReading(missed="NOT_REACHED")),
        (" ", None),
    ],
)
def test_a_box_reads_temperatures_and_two_keys(text, typed):
    with translation.override("zh-hans"):
        assert ReadingField(required=False).clean(text) == typed


@pytest.mark.parametrize("text", ["365", "3_6.5", "1e1", "+36", "36.55", "NaN", "^^", "1e99999"])
def test_a_box_refuses_what_is_no_temperature(text):
    with translation.override("zh-hans"), pytest.raises(ValidationError, match=r"小数点|如36.5"):
        ReadingField(required=False).clean(text)


def test_the_table_keeps_what_was_typed_and_marks_the_wrong_box(scene: Scene, red):
    order = order_of(red)
    cell = f"t{order.pk}_MORNING"
    form = RoundForm({cell: "43.5"}, by=scene.cast.officer_yulin, on=TODAY, at=NOON)
    assert form.is_valid() and form.keep() is None
    assert set(form.errors) == {cell} and form[cell].value() == "43.5"
    assert not HealthLog.objects.exists()


def test_the_table_of_somebody_else_has_no_box_for_mine(scene: Scene, red):
    cell = f"t{order_of(red).pk}_MORNING"
    form = RoundForm({cell: "36.5"}, by=scene.cast.officer_deputy, on=TODAY, at=NOON)
    assert form.is_valid() and form.keep() == [] and not HealthLog.objects.exists()
