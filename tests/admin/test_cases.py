"""A case's page says in words what it rests on, and leads where its reader may go."""

import pytest
from django.urls import reverse

from cases.models import Person
from tests.admin.conftest import texts
from tests.cases.scenes import Scene, T, later
from tests.factories import DivisionFactory, delivered, resident_number


def link(person) -> str:
    return reverse("admin:cases_person_change", args=(person.pk,))


def body_of(case, client) -> str:
    return texts(client.get(reverse("admin:cases_case_change", args=(case.pk,)))).body


@pytest.fixture
def scene(cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def contact_case(scene: Scene):
    """Return the case of a contact in Yulin of somebody confirmed there."""
    index = scene.clinical(scene.person(), "CONFIRMED")
    return scene.clinical(scene.person(), index_case=index, at=later(hours=1))


def moved_away(person) -> None:
    Person.objects.filter(pk=person.pk).update(present=DivisionFactory(code="330602001"))


def test_an_index_case_is_a_link_to_its_person(cast, at_desk, contact_case):
    body = body_of(contact_case, at_desk(cast.community_yulin))
    assert f'<a href="{link(contact_case.index_case.person)}">' in body
    assert f"Confirmed case · Case {contact_case.index_case.pk}" in body


def test_of_an_index_case_elsewhere_no_name_and_no_link_is_on_the_page(cast, at_desk, contact_case):
    index = contact_case.index_case
    moved_away(index.person)
    body = body_of(contact_case, at_desk(cast.community_yulin))
    assert link(index.person) not in body and index.person.name not in body
    assert f"Case {index.pk} · standing · Confirmed case, of a person outside your area" in body


def test_a_delivery_is_a_link_for_its_office_and_words_for_others(cast, at_desk):
    DivisionFactory(code="330624001")
    heading = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"
    line = f"张三,{resident_number()},330624001,密切接触者,2026-11-01,函1"
    batch = delivered(f"{heading}\n{line}\n".encode(), by=cast.cdc_xinchang, at=T)
    page = reverse("admin:cases_batch_change", args=(batch.pk,))
    case = batch.cases.get()
    assert f'<a href="{page}">' in body_of(case, at_desk(cast.cdc_xinchang))
    body = body_of(case, at_desk(cast.group_xinchang))
    assert f"Delivery {batch.pk}" in body and page not in body
