"""Accounts: two administrators for every power, and no power for an administrator."""

import itertools
from datetime import timedelta

import pytest
from django.utils import translation

from healthcode.core.audit.models import Event
from healthcode.core.offices import account_rules, accounts, heads, registry, roles, staff, tokens
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed
from tests.factories import new_password, token_of
from tests.offices.prepared import NOW, prepare


def test_a_prepared_account_cannot_be_used(cast):
    user = prepare(cast)
    assert not user.is_active
    assert not user.has_usable_password()


def test_another_administrator_grants_it_and_gets_a_password(cast):
    user = prepare(cast)
    password = accounts.grant(user, by=cast.admin_two, at=NOW)
    user.refresh_from_db()
    assert user.is_active
    assert user.check_password(password)


def test_whoever_prepared_an_account_does_not_grant_it(cast):
    with pytest.raises(accounts.SameAdministrator):
        accounts.grant(prepare(cast), by=cast.admin_one, at=NOW)


def test_nobody_but_an_administrator_prepares_accounts(cast):
    for user in (cast.duty_city, cast.supervisor_city, cast.policy_city, cast.bureau_one):
        with pytest.raises(NotAllowed):
            prepare(cast, by=user)


@pytest.mark.parametrize(
    ("role", "office"), [("duty_lead", "community-yulin"), ("community", "prevention-city")]
)
def test_a_role_fits_its_kind_of_office(cast, role, office):
    with pytest.raises(account_rules.WrongOfficeKind):
        prepare(cast, role=role, office=office)


def test_whoever_puts_a_role_into_the_wrong_office_is_told_where_it_belongs(cast):
    with translation.override("en"):
        with pytest.raises(account_rules.WrongOfficeKind) as refusal:
            prepare(cast, role="officer", office="prevention-city")
        assert "works in: Community, Centralised isolation site" in str(refusal.value)


def test_nobody_is_the_system(cast):
    with pytest.raises(account_rules.SystemRole):
        prepare(cast, role="system", office="administration")


def test_a_username_is_given_once(cast, granted):
    with pytest.raises(account_rules.UsernameTaken):
        prepare(cast)


def test_one_human_has_one_account(cast):
    first = prepare(cast, phone="13900000001")
    accounts.grant(first, by=cast.admin_two, at=NOW)
    with pytest.raises(account_rules.OneAccountEach):
        prepare(cast, username="second", phone="13900000001", role="duty_lead", office="prevention-city")


def test_two_accounts_prepared_for_one_human_are_not_both_granted(cast):
    twins = [prepare(cast, username=name, phone="13900000001") for name in ("one", "other")]
    accounts.grant(twins[0], by=cast.admin_two, at=NOW)
    with pytest.raises(account_rules.OneAccountEach):
        accounts.grant(twins[1], by=cast.admin_two, at=NOW)


def test_another_role_needs_a_new_grant(cast, granted):
    accounts.reassign(granted, role="group", office=cast.office("group-xinchang"), by=cast.admin_one, at=NOW)
    granted.refresh_from_db()
    assert not granted.is_active
    with pytest.raises(accounts.SameAdministrator):
        accounts.grant(granted, by=cast.admin_one, at=NOW)
    assert accounts.grant(granted, by=cast.admin_two, at=NOW)


def test_whoever_closed_an_account_does_not_open_it_again(cast, granted):
    accounts.deactivate(granted, reason="离职", by=cast.admin_two, at=NOW)
    with pytest.raises(accounts.SameAdministrator):
        accounts.grant(granted, by=cast.admin_two, at=NOW)


def test_closing_an_account_revokes_its_tokens(cast):
    machine = cast.province
    _token, secret = token_of(machine, until=NOW + timedelta(days=9), at=NOW)
    assert tokens.holder(secret, at=NOW) == machine
    accounts.deactivate(machine, reason="停用", by=cast.admin_one, at=NOW)
    accounts.grant(machine, by=cast.admin_two, at=NOW)
    assert tokens.holder(secret, at=NOW) is None


def test_two_administrators_always_remain(cast):
    _, second = cast.admin_one, cast.admin_two
    with pytest.raises(accounts.LastAdministrators):
        accounts.deactivate(second, reason="休假", by=cast.admin_one, at=NOW)
    with pytest.raises(accounts.LastAdministrators):
        accounts.reassign(
            second, role="supervisor", office=cast.office("supervision"), by=cast.admin_one, at=NOW
        )


def test_nobody_changes_their_own_account(cast):
    one = cast.admin_one
    for act in (
        lambda: accounts.deactivate(one, reason="试", by=one, at=NOW),
        lambda: accounts.reassign(
            one, role="duty_lead", office=cast.office("prevention-city"), by=one, at=NOW
        ),
        lambda: accounts.reset_password(one, by=one, at=NOW),
        lambda: heads.ask(one, by=one, at=NOW),
        lambda: heads.grant(one, by=one, at=NOW),
        lambda: heads.release(one, by=one, at=NOW),
    ):
        with pytest.raises(accounts.OwnAccount):
            act()


def test_a_reset_password_replaces_the_old_one(cast, granted):
    old = granted.password
    password = new_password(granted, at=NOW)
    granted.refresh_from_db()
    assert granted.password != old
    assert granted.check_password(password)


def test_a_machine_has_no_password(cast):
    with pytest.raises(accounts.MachineAccount):
        accounts.reset_password(cast.province, by=cast.admin_one, at=NOW)


def test_a_clerk_has_no_token(cast):
    with pytest.raises(tokens.NotAMachine):
        prepare_token(cast, cast.duty_city)


def test_only_an_administrator_issues_and_revokes_tokens(cast):
    with pytest.raises(NotAllowed):
        prepare_token(cast, cast.province, by=cast.duty_city)
    token = prepare_token(cast, cast.province)
    for act in (tokens.grant, tokens.revoke):
        with pytest.raises(NotAllowed):
            act(token, by=cast.province, at=NOW)


def test_the_first_two_administrators_come_from_the_system(cast):
    User.objects.filter(role="administrator").update(is_active=False)
    system = accounts.system(at=NOW)
    for name in ("one", "two"):
        user, password = accounts.bootstrap(username=name, name=name, office=system.office, by=system, at=NOW)
        assert user.check_password(password)
    with pytest.raises(accounts.AdministratorsExist):
        accounts.bootstrap(username="three", name="three", office=system.office, by=system, at=NOW)


def test_nobody_else_makes_first_administrators(cast):
    with pytest.raises(NotAllowed):
        accounts.bootstrap(
            username="x", name="x", office=cast.office("administration"), by=cast.admin_one, at=NOW
        )


def test_every_act_on_an_account_is_in_the_ledger(cast, granted):
    heads.ask(granted, by=cast.admin_one, at=NOW)
    heads.grant(granted, by=cast.admin_two, at=NOW)
    new_password(granted, at=NOW)
    accounts.reassign(granted, role="group", office=cast.office("group-xinchang"), by=cast.admin_one, at=NOW)
    accounts.grant(granted, by=cast.admin_two, at=NOW)
    accounts.deactivate(granted, reason="离职", by=cast.admin_one, at=NOW)
    written = (
        Event.objects.filter(target=f"user:{granted.pk}").order_by("pk").values_list("action", flat=True)
    )
    assert [action.removeprefix("account.") for action in written] == [
        *(
            "created",
            "granted",
            "head_asked",
            "head_set",
            "password_reset",
            "granted",
            "reassigned",
            "granted",
            "deactivated",
        ),
    ]


def test_no_password_is_in_the_ledger(cast):
    user = prepare(cast)
    password = accounts.grant(user, by=cast.admin_two, at=NOW)
    assert not Event.objects.filter(body__contains=password).exists()


@pytest.mark.parametrize(
    "broken", ["create", "grant", "reassign", "deactivate", "reset_password", "ask_head"]
)
def test_an_act_whose_record_fails_leaves_nothing(cast, granted, broken, monkeypatch):
    waiting = prepare(cast, username="waiting")
    acts = {
        "create": lambda: prepare(cast, username="third"),
        "grant": lambda: accounts.grant(waiting, two_people=True, by=cast.admin_two, at=NOW),
        "reassign": lambda: accounts.reassign(
            granted, role="group", office=cast.office("group-xinchang"), by=cast.admin_one, at=NOW
        ),
        "deactivate": lambda: accounts.deactivate(granted, reason="x", by=cast.admin_one, at=NOW),
        "reset_password": lambda: accounts.reset_password(granted, by=cast.admin_one, at=NOW),
        "ask_head": lambda: heads.ask(granted, by=cast.admin_one, at=NOW),
    }
    cast.office("group-xinchang")
    before = list(User.objects.order_by("pk").values())

    def fail(*_args, **_fields):
        raise OSError("the disk is full")

    monkeypatch.setattr(accounts.ledger, "record_all", fail)
    with pytest.raises(OSError, match="disk"):
        acts[broken]()
    assert list(User.objects.order_by("pk").values()) == before


def test_whoever_manages_accounts_does_nothing_else():
    managing = {key for key, act in roles.ACTS.items() if staff.Role.ADMINISTRATOR in act.reach}
    registers = {"office.view", "venue.view", "venue.manage"}  # where accounts work
    files = {"setup.prepare", "setup.decide"}  # the same, by the set
    asked = {"inquiry.answer", "inquiry.view"}  # they answer supervision for what they granted
    assert managing == {"account.manage", "rulebook.view"} | registers | files | asked


def test_nobody_else_manages_accounts():
    assert set(roles.ACTS["account.manage"].reach) == {staff.Role.ADMINISTRATOR}


def test_whoever_writes_the_rules_decides_no_case():
    assert not set(roles.ACTS["rulebook.propose"].reach) & set(roles.ACTS["case.decide"].reach)


def test_every_role_has_an_office_kind():
    assert set(staff.OFFICE_KINDS) == set(staff.Role.values)


def test_every_reach_in_the_table_is_known():
    reaches = itertools.chain.from_iterable(act.reach.values() for act in roles.ACTS.values())
    assert set(reaches) <= set(roles.Reach)


def test_an_account_is_granted_once(cast, granted):
    with pytest.raises(accounts.AlreadyGranted):
        accounts.grant(granted, by=cast.admin_two, at=NOW)


@pytest.mark.parametrize("act", ["deactivate", "reset_password"])
def test_nothing_is_done_to_an_account_that_is_not_in_use(cast, act):
    extra = {"reason": "离职"} if act == "deactivate" else {}
    with pytest.raises(accounts.NotInUse):
        getattr(accounts, act)(prepare(cast), **extra, by=cast.admin_one, at=NOW)


def prepare_token(cast, user, *, days=1, by=None):
    until = NOW + timedelta(days=days)
    return tokens.prepare(
        user, label="12345", acts=["batch.grounds"], expires_at=until, by=by or cast.admin_one, at=NOW
    )


def test_a_token_expires_in_the_future(cast):
    with pytest.raises(tokens.AlreadyExpired):
        prepare_token(cast, cast.province, days=0)


def test_an_account_has_no_token_before_it_is_granted(cast):
    machine = prepare(cast, role="province", office=cast.province.office.code)
    with pytest.raises(tokens.NotGranted):
        prepare_token(cast, machine)


def test_a_token_is_revoked_once(cast):
    token = prepare_token(cast, cast.province)
    tokens.revoke(token, by=cast.admin_one, at=NOW)
    with pytest.raises(tokens.AlreadyRevoked):
        tokens.revoke(token, by=cast.admin_one, at=NOW)


def test_an_office_has_a_code_of_its_own(cast):
    office = cast.office("bureau")
    fields = {"name": "新单位", "kind": office.kind, "division": office.division}
    with pytest.raises(registry.OfficeCodeTaken):
        registry.open_office(code="bureau", **fields, by=cast.admin_one, at=NOW)
