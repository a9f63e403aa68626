"""Accounts that look like one human, and usernames that read alike: told to whoever grants, or not prepared."""

import json

import pytest

from healthcode.core.audit.models import Event
from healthcode.core.offices import account_rules, accounts
from healthcode.core.offices.models import User
from tests.offices.prepared import NOW, prepare

NAMED_OTHERWISE = ("新 账号", "新账号\u200b", "新賬號", "Ｌi Ming", "li ming")


@pytest.mark.parametrize(
    ("first", "name"),
    [("新账号", one) for one in NAMED_OTHERWISE[:3]] + [("Li Ming", one) for one in NAMED_OTHERWISE[3:]],
)
def test_of_a_namesake_whoever_grants_is_told_however_the_name_is_written(cast, first, name):
    accounts.grant(prepare(cast, name=first), by=cast.admin_two, at=NOW)
    namesake = prepare(cast, username="other", name=name)
    with pytest.raises(account_rules.LooksLikeAnother):
        accounts.grant(namesake, by=cast.admin_two, at=NOW)
    accounts.grant(namesake, two_people=True, by=cast.admin_two, at=NOW)
    event = Event.objects.filter(action="account.granted").latest("pk")
    assert json.loads(event.body)["namesakes"] == ["new.clerk"]


def test_of_a_closed_account_of_the_same_name_that_was_used_whoever_grants_is_told(cast, granted):
    User.objects.filter(pk=granted.pk).update(last_login=NOW)
    accounts.deactivate(granted, reason="离职", by=cast.admin_one, at=NOW)
    again = prepare(cast, username="again")
    with pytest.raises(account_rules.LooksLikeAnother):
        accounts.grant(again, by=cast.admin_two, at=NOW)


@pytest.mark.parametrize("username", ["New.Clerk", "NEW.CLERK"])
def test_a_username_in_capitals_is_the_same_username(cast, granted, username):
    with pytest.raises(account_rules.UsernameTaken):
        prepare(cast, username=username, name="别人")


@pytest.mark.parametrize(
    "username", ["n\u0435w.clerk", "ｎew", "new\n", "new\u200bclerk", "new clerk", "", "né"]
)
def test_a_username_that_reads_like_another_one_is_refused(cast, username):
    with pytest.raises(account_rules.UsernameOdd):
        prepare(cast, username=username)


def test_the_first_administrators_have_a_username_like_everybody(cast):
    User.objects.filter(role="administrator").update(is_active=False)
    system = accounts.system(at=NOW)
    with pytest.raises(account_rules.UsernameOdd):
        accounts.bootstrap(username="one\n", name="x", office=system.office, by=system, at=NOW)
