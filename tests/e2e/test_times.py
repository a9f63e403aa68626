"""Days and times are typed as they are spoken, in every form; what cannot be read stays as it was typed."""

from collections.abc import Callable
from datetime import datetime

import pytest

from cases.policy.days import ZONE
from complaints.models import Ticket
from tests.e2e.conftest import Desk, Red
from tests.factories import Cast, register
from tests.typed_times import AFTERNOON, DAYS, READ, UNREAD, UNREAD_DAYS

Clock = Callable[[datetime], None]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def test_a_time_is_written_out_as_it_is_spoken_and_never_guessed(
    cast: Cast, desk: Desk, clock: Clock
) -> None:
    clock(AFTERNOON)
    person = register(by=cast.service_xinchang)
    desk.sit_down("service.xinchang")
    desk.go(f"/cases/person/{person.pk}/do/enter-result/")
    field = desk.page.locator("[name=sampled_at]")
    for typed, written in {**READ, **dict(zip(UNREAD, UNREAD, strict=True))}.items():
        field.fill(typed)
        field.blur()
        assert (typed, field.input_value()) == (typed, written)


def test_a_day_is_written_out_as_it_is_spoken(cast: Cast, desk: Desk, clock: Clock) -> None:
    clock(AFTERNOON)
    person = register(by=cast.service_xinchang)
    desk.sit_down("service.xinchang")
    desk.go(f"/cases/person/{person.pk}/do/correct/")
    field = desk.page.locator("[name=birth_date]")
    for typed, written in {**DAYS, **dict(zip(UNREAD_DAYS, UNREAD_DAYS, strict=True))}.items():
        field.fill(typed)
        field.blur()
        assert (typed, field.input_value()) == (typed, written)


def test_a_time_that_cannot_be_read_stands_again_as_it_was_typed(cast: Cast, desk: Desk) -> None:
    person = register(by=cast.service_xinchang)
    desk.sit_down("service.xinchang")
    refused = {"outcome": "NEGATIVE", "sampled_at": "周三早上", "laboratory": "甲", "report_number": "1"}
    desk.attempt("enter-result", person, **refused)
    assert "请填写日期和时间" in desk.error_on("sampled_at")
    assert desk.page.input_value("[name=sampled_at]") == "周三早上"
    assert desk.page.evaluate("document.activeElement.name") == "sampled_at"


def test_the_first_contact_takes_times_as_every_form_does(
    cast: Cast, desk: Desk, clock: Clock, red: Red
) -> None:
    clock(AFTERNOON)
    person = red()
    desk.sit_down("community.yulin")
    desk.explain(person)
    desk.page.locator("details:has([name=received_at]) summary").click()
    assert desk.page.get_attribute("[name=received_at]", "type") == "text"
    desk.page.fill("[name=received_at]", "早上")
    desk.page.press("[name=received_at]", "Control+Enter")
    desk.page.wait_for_selector(".field.wrong [name=received_at]")
    assert desk.page.input_value("[name=received_at]") == "早上" and not Ticket.objects.exists()
    desk.page.fill("[name=received_at]", "下午2点半")
    desk.page.press("[name=received_at]", "Control+Enter")  # without leaving the field
    desk.page.wait_for_selector("#number")
    assert Ticket.objects.get().received_at == datetime(2026, 11, 2, 14, 30, tzinfo=ZONE)
    assert desk.complaints == []
