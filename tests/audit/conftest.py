"""Checks at a door that are committed: what is not cannot be sealed by the batch."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from cases.models import GateCheck, Person
from cases.services import gates
from healthcode.core.audit import sealing, triggers, watermarks
from tests.audit.sealed_checks import found, seal
from tests.cases.scenes import Scene, T, later
from tests.factories import guarded

# Transactions are numbered for a whole cluster, and so is what still runs. The suite's other databases stand in it too:
# whatever runs in them would keep everything back. A superuser sees which of them run in this one.
RUNS_HERE = (
    "SELECT least(min(backend_xid::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"
    " FROM pg_stat_activity WHERE datname = current_database()"
)


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """Let no transaction of another database keep a row of this one back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(watermarks.BEHIND, "postgresql", RUNS_HERE)
        yield


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
