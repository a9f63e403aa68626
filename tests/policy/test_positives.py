"""An unanswered positive stands in the way of every end that a negative bears, in every book, worded or not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.policy import defaults, rulebook, shipped
from cases.policy.exits import Examination, Facts, FilledForm, Sample, basis, conditions
from healthcode.core.offices.staff import ROLE_KEYS

from .conftest import Editor
from .test_exits import BEGAN, DAY, DUE, TICK, met, negative

POSITIVE = Sample(DUE - 2 * DAY, "POSITIVE", 7)


def of_before(text: str) -> str:
    """Return a book as it was before it knew these conditions."""
    for key in defaults.CONDITIONS:
        text = Editor(text).without_table(f"conditions.{key}").text.replace(f', "{key}"', "")
    return text


BOOKS = {
    f"{version} {when}": change(shipped.text(version))
    for version in shipped.VERSIONS
    for when, change in (("now", str), ("before", of_before))
}


@pytest.fixture(params=BOOKS)
def any_book(request) -> rulebook.Policy:
    return rulebook.parse(BOOKS[request.param], roles=ROLE_KEYS)


def facts(exit_key: str, **changes) -> Facts:
    """Return what would end a ground: its days over, a negative, for a fever an examination and a clean form too."""
    samples = (
        (POSITIVE, negative(DUE - DAY, pk=1))
        if changes.pop("positive", True)
        else (negative(DUE - DAY, pk=1),)
    )
    fever = {
        "declared_at": DUE - 3 * DAY,
        "visits": (Examination(DUE - DAY, True),),
        "declarations": (FilledForm(DUE - timedelta(hours=1), True),),
    }
    known = {
        "now": DUE,
        "began_on": BEGAN,
        "until": DUE,
        "has_order": True,
        "samples": samples,
    }
    return Facts(**known, **(fever if exit_key == "FEVER_CLEARED" else {}), **changes)


EXITS = ("CONTROL_ENDED", "TESTED_NEGATIVE", "FEVER_CLEARED")


@pytest.mark.parametrize("exit_key", EXITS)
def test_a_positive_since_the_ground_began_waits_for_its_answer(any_book, exit_key):
    assert met(any_book, exit_key, facts(exit_key, positive=False))
    missing = [one for one in conditions(any_book, exit_key, facts(exit_key)) if not one.met]
    assert [(one.key, one.roles) for one in missing] == [("POSITIVES_ANSWERED", ("cdc",))]
    assert "2020年9月14日00:00" in missing[0].words.zh and "2020-09-14 00:00" in missing[0].words.en


@pytest.mark.parametrize("exit_key", EXITS)
def test_the_end_rests_on_the_opinion_that_answers_it(any_book, exit_key):
    answered = facts(exit_key, answered={7: (("OPINION", 3),)})
    assert met(any_book, exit_key, answered)
    assert ("OPINION", 3) in basis(any_book, exit_key, answered)
    by_case = facts(exit_key, answered={7: ()})
    assert met(any_book, exit_key, by_case)
    assert "OPINION" not in dict(basis(any_book, exit_key, by_case))


def test_a_positive_waits_that_was_sampled_within_the_look_back_before_the_last_day_of_the_exposure(any_book):
    looked_back = DUE - 14 * DAY - DAY - any_book.parameters.area_look_back_days * DAY
    for at, waits in ((looked_back, True), (looked_back - TICK, False)):
        samples = (Sample(at, "POSITIVE", 7), negative(DUE - DAY, pk=1))
        known = facts("CONTROL_ENDED", positive=False)
        assert met(any_book, "CONTROL_ENDED", replace(known, samples=samples)) is not waits


def test_of_a_longer_stay_every_positive_since_it_began_waits(any_book):
    arrived = DUE - 40 * DAY
    for at, waits in ((arrived, True), (arrived - TICK, False)):
        samples = (Sample(at, "POSITIVE", 7), negative(DUE - DAY, pk=1))
        known = replace(facts("TESTED_NEGATIVE", positive=False), samples=samples, stayed_from=arrived)
        assert met(any_book, "TESTED_NEGATIVE", known) is not waits


def test_control_waits_for_the_group_while_cdcs_report_of_an_infection_does(any_book):
    known = facts("CONTROL_ENDED", positive=False, report_waits=True)
    missing = [one for one in conditions(any_book, "CONTROL_ENDED", known) if not one.met]
    assert [(one.key, one.roles) for one in missing] == [("NO_REPORT_WAITS", ("group",))]


def test_a_book_of_before_is_otherwise_the_same():
    for name, text in BOOKS.items():
        if name.endswith("before"):
            assert "POSITIVES_ANSWERED" not in text and len(text) > 45_000
