"""An account in use, for the tests of accounts and their names."""

import pytest

from healthcode.core.offices import accounts
from tests.offices.directory_log_in import provider as provider
from tests.offices.prepared import NOW, prepare


@pytest.fixture
def granted(cast):
    user = prepare(cast)
    accounts.grant(user, by=cast.admin_two, at=NOW)
    user.refresh_from_db()
    return user
