"""Who passes at a door: every combination of place, colour, mask, temperature and reason."""

import re
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from cases.policy import passing
from cases.policy.colours import Colour
from cases.policy.passing import Why, YellowAccess, decide
from cases.policy.rulebook import parse

NORMAL, FEVER = Decimal("36.5"), Decimal("37.3")
KINDS = {
    YellowAccess.ADMITTING: "CARE_HOME",
    YellowAccess.LISTED: "SUPERMARKET",
    YellowAccess.RIDE: "TAXI",
    YellowAccess.CLINIC: "FEVER_CLINIC",
    YellowAccess.FREE: "OTHER",
}
# What a yellow person without a fever meets: place, mask, reason -> why.
YELLOW = {
    (YellowAccess.ADMITTING, False, False): Why.RESTRICTED,
    (YellowAccess.ADMITTING, False, True): Why.ADMITTED,
    (YellowAccess.ADMITTING, True, False): Why.RESTRICTED,
    (YellowAccess.ADMITTING, True, True): Why.ADMITTED,
    (YellowAccess.LISTED, False, False): Why.RESTRICTED,
    (YellowAccess.LISTED, False, True): Why.RESTRICTED,
    (YellowAccess.LISTED, True, False): Why.RESTRICTED,
    (YellowAccess.LISTED, True, True): Why.RESTRICTED,
    (YellowAccess.RIDE, False, False): Why.UNMASKED,
    (YellowAccess.RIDE, False, True): Why.UNMASKED,
    (YellowAccess.RIDE, True, False): Why.MASKED,
    (YellowAccess.RIDE, True, True): Why.MASKED,
    (YellowAccess.CLINIC, False, False): Why.UNLISTED,
    (YellowAccess.CLINIC, False, True): Why.UNLISTED,
    (YellowAccess.CLINIC, True, False): Why.UNLISTED,
    (YellowAccess.CLINIC, True, True): Why.UNLISTED,
    (YellowAccess.FREE, False, False): Why.UNLISTED,
    (YellowAccess.FREE, False, True): Why.UNLISTED,
    (YellowAccess.FREE, True, False): Why.UNLISTED,
    (YellowAccess.FREE, True, True): Why.UNLISTED,
}
EVERYWHERE = list(product(YellowAccess, (False, True), (False, True)))


@pytest.fixture
def at_door(book):
    def door(place, colour, temperature=NORMAL, *, mask=False, reason=False):
        question = {"colour": colour, "temperature": temperature, "mask": mask, "reason": reason}
        return decide(book, KINDS[place], **question)

    return door


@pytest.mark.parametrize(("seen", "why"), YELLOW.items(), ids=str)
def test_yellow_without_a_fever(at_door, seen, why):
    place, mask, reason = seen
    assert at_door(place, Colour.YELLOW, mask=mask, reason=reason).why is why


@pytest.mark.parametrize(("place", "mask", "reason"), EVERYWHERE)
def test_green_without_a_fever_passes_everywhere(at_door, place, mask, reason):
    decided = at_door(place, Colour.GREEN, mask=mask, reason=reason)
    assert (decided.passes, decided.why) == (True, Why.GREEN)


@pytest.mark.parametrize(("place", "mask", "reason"), EVERYWHERE)
@pytest.mark.parametrize("temperature", [NORMAL, FEVER])
def test_red_passes_nowhere_whatever_is_said_for_it(at_door, place, mask, reason, temperature):
    decided = at_door(place, Colour.RED, temperature, mask=mask, reason=reason)
    assert (decided.passes, decided.why, decided.clause) == (False, Why.RED, "2.0")


@pytest.mark.parametrize(("place", "mask", "reason"), EVERYWHERE)
@pytest.mark.parametrize("colour", [Colour.GREEN, Colour.YELLOW])
def test_a_fever_keeps_out_whatever_the_colour_but_of_a_fever_clinic(at_door, place, mask, reason, colour):
    decided = at_door(place, colour, FEVER, mask=mask, reason=reason)
    clinic = place is YellowAccess.CLINIC
    why = Why.EXAMINED if clinic else Why.FEVER
    assert (decided.passes, decided.why, decided.fever) == (clinic, why, True)


@pytest.mark.parametrize("place", YellowAccess)
def test_without_a_code_nobody_passes(at_door, place):
    assert at_door(place, Colour.NONE).why is Why.NO_CODE


def test_a_fever_begins_at_the_books_parameter_inclusive(at_door):
    assert at_door(YellowAccess.FREE, Colour.GREEN, Decimal("37.2")).passes
    assert not at_door(YellowAccess.FREE, Colour.GREEN, Decimal("37.3")).passes


def test_what_could_still_let_somebody_pass_is_asked_for(at_door):
    asked = {place: at_door(place, Colour.YELLOW).asks for place in YellowAccess}
    assert asked == {
        YellowAccess.ADMITTING: "REASON",
        YellowAccess.LISTED: "",
        YellowAccess.RIDE: "MASK",
        YellowAccess.CLINIC: "",
        YellowAccess.FREE: "",
    }


@pytest.mark.parametrize("colour", [Colour.RED, Colour.GREEN, Colour.NONE])
def test_nothing_is_asked_for_where_it_would_not_help(at_door, colour):
    assert not any(at_door(place, colour).asks for place in YellowAccess)


def test_a_kind_that_the_book_dropped_is_no_longer_on_its_closed_list(book):
    decided = decide(book, "ICE_RINK", colour=Colour.YELLOW, temperature=NORMAL)
    assert decided.why is Why.UNLISTED


def test_a_reason_is_spoken_of_only_where_somebody_belongs(at_door, book):
    assert at_door(YellowAccess.ADMITTING, Colour.YELLOW).words == book.rules["RESTRICTED_ENTRY"].words
    assert "reason" not in at_door(YellowAccess.LISTED, Colour.YELLOW).words.en


def test_the_books_movements_decide_not_the_names_of_colours(guide_editor, roles):
    text = guide_editor.having("colours.YELLOW", 'movement = "NORMAL"').text
    decided = decide(parse(text, roles=roles), "SUPERMARKET", colour=Colour.YELLOW, temperature=NORMAL)
    assert decided.passes


def test_each_answer_cites_a_clause_of_the_book(book):
    assert {row.clause for row in passing.TABLE} <= set(book.clauses)
    assert {row.why for row in passing.TABLE} == set(Why)


def test_nothing_at_the_gate_tells_anybody_to_apply_here(book):
    sentences = [words for why in Why for place in YellowAccess if (words := passing.words(book, why, place))]
    assert not [words for words in sentences if "申领" in words.zh or "申请绍兴" in words.zh]
    pages = Path(__file__).parents[2] / "templates" / "gate"
    assert not [page for page in pages.iterdir() if re.search(r"appl(y|ication)|申请", page.read_text())]
