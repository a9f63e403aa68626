import pytest

from tests.factories import Cast

from .scenes import Scene


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)
