"""Looking people up, and reading their numbers in clear: found with a purpose, read with a reason."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from django.conf import settings

from cases.models import LookUp
from cases.operations.merges import ProposeMerge
from cases.services.engine.refusals import NotAllowed
from cases.services.persons import asking, documents, lookups, people
from cases.services.persons.identity import Identity
from healthcode.core.acts.base import run
from healthcode.core.audit.models import Event, Note
from tests.factories import DivisionFactory, resident_number

from .scenes import Scene, T, later, refused

FAR = "330602001"


def look_up(scene: Scene, person, by="community.yuecheng", purpose="核对密接", at=T, task=""):
    fields = {"document_type": "RESIDENT_ID", "document_number": person.document}
    fields |= {"purpose": purpose, "task": task}
    return lookups.look_up(by=scene.cast[by], at=at, **fields)


def test_outside_the_own_area_a_look_up_says_its_purpose(scene: Scene):
    refused(lookups.PurposeMissing, look_up, scene, scene.person(), purpose=" ")


def in_vain():
    return [
        json.loads(event.body)["why"]
        for event in Event.objects.filter(action="person.look_up_refused").order_by("pk")
    ]


def test_outside_and_nobody_are_one_answer_until_a_purpose_is_given(scene: Scene):
    number = {"document_type": "RESIDENT_ID", "by": scene.cast.community_yuecheng, "at": T}
    answers = [
        refused(lookups.PurposeMissing, lookups.look_up, document_number=one, **number)
        for one in (scene.person().document, resident_number())
    ]
    assert len({(str(one), one.code, one.field) for one in answers}) == 1
    assert in_vain() == ["purpose", "purpose"]


def test_a_telephone_of_two_people_without_a_purpose_finds_those_within_reach(scene: Scene):
    near, _far = scene.person(phone="13811112222"), scene.person(phone="13811112222", present=FAR)
    fields = {"phone": "13811112222", "by": scene.cast.community_yulin, "at": T}
    assert lookups.look_up(**fields) == [near]


@pytest.mark.parametrize(
    "purpose", ["x", "查", "核对", "2026-11-03", "17 18 19", "aaaa", "。。。。", "查1查1查"]
)
def test_a_purpose_is_a_sentence(scene: Scene, purpose):
    refused(asking.PurposeUnclear, look_up, scene, scene.person(), purpose=purpose)


@pytest.mark.parametrize("purpose", ["核对密接", "own code", "信访件17号来电核对"])
def test_a_sentence_is_a_purpose(scene: Scene, purpose):
    assert look_up(scene, person := scene.person(), purpose=purpose) == [person]


def test_a_standing_case_of_ones_own_is_a_purpose_and_kept_as_such(scene: Scene):
    case, person = scene.overseas(scene.person()), scene.person(present=FAR)
    found = look_up(scene, person, by="community.yulin", purpose="", task=str(case.pk))
    (look,) = LookUp.objects.filter(person=person, user=scene.cast.community_yulin)
    assert found == [person] and look.task == f"case:{case.pk}"


def test_a_case_that_is_closed_or_somebody_elses_is_none(scene: Scene):
    case, person = scene.overseas(scene.person()), scene.person(present=FAR)
    refused(asking.TaskUnknown, look_up, scene, person, by="community.nanming", task=str(case.pk))
    scene.voided(case)
    refused(asking.TaskUnknown, look_up, scene, person, by="community.yulin", task=str(case.pk))


def test_an_hour_has_so_many_look_ups_and_the_refusal_says_when_to_go_on(scene: Scene, settings):
    settings.LOOK_UPS_PER_HOUR = 3
    person = scene.person()
    for purpose in ("", "核对密接", ""):
        with suppress(lookups.PurposeMissing):
            look_up(scene, person, purpose=purpose)
    assert refused(asking.TooManyLookUps, look_up, scene, person).retry_after == 3600
    assert in_vain()[-1] == "limit"
    assert look_up(scene, person, by="service.yuecheng") == [person]  # each account has its own
    hour = T + timedelta(hours=1, seconds=1)
    assert look_up(scene, person, at=hour) == [person]


def test_registering_and_correcting_count_as_asking(scene: Scene, settings):
    settings.LOOK_UPS_PER_HOUR = 1
    theirs = scene.person()
    identity = Identity(name="王五", document_number=theirs.document)
    fields = {"present": DivisionFactory(code=FAR), "by": scene.cast.service_yuecheng, "at": T}
    refused(people.KnownElsewhere, people.register, identity, **fields)
    refused(asking.TooManyLookUps, people.register, identity, **fields)
    assert in_vain() == ["registering", "limit"]


def test_an_act_that_is_refused_or_only_rehearsed_leaves_the_line_of_its_look_up(scene: Scene):
    person, other = scene.person(), scene.person(present=FAR)
    data = {"document_type": "RESIDENT_ID", "document_number": other.document, "reason": "重复"}
    form = ProposeMerge(data, subject=person, by=scene.cast.service_xinchang, at=T)
    assert form.is_valid() and run(form, rehearse=True) is None
    assert in_vain() == ["reach"]


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
    fields = {"document_type": "RESIDENT_ID", "document_number": resident_number(), "purpose": "核对密接"}
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
    numbers = lookups.unmask(person, reason="电话流调", by=scene.cast.group_xinchang, at=T)
    assert numbers == {"document": person.document, "phone": "13812345678"}
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
