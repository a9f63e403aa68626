"""A credential is a grant: whoever could give themselves another's password or token would second their own acts."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models.batches import Kind
from healthcode.core.audit.models import Event
from healthcode.core.offices import account_rules, accounts, break_glass, registry, roles, tokens
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.refusals import NotAllowed
from healthcode.portal.signs import board
from tests.factories import EPOCH, new_password, token_of

NOW = EPOCH
LATER = NOW + timedelta(minutes=5)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def third(cast) -> User:
    office = cast.office("administration")
    fields = {"username": "admin.three", "name": "三号管理员", "role": "administrator", "office": office}
    user = accounts.create(**fields, by=cast.admin_one, at=NOW)
    accounts.grant(user, by=cast.admin_two, at=NOW)
    return fresh(user)


def log_in(username: str, password: str, address: str = "10.1.1.1"):
    fields = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post(reverse("admin:login"), fields)


def test_whoever_takes_a_password_away_does_not_grant_the_new_one(cast):
    third(cast)
    accounts.reset_password(cast.admin_two, by=cast.admin_one, at=LATER)
    assert not fresh(cast.admin_two).is_active
    with pytest.raises(accounts.SameAdministrator):
        accounts.grant(cast.admin_two, by=cast.admin_one, at=LATER)
    assert accounts.grant(cast.admin_two, by=User.objects.get(username="admin.three"), at=LATER)


def test_of_two_administrators_neither_takes_the_others_password_away(cast):
    with pytest.raises(accounts.LastAdministrators):
        accounts.reset_password(cast.admin_two, by=cast.admin_one, at=NOW)


def test_whoever_owns_the_account_does_not_grant_their_own_new_password(cast):
    third(cast)
    accounts.reset_password(cast.admin_two, by=cast.admin_one, at=LATER)
    with pytest.raises((accounts.OwnAccount, NotAllowed)):
        accounts.grant(cast.admin_two, by=fresh(cast.admin_two), at=LATER)


def test_a_token_that_one_prepared_opens_nothing_until_another_grants_it(cast):
    token = tokens.prepare(
        cast.province,
        label="t",
        acts=["case.open"],
        expires_at=NOW + timedelta(days=9),
        by=cast.admin_one,
        at=NOW,
    )
    assert token.digest is None
    with pytest.raises(tokens.PreparedYourself):
        tokens.grant(token, by=cast.admin_one, at=NOW)
    secret = tokens.grant(token, by=cast.admin_two, at=NOW)
    assert tokens.holder(secret, at=NOW) == cast.province
    with pytest.raises(tokens.TokenGranted):
        tokens.grant(token, by=cast.admin_two, at=NOW)


def test_a_token_is_not_granted_by_a_second_account_of_whoever_prepared_it(cast):
    User.objects.filter(username__in=("admin.one", "admin.two")).update(name="同一人", phone="13900000000")
    one, two = (User.objects.get(username=name) for name in ("admin.one", "admin.two"))
    token = tokens.prepare(
        cast.province, label="t", acts=["case.open"], expires_at=NOW + timedelta(days=9), by=one, at=NOW
    )
    with pytest.raises(tokens.PreparedYourself):
        tokens.grant(token, by=two, at=NOW)


@pytest.mark.parametrize("how", ["revoked", "expired", "closed"])
def test_a_prepared_token_that_was_given_up_is_not_granted(cast, how):
    token = tokens.prepare(
        cast.province,
        label="t",
        acts=["case.open"],
        expires_at=NOW + timedelta(days=1),
        by=cast.admin_one,
        at=NOW,
    )
    when = NOW + timedelta(days=2) if how == "expired" else LATER
    if how == "revoked":
        tokens.revoke(token, by=cast.admin_one, at=NOW)
    if how == "closed":
        accounts.deactivate(cast.province, reason="停用", by=cast.admin_one, at=NOW)
    with pytest.raises((tokens.AlreadyRevoked, tokens.AlreadyExpired, tokens.NotGranted)):
        tokens.grant(token, by=cast.admin_two, at=when)


@pytest.mark.parametrize("kind", Kind.values)
def test_a_token_for_a_kind_of_file_opens_the_address_for_files(cast, kind):
    act = f"batch.{kind.lower()}"
    assert tokens.THROUGH[act] == "batch.deliver"
    if not cast.province.may(act):
        return
    fields = {"label": "x", "acts": [act], "expires_at": NOW + timedelta(days=1)}
    assert tokens.prepare(cast.province, **fields, by=cast.admin_one, at=NOW).opens("batch.deliver")


def test_a_token_lives_no_longer_than_the_settings_allow(cast, settings):
    settings.TOKEN_DAYS = 30
    with pytest.raises(tokens.LivesTooLong, match="30"):
        token_of(cast.province, until=NOW + timedelta(days=31), at=NOW)


@pytest.mark.parametrize("acts", [[], ["batch.presences"], ["case.open", "person.view"]])
def test_a_token_opens_acts_of_its_own_machine_and_at_least_one(cast, acts):
    fields = {"label": "t", "acts": acts, "expires_at": NOW + timedelta(days=9)}
    with pytest.raises(tokens.OpensNothing):
        tokens.prepare(cast.province, **fields, by=cast.admin_one, at=NOW)


@pytest.mark.parametrize("text", ["10.1.2", "10.1.2.0/40", "gate.example.cn", "10.1.2.3 x"])
def test_what_is_no_address_is_refused_on_its_field(cast, text):
    fields = {"label": "t", "acts": ["case.open"], "addresses": text, "expires_at": NOW + timedelta(days=9)}
    with pytest.raises(tokens.NotAnAddress) as caught:
        tokens.prepare(cast.province, **fields, by=cast.admin_one, at=NOW)
    assert caught.value.field == "addresses"


@pytest.mark.parametrize(
    "text", ["10.1.2.3，10.1.2.4", "10.1.2.3；10.1.2.4;", "１０.1.2.3、10.1.2.4", "\n10.1.2.3\t10.1.2.4"]
)
def test_addresses_are_parted_as_people_part_them(cast, text):
    fields = {"label": "t", "acts": ["case.open"], "addresses": text, "expires_at": NOW + timedelta(days=9)}
    token = tokens.prepare(cast.province, **fields, by=cast.admin_one, at=NOW)
    assert token.addresses == "10.1.2.3/32 10.1.2.4/32"


def test_more_addresses_than_a_token_keeps_are_refused_on_their_field(cast):
    text = " ".join(f"2001:db8:aaaa:bbbb:cccc:dddd:eeee:{number:x}" for number in range(0xF000, 0xF000 + 11))
    fields = {"label": "t", "acts": ["case.open"], "expires_at": NOW + timedelta(days=9)}
    assert tokens.prepare(cast.province, **fields, addresses=text, by=cast.admin_one, at=NOW).addresses
    with pytest.raises(tokens.TooManyAddresses) as caught:
        tokens.prepare(cast.province, **fields, addresses=f"{text} 10.1.2.3", by=cast.admin_one, at=NOW)
    assert caught.value.field == "addresses"


def test_whoever_grants_a_token_reads_what_it_opens_and_from_where(cast):
    now = timezone.now()
    fields = {"label": "省平台", "acts": ["case.open"], "addresses": "10.1.2.3/24, 10.9.9.9"}
    fields["expires_at"] = now + timedelta(days=9)
    token = tokens.prepare(cast.province, **fields, by=cast.admin_one, at=now)
    client = Client()
    client.force_login(cast.admin_two)
    page = client.get(reverse("admin:offices_token_act", args=(token.pk, "grant"))).content.decode()
    assert "10.1.2.0/24 10.9.9.9/32" in page and "账号管理员甲" in page
    assert str(roles.ACTS["case.open"].words) in page


def test_a_prepared_token_is_on_the_list_of_the_other_administrator_only(cast):
    now = timezone.now()
    tokens.prepare(
        cast.province,
        label="省平台",
        acts=["case.open"],
        expires_at=now + timedelta(days=9),
        by=cast.admin_one,
        at=now,
    )
    pages = []
    for admin in (cast.admin_one, cast.admin_two):
        client = Client()
        client.force_login(admin)
        pages.append(client.get(reverse("admin:index")).content.decode())
    assert ["省平台" in page for page in pages] == [False, True]


def test_a_password_that_was_not_used_in_time_opens_nothing_and_its_owner_is_told(cast):
    password = new_password(cast.community_yulin, at=timezone.now() - timedelta(days=3, minutes=1))
    answer = log_in("community.yulin", password)
    assert answer.status_code == 200
    assert "3天内未使用" in answer.content.decode()


def test_whoever_gets_a_new_password_is_told_who_asked_for_it_and_who_granted_it(cast):
    password = new_password(cast.community_yulin, at=timezone.now())
    client = Client()
    client.post(reverse("admin:login"), {"username": "community.yulin", "password": password})
    page = client.get(reverse("admin:index"), follow=True).content.decode()
    assert str(cast.admin_one) in page and str(cast.admin_two) in page


def test_a_refused_log_in_is_in_the_ledger_of_a_name_that_exists(cast):
    log_in("duty.city", "wrong-password")
    log_in("nobody.at.all", "wrong-password")
    event = Event.objects.get(action="session.refused")
    assert event.target == f"user:{cast.duty_city.pk}"
    assert "wrong-password" not in event.body and "10.1.1.1" not in event.body


def test_an_address_that_guesses_at_many_names_has_to_wait_whatever_name_comes_next(cast, settings):
    settings.LOG_INS_FAILED_PER_ADDRESS = 5
    for number in range(5):
        log_in(f"name.{number}", "Password123!")
    assert AccessAttempt.objects.count() == 5
    assert log_in("duty.city", "Password123!").status_code == 429
    assert log_in("duty.city", "Password123!", address="10.9.9.9").status_code == 200


def test_an_administrator_locked_out_at_night_is_let_in_at_the_server_and_supervision_sees_it(cast, capsys):
    call_command("break_glass", "admin.two")
    password = capsys.readouterr().out.split()[-1]
    assert fresh(cast.admin_two).check_password(password)
    assert fresh(cast.admin_two).password_is_temporary
    assert board.rows("credentials", at=timezone.now())


@pytest.mark.parametrize("username", ["duty.city", "province"])
def test_nobody_but_an_administrator_is_let_in_at_the_server(cast, username):
    with pytest.raises(break_glass.NotLockedOut):
        break_glass.let_in(cast[username], by=accounts.system(at=NOW), at=NOW)
    with pytest.raises(NotAllowed):
        break_glass.let_in(cast.admin_two, by=cast.admin_one, at=NOW)


def test_passwords_and_tokens_granted_lately_and_too_few_administrators_are_signs(cast):
    now = timezone.now()
    assert not board.rows("credentials", at=now)
    new_password(cast.community_yulin, at=now)
    token_of(cast.province, until=now + timedelta(days=9), at=now)
    assert len(board.rows("credentials", at=timezone.now())) == 2
    assert board.rows("few_administrators", at=now)
    third(cast)
    assert not board.rows("few_administrators", at=now)


@pytest.mark.parametrize("division", ["33", "36", "330102"])
def test_an_office_is_opened_in_this_city_only(cast, division):
    Division.objects.get_or_create(pk=division, defaults={"name": division})
    fields = {"code": "x", "name": "x", "kind": "PROVINCE", "division": Division.objects.get(pk=division)}
    with pytest.raises(registry.OutsideTheCity):
        registry.open_office(**fields, by=cast.admin_one, at=NOW)


def office_of_machines(cast, *, by=None):
    fields = {"code": "feed-2", "name": "铁路", "kind": "FEED", "division": cast.office("bureau").division}
    return registry.open_office(**fields, by=by or cast.admin_one, at=NOW)


def test_an_office_of_machines_is_opened_by_two(cast):
    office = office_of_machines(cast)
    account = {"username": "railway", "name": "铁路", "role": "feed", "office": office, "at": NOW}
    with pytest.raises(account_rules.OfficeWaits):
        accounts.create(**account, by=cast.admin_one)
    with pytest.raises(registry.PreparedByYou):
        registry.grant(office, by=cast.admin_one, at=NOW)
    with pytest.raises(NotAllowed):
        registry.grant(office, by=cast.duty_city, at=NOW)
    account["office"] = registry.grant(office, by=cast.admin_two, at=LATER)
    with pytest.raises(registry.OfficeGranted):
        registry.grant(office, by=cast.admin_two, at=LATER)
    assert not accounts.create(**account, by=cast.admin_one).is_active
    kept = Event.objects.filter(action__in=("office.prepared", "office.opened"), target=office.audit_target)
    assert list(kept.order_by("pk").values_list("action", "actor")) == [
        ("office.prepared", "admin.one"),
        ("office.opened", "admin.two"),
    ]


def test_no_account_moves_to_an_office_that_waits(cast):
    with pytest.raises(account_rules.OfficeWaits):
        accounts.reassign(
            cast.telecom, role="feed", office=office_of_machines(cast), by=cast.admin_one, at=NOW
        )


def test_an_office_where_people_work_is_opened_by_one(cast):
    fields = {"code": "x", "name": "x", "kind": "COMMUNITY", "division": cast.office("bureau").division}
    assert not registry.open_office(**fields, by=cast.admin_one, at=NOW).is_waiting


def test_a_prepared_office_waits_for_the_other_administrator_who_opens_it_on_its_page(cast):
    office, pages = office_of_machines(cast), []
    for admin in (cast.admin_one, cast.admin_two):
        client = Client()
        client.force_login(admin)
        pages.append(client.get(reverse("admin:index")).content.decode())
    assert ["铁路" in page for page in pages] == [False, True]
    grant = client.get(reverse("admin:offices_office_act", args=(office.pk, "grant"))).content.decode()
    for word in ("feed-2", str(office.division), str(office.get_kind_display()), cast.admin_one.name):
        assert f"{word}</dd>" in grant
    client.post(reverse("admin:offices_office_act", args=(office.pk, "grant")), {"_confirm": "1"})
    office.refresh_from_db()
    assert office.granted_by == cast.admin_two


def test_an_office_that_somebody_opened_is_a_sign_and_each_names_what_it_is_about(cast):
    now = timezone.now()
    fields = {"code": "feed-9", "name": "运营商", "kind": "FEED", "division": cast.cdc_city.office.division}
    office = registry.open_office(**fields, by=cast.admin_one, at=now)
    assert not board.rows("credentials", at=timezone.now())
    registry.grant(office, by=cast.admin_two, at=now)
    new_password(cast.community_yulin, at=now)
    about = [row.text.split(" · ", 1)[1] for row in board.rows("credentials", at=timezone.now())]
    assert sorted(about) == ["admin.one · community.yulin", "admin.two · feed-9"]


def test_what_a_new_city_opens_at_set_up_or_by_file_is_no_sign(cast):
    now = timezone.now()
    division = cast.cdc_city.office.division
    office = Office(code="by-file", name="某疾控", kind="CDC", division=division)
    registry.open_all([office], prepared_by=cast.admin_one, prepared_at=now, by=cast.admin_two, at=now)
    fields = {"code": "first", "name": "首个", "kind": "CDC", "division": division}
    registry.open_office(**fields, by=accounts.system(at=now), at=now)
    assert not board.rows("credentials", at=timezone.now())
