"""Two seats that may be one human's, decisions within seconds at night, and what waits too long."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cases.models import Shift
from cases.services.grounds import cases, voids
from cases.services.roster import shifts
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from healthcode.portal.signs import board, thresholds
from tests.cases.scenes import T, later

PASSWORD = "a-long-phrase-2026"


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
    person = scene.person()
    scene.reported(person)
    assert rows("long_waiting", later(minutes=59)) == []
    (row,) = rows("long_waiting", later(hours=1))
    assert row.url.endswith("late/") and person.name in row.text


def logged_in(user, at, browser):
    with time_machine.travel(at):
        browser.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})
        browser.post(reverse("admin:logout"))


@pytest.mark.parametrize(
    ("same_browser", "after", "found"),
    [
        (True, timedelta(minutes=20), 1),
        (False, timedelta(minutes=20), 0),  # each at a desk of their own
        (True, timedelta(hours=5), 0),  # the colleague of the next shift
    ],
)
def test_proposer_and_decider_at_one_device(scene, client, same_browser, after, found):
    proposer, decider = scene.cast.group_xinchang, scene.cast.duty_xinchang
    for user in (proposer, decider):
        user.set_password(PASSWORD)
        user.password_is_temporary = False
        user.save()
    logged_in(proposer, later(minutes=-5), client)
    logged_in(decider, later(minutes=-1) + after, client if same_browser else Client())
    decided(scene, at=T, after=after)
    assert len(rows("one_device", later(days=1))) == found


def test_the_mark_of_a_browser_is_kept_and_lets_nobody_pass_for_it(scene, client):
    user = scene.cast.group_xinchang
    user.set_password(PASSWORD)
    user.save()
    for hours in (1, 2):
        logged_in(user, later(hours=hours), client)
    secret = client.cookies["device"].value
    marks = {json.loads(event.body)["device"] for event in Event.objects.filter(action="session.opened")}
    assert len(marks) == 1 and secret not in marks.pop()
    assert client.cookies["device"]["httponly"]
