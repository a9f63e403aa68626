"""The main path, as machines walk it: reported, entered, red; a negative; ended; green."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from cases.models import Case, Transition
from tests.api.conftest import said
from tests.factories import register, reported

WAY = {"ground": "CLOSE_CONTACT", "evidence_kind": "LETTER", "evidence_ref": "协查函1"}


def test_a_close_contact_is_reported_entered_tested_and_released_over_the_api(cast, caller):
    person = register(by=cast.service_xinchang)
    cdc, group, officer = (
        caller(user) for user in (cast.cdc_xinchang, cast.group_xinchang, cast.officer_yulin)
    )
    start = timezone.now()

    told = cdc.do("report", person, began_on=str(timezone.localdate()), **WAY).json()
    assert told["explanation"]["colour"] == "GREEN"
    assert told["explanation"]["waiting"][0]["ground"] == "CLOSE_CONTACT"

    case = Case.objects.get(person=person)
    entered = group.do("enter-report", person, case=case.pk, officer=officer.user.username).json()
    assert entered["explanation"]["colour"] == "RED"

    assert said(officer.do("end-control", person)) == (409, "control.end.condition_missing")

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
    told = group.do("enter-report", person, rehearse=True, case=case.pk).json()
    assert (told["rehearsed"], told["explanation"]["colour"]) == (True, "RED")
    assert told["persons"][0]["version"] == person.version
    assert not Case.objects.open().exists()
