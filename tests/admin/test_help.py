"""Help in place: the keys, the act whose form is open, and what one's role does."""

import pytest
from django.urls import reverse

from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from complaints.operations import TICKET_OPERATIONS
from healthcode.portal.help import act_help
from tests.factories import Cast, register


def text(client, here="", **headers) -> str:
    return client.get(reverse("admin:help"), {"here": here}, **headers).content.decode()


def test_an_acts_help_says_what_it_does_who_decides_after_it_and_what_takes_it_back(cast: Cast, at_desk):
    body = text(at_desk(cast.cdc_xinchang), "/cases/person/1/do/report/")
    assert (
        "Then it waits for: enter what CDC reported to one&#x27;s own group (3.1a), within 30 minutes."
        in body
    )
    assert "What takes it back:" in body


def test_its_clause_stands_there_in_full(cast: Cast, at_desk):
    body = text(at_desk(cast.service_xinchang), "/cases/person/1/do/enter-result/")
    assert "clause 3.4b" in body
    assert (
        len(act_help(next(one for one in PERSON_OPERATIONS if one.name == "enter-result")).clauses[0][1]) > 20
    )


def test_what_does_not_wait_of_an_act_is_told_from_what_does(cast: Cast, at_desk):
    body = text(at_desk(cast.service_xinchang), "/cases/person/1/do/enter-result/")
    assert "within 1 hour: any end by a negative" in body


def test_a_script_gets_the_content_alone(cast: Cast, at_desk):
    client = at_desk(cast.service_xinchang)
    assert "<nav" in text(client) and "<nav" not in text(client, headers={"X-Fragment": "1"})


def test_keys_are_those_of_the_role(cast: Cast, at_desk):
    assert "Alt+H" in text(at_desk(cast.officer_yulin)) and "Alt+H" not in text(at_desk(cast.cdc_xinchang))


@pytest.mark.parametrize(
    "here", ["", "/nowhere/", "//x", "/cases/person/1/do/nothing/", "/do/enter-result/", "%00"]
)
def test_an_address_without_an_act_has_the_keys_alone(cast: Cast, at_desk, here):
    page = at_desk(cast.service_xinchang).get(reverse("admin:help"), {"here": here})
    assert page.status_code == 200 and page.context["act"] is None


def test_an_act_of_another_role_is_not_explained(cast: Cast, at_desk):
    page = at_desk(cast.admin_one).get(reverse("admin:help"), {"here": "/cases/person/1/do/enter-result/"})
    assert page.context["act"] is None


def test_every_act_has_its_three_lines(db):
    for operation in (*PERSON_OPERATIONS, *DESK_OPERATIONS, *TICKET_OPERATIONS):
        found = act_help(operation)
        assert len(found.lines) == 3 and all(str(line) for line in found.lines), operation.name


def test_every_page_leads_to_the_help_of_its_act(cast: Cast, at_desk):
    person = register(by=cast.service_xinchang)
    address = reverse("admin:cases_person_do", args=(person.pk, "enter-result"))
    assert (
        f'href="{reverse("admin:help")}?here={address}"'
        in at_desk(cast.service_xinchang).get(address).content.decode()
    )
