"""A day's story in the ledger under two seals, triggers switched off: each test then does one thing to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from healthcode.core.audit import sealing, triggers
from healthcode.core.audit.checkpoints import Checkpoint
from tests.cases.scenes import Scene, T, later


def pytest_itemcollected(item: pytest.Item) -> None:
    """Have each row of a table run on PostgreSQL: it is the database that refuses or keeps it."""
    item.add_marker("every_row")


@pytest.fixture
def scene(cast: Any) -> Scene:
    """A person reported and entered, sealed; another one a day later, sealed; triggers off."""
    scene = Scene(cast)
    for at in (T, later(days=1)):
        scene.clinical(scene.person(at=at - timedelta(minutes=2)), at=at)
        sealing.seal(at=at + timedelta(minutes=1))
    connection.check_constraints()  # with deferred ones waiting, PostgreSQL drops no trigger
    triggers.drop(connection)
    return scene


@pytest.fixture
def anchor(scene: Scene) -> Checkpoint:
    """The checkpoint of the second seal, kept elsewhere."""
    last = sealing.latest()
    assert last is not None
    return last
