"""Two seats that may be one human's, decisions within seconds at night, and what waits too long."""

from datetime import timedelta

import pytest

from cases.models import Shift
from cases.services.grounds import cases, voids
from cases.services.roster import shifts
from healthcode.core.offices.models import User
from healthcode.portal.signs import board, thresholds
from tests.cases.scenes import T, later


def rows(key, at):
    return board.rows(key, at=at)


def voided(scene, *, at, after):
    """Let the bureau propose a void, and the county's CDC decide it so long after."""
    person = scene.person(at=at - timedelta(hours=3))
    case = scene.overseas(person, at=at - timedelta(hours=2))
    voids.approve(scene.void_proposed(case, at=at), by=scene.cast.cdc_xinchang, at=at + after)


def decided(scene, *, at, after):
    """Let the group enter a discretionary yellow, and a duty lead decide it so long after."""
    case = scene.held(scene.person(), at=at)
    cases.decide(case, approve=True, by=scene.cast.duty_xinchang, at=at + after)


@pytest.mark.parametrize("alike", [{"name": "大数据局甲"}, {"phone": "13911112222"}])
def test_a_decider_with_the_proposers_name_or_telephone(scene, alike):
    voided(scene, at=T, after=timedelta(hours=1))
    assert rows("one_human", later(hours=2)) == []
    User.objects.filter(username="bureau.one").update(**alike)
    User.objects.filter(username="cdc.xinchang").update(**alike)
    (row,) = rows("one_human", later(hours=2))
    assert "大数据局" in row.text and "actor=cdc.xinchang" in row.url
    assert rows("one_human", later(hours=2) + thresholds.RECENT) == []


def test_the_telephone_on_an_offices_desk_is_no_sign(scene):
    voided(scene, at=T, after=timedelta(hours=1))
    office = scene.cast.bureau_one.office
    type(office).objects.filter(pk=office.pk).update(phone="85085591")
    User.objects.filter(username__in=("bureau.one", "cdc.xinchang")).update(phone="85085591")
    assert rows("one_human", later(hours=2)) == []


def test_a_case_decided_by_somebody_of_the_same_name(scene):
    scene.other_yellow(scene.person())
    User.objects.filter(username__in=("group.xinchang", "duty.xinchang")).update(name="同名")
    assert len(rows("one_human", later(hours=1))) == 1


def test_several_people_on_duty_under_one_telephone(scene):
    for username in ("cdc.xinchang", "group.xinchang"):
        user = scene.cast[username]
        span = {"from_at": T, "until": later(days=1), "by": user, "at": T}
        shifts.enter(office=user.office, user=user, phone="13900000009", **span)
    (row,) = rows("one_human", later(hours=1))
    assert "13900000009" in row.text
    assert Shift.objects.count() == 2


@pytest.mark.parametrize(
    ("begins", "after", "found"),
    [
        (later(hours=14), timedelta(seconds=20), 1),  # 23:00
        (later(hours=14), timedelta(minutes=5), 0),
        (later(hours=2), timedelta(seconds=20), 0),  # 11:00
    ],
)
def test_decisions_within_seconds_all_night(scene, monkeypatch, begins, after, found):
    monkeypatch.setattr(thresholds, "SECONDS_A_NIGHT", 2)
    decided(scene, at=begins, after=after)
    assert rows("seconds", later(days=1)) == []
    decided(scene, at=begins + timedelta(hours=4), after=after)
    assert len(rows("seconds", later(days=1))) == found


def test_what_waits_twice_its_hours(scene):
    scene.reported(scene.person())
    assert rows("long_waiting", later(hours=3, minutes=59)) == []
    (row,) = rows("long_waiting", later(hours=4))
    assert row.url.endswith("late/")
