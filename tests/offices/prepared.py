"""An account that one administrator prepared."""

from datetime import timedelta

from healthcode.core.offices import accounts
from tests.factories import EPOCH

NOW = EPOCH + timedelta(days=30)


def prepare(cast, *, by=None, role="community", office="community-yulin", **fields):
    fields = {"username": "new.clerk", "name": "新账号", **fields}
    return accounts.create(role=role, office=cast.office(office), by=by or cast.admin_one, at=NOW, **fields)
