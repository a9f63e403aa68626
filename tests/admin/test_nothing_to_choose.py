"""An act at the desk that there is nothing for says so, in place of a form that nobody could fill in."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import operations
from cases.services import areas
from cases.services.areas import Listing
from healthcode.core.offices.models import User
from tests.factories import Cast


def test_no_desk_of_a_quiet_city_is_offered_a_list_without_rows(cast: Cast, at_desk) -> None:
    empty = set()
    for user in User.objects.exclude(role="system").filter(is_active=True):
        for operation in operations.at_desk(user):
            response = at_desk(user).get(reverse("admin:do", args=(operation.name,)), follow=True)
            form = response.context_data.get("form")
            for name, field in form.fields.items() if form else ():
                rows = getattr(field, "queryset", None)
                if rows is not None and field.required and not rows.exists() and not form.nothing():
                    empty.add((operation.name, name))
    assert empty == set()


@pytest.mark.parametrize("number", [1, 2])
def test_the_only_listing_that_waits_is_chosen_and_of_several_none(cast: Cast, at_desk, number) -> None:
    at = timezone.now() - timedelta(hours=2)
    for one in range(number):
        areas.propose(Listing(f"某区第{one}街道", "MEDIUM", "公告8号", at), by=cast.duty_city, at=at)
    page = at_desk(cast.duty_deputy).get(reverse("admin:do", args=("decide-area",))).content.decode()
    chosen = re.findall(r'<input type="radio" name="area"[^>]*checked', page)
    assert len(chosen) == (1 if number == 1 else 0)


def test_a_duty_lead_without_a_proposed_rule_book_reads_so_and_has_no_form(cast: Cast, at_desk) -> None:
    page = at_desk(cast.duty_city, "zh-hans").get(reverse("admin:do", args=("decide-rule-book",)))
    assert "没有待您复核的政策版本。" in page.content.decode() and b"act-form" not in page.content
