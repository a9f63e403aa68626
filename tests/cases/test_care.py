"""What is kept under an order: the health log of each half-day, and rides in a closed vehicle (2.1, 2.1f)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from cases.services import control
from cases.services.engine import plausible

from .scenes import TODAY, Scene, T, day, later, refused

NOW = later(hours=5)


@pytest.fixture
def red(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    return person


def log(scene: Scene, person, **fields):
    reading = {"on": TODAY, "half": "MORNING", "temperature": Decimal("36.5"), **fields}
    return control.log_health(person, control.HealthReading(**reading), by=scene.cast.officer_yulin, at=NOW)


def ride(scene: Scene, person, **fields):
    places = {
        "from_place": "家",
        "to_place": "隔离点",
        "vehicle": "AMBULANCE",
        "plate": "浙D12345",
        "escort": "甲",
        "handed_to": "乙",
    }
    when = {"left_at": T, "arrived_at": later(hours=1), "at": NOW, "sealed": True}
    return control.transport(person, by=scene.cast.officer_yulin, **{**places, **when, **fields})


def test_a_log_is_kept_from_the_day_the_order_counts_from(scene: Scene, red):
    assert log(scene, red, on=TODAY).on == TODAY


def test_no_log_is_kept_for_a_day_before_the_order(scene: Scene, red):
    refused(control.DayBeforeOrder, log, scene, red, on=day(-1))


def test_no_log_is_kept_for_tomorrow(scene: Scene, red):
    refused(plausible.InFuture, log, scene, red, on=day(1))


def test_a_half_day_is_logged_once(scene: Scene, red):
    log(scene, red)
    refused(control.AlreadyLogged, log, scene, red)


def test_a_ride_in_a_vehicle_that_is_not_closed_is_refused(scene: Scene, red):
    refused(control.NotClosed, ride, scene, red, sealed=False)


def test_nobody_arrives_before_they_left(scene: Scene, red):
    refused(control.ArrivedBeforeLeaving, ride, scene, red, arrived_at=T)


def test_a_ride_is_recorded_when_it_is_over(scene: Scene, red):
    refused(control.ArrivedInFuture, ride, scene, red, arrived_at=NOW + timedelta(minutes=1))


def test_a_ride_before_the_order_is_no_ride_under_it(scene: Scene, red):
    refused(control.LeftBeforeOrder, ride, scene, red, left_at=T - timedelta(days=1))
