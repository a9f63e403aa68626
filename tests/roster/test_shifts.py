"""The duty roster: entered and taken back by the office itself or by who watches over it; gaps are shown."""

from datetime import timedelta

import pytest
from django.db import Error, transaction

from cases.models import Shift
from cases.selectors.roster import Roster, gaps, offices_of
from cases.services.engine.refusals import NotAllowed
from cases.services.roster import shifts
from healthcode.core.audit.models import Event
from tests.cases.scenes import Scene, T, fresh, later, refused


def test_a_shift_is_entered_under_the_accounts_own_number_and_is_on_duty_in_its_span(scene: Scene, on_duty):
    user = scene.cast.cdc_xinchang
    type(user).objects.filter(pk=user.pk).update(phone="0575-86000001")
    shift = on_duty("cdc.xinchang", phone="")
    assert shift.phone == "0575-86000001"
    assert [Roster(at).shifts for at in (later(seconds=-1), T, later(days=2))] == [(), (shift,), ()]
    event = Event.objects.get(action="roster.entered")
    assert (event.target, event.actor) == (f"shift:{shift.pk}", "cdc.xinchang")


def test_a_shift_taken_back_calls_nobody_and_stays_on_record(scene: Scene, on_duty):
    shift = on_duty("cdc.xinchang")
    shifts.withdraw(shift, reason="换班", by=scene.cast.cdc_xinchang, at=later(hours=1))
    assert Roster(later(hours=2)).shifts == ()
    assert fresh(shift).withdrawn_by == scene.cast.cdc_xinchang
    fields = {"reason": "再次", "by": scene.cast.cdc_xinchang, "at": later(hours=2)}
    refused(shifts.NotOnTheRoster, shifts.withdraw, shift, **fields)
    on_duty("cdc.xinchang", at=later(hours=2))  # the time is free again


def test_the_prevention_office_enters_for_the_offices_of_its_area_and_nobody_else_does(scene: Scene, on_duty):
    shift = on_duty("cdc.xinchang", by=scene.cast.duty_xinchang)
    assert shift.entered_by == scene.cast.duty_xinchang
    fields = {"at": T, "by": scene.cast.duty_xinchang}
    refused(NotAllowed, on_duty, "community.yuecheng", **fields)
    refused(NotAllowed, on_duty, "group.xinchang", by=scene.cast.cdc_xinchang)
    refused(NotAllowed, shifts.withdraw, shift, reason="x", by=scene.cast.group_xinchang, at=T)


@pytest.mark.parametrize(
    ("kind", "username", "fields"),
    [
        (shifts.NoSpan, "cdc.xinchang", {"until": T}),
        (shifts.NoSpan, "cdc.xinchang", {"from_at": later(hours=-5), "until": later(hours=-1)}),
        (shifts.ShiftTooLong, "cdc.xinchang", {"until": later(days=7, seconds=1)}),
        (shifts.ShiftLongAgo, "cdc.xinchang", {"from_at": later(days=-1, seconds=-1)}),
        (shifts.NoLeader, "cdc.xinchang", {"leads": True}),
    ],
)
def test_what_cannot_be_a_shift_is_refused(scene: Scene, on_duty, kind, username, fields):
    refused(kind, on_duty, username, **fields)


def test_nobody_is_on_duty_twice_at_once_or_for_another_office_or_without_a_telephone(scene: Scene, on_duty):
    cdc, group = scene.cast.cdc_xinchang, scene.cast.group_xinchang
    on_duty("cdc.xinchang")
    refused(shifts.OnDutyAlready, on_duty, "cdc.xinchang", from_at=later(days=1), until=later(days=3))
    on_duty("cdc.xinchang", from_at=later(days=2), until=later(days=3))
    fields = {"user": group, "from_at": T, "until": later(days=1), "by": cdc, "at": T}
    refused(shifts.NotOfTheOffice, shifts.enter, office=cdc.office, **fields)
    type(cdc).objects.filter(pk=group.pk).update(phone="")
    refused(shifts.NoTelephone, on_duty, "group.xinchang", phone=" ")


def test_a_shift_is_never_rewritten(on_duty):
    shift = on_duty("cdc.xinchang")
    for change in ({"phone": "13911111111"}, {"until": later(days=1)}, {"leads": True}):
        with pytest.raises(Error), transaction.atomic():
            Shift.objects.filter(pk=shift.pk).update(**change)


def test_a_gap_is_shown_for_the_next_day_and_for_the_missing_leader(scene: Scene, on_duty):
    duty = scene.cast.duty_xinchang
    on_duty("duty.xinchang", from_at=later(hours=2), until=later(hours=30))
    found = [(gap.leads, gap.from_at, gap.until) for gap in gaps([duty.office], at=T)]
    assert found == [(False, T, later(hours=2)), (True, T, later(hours=24))]
    assert gaps([scene.cast.gate_school.office], at=T) == []  # decides nothing
    codes = {office.code for office in offices_of(duty)}
    assert "cdc-xinchang" in codes
    assert not codes & {"cdc-city", "community-yuecheng", "school"}


def test_who_works_elsewhere_meanwhile_is_on_duty_for_nobody(scene: Scene, on_duty):
    shift = on_duty("cdc.xinchang")
    user = scene.cast.cdc_xinchang
    type(user).objects.filter(pk=user.pk).update(office=scene.cast.office("cdc-city"))
    assert Roster(T + timedelta(hours=1)).shifts == ()
    assert shift in Shift.objects.at(later(hours=1))
