"""Whom a withdrawal reaches is read, locked and read again: if it grew, the engine begins anew, not the user."""

import pytest

from cases.policy.colours import Colour
from cases.services.engine import falling
from cases.services.samples import results
from tests.cases.scenes import Scene, colour, later, refused, sound
from tests.facts.test_results import entered, taken_back, yellow


@pytest.fixture
def green(scene: Scene):
    """Return somebody whose yellow ended on a negative, and that negative, entered on another record's human."""
    person, _case = yellow(scene, "AUTO_YELLOW")
    result = entered(scene, person, at=later(hours=3))
    results.apply(person, by=scene.cast.service_xinchang, at=later(hours=4))
    return person, result


def missing(monkeypatch, times: int) -> None:
    """Let the first readings of a reach miss whoever is reached, as if the ending were committed in between."""
    found, left = falling.answer, [times]

    def answer(*args, **kwargs):
        if left[0]:
            left[0] -= 1
            raise falling.Grown()
        return found(*args, **kwargs)

    monkeypatch.setattr(falling, "answer", answer)


@pytest.mark.parametrize("times", [1, 2])
def test_an_act_whose_reach_grew_begins_anew(scene: Scene, green, monkeypatch, times):
    person, result = green
    missing(monkeypatch, times)
    taken_back(scene, result, "POSITIVE", at=later(hours=5))
    assert colour(person, later(hours=6)) == Colour.YELLOW
    sound()


def test_after_three_attempts_the_user_is_told_and_nothing_is_stored(scene: Scene, green, monkeypatch):
    person, result = green
    missing(monkeypatch, 3)
    refused(falling.Grown, taken_back, scene, result, "POSITIVE", at=later(hours=5))
    assert colour(person, later(hours=6)) == Colour.GREEN
