"""What holds for every history of tests, visits and forms."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.policy import keys
from cases.policy.days import midnight
from cases.policy.exits import Examination, Facts, FilledForm, Sample, conditions, relied_on

BEGAN = date(2020, 9, 1)
TESTED = ("CONTROL_ENDED", "FEVER_CLEARED", "TESTED_NEGATIVE")

# Instants are drawn from few hours, so that acts meet, coincide and pass each other.
INSTANTS = st.integers(0, 24 * 24).map(lambda hours: midnight(BEGAN) + timedelta(hours=hours))
SAMPLES = st.builds(Sample, INSTANTS, st.sampled_from(keys.OUTCOMES), st.integers(1, 9))
FACTS = st.builds(
    Facts,
    now=INSTANTS,
    began_on=st.just(BEGAN),
    until=st.none() | INSTANTS,
    has_order=st.booleans(),
    samples=st.lists(SAMPLES, max_size=4).map(tuple),
    onset_at=st.none() | INSTANTS,
    visits=st.lists(st.builds(Examination, INSTANTS, st.booleans()), max_size=3).map(tuple),
    declarations=st.lists(st.builds(FilledForm, INSTANTS, st.booleans()), max_size=3).map(tuple),
    notices=st.dictionaries(st.sampled_from(keys.EXITS), st.just(("REPORT", 1))),
    stayed_from=st.none() | INSTANTS,
)
many = settings(max_examples=200)


def met(book, exit_key, facts):
    return all(condition.met for condition in conditions(book, exit_key, facts))


@many
@given(exit_key=st.sampled_from(TESTED), facts=FACTS)
def test_no_exit_is_met_while_the_latest_sample_is_positive(book, exit_key, facts):
    positive = Sample(facts.now, "POSITIVE", 10)
    assert not met(book, exit_key, replace(facts, samples=(*facts.samples, positive)))


@many
@given(
    exit_key=st.sampled_from(TESTED),
    facts=FACTS,
    outcome=st.sampled_from(["POSITIVE", "INCONCLUSIVE", "PENDING", "LOST"]),
    at=INSTANTS,
)
def test_another_sample_that_is_not_negative_never_turns_an_exit_on(book, exit_key, outcome, facts, at):
    more = replace(facts, samples=(*facts.samples, Sample(at, outcome, 10)))
    assert met(book, exit_key, facts) or not met(book, exit_key, more)


@many
@given(exit_key=st.sampled_from(keys.EXITS), facts=FACTS, random=st.randoms())
def test_the_order_in_which_facts_arrive_does_not_matter(book, exit_key, facts, random):
    shuffled = list(facts.samples)
    random.shuffle(shuffled)
    other = replace(
        facts,
        samples=tuple(shuffled),
        visits=facts.visits[::-1],
        declarations=facts.declarations[::-1],
    )
    assert conditions(book, exit_key, other) == conditions(book, exit_key, facts)


@many
@given(facts=FACTS)
def test_control_never_ends_before_its_due_day(book, facts):
    if met(book, "CONTROL_ENDED", facts):
        assert facts.until is not None
        assert facts.now >= facts.until


@many
@given(facts=FACTS)
def test_an_open_end_never_ends_by_itself(book, facts):
    assert not met(book, "CONTROL_ENDED", replace(facts, until=None))


@many
@given(exit_key=st.sampled_from(TESTED), facts=FACTS)
def test_an_exit_that_is_met_rests_on_a_negative_of_the_past(book, exit_key, facts):
    if met(book, exit_key, facts):
        sample = relied_on(book, exit_key, facts)
        assert sample is not None
        assert sample.outcome == "NEGATIVE"
        assert sample.sampled_at <= facts.now


@many
@given(exit_key=st.sampled_from(keys.EXITS), facts=FACTS)
def test_every_condition_finds_its_words(book, provincial, exit_key, facts):
    for each in (book, provincial):
        for condition in conditions(each, exit_key, facts):
            assert "{" not in condition.words.zh + condition.words.en
