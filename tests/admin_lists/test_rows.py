"""Rows of the one world: how many queries a page of them costs, and to whom it shows what."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from cases.models import HomeStay, RuleBook
from tests.factories import contact, register

pytestmark = [pytest.mark.django_db, pytest.mark.every_row]

PERSONS = "admin:cases_person_changelist"
# Session, user, and savepoints of the audit event are in it; more rows must not cost more queries.
QUERIES = {
    "audit.event": 13,  # the checks at doors, whose events come by the batch, are asked for besides
    "complaints.message": 4,
    "complaints.textmodule": 9,  # closed to this reader: a refusal is kept by the minute
    "complaints.ticket": 6,
    "cases.batch": 4,
    "cases.case": 9,
    "cases.certificate": 4,
    "cases.clinicvisit": 7,
    "cases.controlorder": 7,
    "cases.death": 4,
    "cases.deathwithdrawal": 4,
    "cases.declaration": 6,
    "cases.document": 4,
    "cases.exitreport": 6,
    "cases.gatecheck": 5,
    "cases.homestay": 5,
    "cases.inquiry": 4,
    "cases.labresult": 7,
    "cases.masshold": 4,
    "cases.merge": 5,
    "cases.numberchange": 5,
    "cases.opinion": 6,
    "cases.person": 13,
    "cases.release": 5,
    "cases.relocation": 4,
    "cases.reversal": 4,
    "cases.riskarea": 4,
    "cases.rulebook": 5,
    "cases.selfcheck": 5,
    "cases.setupfile": 4,
    "cases.shift": 6,
    "cases.transfer": 5,
    "cases.transition": 7,
    "cases.undo": 4,
    "cases.void": 6,
    "cases.venue": 6,
    "offices.division": 5,
    "offices.office": 4,
    "offices.token": 4,
    "offices.user": 4,
}


def test_every_list_is_pinned():
    assert set(QUERIES) == {model._meta.label_lower for model in admin.site._registry}


@pytest.mark.parametrize("label", sorted(QUERIES))
def test_a_list_costs_its_pinned_queries(world, client, label, django_assert_num_queries):
    user = world.cast.admin_one if label.startswith("offices.") else world.cast.supervisor_city
    client.force_login(user)
    with django_assert_num_queries(QUERIES[label]):
        client.get(reverse(f"admin:{label.replace('.', '_')}_changelist"))


@pytest.mark.any_database
@pytest.mark.parametrize("label", sorted(QUERIES))
def test_every_link_of_a_list_leads_to_a_list(world, rf, label):
    """Follow each link of each filter as far as the rows it lists: drawing them all is what would take long."""
    pages = next(one for model, one in admin.site._registry.items() if model._meta.label_lower == label)
    user = world.cast.admin_one if label.startswith("offices.") else world.cast.supervisor_city

    def listed(query: str) -> Any:
        request = rf.get(f"/{query}")
        request.user, request.session = user, {}
        return pages.get_changelist_instance(request)

    whole = listed("")
    queries = {choice["query_string"] for spec in whole.filter_specs for choice in spec.choices(whole)}
    for query in queries:
        assert listed(query).queryset is not None, query  # a link that is not allowed raises


@pytest.mark.parametrize("label", ["cases.person", "cases.case", "cases.controlorder", "cases.transition"])
def test_more_rows_cost_no_more_queries(world, client, label, django_assert_num_queries):
    cast = world.cast
    for _number in range(5):
        person = register(by=cast.service_xinchang)
        contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=timezone.now())
    client.force_login(cast.supervisor_city)
    with django_assert_num_queries(QUERIES[label]):
        client.get(reverse(f"admin:{label.replace('.', '_')}_changelist"))


def test_djangos_own_log_stays_empty(client, world):
    client.force_login(world.cast.supervisor_city)
    client.get(reverse("admin:cases_case_change", args=(world.here.case.pk,)))
    assert not LogEntry.objects.exists()


def test_a_report_addressed_to_the_group_is_on_its_list_wherever_the_person_lives(client, world):
    client.force_login(world.cast.group_city)
    keys = {case.pk for case in client.get(reverse("admin:cases_case_changelist")).context["cl"].result_list}
    assert world.there.case.pk in keys


def test_the_duty_lead_sees_what_waits_for_a_decision_and_no_more(client, world):
    client.force_login(world.cast.duty_xinchang)
    stays = client.get(reverse("admin:cases_homestay_changelist")).context["cl"].result_list
    assert {stay.order.person for stay in stays} == {world.here.person}
    assert client.get(reverse("admin:cases_case_changelist")).status_code == 403
    assert client.get(reverse(PERSONS)).status_code == 403


def test_a_record_names_its_person_without_a_link_to_whoever_may_not_open_that_page(client, world):
    person = world.here.person
    page = reverse("admin:cases_homestay_change", args=(HomeStay.objects.get(order__person=person).pk,))
    address = reverse("admin:cases_person_change", args=(person.pk,))
    for user, opens in ((world.cast.duty_xinchang, False), (world.cast.group_xinchang, True)):
        client.force_login(user)
        body = client.get(page).content.decode()
        assert str(person) in body and (address in body) is opens


def test_no_page_links_to_accounts_that_its_reader_may_not_open(client, world):
    adopted = RuleBook.objects.get()
    book = reverse("admin:cases_rulebook_change", args=(adopted.pk,))
    order = reverse("admin:cases_controlorder_change", args=(world.here.person.orders.get().pk,))
    for user, page in ((world.cast.group_xinchang, order), (world.cast.duty_city, book)):
        client.force_login(user)
        body = client.get(page).content.decode()
        assert "/offices/user/" not in body
    assert str(adopted.proposed_by) in body


def test_a_delivery_shows_the_returned_rows_to_its_office_alone(client, world):
    url = reverse("admin:cases_batch_change", args=(world.batch.pk,))
    client.force_login(world.cast.cdc_city)
    page, reason = client.get(url).content.decode(), world.batch.rejected_rows.get().reason
    assert all(escape(line) in page for line in reason.splitlines())
    client.force_login(world.cast.cdc_xinchang)
    assert client.get(url).status_code == 302
