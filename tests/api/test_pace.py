"""How fast one caller may ask the API: so many a minute, then 429 with the time after which to go on."""

import pytest

from healthcode.core.offices.api import pace
from tests.api.conftest import status_and_code


@pytest.fixture(autouse=True)
def limits(settings, monkeypatch):
    settings.API_REQUESTS_PER_MINUTE, settings.API_REQUESTS_PER_MINUTE_OF_TOKENS = 3, 5
    monkeypatch.setattr(pace, "PACE", pace.Pace())


def asked(caller, times: int, path: str = "persons") -> list[int]:
    return [caller.get(path).status_code for _time in range(times)]


def test_a_browser_that_asks_too_fast_is_told_when_to_go_on(cast, caller):
    somebody = caller(cast.cdc_xinchang)
    assert asked(somebody, 4) == [200, 200, 200, 429]
    answer = somebody.get("persons")
    assert status_and_code(answer) == (429, "api.too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= pace.WINDOW


def test_a_token_has_a_pace_of_its_own(cast, caller):
    assert asked(caller(cast.province), 6, "deliveries") == [200] * 5 + [429]


def test_one_caller_holds_up_no_other(cast, caller):
    asked(caller(cast.cdc_xinchang), 4)
    assert asked(caller(cast.group_xinchang), 1) == [200]


def test_two_tokens_of_one_machine_are_two_callers(cast, caller):
    asked(caller(cast.province), 6, "deliveries")
    assert asked(caller(cast.province), 1, "deliveries") == [200]


def test_what_is_refused_counts_like_anything_else(cast, caller):
    somebody = caller(cast.province)
    assert [somebody.get("roster").status_code for _time in range(6)] == [403] * 5 + [429]


def test_what_is_too_fast_is_not_done(cast, caller):
    somebody = caller(cast.service_xinchang)
    asked(somebody, 3)
    assert somebody.do("register", name="王小明").status_code == 429


def test_in_the_next_minute_one_goes_on(cast, caller, monkeypatch):
    somebody, now = caller(cast.cdc_xinchang), pace.time.monotonic()
    asked(somebody, 4)
    monkeypatch.setattr(pace.time, "monotonic", lambda: now + pace.WINDOW + 1)
    assert asked(somebody, 1) == [200]


def test_of_whoever_is_not_let_in_nothing_is_counted(client, db):
    assert [client.get("/api/v1/persons").status_code for _time in range(6)] == [401] * 6
