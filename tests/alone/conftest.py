import pytest

from tests.cases.scenes import Scene
from tests.factories import Cast


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)
