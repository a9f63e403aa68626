"""The log tells what happened and to which role, and holds no name and no number."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from cases.models import Person
from healthcode.portal.operation.json_lines import JsonFormatter
from healthcode.portal.operation.logs import HEADER
from tests.api.conftest import secret_of
from tests.factories import Cast, register

pytestmark = pytest.mark.any_database
NAME, STREET = "金丝雀", "越城秘密里八十八号"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Collect what would be written, of every logger and level, also of those that the suite keeps quiet."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    loggers = [
        logging.getLogger(name) for name in ("", "django.request", "django.security", "healthcode.requests")
    ]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.INFO)
    loggers[0].addHandler(handler)
    yield stream
    loggers[0].removeHandler(handler)
    for one, level in zip(loggers, levels, strict=True):
        one.setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(cast.service_xinchang, backend="healthcode.core.offices.backends.RoleBackend")
    return client


@pytest.fixture
def canary(cast: Cast) -> Person:
    return register(by=cast.service_xinchang, name=NAME, address=STREET)


def test_a_request_is_one_line_with_role_office_pattern_status_and_duration(
    browser: Client, canary: Person, written
):
    answer = browser.get(f"/cases/person/{canary.pk}/change/")
    (line,) = [line for line in lines(written) if line["message"] == "request"]
    assert line["request"] == answer.headers[HEADER]
    logged = {key: line[key] for key in ("method", "path", "role", "status")}
    assert logged == {
        "method": "GET",
        "path": "/cases/person/<path:object_id>/change/",
        "role": "service_point",
        "status": 200,
    }
    assert line["office"] and line["ms"] > 0


def test_before_the_log_in_no_role_is_told(db: None, client: Client, written):
    client.get("/login/")
    (line,) = lines(written)
    assert (line["path"], "role" in line) == ("/login/", False)


def test_a_machine_is_told_by_its_role(cast: Cast, written, client: Client):
    client.get("/api/v1/persons", headers={"Authorization": f"Bearer {secret_of(cast, cast.province)}"})
    (line,) = [line for line in lines(written) if line["message"] == "request"]
    assert line["role"] == cast.province.role


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [(1, "8f14e45fceea167a", True), (0, "8f14e45fceea167a", False), (1, "金丝雀", False), (1, "a b", False)],
)
def test_the_proxys_id_is_taken_where_one_stands_in_front(
    db: None, client: Client, settings, proxies, given, kept
):
    settings.PROXY_COUNT = proxies
    answer = client.get("/login/", headers={HEADER: given.encode().decode("latin-1")})
    assert (answer.headers[HEADER] == given) is kept


def test_of_an_error_is_told_where_it_was_raised_and_not_what_it_says(
    browser: Client, canary: Person, written
):
    with mock.patch("healthcode.portal.home.home", side_effect=ValueError(f"{NAME} {canary.document}")):
        answer = browser.get("/")
    (line,) = [line for line in lines(written) if "error" in line]
    assert (line["error"], line["request"]) == ("builtins.ValueError", answer.headers[HEADER])
    assert any("site.py" in frame for frame in line["at"])


def test_no_line_holds_a_name_or_a_number(browser: Client, canary: Person, written, caplog):
    number, phone = canary.document, canary.phone
    with mock.patch("healthcode.portal.home.home", side_effect=ValueError(f"{NAME} {number}")):
        browser.get("/")
    for path in (
        "/cases/person/",
        f"/cases/person/{canary.pk}/change/",
        f"/{number}/",
        f"/cases/person/?q={number}",
    ):
        browser.get(path)
        browser.get(f"/api/v1{path}")
    browser.post("/do/look-up/", {"document_type": "RESIDENT_ID", "document_number": number})
    browser.post("/login/", {"username": number, "password": phone})
    logging.getLogger("somebody.else").warning("%s rang from %s", NAME, phone)
    logging.getLogger("django.request").error(
        "Internal Server Error: %s", f"/{number}", extra={"status_code": 500}
    )
    text = written.getvalue()
    assert len(lines(written)) > 12
    assert not [secret for secret in (NAME, STREET, number, phone) if secret in text]
