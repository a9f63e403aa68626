import pytest

from tests.factories import Cast

from .scenes import Scene


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """The cast with the two offices that acts look for without naming them: the group, and the community."""
    assert cast.group_xinchang.office
    assert cast.officer_yulin.office
    return Scene(cast)
