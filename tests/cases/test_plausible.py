"""Dates that cannot be: each is refused on its field."""

from datetime import date, timedelta

import pytest
from stdnum.cn import ric

from cases.services import control
from cases.services.engine import admission, plausible
from cases.services.grounds import cases
from cases.services.persons import deaths, people
from cases.services.persons import identity as identities
from cases.services.persons.documents import WrongBirthDate
from cases.services.persons.identity import Identity
from cases.services.samples import declarations, reports, results
from tests.factories import DivisionFactory, resident_number

from .scenes import TODAY, Scene, T, day, later, refused, sample


@pytest.fixture
def child(scene: Scene):
    """Somebody born a week ago."""
    return scene.person(document_number=resident_number(born=day(-7)))


def entered(scene: Scene, person, sampled, **fields):
    return results.enter(person, sample(sampled, **fields), by=scene.cast.hospital_city, at=T)


def test_a_sample_is_not_taken_before_birth(scene: Scene, child):
    refusal = refused(plausible.BeforeBirth, entered, scene, child, later(days=-8))
    assert refusal.field == "sampled_at"


def test_a_sample_is_not_years_old(scene: Scene):
    refusal = refused(plausible.LongAgo, entered, scene, scene.person(), later(days=-366))
    assert refusal.field == "sampled_at"


def test_a_report_does_not_lie_in_the_future(scene: Scene):
    person, soon = scene.person(), later(minutes=1)
    refusal = refused(
        reports.ReportedInFuture, entered, scene, person, T - timedelta(hours=1), reported_at=soon
    )
    assert refusal.field == "reported_at"


def test_a_visit_does_not_lie_before_birth(scene: Scene, child):
    fields = {"ruled_out": True, "record_number": "V1", "by": scene.cast.clinic_xinchang, "at": T}
    refusal = refused(
        plausible.BeforeBirth, declarations.record_visit, child, visited_at=later(days=-8), **fields
    )
    assert refusal.field == "visited_at"


@pytest.mark.parametrize(
    ("left", "kind"),
    [(-9, plausible.BeforeBirth), (-2, control.LeftBeforeOrder), (-900, plausible.BeforeBirth)],
)
def test_a_ride_lies_neither_before_birth_nor_before_the_order(scene: Scene, child, left, kind):
    scene.clinical(child, began_on=day(-1))
    fields = {
        "from_place": "家",
        "to_place": "隔离点",
        "vehicle": "AMBULANCE",
        "plate": "浙D12345",
        "escort": "甲",
        "handed_to": "乙",
    }
    when = {"left_at": later(days=left), "arrived_at": later(days=left, hours=1), "at": later(hours=1)}
    refusal = refused(
        kind, control.transport, child, sealed=True, by=scene.cast.group_xinchang, **fields, **when
    )
    assert refusal.field == "left_at"


def test_nobody_dies_before_birth(scene: Scene, child):
    fields = {"certificate": "证1", "by": scene.cast.group_xinchang, "at": T}
    assert refused(deaths.DiedBeforeBirth, deaths.record, child, on=day(-8), **fields).field == "on"


@pytest.mark.parametrize(
    ("identity", "kind", "field"),
    [
        (
            Identity(
                "甲", document_number="33062400010101" + "001" + ric.calc_check_digit("330624000101010010")
            ),
            WrongBirthDate,
            "document_number",
        ),
        (
            Identity("甲", "PASSPORT", "M1234567", "KOR", birth_date=date(1850, 1, 1)),
            identities.BornTooLongAgo,
            "birth_date",
        ),
    ],
)
def test_nobody_alive_was_born_that_long_ago(scene: Scene, identity, kind, field):
    fields = {"present": DivisionFactory(), "by": scene.cast.service_xinchang, "at": T}
    assert refused(kind, people.register, identity, **fields).field == field


@pytest.mark.parametrize("ground", ["CLOSE_CONTACT", "SUSPECTED"])
def test_no_ground_is_years_old(scene: Scene, ground):
    refusal = refused(plausible.LongAgo, scene.reported, scene.person(), ground, began_on=day(-366))
    assert refusal.field == "began_on"


def test_nobody_is_reported_for_a_period_that_is_over(scene: Scene):
    refusal = refused(admission.PeriodOver, scene.reported, scene.person(), began_on=day(-15))
    assert refusal.field == "began_on"


def test_the_last_day_of_the_period_is_still_served(scene: Scene):
    assert scene.clinical(scene.person(), began_on=day(-14)).began_on == TODAY - timedelta(days=14)


def test_a_report_that_waited_too_long_is_not_entered(scene: Scene):
    case, group = scene.reported(scene.person()), scene.cast.group_xinchang
    refused(admission.PeriodOver, cases.enter, case, by=group, at=later(days=15))


def test_isolation_ordered_for_days_gone_by_is_refused(scene: Scene):
    rule = scene.documented().number
    gone = {"began_on": day(-5), "days": 3}
    refused(admission.PeriodOver, scene.ordered, scene.person(), evidence_ref=rule, **gone)
