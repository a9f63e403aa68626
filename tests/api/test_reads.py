"""What is read over the API: masked, in pages, filtered, explained as on the person's page, and recorded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Transition
from cases.selectors.explanation import explain
from cases.services.persons import deaths
from healthcode.core.audit.models import Event
from tests.factories import contact, register, sampled


@pytest.fixture
def red(cast):
    person = register(by=cast.service_xinchang, present="330624001")
    group = cast.group_xinchang
    contact(person, cdc=cast.cdc_xinchang, group=group, at=timezone.now() - timedelta(minutes=1))
    return person


@pytest.fixture
def clerk(cast, caller):
    return caller(cast.service_xinchang)


def test_a_person_is_shown_masked(clerk, red):
    body = clerk.get(f"persons/{red.public_id}").json()
    assert body["document_number"] == red.masked_document
    assert body["phone"] == red.masked_phone
    assert red.document not in str(body) and red.phone not in str(body)


def test_the_explanation_is_the_pages(cast, caller, red):
    body = caller(cast.supervisor_city).get(f"persons/{red.public_id}/explanation").json()
    meant = explain(red, at=timezone.now())
    way, answered = meant.standing[0].ways[0], body["standing"][0]["ways"][0]
    assert body["colour"] == "RED"
    assert [one["words"] for one in answered["conditions"]] == [one.words.zh for one in way.conditions]
    assert answered["role_names"] == ["管控责任人"]


def test_the_explanation_speaks_english_to_who_reads_english(cast, caller, red):
    cast.supervisor_city.__class__.objects.filter(username="supervisor.city").update(language="en")
    body = caller(cast.supervisor_city).get(f"persons/{red.public_id}/explanation").json()
    meant = explain(red, at=timezone.now())
    assert body["standing"][0]["words"] == meant.standing[0].ground.words.en


def test_a_code_is_told_at_any_past_instant(clerk, red):
    turned = Transition.objects.get(person=red).at
    at = {
        when: (turned + delta).isoformat()
        for when, delta in (("before", -timedelta(seconds=1)), ("after", timedelta(0)))
    }
    answered = {
        when: clerk.get(f"persons/{red.public_id}/code", at=flag).json()["colour"]
        for when, flag in at.items()
    }
    assert answered == {"before": "GREEN", "after": "RED"}
    assert clerk.get(f"persons/{red.public_id}/code").json()["colour"] == "RED"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"colour": "RED"}, True),
        ({"colour": "GREEN"}, False),
        ({"ground": "CLOSE_CONTACT"}, True),
        ({"township": "330624001"}, True),
        ({"township": "330624002"}, False),
        ({"due": "LATER"}, True),
        ({"due": "NONE"}, False),
        ({"colour": "RED", "township": "330624", "due": "LATER"}, True),
    ],
)
def test_persons_are_filtered(cast, clerk, red, filters, found):
    green = register(by=cast.service_xinchang, present="330624002")
    names = {row["public_id"] for row in clerk.get("persons", **filters).json()["results"]}
    assert (str(red.public_id) in names) is found
    assert (str(green.public_id) in names) is not found


def test_a_row_says_colour_grounds_and_due_state(clerk, red):
    (row,) = clerk.get("persons").json()["results"]
    assert (row["colour"], row["grounds"], row["due"]) == ("RED", ["CLOSE_CONTACT"], "LATER")
    assert row["document_number"] == red.masked_document


def test_a_death_that_is_being_checked_is_told_of_the_row_and_of_the_code(cast, clerk, red):
    fields = {"on": timezone.localdate(), "certificate": "死亡证明2026-1"}
    deaths.record(red, by=cast.hospital_city, at=timezone.now(), **fields)
    (row,) = clerk.get("persons").json()["results"]
    assert (row["colour"], row["being_checked"]) == ("RED", True)
    assert clerk.get(f"persons/{red.public_id}/code").json()["being_checked"] is True
    before = (timezone.now() - timedelta(seconds=30)).isoformat()
    assert clerk.get(f"persons/{red.public_id}/code", at=before).json()["being_checked"] is False


def test_pages_follow_one_another_by_key(cast, clerk):
    made = {str(register(by=cast.service_xinchang).public_id) for _ in range(5)}
    page, seen = clerk.get("persons", page_size=2).json(), []
    while True:
        seen += [row["public_id"] for row in page["results"]]
        if not page["next"]:
            break
        page = clerk.client.get(page["next"]).json()
    assert set(seen) == made and len(seen) == 5


def test_a_list_costs_the_same_for_more_rows(cast, clerk, django_assert_max_num_queries):
    for _ in range(20):
        register(by=cast.service_xinchang)
    with django_assert_max_num_queries(12):
        assert len(clerk.get("persons").json()["results"]) == 20


@pytest.mark.parametrize("path", ["cases", "orders", "transitions"])
def test_rows_of_one_person_are_listed(clerk, red, path):
    (row,) = clerk.get(path, person=red.public_id).json()["results"]
    assert row["person"] == {"public_id": str(red.public_id), "name": red.name}


def test_results_are_listed(cast, clerk, red):
    sampled(red, by=cast.service_xinchang, at=timezone.now())
    assert [row["outcome"] for row in clerk.get("results", outcome="NEGATIVE").json()["results"]] == [
        "NEGATIVE"
    ]


def test_standing_orders_are_told_from_ended_ones(clerk, red):
    assert [len(clerk.get("orders", standing=flag).json()["results"]) for flag in ("true", "false")] == [1, 0]


def test_reading_is_recorded(clerk, red):
    clerk.get("persons", colour="RED")
    clerk.get(f"persons/{red.public_id}")
    listed, viewed = Event.objects.filter(action__in=("person.listed", "person.viewed")).order_by("pk")
    assert (listed.target, listed.actor) == ("list:cases.person", "service.xinchang")
    assert (viewed.person, viewed.action) == (str(red.public_id), "person.viewed")


def test_a_refused_reading_is_not_recorded(cast, caller, red):
    caller(cast.service_yuecheng).get(f"persons/{red.public_id}")
    assert not Event.objects.filter(action="person.viewed").exists()


def test_answers_are_kept_in_no_cache(clerk, red):
    assert clerk.get("persons")["Cache-Control"] == "no-store"


def test_offered_operations_are_those_of_the_page(cast, caller, red):
    offered = {
        one["name"] for one in caller(cast.group_xinchang).get(f"persons/{red.public_id}/operations").json()
    }
    assert {"hand-over", "extend", "open-case"} <= offered
    assert not {"enter-report", "end-control"} & offered


def test_the_rule_book_in_force_is_shown_in_the_readers_language(clerk):
    book = clerk.get("rule-book").json()
    assert book["grounds"]["CLOSE_CONTACT"]["clause"] == "1.1d"
    assert book["grounds"]["CLOSE_CONTACT"]["words"] == "密切接触者"
    assert book["measures"]["CENTRAL_ISOLATION"]["days"] == 14
    assert book["parameters"]["release_window_days"]["value"] == 2


def test_worklists_show_what_waits(cast, caller):
    person = register(by=cast.service_xinchang)
    group = caller(cast.group_xinchang)
    cdc = caller(cast.cdc_xinchang)
    day = str(timezone.localdate())
    cdc.do("report", person, ground="CLOSE_CONTACT", began_on=day, evidence_kind="LETTER", evidence_ref="1")
    (waiting,) = (one for one in group.get("worklists").json() if one["key"] == "reports")
    assert (waiting["total"], waiting["rows"][0]["person"]) == (1, str(person.public_id))


def test_areas_are_proposed_decided_and_listed(cast, caller):
    proposer = caller(cast.duty_city)
    area = {
        "name_of_area": "某市某区",
        "level": "MEDIUM",
        "from_at": timezone.now().isoformat(),
        "source_document": "国1",
    }
    assert proposer.do("propose-area", **area).status_code == 200
    (row,) = proposer.get("areas", listed="false").json()["results"]
    assert caller(cast.duty_deputy).do("decide-area", area=row["id"], decision="approve").status_code == 200
    assert [one["name"] for one in proposer.get("areas", listed="true").json()["results"]] == ["某市某区"]
