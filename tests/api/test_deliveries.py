"""A line list delivered over the API: good rows are reported, the others come back with reasons."""

import base64
from hashlib import sha256

import pytest
from django.utils import timezone

from cases.feeds import deliveries
from cases.models import Batch
from healthcode.core.offices.models import User
from tests.api.conftest import fields_of, status_and_code
from tests.factories import DivisionFactory, delivered, resident_number

HEAD = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"


@pytest.fixture
def cdc(cast, caller):
    DivisionFactory(code="330624001")
    assert cast.group_xinchang
    return caller(cast.cdc_xinchang)


def file_of(*rows):
    return base64.b64encode("\n".join((HEAD, *rows, "")).encode()).decode()


def row(number):
    return f"甲,{number},330624001,密切接触者,{timezone.localdate()},协查函9"


def deliver(cdc, file):
    """Deliver a file and confirm it, as a machine with a patient reader does."""
    made = cdc.do("deliver", kind="LINE_LIST", file=file).json()
    batch = Batch.objects.latest("pk")
    deliveries.work(batch, clock=timezone.now)
    assert cdc.do("confirm-delivery", batch=batch.pk).status_code == 200
    deliveries.work(batch, clock=timezone.now)
    return made


def test_a_line_list_comes_back_with_its_returned_rows(cast, caller, cdc):
    body = deliver(cdc, file_of(row(resident_number()), row("123")))
    batch = cdc.client.get(body["made"]).json()
    assert (batch["accepted"], batch["rejected"]) == (1, 1)
    assert [(one["row"], one["field"]) for one in batch["returned_rows"]] == [(3, "document_number")]


def test_a_delivery_is_shown_to_its_office_and_supervision_alone(cast, caller, cdc):
    address = deliver(cdc, file_of(row(resident_number())))["made"]
    answers = {
        user.username: caller(user).client.get(address).status_code
        for user in (cast.cdc_city, cast.supervisor_city)
    }
    assert answers == {"cdc.city": 404, "supervisor.city": 200}
    assert status_and_code(caller(cast.community_yulin).get("deliveries")) == (403, "forbidden")


READERS = {
    "bureau.one": 200,
    "bureau.two": 200,
    "duty.city": 200,
    "supervisor.city": 200,
    "duty.xinchang": 404,
    "cdc.city": 404,
    "province": 404,
}


def test_a_file_brought_in_by_hand_is_read_as_on_its_page(cast, caller):
    brought = {"source": cast.province.pk, "letter": "传真函8", "kind": "CODES", "file": file_of(row("123"))}
    digest = sha256(base64.b64decode(brought["file"])).hexdigest()
    answer = caller(cast.bureau_one).do("bring-in", **brought, declared_rows=1, declared_sha256=digest)
    readers = [User.objects.get(username=name) for name in READERS]
    path = answer.json()["made"].removeprefix("/api/v1/")
    found = {user.username: caller(user).get(path).status_code for user in readers}
    assert found == READERS


def test_a_duty_lead_lists_the_deliveries_of_the_own_area(cast, caller, cdc):
    deliver(cdc, file_of(row(resident_number())))
    delivered(b"x", by=cast.cdc_city, at=timezone.now())
    found = [
        [one["office"] for one in caller(user).get("deliveries").json()["results"]]
        for user in (cast.duty_xinchang, cast.duty_city)
    ]
    assert found == [
        [str(cast.cdc_xinchang.office)],
        [str(cast.cdc_city.office), str(cast.cdc_xinchang.office)],
    ]


def test_a_file_that_is_no_base64_is_told_on_its_field(cdc):
    answer = cdc.do("deliver", kind="LINE_LIST", file="金丝雀")
    assert status_and_code(answer) == (400, "invalid")
    assert fields_of(answer) == {"file": "invalid"}
