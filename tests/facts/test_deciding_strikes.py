"""Who strikes a document of the register, what the database keeps of it, and the pages of the act (3.1c)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases.models import Document
from cases.selectors.worklists import worklists
from cases.services.engine import second_person
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import strikes
from healthcode.core.audit import triggers
from tests.cases.scenes import TODAY, Scene, T, fresh, later, refused
from tests.facts.striking import (
    DOCUMENT,
    OTHER,
    coded,
    decided,
    proposed,
    struck,
)
from tests.tampering.owner import found

# --- who ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["duty.deputy", "policy.city"])
def test_another_human_of_the_city_decides(scene: Scene, by):
    strike = proposed(scene, scene.documented(DOCUMENT))
    decided(scene, strike, by=by)
    assert fresh(strike.document).struck_by == scene.cast[by]


def test_nobody_decides_alone_nor_a_county_nor_other_offices(scene: Scene):
    strike = proposed(scene, scene.documented(DOCUMENT))
    refused(second_person.SamePerson, decided, scene, strike, by="duty.city")
    refused(strikes.StrikesCityOnly, decided, scene, strike, by="duty.xinchang")
    refused(NotAllowed, decided, scene, strike, by="group.city")


@pytest.mark.parametrize("by", ["group.xinchang", "province", "supervisor.city", "bureau.one"])
def test_others_propose_no_strike(scene: Scene, by):
    refused(NotAllowed, proposed, scene, scene.documented(DOCUMENT), by=by)


def test_a_county_s_duty_lead_may_propose(scene: Scene):
    strike = proposed(scene, scene.documented(DOCUMENT), by="duty.xinchang")
    assert strike.decision == "PENDING"


def test_a_strike_says_why_and_waits_once(scene: Scene):
    document = scene.documented(DOCUMENT)
    refused(second_person.SentBackWithoutReason, proposed, scene, document, reason=" ")
    proposed(scene, document)
    refused(strikes.StrikeWaits, proposed, scene, document)


def test_a_struck_document_is_struck_no_more(scene: Scene):
    document = scene.documented(DOCUMENT)
    struck(scene, document)
    refused(strikes.NotInRegister, proposed, scene, document, at=later(hours=3))


def test_what_waits_is_on_the_list_of_the_other_lead_alone(scene: Scene):
    proposed(scene, scene.documented(DOCUMENT))
    names = ("duty.city", "duty.deputy", "policy.city", "duty.xinchang")
    waits = {
        name for name in names
        if "strikes" in {one.key for one in worklists(scene.cast[name], later(hours=2))}
    }  # fmt: skip
    assert waits == {"duty.deputy", "policy.city"}


def test_what_was_sent_back_is_on_the_list_of_whoever_proposed(scene: Scene):
    strike = proposed(scene, scene.documented(DOCUMENT))
    decided(scene, strike, approve=False, answer="文件在省里")
    keys = {one.key for one in worklists(scene.cast.duty_city, later(hours=3))}
    assert "returned_strikes" in keys


# --- the database -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["number", "key", "issuer", "issued_on", "entered_by", "entered_at"])
def test_the_database_keeps_what_the_register_says(scene: Scene, field):
    document = scene.documented(DOCUMENT)
    value = {"issued_on": TODAY - timedelta(days=9), "entered_at": later(hours=9)}.get(field, "别的1")
    if field == "entered_by":
        value = scene.cast.duty_deputy
    refused_by_database(document, **{field: value})


def test_the_database_strikes_nothing_that_two_people_did_not_agree_on(scene: Scene):
    document = scene.documented(DOCUMENT)
    proposed(scene, document)
    refused_by_database(document, struck_at=later(hours=2), struck_by=scene.cast.duty_deputy)


def test_the_database_lets_nobody_put_a_struck_document_back(scene: Scene):
    document = scene.documented(DOCUMENT)
    struck(scene, document)
    refused_by_database(document, struck_at=None, struck_by=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=document.pk)._raw_delete("default")


def test_two_documents_of_one_number_do_not_stand(scene: Scene):
    document = scene.documented(DOCUMENT)
    document.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.bulk_create([document])


def test_a_document_struck_silently_is_found(scene: Scene):
    document = scene.documented(DOCUMENT)
    triggers.drop(connection, "cases_document")
    Document.objects.filter(pk=document.pk).update(struck_at=T, struck_by=scene.cast.duty_deputy)
    assert found() == ["document_differs"]


def refused_by_database(document: Document, **fields: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(**fields)
    assert fresh(document).struck_at == document.struck_at or "struck_at" in fields


# --- pages ------------------------------------------------------------------------------------------------------


def test_the_document_s_page_leads_to_the_acts(scene: Scene, client):
    document = scene.documented(DOCUMENT)
    page = reverse("admin:cases_document_change", args=(document.pk,))
    client.force_login(scene.cast.duty_city)
    assert f"strike-document/?document={document.pk}" in client.get(page).content.decode()
    proposed(scene, document)
    client.force_login(scene.cast.duty_deputy)
    assert f"decide-strike/?document={document.pk}" in client.get(page).content.decode()
    client.force_login(scene.cast.bureau_one)
    assert "strike" not in client.get(page).content.decode()


def test_the_home_page_leads_to_the_document_to_be_struck(scene: Scene, client):
    document = scene.documented(DOCUMENT)
    proposed(scene, document, at=timezone.now())
    client.force_login(scene.cast.duty_deputy)
    home = client.get(reverse("admin:index")).content.decode()
    assert reverse("admin:cases_document_change", args=(document.pk,)) in home


def test_the_page_of_the_decision_says_what_it_does(scene: Scene, client):
    document = scene.documented(DOCUMENT)
    case = coded(scene, "AUTO_RED")
    proposed(scene, document)
    client.force_login(scene.cast.duty_deputy)
    page = reverse("admin:do", args=("decide-strike",))
    read = client.get(page, {"document": document.pk}).content.decode()
    assert f"{case.person.present.name} 1" in read and "查无此文" in read


def test_over_the_api_a_document_is_named_alike_where_it_is_proposed_and_decided(scene: Scene, client):
    document = scene.documented(DOCUMENT, at=timezone.now())
    propose = {"document": document.pk, "reason": "查无此文"}
    for by, act, body in (
        ("duty.city", "strike-document", propose),
        ("duty.deputy", "decide-strike", {"document": document.pk, "decision": "approve"}),
    ):
        client.force_login(scene.cast[by])
        key = {"HTTP_IDEMPOTENCY_KEY": f"{act}-0001"}
        answer = client.post(f"/api/v1/operations/{act}", body, content_type="application/json", **key)
        assert answer.status_code == 200, answer.content.decode()
    assert fresh(document).struck_by == scene.cast.duty_deputy


def test_the_api_lists_the_register_by_whether_a_document_stands(scene: Scene, client):
    document, other = scene.documented(DOCUMENT), scene.documented(OTHER)
    struck(scene, document)
    client.force_login(scene.cast.duty_city)
    read = {
        standing: [
            one["id"]
            for one in client.get(reverse("api:documents"), {"standing": standing}).json()["results"]
        ]
        for standing in ("true", "false")
    }
    assert read == {"true": [other.pk], "false": [document.pk]}
