from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cases.models import Shift
from cases.services.roster import shifts
from tests.cases.scenes import Scene, T
from tests.factories import Cast


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def on_duty(cast: Cast) -> Callable[..., Shift]:
    """Return a function: somebody of the cast enters their own shift of two days from `T`."""

    def enter(username: str, **fields: Any) -> Shift:
        user = cast[username]
        usual = {"phone": "13900000001", "from_at": T, "until": T + timedelta(days=2), "at": T, "by": user}
        return shifts.enter(office=user.office, user=user, **{**usual, **fields})

    return enter
