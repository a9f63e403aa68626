"""The duty roster's list and forms, and what pages say about what waits."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from cases.models import Shift
from tests.admin.conftest import texts
from tests.cases.scenes import Scene
from tests.factories import register, reported

ROSTER = reverse("admin:cases_shift_changelist")


def typed(instant) -> str:
    return f"{timezone.localtime(instant):%Y-%m-%dT%H:%M}"


def test_a_shift_is_entered_and_taken_back_on_pages(cast, at_desk, now):
    client = at_desk(cast.group_xinchang)
    assert "Nobody on duty within a day" in texts(client.get(ROSTER)).body
    span = {"from_at": typed(now - timedelta(minutes=5)), "until": typed(now + timedelta(days=2))}
    fields = {"user": "group.xinchang", "phone": "13900000001", **span}
    client.post(reverse("admin:do", args=("enter-shift",)), {**fields, "_confirm": "1"}, follow=True)
    shift = Shift.objects.get()
    body = texts(client.get(ROSTER)).body
    assert "13900000001" in body and "Nobody on duty within a day" not in body
    page = client.get(reverse("admin:cases_shift_change", args=(shift.pk,)))
    assert "withdraw-shift" in texts(page).body
    back = {"shift": shift.pk, "reason": "换班", "_confirm": "1"}
    client.post(reverse("admin:do", args=("withdraw-shift",)), back, follow=True)
    shift.refresh_from_db()
    assert shift.withdrawn_by == cast.group_xinchang


def test_only_a_duty_lead_is_offered_the_leader_and_other_offices(cast, at_desk):
    url = reverse("admin:do", args=("enter-shift",))
    own, watching = texts(at_desk(cast.group_xinchang).get(url)), texts(at_desk(cast.duty_xinchang).get(url))
    assert "leader on duty" not in own.body and "cdc.xinchang" not in own.body
    assert "leader on duty" in watching.body and "cdc.xinchang" in watching.body


def test_home_person_and_act_say_when_it_is_due_and_whom_to_call(cast, at_desk, now):
    Shift.objects.create(
        office=cast.group_xinchang.office,
        user=cast.group_xinchang,
        phone="13900000002",
        from_at=now - timedelta(hours=1),
        until=now + timedelta(hours=9),
        entered_by=cast.group_xinchang,
        entered_at=now - timedelta(hours=1),
    )
    person = register(by=cast.cdc_xinchang, at=now - timedelta(hours=5))
    reported(person, by=cast.cdc_xinchang, at=now - timedelta(hours=3))
    client = at_desk(cast.group_xinchang)
    pages = (
        reverse("admin:index"),
        reverse("admin:cases_person_change", args=(person.pk,)),
        reverse("admin:cases_person_do", args=(person.pk, "enter-report")),
    )
    for url in pages:
        body = texts(client.get(url)).body
        assert "was due" in body and "tel:13900000002" in body, url
    assert "was due" in texts(at_desk(cast.duty_xinchang).get(reverse("admin:work", args=("late",)))).body


def test_the_page_of_a_person_says_who_was_reached(cast, at_desk, now):
    scene, at = Scene(cast), now - timedelta(hours=9)
    person = scene.person(at=at)
    scene.clinical(person, at=at, began_on=timezone.localdate(at))
    scene.died(person, at=at + timedelta(hours=1))
    scene.death_taken_back(person, at=at + timedelta(hours=2))
    client = at_desk(cast.community_yulin)
    fields = {
        "called_at": typed(now - timedelta(minutes=5)),
        "reached": "FAMILY",
        "tries": "2",
        "_confirm": "1",
    }
    client.post(reverse("admin:cases_person_do", args=(person.pk, "record-call")), fields, follow=True)
    page = texts(client.get(reverse("admin:cases_person_change", args=(person.pk,)))).body
    assert "reached family or guardian, tries 2" in page
