from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from tests.cases.scenes import Scene
from tests.factories import Cast


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: Any) -> None:
    """Keep the test's own transaction, which ends with its connection."""
    monkeypatch.setattr(connection, "close", lambda: None)


@pytest.fixture(autouse=True)
def no_server() -> Iterator[None]:
    """Take away what a server that a test started looks at with each new connection."""
    yield
    connection_created.disconnect(dispatch_uid="operation.restored")


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)
