"""The API describes itself: every operation at its own path, with its form's fields."""

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from cases.operations.cases import Report
from healthcode.core.acts.json_forms import serializer_of
from tests.api.conftest import status_and_code


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_schema_is_valid_openapi(schema):
    validate_schema(schema)


def test_it_is_made_without_a_warning():
    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS


@pytest.mark.parametrize(
    "operation", [*PERSON_OPERATIONS, *DESK_OPERATIONS], ids=lambda operation: operation.name
)
def test_every_operation_is_described_by_its_form(schema, operation):
    prefix = "/api/v1/persons/{public_id}" if operation in PERSON_OPERATIONS else "/api/v1"
    post = schema["paths"][f"{prefix}/operations/{operation.name}"]["post"]
    body = post.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = schema["components"]["schemas"][body["$ref"].rsplit("/", 1)[1]]
    assert set(fields["properties"]) - {"seen"} == set(operation.base_fields)
    required = {name for name, field in operation.base_fields.items() if field.required}
    assert set(fields.get("required", ())) == required
    assert "Idempotency-Key" in {one["name"] for one in post["parameters"]}
    assert {"200", "400", "401", "403", "404", "409", "422"} <= set(post["responses"])


def test_nothing_but_get_and_post_is_described(schema):
    assert {method for path in schema["paths"].values() for method in path} == {"get", "post"}


def test_schema_and_docs_are_behind_the_log_in(db):
    assert status_and_code(Client().get("/api/schema/")) == (401, "unauthenticated")
    assert Client().get("/api/docs/").status_code == 302


def test_a_token_opens_the_schema(cast, caller):
    machine = caller(cast.province)
    answer = machine.client.get("/api/schema/", headers=machine.headers)
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")


def test_the_docs_page_has_nothing_inline(cast, caller):
    browser = caller(cast.cdc_xinchang).client
    page = browser.get("/api/docs/").content.decode()
    assert "<style" not in page and "style=" not in page
    assert page.count("<script src=") == page.count("<script") == 3
    script = browser.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")


def test_the_form_of_a_report_asks_for_no_area():
    fields = serializer_of(Report)().fields
    assert "index_case" in fields and not {"risk_area", "arrived_on"} & fields.keys()
