"""Passkeys: what a device has to answer, whose it is, and when it no longer counts."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, break_glass, passkeys, second_factor
from healthcode.core.offices.models import Passkey, User
from tests.cases.scenes import nothing_stored
from tests.offices.authenticator import PRESENT, Authenticator
from tests.offices.test_credentials import fresh
from tests.offices.test_second_factor import CODE, HOME, KEY, NOW, PASSWORD, code, has_factor, logged_in

SITE = passkeys.Site("localhost", "http://localhost")
PAGE, PROVE = reverse("admin:passkeys"), reverse("admin:prove")


def registered(user: User, device: Authenticator, name: str = "办公电脑", at=NOW) -> Passkey:
    challenge = passkeys.new_challenge()
    return passkeys.add(user, device.make(challenge), challenge, name=name, site=SITE, at=at)


def answered(user: User, device: Authenticator, site: passkeys.Site = SITE, at=NOW):
    challenge = passkeys.new_challenge()
    return passkeys.verify(user, device.sign(challenge), challenge, site=site, at=at)


@pytest.fixture
def device(cast) -> Authenticator:
    """A device of the city's duty lead, who has a second factor."""
    has_factor(cast.duty_city)
    device = Authenticator()
    registered(cast.duty_city, device)
    return device


def actions(user: User) -> list[str]:
    return list(
        Event.objects.filter(target=user.audit_target).order_by("pk").values_list("action", flat=True)
    )


def test_a_registered_device_stands_for_the_code_and_its_use_is_kept(cast, device):
    later = NOW + timedelta(hours=1)
    assert answered(cast.duty_city, device, at=later) == fresh(cast.duty_city).second_factor
    assert Passkey.objects.get().last_used_at == later
    assert actions(cast.duty_city)[-2:] == ["account.passkey_added", "session.passkey_used"]


def test_without_a_second_factor_there_is_no_passkey(cast):
    with nothing_stored(second_factor.NoSecondFactor):
        registered(cast.duty_city, Authenticator())


def test_an_answer_counts_once(cast, device):
    challenge = passkeys.new_challenge()
    answer = device.sign(challenge)
    assert passkeys.verify(cast.duty_city, answer, challenge, site=SITE, at=NOW)
    with pytest.raises(passkeys.PasskeyWrong):
        passkeys.verify(cast.duty_city, answer, challenge, site=SITE, at=NOW)


def test_an_answer_to_another_page_counts_nowhere(cast, device):
    answer = device.sign(passkeys.new_challenge())
    with pytest.raises(passkeys.PasskeyWrong):
        passkeys.verify(cast.duty_city, answer, passkeys.new_challenge(), site=SITE, at=NOW)


@pytest.mark.parametrize(
    "altered",
    [
        {"origin": "https://healthcode-shaoxing.example"},  # a false page that hands on what it is answered
        {"host": "healthcode-shaoxing.example"},
        {"credential": b"a-credential-of-nobody"},
        {"flags": 0},  # nobody touched the device
        {"count": -1},  # a copy of the device, which is behind it
    ],
)
def test_what_is_not_the_device_at_this_very_page_is_refused_and_leaves_a_line(cast, device, altered):
    device.count = 5
    answered(cast.duty_city, device)
    for name, value in altered.items():
        setattr(device, name, value)
    with pytest.raises(passkeys.PasskeyWrong):
        answered(cast.duty_city, device)
    assert actions(cast.duty_city)[-1] == "session.passkey_refused"


def test_a_device_with_another_key_is_refused(cast, device):
    with pytest.raises(passkeys.PasskeyWrong):
        answered(cast.duty_city, Authenticator())


def test_the_device_of_one_account_opens_no_other(cast, device):
    has_factor(cast.cdc_city)
    with pytest.raises(passkeys.PasskeyWrong):
        answered(cast.cdc_city, device)


def test_a_passkey_is_good_at_its_own_host_alone(cast, device):
    other = passkeys.Site("portal.shaoxing.gov.cn", "https://portal.shaoxing.gov.cn")
    device.host, device.origin = other.host, other.origin
    with pytest.raises(passkeys.PasskeyWrong):
        answered(cast.duty_city, device, other)
    assert passkeys.authentication(cast.duty_city, passkeys.new_challenge(), site=other) is None


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", '{"rawId": 5}', '{"rawId": "%"}', "[" * 30_000, "x" * 30_000]
)
def test_what_no_browser_sends_is_refused_like_a_wrong_one(cast, device, answer):
    with pytest.raises(passkeys.PasskeyWrong):
        passkeys.verify(cast.duty_city, answer, passkeys.new_challenge(), site=SITE, at=NOW)
    with nothing_stored(passkeys.PasskeyNotMade):
        passkeys.add(cast.duty_city, answer, passkeys.new_challenge(), name="新设备", site=SITE, at=NOW)


def test_wrong_devices_and_wrong_codes_are_counted_together(cast, device):
    user = fresh(cast.duty_city)
    for _time in range(2):
        with pytest.raises(second_factor.CodeWrong):
            second_factor.verify(user, "12", at=NOW)
    for _time in range(3):
        with pytest.raises(passkeys.PasskeyWrong):
            answered(user, Authenticator())
    with pytest.raises(second_factor.TooManyCodes):
        answered(user, device)
    assert answered(user, device, at=NOW + second_factor.TRIES_WITHIN + timedelta(seconds=1))


def test_a_device_is_registered_once_and_a_name_used_once(cast, device):
    with nothing_stored(passkeys.PasskeyKnown):
        registered(cast.duty_city, device, "另一台")
    with nothing_stored(passkeys.PasskeyNameTaken):
        registered(cast.duty_city, Authenticator(credential=b"another"))


def test_so_many_passkeys_and_no_more(cast, device):
    for number in range(passkeys.MOST - 1):
        registered(cast.duty_city, Authenticator(credential=b"%d" % number), f"第{number}台")
    with nothing_stored(passkeys.TooManyPasskeys):
        registered(cast.duty_city, Authenticator(credential=b"one more"), "再一台")


def test_it_is_renamed_and_removed_by_its_owner_and_then_opens_nothing(cast, device):
    key = Passkey.objects.get().pk
    assert passkeys.rename(cast.duty_city, key, "家里电脑", at=NOW).name == "家里电脑"
    passkeys.remove(cast.duty_city, key, at=NOW)
    with pytest.raises(passkeys.PasskeyWrong):
        answered(cast.duty_city, device)
    with nothing_stored(passkeys.NoSuchPasskey):
        passkeys.remove(cast.duty_city, key, at=NOW)
    assert actions(cast.duty_city)[-3:-1] == ["account.passkey_named", "account.passkey_removed"]


def test_nobody_touches_anothers(cast, device):
    key = Passkey.objects.get().pk
    with nothing_stored(passkeys.NoSuchPasskey):
        passkeys.remove(cast.admin_one, key, at=NOW)
    with nothing_stored(passkeys.NoSuchPasskey):
        passkeys.rename(cast.admin_one, key, "x", at=NOW)


def test_a_name_of_another_stays_its_own(cast, device):
    second = registered(cast.duty_city, Authenticator(credential=b"another"), "另一台")
    with nothing_stored(passkeys.PasskeyNameTaken):
        passkeys.rename(cast.duty_city, second.pk, "办公电脑", at=NOW)


def removed_by_two(cast) -> None:
    second_factor.ask_removal(cast.duty_city, by=cast.admin_one, at=NOW)
    second_factor.grant_removal(cast.duty_city, by=cast.admin_two, at=NOW)


def closed(cast) -> None:
    accounts.deactivate(cast.duty_city, reason="离职", by=cast.admin_one, at=NOW)


@pytest.mark.parametrize("ended", [removed_by_two, closed])
def test_passkeys_end_with_the_second_factor_and_with_the_account(cast, device, ended):
    ended(cast)
    assert not Passkey.objects.filter(removed_at=None).exists()
    assert passkeys.authentication(cast.duty_city, passkeys.new_challenge(), site=SITE) is None


def test_passkeys_end_where_an_administrator_is_let_in_at_the_server(cast):
    has_factor(cast.admin_two)
    registered(cast.admin_two, Authenticator())
    break_glass.let_in(fresh(cast.admin_two), by=accounts.system(at=NOW), at=NOW)
    assert not Passkey.objects.filter(removed_at=None).exists()


def test_another_authenticator_leaves_them(cast, device):
    later = NOW + timedelta(minutes=5)
    has_factor(fresh(cast.duty_city), later, KEY[::-1])
    assert answered(fresh(cast.duty_city), device, at=later) == fresh(cast.duty_city).second_factor


# --- the pages -------------------------------------------------------------------------------------------------


def challenge_of(client: Client) -> str:
    return client.session["passkey-challenge"]


def at_the_code(cast, **device: object) -> tuple[Client, Authenticator]:
    """Return a browser after the password, and a device of its owner."""
    now = timezone.now()
    second_factor.add(cast.duty_city, KEY, code(now, -1), at=now)
    made = Authenticator(**device)
    registered(fresh(cast.duty_city), made, at=now)
    client = logged_in(cast.duty_city)
    return client, made


def test_a_passkey_logs_in_after_the_password_and_is_no_code_of_the_next_page(cast):
    client, device = at_the_code(cast)
    page = client.get(CODE, headers={"host": "localhost"})
    assert "Log in with a passkey" in page.content.decode()
    answer = device.sign(challenge_of(client))
    assert client.post(CODE, {"passkey": answer}, headers={"host": "localhost"}).url == HOME
    assert client.get(HOME).status_code == 200
    assert Event.objects.filter(action="session.opened", actor="duty.city").count() == 1


def test_the_challenge_of_a_page_is_spent_by_a_wrong_answer(cast):
    client, device = at_the_code(cast)
    client.get(CODE, headers={"host": "localhost"})
    spent = challenge_of(client)
    wrong = client.post(CODE, {"passkey": "{}"}, headers={"host": "localhost"})
    assert "passkey was not accepted" in wrong.content.decode()
    again = client.post(CODE, {"passkey": device.sign(spent)}, headers={"host": "localhost"})
    assert "passkey was not accepted" in again.content.decode()
    answer = client.post(CODE, {"passkey": device.sign(challenge_of(client))}, headers={"host": "localhost"})
    assert answer.url == HOME


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "[::1]", "testserver"])
def test_at_an_address_and_without_tls_nobody_is_asked_for_one_and_the_code_works(cast, settings, host):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "[::1]", "testserver", "localhost"]
    client, device = at_the_code(cast)
    page = client.get(CODE, headers={"host": host})
    assert "data-passkey" not in page.content.decode()
    assert (
        "not accepted"
        in client.post(CODE, {"passkey": device.sign("x")}, headers={"host": host}).content.decode()
    )
    typed = {"code": code(timezone.now(), 1)}
    assert client.post(CODE, typed, headers={"host": host}).url == HOME


def test_the_page_of_ones_own_registers_renames_and_removes(cast):
    client, _device = at_the_code(cast)
    client.post(CODE, {"code": code(timezone.now(), 1)}, headers={"host": "localhost"})
    host = {"host": "localhost"}
    assert "办公电脑" in client.get(PAGE, headers=host).content.decode()
    new = Authenticator(credential=b"new", flags=PRESENT)
    answer = new.make(challenge_of(client))
    unnamed = client.post(PAGE, {"passkey": answer, "name": " "}, headers=host)
    assert unnamed.status_code == 200 and "required" in unnamed.content.decode()
    client.get(PAGE, headers=host)
    posted = {"passkey": new.make(challenge_of(client)), "name": "手机"}
    assert client.post(PAGE, posted, headers=host).url == PAGE
    passkey = Passkey.objects.get(name="手机")
    client.post(PAGE, {"key": passkey.pk, "name": "旧手机"}, headers=host)
    client.post(PAGE, {"key": passkey.pk, "name": "旧手机", "remove": "1"}, headers=host)
    body = client.get(PAGE, headers=host).content.decode()
    assert Passkey.objects.get(pk=passkey.pk).name == "旧手机" and body.count("旧手机") > 0
    assert not Passkey.objects.filter(pk=passkey.pk, removed_at=None).exists()


def test_the_page_asks_for_a_fresh_log_in(cast, settings):
    client, _device = at_the_code(cast)
    client.post(CODE, {"code": code(timezone.now(), 1)})
    settings.FRESH_LOG_IN_MINUTES = 0
    assert client.get(PAGE).url.startswith(PROVE)


def test_the_password_again_takes_a_passkey_in_place_of_the_code_but_not_of_the_password(cast):
    client, device = at_the_code(cast)
    host = {"host": "localhost"}
    client.post(CODE, {"code": code(timezone.now(), 1)}, headers=host)
    client.get(PROVE, headers=host)
    wrong = {"password": "not this one", "passkey": device.sign(challenge_of(client))}
    assert client.post(PROVE, wrong, headers=host).status_code == 200
    client.get(PROVE, headers=host)
    right = {"password": PASSWORD, "passkey": device.sign(challenge_of(client)), "next": PAGE}
    assert client.post(PROVE, right, headers=host).url == PAGE


def test_the_owner_is_told_of_a_new_passkey_and_of_wrong_ones_at_the_next_log_in(cast):
    client, _device = at_the_code(cast)
    client.post(CODE, {"code": code(timezone.now(), 1)})
    user = fresh(cast.duty_city)
    registered(user, Authenticator(credential=b"stranger's"), "别人的", at=timezone.now())
    with pytest.raises(passkeys.PasskeyWrong):
        answered(user, Authenticator(), at=timezone.now())
    again = Client()
    again.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})
    again.post(CODE, {"code": has_factor(user, timezone.now(), KEY[::-1])[0]})
    body = again.get(HOME).content.decode()
    assert "passkey added" in body and "passkey refused" in body


def test_at_a_host_that_is_an_address_the_page_says_so(cast):
    client, _device = at_the_code(cast)
    client.post(CODE, {"code": code(timezone.now(), 1)})
    body = client.get(PAGE, headers={"host": "127.0.0.1"}).content.decode()
    assert "not at a bare address" in body and "data-passkey-new" not in body


def test_whoever_has_no_second_factor_is_led_to_it_first(cast):
    client = logged_in(cast.duty_city)
    body = client.get(PAGE, headers={"host": "localhost"}).content.decode()
    assert "First set up a second factor" in body
