"""The duty roster, its gaps, the calls, and who can be called about what waits, over the API."""

from datetime import timedelta

from django.utils import timezone

from cases.models import Call
from tests.cases.scenes import Scene
from tests.factories import register, reported


def entered(caller, user, **fields):
    now = timezone.now()
    body = {"user": user.username, "phone": "13900000001", "from_at": now, "until": now + timedelta(days=1)}
    return caller(user).do("enter-shift", **{**body, **fields})


def test_a_shift_is_entered_listed_and_taken_back(cast, caller):
    assert entered(caller, cast.group_xinchang).status_code == 200
    reader = caller(cast.cdc_city)
    (row,) = reader.get("roster", now="true", office="group-xinchang").json()["results"]
    assert (row["user"], row["phone"], row["leads"]) == ("group.xinchang", "13900000001", False)
    fields = {"shift": row["id"], "reason": "换班"}
    assert reader.do("withdraw-shift", **fields).status_code == 400  # no shift of theirs
    assert caller(cast.group_xinchang).do("withdraw-shift", **fields).status_code == 200
    assert reader.get("roster", now="true").json()["results"] == []


def test_the_gaps_of_ones_own_office_are_listed(cast, caller):
    assert [gap["office"] for gap in caller(cast.cdc_city).get("roster/gaps").json()] == ["cdc-city"]
    entered(caller, cast.cdc_city, from_at=timezone.now() - timedelta(minutes=1))
    (gap,) = caller(cast.cdc_city).get("roster/gaps").json()
    assert gap["until"] > gap["from_at"]
    assert caller(cast.gate_school).get("roster/gaps").status_code == 403


def test_what_waits_says_when_it_is_due_and_whom_to_call(cast, caller):
    entered(caller, cast.group_xinchang, from_at=timezone.now() - timedelta(minutes=1))
    person = register(by=cast.cdc_xinchang, at=timezone.now() - timedelta(hours=5))
    reported(person, by=cast.cdc_xinchang, at=timezone.now() - timedelta(minutes=45))
    lists = {one["key"]: one for one in caller(cast.group_xinchang).get("worklists").json()}
    wait = lists["reports"]["rows"][0]["wait"]
    assert wait["stage"] == "LEADER"
    assert wait["on_duty"] == [{"office": "group-xinchang", "name": "新昌管控组员", "phone": "13900000001"}]
    (waiting,) = caller(cast.cdc_xinchang).get(f"persons/{person.public_id}").json()["waiting"]
    assert (waiting["act"], waiting["wait"]["stage"]) == ("case.enter_report", "LEADER")
    (late,) = (one for one in caller(cast.duty_xinchang).get("worklists").json() if one["key"] == "late")
    assert (late["total"], late["rows"][0]["person"]) == (1, str(person.public_id))


def test_a_call_is_recorded_and_stands_on_the_case(cast, caller):
    scene, at = Scene(cast), timezone.now() - timedelta(hours=9)
    person = scene.person(at=at)
    scene.clinical(person, at=at, began_on=timezone.localdate(at))
    scene.died(person, at=at + timedelta(hours=1))
    scene.death_taken_back(person, at=at + timedelta(hours=2))
    body = {"called_at": timezone.now() - timedelta(minutes=5), "reached": "FAMILY", "tries": 2}
    answer = caller(cast.community_yulin).do("record-call", person, **body)
    assert answer.status_code == 200, answer.content
    standing = caller(cast.group_xinchang).get("cases", person=person.public_id, state="OPEN").json()
    assert [call["reached"] for call in standing["results"][0]["calls"]] == ["FAMILY"]
    assert Call.objects.get().tries == 2
