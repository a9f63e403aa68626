"""Checks at a door that are committed: what is not cannot be sealed by the batch."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from cases.models import GateCheck, Person
from cases.services import gates
from healthcode.core.audit import sealing, triggers
from tests.audit.sealed_checks import found, seal
from tests.cases.scenes import Scene, T, later
from tests.factories import guarded


@pytest.fixture
def scene(transactional_db: None, cast: Any) -> Scene:
    """Return the cast, and commit what it does."""
    return Scene(cast)


@pytest.fixture
def checked(scene: Scene) -> Callable[..., GateCheck]:
    """Return a function: somebody is checked at the school's door."""
    venue = guarded("SCHOOL")
    somebody = scene.person()
    scene.fever(somebody, at=T - timedelta(days=1))

    def check(at: datetime = T, reason: str = "", person: Person = somebody) -> GateCheck:
        seen: dict[str, Any] = {"temperature": Decimal("36.5"), "reason": reason}
        presented = gates.PresentedCode(person.document)
        return gates.check(presented, venue=venue, by=scene.cast.gate_school, at=at, **seen)

    return check


@pytest.fixture
def five(checked: Callable[..., GateCheck]) -> list[GateCheck]:
    """Return five checks in two batches, which fit; triggers are off."""
    made = [checked(later(minutes=minute), reason="住校学生") for minute in range(3)]
    seal(later(minutes=3))
    made += [checked(later(minutes=minute)) for minute in (4, 5)]
    seal(later(minutes=6))
    sealing.seal(at=later(minutes=7))
    assert found() == []
    triggers.drop(connection)
    return made
