"""Random acts and withdrawals in random order, against a plain model: a colour is what the uncontradicted facts say.

STEPS=10000 (`make soak`) lets it run for longer than in the suite.
"""

import os
from collections.abc import Sequence
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cases import books
from tests.cases.scenes import Scene, later, sound
from tests.factories import Cast, DivisionFactory
from tests.facts.shrinking import Act, shortest
from tests.facts.stories import Story
from tests.facts.telling import PLACES

STEPS = int(os.environ.get("STEPS", "300"))
ACTS = 30  # in one story
NAMES = (
    *("auto", "overseas", "contact", "contact", "suspect", "negative", "unsure", "apply", "end", "wait"),
    *("unindex", "reindex", "exclude", "exonerate", "unexclude", "void"),
    *("stay", "stay", "unstay", "list", "lift", "unlift", "withdraw", "send", "unsend"),
    *("merge", "part", "die", "live", "extend", "shorten", "hand_over"),
    *("crowd", "crowd", "doubts", "doubts", "doubts", "decide", "decide"),
    *("freed", "freed", "freed", "freed", "correct", "correct", "correct", "move", "move"),
)
MINUTES = (2, 2, 5, 20, 61, 300, 1500)
ACT = st.tuples(st.sampled_from(NAMES), st.integers(0, 59), st.integers(0, 59), st.sampled_from(MINUTES))


@pytest.fixture(scope="module")
def documents(kept: None) -> list[str]:
    """Let more than one fall within the hour be many, and return documents that linked data can cite, each once."""
    scene = Scene(Cast())
    books.adopted(scene, books.with_small_holds(threshold=1), at=later(hours=-1))
    for place in PLACES:
        DivisionFactory(code=place)
    return [
        scene.documented(f"浙防指〔2020〕{100 + one}号", at=later(hours=-1)).number for one in range(3 * ACTS)
    ]


def fails_at(documents: list[str], acts: Sequence[Act]) -> int | None:
    """Tell the story; return at which act the product and the model part, or None where they agree to its end."""
    number = 0
    try:
        with transaction.atomic():
            story = Story(documents)
            for number, act in enumerate(acts, 1):  # noqa: B007 - counted for whoever shortens it
                story.tell(*act)
            sound()
            transaction.set_rollback(True)
    except AssertionError:
        return number
    return None


@settings(
    max_examples=max(1, STEPS // ACTS),
    derandomize="STEPS" not in os.environ,  # the suite tells the same stories each time, the soak new ones
    suppress_health_check=list(HealthCheck),
    phases=(
        Phase.generate,
    ),  # `shortest` knows what an act is, and needs seconds where Hypothesis takes minutes
)
@given(acts=st.lists(ACT, min_size=ACTS, max_size=ACTS))
def test_after_any_story_a_colour_is_what_the_uncontradicted_facts_say(documents: list[str], db: None, acts):
    if (count := fails_at(documents, acts)) is not None:
        pytest.fail(f"The product and the model part: {shortest(acts[:count], partial(fails_at, documents))}")
