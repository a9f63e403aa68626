"""The gate keeper's page, without a script: scanner, keyboard, answer, next person."""

import re
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import GateCheck
from cases.selectors import door
from healthcode.core.offices.models import User
from tests.admin.conftest import INLINE
from tests.admin.test_languages import Visible, english
from tests.factories import PASSWORD, DivisionFactory, guarded, resident_number
from tests.gate.conftest import GATE, NAME, Keeper

# Session, user and venue are in them; of a check the look-up and one that writes. On SQLite that is a transaction.
FORM_QUERIES, TOLD_QUERIES = 3, 3
CHECK_QUERIES = {"postgresql": 5, "sqlite": 8}


def focused(page):
    """Return the name of the one field that has the focus."""
    (tag,) = re.findall(r"<input[^>]*\bautofocus\b[^>]*>", page)
    return re.search(r'name="(\w+)"', tag)[1]


def body(response):
    return response.content.decode()


def test_a_gate_keeper_lands_at_the_gate_after_logging_in(cast, school, client):
    fields = {"username": "gate.school", "password": PASSWORD, "next": "/"}
    assert client.post("/login/", fields, follow=True).request["PATH_INFO"] == GATE
    assert client.get("/", follow=True).request["PATH_INFO"] == GATE


def test_whoever_is_no_gate_keeper_is_not_let_in(cast, school):
    assert Keeper(cast.service_xinchang).open().status_code == 403
    assert Client().get(GATE).url == f"/login/?next={GATE}"


def test_the_form_waits_for_a_number(keeper, school):
    page = body(keeper.open())
    assert focused(page) == "number"
    assert str(school) in page


def test_a_scanners_enter_goes_on_to_the_temperature_and_looks_nobody_up(keeper, people_of):
    number = people_of("RED").document
    page = body(keeper.press(number=number, temperature=""))
    assert focused(page) == "temperature"
    assert f'value="{number}"' in page and "fault" not in page
    assert not GateCheck.objects.exists()
    assert "red code" not in page.lower()


def test_with_both_the_answer_comes_and_waits_for_the_next_person(keeper, people_of):
    page = keeper.check(people_of("GREEN"))
    assert "Green code" in page and "Let through" in page and "shape-green" in page
    assert focused(page) == "number"
    assert NAME[1:] not in page


def test_the_next_number_scanned_on_the_answer_goes_straight_on(keeper, people_of):
    page = keeper.check(people_of("GREEN"))
    target = re.search(r'<form method="post" action="([^"]+)" class="next"', page)[1]
    assert focused(body(keeper.press(target, number=resident_number()))) == "temperature"


def test_enter_on_an_empty_answer_is_ready_for_the_next_person(keeper):
    page = body(keeper.press(number=""))
    assert focused(page) == "number" and "fault" not in page


def test_a_temperature_without_a_number_asks_for_the_number(keeper):
    page = body(keeper.press(number="", temperature="36.5"))
    assert "Scan or type the number" in page and focused(page) == "number"


@pytest.mark.parametrize("temperature", ["36.5", "３６。５", "36,5", "36.5 ℃", "36.50"])
def test_a_temperature_is_read_as_phones_write_it(keeper, people_of, temperature):
    keeper.check(people_of("GREEN"), temperature.removesuffix("0") if temperature == "36.50" else temperature)
    assert str(GateCheck.objects.get().temperature) == "36.5"


@pytest.mark.parametrize("temperature", ["365", "abc", "30", "NaN", "36.55", "1e1"])
def test_a_temperature_that_cannot_be_is_told_on_its_field(keeper, people_of, temperature):
    person = people_of("GREEN")
    page = keeper.check(person, temperature)
    assert 'class="fault"' in page and person.document in page and focused(page) == "temperature"
    assert not GateCheck.objects.exists()


def test_a_temperature_without_its_point_is_asked_about(keeper, people_of):
    assert "is it 36.5?" in keeper.check(people_of("GREEN"), "365")


def test_a_mistyped_number_is_told_before_anybody_is_looked_up(keeper):
    page = body(keeper.press(number="330624198503070011", temperature=""))
    assert "The last digit does not fit the others" in page
    assert 'value="330624198503070011"' in page and focused(page) == "number"


@pytest.mark.parametrize(
    ("colour", "temperature", "expected"),
    [
        ("RED", "36.5", ("Red code", "Do not let through", "Xinchang prevention office")),
        ("GREEN", "37.3", ("Green code", "Do not let through", "Xinchang fever clinic", "0575-86000006")),
        ("YELLOW", "36.5", ("Yellow code", "Do not let through", "Boarding pupils")),
    ],
)
def test_what_the_keeper_reads(keeper, people_of, colour, temperature, expected):
    page = keeper.check(people_of(colour), temperature)
    assert all(words in page for words in expected)


def test_a_boarder_is_admitted_with_a_reason_on_the_answers_page(keeper, people_of):
    keeper.check(people_of("YELLOW"))
    outcome = f"{GATE}checks/{GateCheck.objects.get().pk}/"
    assert "Say why this person is admitted" in body(keeper.press(outcome, reason=""))
    assert "admitted with a reason" in body(keeper.press(outcome, reason="住校学生"))
    assert GateCheck.objects.latest("pk").passed


def test_a_taxi_asks_for_the_mask(cast, people_of):
    guarded("TAXI", office="taxis")
    taxi = Keeper(cast.gate_taxi)
    assert "The mask is worn correctly now" in taxi.check(people_of("YELLOW"))
    outcome = f"{GATE}checks/{GateCheck.objects.get().pk}/"
    assert "Let through" in body(taxi.press(outcome, mask="on"))


def test_an_unknown_number_offers_the_code_of_another_city(keeper):
    page = body(keeper.press(number=resident_number(), temperature="36.5"))
    assert "No code under this number" in page and "elsewhere=1" in page
    assert "Compare with the document" not in page


def test_another_citys_code_is_looked_at(keeper, cast, school):
    hangzhou = DivisionFactory(code="3301")
    assert "Hangzhou City" in body(keeper.open(elsewhere=1))
    typed = {"venue": school.pk, "issuer": hangzhou.pk, "colour": "GREEN", "temperature": "36.5"}
    assert "Let through" in body(keeper.press(f"{GATE}?elsewhere=1", **typed))
    assert GateCheck.objects.get().issuer == hangzhou


def test_a_code_from_elsewhere_needs_issuer_colour_and_temperature(keeper):
    page = body(keeper.press(f"{GATE}?elsewhere=1"))
    assert page.count('class="fault"') == 3


def test_this_citys_own_codes_are_not_looked_at(keeper):
    assert 'value="3306"' not in body(keeper.open(elsewhere=1))


def test_an_office_with_two_doors_asks_which(cast, keeper, school):
    gym = guarded("INDOOR_VENUE")
    assert f"?venue={gym.pk}" in body(keeper.open())
    assert f'name="venue" value="{gym.pk}"' in body(keeper.open(venue=gym.pk))
    keeper.press(venue=gym.pk, number=resident_number(), temperature="36.5")
    assert GateCheck.objects.get().venue == gym


@pytest.mark.parametrize("venue", ["0", "x", "999999", "9" * 30])
def test_a_door_that_is_not_theirs_is_refused(keeper, venue):
    keeper.press(venue=venue, number=resident_number(), temperature="36.5")
    assert not GateCheck.objects.exists()


def test_without_a_venue_the_page_says_whom_to_ask(cast):
    assert "No venue is open for your office" in body(Keeper(cast.gate_school).open())


def test_the_answer_is_its_own_keepers_for_some_minutes(cast, keeper, people_of):
    keeper.check(people_of("YELLOW"))
    outcome = f"{GATE}checks/{GateCheck.objects.get().pk}/"
    assert Keeper(cast.gate_market).open(outcome).url == GATE
    later = timezone.now() + timedelta(minutes=11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: later)
        assert keeper.open(outcome).url == GATE


def test_no_number_and_no_name_stands_in_an_address(keeper, people_of):
    person = people_of("GREEN")
    answer = keeper.press(number=person.document, temperature="36.5")
    addresses = [url for url, _status in answer.redirect_chain]
    assert addresses == [f"{GATE}checks/{GateCheck.objects.get().pk}/"]


def test_looking_up_by_a_link_does_nothing(keeper, people_of):
    keeper.open(number=people_of("RED").document, temperature="36.5")
    assert not GateCheck.objects.exists()


def test_a_check_from_elsewhere_on_the_web_is_refused(cast, school):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.gate_school)
    assert strict.post(GATE, {"number": resident_number(), "temperature": "36.5"}).status_code == 403


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_are_clean_and_kept_nowhere(cast, school, people_of, language):
    keeper = Keeper(cast.gate_school, language)
    pages = [
        keeper.open(),
        keeper.open(elsewhere=1),
        keeper.press(number=people_of("RED").document, temperature="37"),
    ]
    for page in pages:
        assert not INLINE.search(body(page))
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize("colour", ["GREEN", "YELLOW", "RED"])
def test_no_english_is_left_on_a_chinese_page(cast, school, people_of, colour):
    keeper = Keeper(cast.gate_school, "zh-hans")
    pages = [
        body(keeper.open()),
        body(keeper.open(elsewhere=1)),
        body(keeper.press(number="x", temperature="x")),
    ]
    pages += [keeper.check(people_of(colour), temperature) for temperature in ("36.5", "38.0")]
    pages.append(body(keeper.press(number=resident_number(), temperature="36.5")))
    left = [text for page in pages for text in Visible(page).words if english(text)]
    assert not left


def test_a_temporary_password_opens_no_gate(cast, keeper):
    User.objects.filter(username="gate.school").update(password_is_temporary=True)
    assert keeper.open().url == "/password_change/"


def test_a_check_costs_few_queries(keeper, school, people_of):
    number = people_of("GREEN").document
    with CaptureQueriesContext(connection) as form:
        keeper.open()
    typed = {"venue": school.pk, "number": number, "temperature": "36.5"}
    with CaptureQueriesContext(connection) as check:
        answer = keeper.client.post(GATE, typed)
    with CaptureQueriesContext(connection) as outcome:
        keeper.open(answer.url)
    assert (len(form), len(check), len(outcome)) == (
        FORM_QUERIES,
        CHECK_QUERIES[connection.vendor],
        TOLD_QUERIES,
    ), [query["sql"][:120] for query in (*form, *check, *outcome)]


def test_whoever_is_too_fast_is_told_on_the_page_and_in_its_status(keeper, school, people_of, settings):
    settings.GATE_CHECKS_PER_MINUTE = 1
    number = people_of("GREEN").document
    keeper.press(number=number, temperature="36.5")
    answer = keeper.press(number=number, temperature="36.5")
    assert answer.status_code == 429 and 50 <= int(answer["Retry-After"]) <= 60
    assert "more than one door can check" in body(answer)


def test_a_keeper_is_told_what_to_do_where_nothing_can_be_recorded(keeper, school, people_of, monkeypatch):
    def away(*_args, **_fields):
        raise OperationalError from psycopg.OperationalError()

    number = people_of("GREEN").document
    monkeypatch.setattr(door, "look", away)
    answer = keeper.press(number=number, temperature="36.5")
    assert answer.status_code == 503 and int(answer["Retry-After"])
    assert "take the temperature, write both down" in body(answer) and "Let through" not in body(answer)
    assert not GateCheck.objects.exists()
