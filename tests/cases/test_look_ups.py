"""Looking people up, and reading their numbers in clear: found with a purpose, read with a reason."""

from datetime import timedelta

import pytest
from django.conf import settings

from cases.models import LookUp
from cases.services.engine.refusals import NotAllowed
from cases.services.persons import documents, lookups
from healthcode.core.audit.models import Note
from tests.factories import resident_number

from .scenes import Scene, T, later, refused


def look_up(scene: Scene, person, by="community.yuecheng", purpose="核对密接", at=T):
    fields = {"document_type": "RESIDENT_ID", "document_number": person.document, "purpose": purpose}
    return lookups.look_up(by=scene.cast[by], at=at, **fields)


def test_outside_the_own_area_a_look_up_says_its_purpose(scene: Scene):
    refused(lookups.PurposeMissing, look_up, scene, scene.person(), purpose=" ")


def test_inside_the_own_area_no_purpose_is_asked(scene: Scene):
    person = scene.person()
    assert look_up(scene, person, by="community.yulin", purpose="") == [person]
    assert not LookUp.objects.filter(user=scene.cast.community_yulin).exists()


def test_a_look_up_opens_the_person_for_a_while(scene: Scene):
    person = scene.person()
    assert not scene.reaches(person, T)
    look_up(scene, person)
    over = T + timedelta(minutes=settings.LOOK_UP_MINUTES)
    assert scene.reaches(person, over - timedelta(seconds=1))
    assert not scene.reaches(person, over)


def test_a_look_up_opens_the_person_to_nobody_else(scene: Scene):
    person = scene.person()
    look_up(scene, person)
    assert not scene.reaches(person, later(minutes=1), by="community.nanming")


def test_a_look_up_of_somebody_unknown_answers_nothing(scene: Scene):
    fields = {"document_type": "RESIDENT_ID", "document_number": resident_number(), "purpose": "核对"}
    assert lookups.look_up(by=scene.cast.clinic_xinchang, at=T, **fields) == []


def test_a_look_up_of_nothing_is_refused(scene: Scene):
    refused(documents.WrongDocument, lookups.look_up, by=scene.cast.clinic_xinchang, at=T)


def test_a_telephone_of_two_records_of_one_human_finds_one(scene: Scene):
    one, two = (scene.person(phone="138 1111 2222") for _ in range(2))
    scene.merged(one, two)
    assert lookups.look_up(phone="+8613811112222", by=scene.cast.service_xinchang, at=T) == [two]


@pytest.mark.parametrize(
    "by", ["supervisor.city", "duty.city", "policy.city", "admin.one", "telecom", "gate.school"]
)
def test_others_do_not_look_up(scene: Scene, by):
    refused(NotAllowed, look_up, scene, scene.person(), by=by)


def test_a_number_is_read_in_clear_with_a_reason_that_is_kept(scene: Scene):
    person = scene.person(phone="13812345678")
    shown = lookups.unmask(person, reason="电话流调", by=scene.cast.group_xinchang, at=T)
    assert shown == {"document": person.document, "phone": "13812345678"}
    assert Note.objects.get(event__action="person.unmasked").text == "电话流调"


def test_without_a_reason_nothing_is_read_in_clear(scene: Scene):
    refused(
        lookups.UnmaskedWithoutReason,
        lookups.unmask,
        scene.person(),
        reason=" ",
        by=scene.cast.group_xinchang,
        at=T,
    )


@pytest.mark.parametrize(
    "by", ["service.xinchang", "bureau.one", "community.yulin", "supervisor.city", "clinic.xinchang"]
)
def test_others_read_only_masked(scene: Scene, by):
    refused(NotAllowed, lookups.unmask, scene.person(), reason="想看", by=scene.cast[by], at=T)


def test_an_act_on_somebody_else_reaches_only_whom_the_user_reaches(scene: Scene):
    number = scene.person().document
    fields = {"act": "person.view", "by": scene.cast.community_yuecheng, "at": T}
    refused(lookups.NobodyWithinReach, lookups.within_reach, "RESIDENT_ID", number, **fields)
