"""A list reaches exactly as far as the question that is asked of one person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.management.demo.cast import USERS
from cases.models import Case, ControlOrder, Person
from cases.selectors import reach
from cases.services.persons import lookups
from healthcode.core.offices import roles
from healthcode.core.offices.models import Division
from tests.factories import Cast, contact, register

pytestmark = pytest.mark.django_db
ACTS = [name for name in roles.ACTS if name.startswith(("person.", "case.", "order.", "result."))]
NAMES = [name for name, *_rest in USERS]


@pytest.fixture(scope="module")
def people(kept):
    """Somebody for each way into reach: residence, registration, a case, an order, a look-up, a merge."""
    cast = Cast()
    now, by = timezone.now(), cast.service_xinchang
    coded, assigned, registered, looked_up = (
        register(name=name, by=by, present="330602001") for name in ("甲", "乙", "丙", "丁")
    )
    for person in (coded, assigned):
        Person.objects.filter(pk=person.pk).update(present="330624001")
        contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(days=1))
        Person.objects.filter(pk=person.pk).update(present="330602001")
    ControlOrder.objects.filter(person=assigned).update(officer=cast.officer_yulin)
    Person.objects.filter(pk=registered.pk).update(registered="330624002")
    for user in (cast.community_yulin, cast.bureau_one):
        number = {"document_type": "RESIDENT_ID", "document_number": looked_up.document}
        lookups.look_up(**number, purpose="来电核对本人健康码", by=user, at=now)
    twin = register(name="戊", by=by, present="330624002")
    duplicate = register(name="己", by=by, present="330624001")
    contact(duplicate, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(days=1))
    Person.objects.filter(pk=duplicate.pk).update(merged_into=coded)
    Person.objects.filter(pk=twin.pk).update(merged_into=registered)
    elsewhere, _made = Division.objects.get_or_create(
        code="3301", defaults={"name": "杭州市", "parent_id": "33"}
    )
    Person.objects.filter(pk=register(by=by, present="330624001").pk).update(present=elsewhere)


@pytest.mark.parametrize("username", NAMES)
def test_a_list_reaches_whom_the_act_reaches(cast, people, username):
    user, now = cast[username], timezone.now() + timedelta(seconds=1)
    for act in ACTS:
        one_by_one = set(Person.objects.reachable_by(user, act, now).values_list("pk", flat=True))
        listed = Person.objects.filter(reach.of_rows(user, act, at=now)).values_list("pk", flat=True)
        assert (act, set(listed)) == (act, one_by_one)
        of_cases = Case.objects.filter(reach.of_rows(user, act, at=now, path="person"))
        assert set(of_cases) == set(Case.objects.filter(person__in=one_by_one))


@pytest.mark.parametrize("username", NAMES)
def test_of_two_acts_the_list_reaches_both(cast, people, username):
    user, now = cast[username], timezone.now() + timedelta(seconds=1)
    both = ("person.view", "case.decide_void")
    one_by_one = {one.pk for act in both for one in Person.objects.reachable_by(user, act, now)}
    listed = Person.objects.filter(reach.of_rows(user, *both, at=now)).values_list("pk", flat=True)
    assert set(listed) == one_by_one


@pytest.mark.parametrize("at_most", [0, 2000])
def test_persons_with_a_case_are_found_whether_they_are_few_or_many(cast, people, monkeypatch, at_most):
    monkeypatch.setattr(reach, "AT_MOST", at_most)
    found = Person.objects.filter(reach.persons_with(Case.objects.open())).order_by("name")
    assert [one.name for one in found] == ["乙", "己", "甲"]
