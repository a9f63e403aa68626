from typing import Any

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: Any) -> None:
    """Keep the test's own transaction, which ends with its connection."""
    monkeypatch.setattr(connection, "close", lambda: None)
