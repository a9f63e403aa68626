"""Where a form begins: at its first field, or at the first that is wrong."""

import pytest

from tests.e2e.conftest import Desk
from tests.factories import Cast, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
FOCUS = "document.activeElement.name"


def test_a_form_begins_at_its_first_field_and_after_a_refusal_at_the_first_wrong_one(cast: Cast, desk: Desk):
    person = register(by=cast.service_xinchang)
    desk.sit_down("service.xinchang")
    desk.go(f"/cases/person/{person.pk}/do/enter-result/")
    fields = desk.page.evaluate(
        "[...document.querySelectorAll('.act-form .field')].map(f => f.querySelector('[name]').name)"
    )
    assert desk.page.evaluate(FOCUS) == fields[0]
    desk.fill(laboratory="新昌县检测中心")
    desk.page.click("[name=_next], [name=_confirm]")
    desk.page.wait_for_selector("[data-first-error]")
    wrong = desk.page.evaluate("document.querySelector('[aria-invalid=true]').name")
    assert desk.page.evaluate(FOCUS) == wrong
    assert desk.page.input_value("[name=laboratory]") == "新昌县检测中心"
