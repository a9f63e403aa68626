"""What the shipped books say, clause by clause."""

from decimal import Decimal

import pytest

from cases.policy import keys, shipped
from cases.policy.colours import Colour
from cases.policy.rulebook import parse

RED_WITHOUT_A_FIXED_MEASURE = {"ORDERED_ISOLATION", "OTHER_RED"}


@pytest.fixture(params=shipped.VERSIONS)
def each(request, roles):
    return parse(shipped.text(request.param), roles=roles)


@pytest.mark.parametrize("ground", keys.RED_GROUNDS)
def test_red_grounds_are_red(each, ground):
    assert each.grounds[ground].colour is Colour.RED


@pytest.mark.parametrize("ground", keys.YELLOW_GROUNDS)
def test_yellow_grounds_are_yellow(each, ground):
    assert each.grounds[ground].colour is Colour.YELLOW


def test_a_green_ground_does_not_exist(each):
    assert Colour.GREEN not in {ground.colour for ground in each.grounds.values()}


@pytest.mark.parametrize("ground", ["CONFIRMED", "SUSPECTED", "ASYMPTOMATIC", "CLOSE_CONTACT"])
def test_clinical_grounds_are_reported_by_the_cdc_and_entered_by_the_group(each, ground):
    found = each.grounds[ground]
    assert found.clinical
    assert found.channels["REPORTED"] == ("cdc", "group")


def test_no_other_ground_is_clinical(each):
    assert sum(ground.clinical for ground in each.grounds.values()) == 4


def test_only_the_two_other_grounds_are_discretionary(each):
    found = {ground.key for ground in each.grounds.values() if ground.discretionary}
    assert found == {"OTHER_RED", "OTHER_YELLOW"}


def test_the_bureau_enters_no_ground(each):
    entering = {
        role for ground in each.grounds.values() for roles in ground.channels.values() for role in roles
    }
    assert not entering & {"bureau", "supervisor", "administrator", "gate", "hotline", "feed"}


def test_a_close_contact_names_its_index_case(each):
    assert each.grounds["CLOSE_CONTACT"].needs == ("index_case",)


def test_all_red_but_two_have_a_measure(book):
    without = {
        ground.key
        for ground in book.grounds.values()
        if ground.colour is Colour.RED and ground.measure is None
    }
    assert without == RED_WITHOUT_A_FIXED_MEASURE


def test_an_asymptomatic_infection_is_isolated_in_hospital_only(each):
    measure = each.grounds["ASYMPTOMATIC"].measure
    assert each.measures[measure].places == ("HOSPITAL",)


@pytest.mark.parametrize(
    ("measure", "days"),
    [
        ("HOSPITAL_TREATMENT", None),
        ("HOSPITAL_ISOLATION", None),
        ("CENTRAL_ISOLATION", 14),
        ("CONVALESCENCE", 14),
        ("COMMUNITY_MONITORING", 7),
    ],
)
def test_the_guide_gives_a_measure_its_days(book, measure, days):
    assert book.measures[measure].days == days


def test_no_two_measures_weigh_the_same(each):
    assert len({measure.gravity for measure in each.measures.values()}) == len(keys.MEASURES)


def test_under_the_guide_a_returnee_is_then_monitored(book):
    assert book.grounds["OVERSEAS"].follows == ("COMMUNITY_MONITORING",)


def test_under_the_provincial_text_a_returnee_is_then_red_at_home_for_seven_days(provincial):
    (follows,) = provincial.grounds["OVERSEAS"].follows
    ground = provincial.grounds[follows]
    assert (ground.key, ground.colour) == ("ORDERED_ISOLATION", Colour.RED)
    assert (ground.measure, provincial.measures["HOME_OBSERVATION"].days) == ("HOME_OBSERVATION", 7)


def test_under_the_provincial_text_convalescence_has_no_fixed_end(provincial):
    assert provincial.measures["CONVALESCENCE"].days is None


def test_yellow_is_restricted_at_all_listed_places_and_nowhere_else(each):
    free = {venue.key for venue in each.venues.values() if not (venue.yellow_restricted or venue.ride)}
    assert free == {"OTHER", "FEVER_CLINIC"}


def test_taxis_and_ride_hailing_cars_are_rides(each):
    rides = {venue.key for venue in each.venues.values() if venue.ride}
    assert rides == {"TAXI", "RIDE_HAILING", "OTHER_RIDE"}


@pytest.mark.parametrize("venue", ["CARE_HOME", "WELFARE_HOME", "MENTAL_HEALTH", "DETENTION"])
def test_those_who_live_in_a_restricted_place_are_admitted(each, venue):
    assert each.venues[venue].admits


def test_nobody_lives_in_a_supermarket(each):
    assert each.venues["SUPERMARKET"].admits is None


def test_the_gate_asks_for_code_and_temperature(each):
    assert each.rules["GATE"].requires == ("CODE", "TEMPERATURE")


def test_a_fever_starts_at_a_decimal_not_a_float(each):
    assert each.parameters.fever_celsius == Decimal("37.3")


@pytest.mark.parametrize(
    "parameter",
    [
        *("area_look_back_days", "fever_celsius", "count_from", "mass_hold_threshold"),
        *("province_entered_by_group", "convalescence_after_asymptomatic"),
        *(
            "release_window_days",
            "risk_test_validity_days",
            "entry_look_back_days",
            "fever_onset_days",
            "fever_evidence_days",
        ),
    ],
)
def test_a_parameter_the_guide_leaves_open_is_marked_as_ours(each, parameter):
    assert each.parameters.notes[parameter].ours


@pytest.mark.parametrize("key", ["ORDERED_ISOLATION", "OTHER_RED", "OTHER_YELLOW", "AUTO_YELLOW"])
def test_a_ground_the_guide_leaves_open_is_marked_as_ours(each, key):
    assert each.grounds[key].ours


@pytest.mark.parametrize(
    "key",
    [
        *("CONTROL_ENDED", "EXCLUDED", "INDEX_EXCLUDED", "RECLASSIFIED"),
        *("AREA_LIFTED", "RELEASED", "DEATH"),
    ],
)
def test_an_exit_the_guide_leaves_open_is_marked_as_ours(each, key):
    assert each.exits[key].ours


def test_every_condition_is_used_by_an_exit(each):
    used = {key for exit in each.exits.values() for key in exit.conditions}
    assert used == set(keys.CONDITIONS)


def test_books_are_told_apart_by_identity(guide, roles, book):
    assert parse(guide, roles=roles) != book
    assert hash(book) == hash(book)


def test_the_parts_of_a_book_can_be_hashed(each):
    parts = (*each.grounds.values(), *each.conditions.values(), *each.rules.values(), each.parameters)
    assert len(set(parts)) == len(parts)
