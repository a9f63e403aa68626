"""The gravest ground gives the colour; without one it is green."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.policy.colours import Colour, gravest
from cases.policy.words import Bilingual, placeholders

COLOURS = st.lists(st.sampled_from(Colour))


def test_without_a_ground_it_is_green():
    assert gravest([]) is Colour.GREEN


def test_red_outweighs_yellow():
    assert gravest([Colour.YELLOW, Colour.RED]) is Colour.RED


def test_no_code_at_all_weighs_least():
    assert [colour.gravity for colour in Colour] == [-1, 0, 1, 2]


@given(COLOURS, st.randoms())
def test_the_order_of_grounds_does_not_matter(colours, random):
    shuffled = list(colours)
    random.shuffle(shuffled)
    assert gravest(shuffled) is gravest(colours)


@given(COLOURS, COLOURS)
def test_another_ground_never_makes_a_code_lighter(colours, more):
    if colours:
        assert gravest([*colours, *more]).gravity >= gravest(colours).gravity


@pytest.mark.parametrize(
    ("language", "text"), [("zh-hans", "红"), ("zh", "红"), ("zh-Hans", "红"), ("en", "red"), ("de", "red")]
)
def test_words_are_told_in_the_readers_language(language, text):
    assert Bilingual("红", "red").text(language) == text


def test_a_sentence_is_filled_in_both_languages():
    filled = Bilingual("于{until}期满", "until {until}").fill({"until": Bilingual("今天", "today")})
    assert filled == Bilingual("于今天期满", "until today")


@pytest.mark.parametrize("text", ["{a", "a}", "{a!r}", "{a:>3}", "{a.b}", "{}", "{0}"])
def test_only_plain_placeholders_are_templates(text):
    with pytest.raises(ValueError, match=r"."):
        placeholders(text)
