import pytest

from tests.cases.scenes import Scene
from tests.factories import Cast

from .desk import Desk


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def desk(scene: Scene) -> Desk:
    return Desk(scene)
