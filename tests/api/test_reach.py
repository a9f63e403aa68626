"""Nobody reads past their reach: a canary outside of it shows up under no address, for no role."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Person
from healthcode.portal.operation.json_lines import JsonFormatter
from tests.factories import contact, register, sampled

CANARY, STREET, LETTER = "金丝雀", "越城秘密里八十八号", "协查函越城秘密"
LISTS = ("persons", "cases", "orders", "results", "transitions")


@pytest.fixture
def canary(cast):
    """A red person of Yuecheng, with everything that lists show."""
    person = register(by=cast.service_yuecheng, present="330602001", name=CANARY, address=STREET)
    now = timezone.now() - timedelta(minutes=1)
    cdc, group = cast.cdc_city, cast.group_city
    contact(person, cdc=cdc, group=group, at=now, evidence_ref=LETTER)
    sampled(person, by=cast.service_yuecheng, at=timezone.now(), outcome="POSITIVE")
    register(by=cast.service_xinchang, name="新昌人")
    return person


@pytest.mark.any_database
def test_the_lists_show_the_canary_to_those_it_concerns_alone(cast, caller, canary, caplog):
    caplog.handler.setFormatter(JsonFormatter())
    caplog.set_level("INFO", "healthcode.requests")
    concerned, seeing = set(), set()
    for user in cast.everybody(machines=True):
        reach = Person.objects.reachable_by(user, "person.view", timezone.now())
        if reach.filter(pk=canary.pk).exists():
            concerned.add(user.username)
        asker = caller(user)
        for address in LISTS:
            answer = asker.get(address)
            text = answer.content.decode()
            assert answer.status_code in (200, 403), address
            if any(secret in text for secret in (CANARY, STREET, LETTER)):
                seeing.add(user.username)
    assert '"path": "/api/v1/persons"' in caplog.text
    assert not any(
        secret in caplog.text for secret in (CANARY, STREET, LETTER, canary.document, canary.phone)
    )
    assert seeing == concerned
    assert {"service.yuecheng", "cdc.city", "supervisor.city"} <= seeing
    assert not {name for name in seeing if name.endswith((".xinchang", ".yulin", ".nanming"))}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("filters", [{"township": "330602001"}, {"township": "33"}])
def test_a_filter_opens_nothing(cast, caller, canary, path, filters):
    answer = caller(cast.community_yulin).get(path, **filters)
    assert answer.status_code == 200
    assert CANARY not in answer.content.decode()


@pytest.mark.parametrize("path", LISTS[1:])
def test_rows_of_a_stranger_are_not_found_by_opaque_number(cast, caller, canary, path):
    assert caller(cast.community_yulin).get(path, person=canary.public_id).json()["results"] == []


def test_index_cases_of_strangers_are_no_choice(cast, caller, canary):
    person = register(by=cast.service_xinchang)
    answer = caller(cast.cdc_xinchang).do(
        "report",
        person,
        ground="CLOSE_CONTACT",
        began_on=str(timezone.localdate()),
        evidence_kind="INVESTIGATION",
        evidence_ref="1",
        index_case=canary.cases.get().pk,
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "index_case"
