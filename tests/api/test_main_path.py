"""The main path, as machines walk it: reported, entered, red; a negative; ended; green."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from cases.models import Case, Transition
from cases.services import areas
from tests.api.conftest import fields_of, status_and_code
from tests.factories import register, reported

WAY = {"ground": "CLOSE_CONTACT", "evidence_kind": "LETTER", "evidence_ref": "协查函1"}


def listed_area(cast):
    now = timezone.now()
    listing = areas.Listing("某区", "MEDIUM", "公告1号", now - timedelta(days=5))
    area = areas.propose(listing, by=cast.duty_city, at=now)
    areas.decide(area, approve=True, by=cast.duty_deputy, at=now)
    return area


def test_a_close_contact_is_reported_entered_tested_and_released_over_the_api(cast, caller):
    person = register(by=cast.service_xinchang)
    cdc, group, officer = (
        caller(user) for user in (cast.cdc_xinchang, cast.group_xinchang, cast.officer_yulin)
    )
    start = timezone.now()

    body = cdc.do("report", person, began_on=str(timezone.localdate()), **WAY).json()
    assert body["explanation"]["colour"] == "GREEN"
    assert body["explanation"]["waiting"][0]["ground"] == "CLOSE_CONTACT"

    case = Case.objects.get(person=person)
    entered = group.do("enter-report", person, case=case.pk, officer=officer.user.username).json()
    assert entered["explanation"]["colour"] == "RED"

    assert status_and_code(officer.do("end-control", person)) == (409, "control.end.condition_missing")

    with time_machine.travel(start + timedelta(days=15, hours=1)):
        officer = caller(cast.officer_yulin)
        sampled = (timezone.now() - timedelta(days=1)).isoformat()
        negative = {"sampled_at": sampled, "laboratory": "新昌县检测中心", "report_number": "R-1"}
        ended = officer.do("end-control", person, **negative).json()
        assert ended["explanation"]["colour"] == "GREEN"
        turned = officer.get("transitions", person=person.public_id).json()["results"]
    assert [(row["to_colour"], row["clause"]) for row in turned] == [("GREEN", "3.3"), ("RED", "1.1d")]
    assert Transition.objects.filter(person=person).count() == 2


def test_a_rehearsal_tells_the_effect_and_stores_nothing(cast, caller):
    person = register(by=cast.service_xinchang)
    group = caller(cast.group_xinchang)
    case = reported(person, by=cast.cdc_xinchang, at=timezone.now())
    person.refresh_from_db()
    body = group.do("enter-report", person, rehearse=True, case=case.pk).json()
    assert (body["rehearsed"], body["explanation"]["colour"]) == (True, "RED")
    assert body["persons"][0]["version"] == person.version
    assert not Case.objects.open().exists()


def test_a_stay_is_entered_with_both_its_ends_and_told_with_them(cast, caller):
    person, today = register(by=cast.service_xinchang), timezone.localdate()
    area = listed_area(cast)
    days = {"began_on": str(today - timedelta(days=2)), "arrived_on": str(today - timedelta(days=4))}
    evidence = {"evidence_kind": "SCREENING", "evidence_ref": "摸排1"}
    community = caller(cast.community_yulin)
    body = community.do("open-case", person, ground="RISK_AREA", risk_area=area.pk, **days, **evidence).json()
    (standing,) = body["explanation"]["standing"]
    assert standing["stayed_from"].startswith(days["arrived_on"])
    early = {**days, "arrived_on": str(today), "evidence_ref": "摸排2"}
    answer = community.do("open-case", person, ground="RISK_AREA", risk_area=area.pk, **{**evidence, **early})
    assert fields_of(answer) == {"arrived_on": "cases.stay.left_before_arriving"}
