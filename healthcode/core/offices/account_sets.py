"""Accounts that are granted as a set: what one administrator prepared in a file, by another."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from healthcode.core.audit import ledger
from healthcode.core.offices import account_rules, accounts, seats
from healthcode.core.offices.models import User
from healthcode.core.offices.parts import PART


@transaction.atomic
def grant_all(users: Sequence[User], *, two_people: bool = False, by: User, at: datetime) -> list[str]:
    """Store accounts that another administrator prepared and let them be used; return their codes ("" for a machine).

    They are not stored yet and bear who prepared them and when. `two_people`: whoever grants made sure that accounts of
    the same name are other people's. Of what is wrong the first refusal is raised; nothing is stored then.
    """
    accounts.require_administrator(by)
    accounts.lock_administrators()
    for wrong in account_rules.faults(users).values():
        raise wrong[0]
    for preparer in {user.created_by for user in users}:
        if preparer is None or seats.are_one_human(preparer, by):
            raise accounts.SameAdministrator()
    namesakes = account_rules.require_distinct(users, two_people=two_people)
    codes = []
    for user in users:
        user.is_active, user.granted_by, user.granted_at = True, by, at
        user.set_unusable_password()
        codes.append(accounts.new_password(user, at))
    User.objects.bulk_create(users, batch_size=PART)
    given = zip(users, namesakes, strict=True)
    ledger.record_all([_granted(user, others) for user, others in given], by=by, at=at)
    return codes


def _granted(user: User, namesakes: Sequence[str]) -> ledger.Entry:
    assert user.created_by is not None
    return ledger.entry(
        "account.granted",
        user,
        user=user.username,
        role_given=user.role,
        office_given=user.office.code,
        prepared_by=user.created_by.username,
        namesakes=namesakes or None,
    )
