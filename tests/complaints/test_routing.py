"""The routes are one table; it covers every category, and every code problem goes to the bureau (5.1)."""

import itertools

import pytest

from cases.policy import shipped
from cases.policy.rulebook import parse
from complaints import flow, routing
from complaints.models.choices import Category, TicketState
from healthcode.core.offices.staff import ROLE_KEYS


def test_every_category_has_its_row():
    assert set(routing.ROUTES) == set(Category.values)


def test_every_code_problem_goes_to_the_bureau():
    assert {route.office for route in routing.ROUTES.values() if route.problem} == {routing.BUREAU}


@pytest.mark.parametrize("category", Category.values)
def test_every_letter_goes_to_the_bureau(category):
    assert routing.office(category, letter=True) == routing.BUREAU


@pytest.mark.parametrize("category", Category.values)
def test_a_disputed_colour_that_stops_somebody_comes_first(category):
    assert routing.priority(category, "RED", disputed=True) == 1


@pytest.mark.parametrize("version", shipped.VERSIONS)
def test_every_ground_of_the_book_has_a_guess(version):
    book = parse(shipped.text(version), roles=ROLE_KEYS)
    assert {key: routing.guess(ground) for key, ground in book.grounds.items()} == {
        "CONFIRMED": "C07",
        "SUSPECTED": "C07",
        "ASYMPTOMATIC": "C07",
        "CLOSE_CONTACT": "C07",
        "CONVALESCENT": "C01",
        "OVERSEAS": "C08",
        "ORDERED_ISOLATION": "C01",
        "SEVERE_AREA": "C05",
        "AUTO_RED": "C04",
        "OTHER_RED": "C07",
        "FEVER": "C06",
        "RISK_AREA": "C02",
        "AUTO_YELLOW": "C04",
        "OTHER_YELLOW": "C05",
    }


def test_who_is_asked_to_assist_is_a_role():
    assert {route.assist for route in routing.ROUTES.values()} - {""} <= ROLE_KEYS


def test_the_steps_lead_between_known_states():
    sources = set(itertools.chain.from_iterable(sources for sources, _to in flow.STEPS.values()))
    assert sources | {to for _sources, to in flow.STEPS.values()} == set(TicketState.values)


def test_nothing_leads_out_of_an_end_but_reopening():
    out = {step for step, (sources, _to) in flow.STEPS.items() if set(sources) & set(flow.ENDED)}
    assert out == {"reopen"}
