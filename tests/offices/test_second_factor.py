"""A second factor: whose it is, what code is taken, who needs one, and that nobody takes one away alone."""

import base64
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, break_glass, own_passwords, second_factor, totp
from healthcode.core.offices.models import SecondFactor, User
from healthcode.core.offices.refusals import NotAllowed
from healthcode.portal.signs import board
from tests.cases.scenes import nothing_stored
from tests.factories import EPOCH
from tests.offices.test_credentials import fresh

NOW = EPOCH
CODE, ADD, HOME = (reverse(f"admin:{name}") for name in ("second_factor", "second_factor_add", "index"))
KEY = b"12345678901234567890"


def code(at=NOW, steps: int = 0, key: bytes = KEY) -> str:
    return totp.code_of(key, totp.step_at(at) + steps)


def has_factor(user: User, at=NOW, key: bytes = KEY) -> list[str]:
    return second_factor.add(user, key, code(at, key=key), at=at)


def test_the_codes_are_those_of_the_rfc():
    """RFC 6238, appendix B, SHA-1."""
    known = {59: "94287082", 1111111109: "07081804", 1234567890: "89005924", 20000000000: "65353130"}
    assert {at: totp.code_of(KEY, at // 30, digits=8) for at in known} == known


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_telephones_clock_may_be_half_a_minute_off(steps, taken):
    assert (totp.step_of(KEY, code(steps=steps), at=NOW) is not None) is taken


def test_whoever_decides_lets_in_or_reaches_anybody_needs_one():
    humans = {role for role in second_factor.ROLES if User(role=role).is_staff}
    assert {"duty_lead", "administrator", "supervisor", "bureau", "community", "cdc"} <= humans
    assert "gate" not in humans


def test_a_code_is_taken_once(cast):
    has_factor(cast.duty_city)
    later = NOW + timedelta(seconds=60)
    assert second_factor.verify(fresh(cast.duty_city), code(later), at=later)
    with pytest.raises(second_factor.CodeWrong):
        second_factor.verify(fresh(cast.duty_city), code(later), at=later)


def test_an_authenticator_added_twice_keeps_the_recovery_codes_that_were_displayed(cast):
    displayed = has_factor(cast.duty_city)
    with nothing_stored(second_factor.AlreadyAdded):
        has_factor(cast.duty_city, NOW + timedelta(seconds=30))
    assert second_factor.verify(fresh(cast.duty_city), displayed[0], at=NOW)


def test_the_code_that_added_it_is_not_taken_again(cast):
    has_factor(cast.duty_city)
    with pytest.raises(second_factor.CodeWrong):
        second_factor.verify(fresh(cast.duty_city), code(), at=NOW)


def test_a_recovery_code_is_taken_once_however_it_is_written(cast):
    one, two, *_others = has_factor(cast.duty_city)
    user = fresh(cast.duty_city)
    assert second_factor.verify(user, one.upper().replace("-", " "), at=NOW)
    assert second_factor.verify(user, two, at=NOW)
    with pytest.raises(second_factor.CodeWrong):
        second_factor.verify(user, one, at=NOW)
    assert Event.objects.filter(action="account.recovery_code_used").count() == 2


def test_five_wrong_codes_make_the_right_one_wait(cast):
    has_factor(cast.duty_city)
    user, at = fresh(cast.duty_city), NOW + timedelta(minutes=2)
    for _time in range(second_factor.TRIES):
        with pytest.raises(second_factor.CodeWrong):
            second_factor.verify(user, "000000" if code(at) != "000000" else "000001", at=at)
    with pytest.raises(second_factor.TooManyCodes):
        second_factor.verify(user, code(at), at=at)
    over = at + second_factor.TRIES_WITHIN + timedelta(seconds=1)
    assert second_factor.verify(user, code(over), at=over)
    assert Event.objects.filter(action="session.code_refused", actor=user.username).count() == 5


def test_a_new_one_takes_the_place_of_the_old(cast):
    old, *_others = has_factor(cast.duty_city)
    later = NOW + timedelta(minutes=5)
    has_factor(fresh(cast.duty_city), later, KEY[::-1])
    with pytest.raises(second_factor.CodeWrong):
        second_factor.verify(fresh(cast.duty_city), old, at=later)
    assert SecondFactor.objects.filter(user=cast.duty_city, removed_at=None).count() == 1


def test_the_key_is_sealed_and_another_one_put_in_its_place_opens_nothing(cast):
    has_factor(cast.duty_city)
    factor = SecondFactor.objects.get()
    assert KEY not in bytes(factor.key_sealed)
    SecondFactor.objects.update(key_index="0" * 64)
    with pytest.raises(second_factor.CodeWrong):
        second_factor.verify(
            fresh(cast.duty_city), code(NOW + timedelta(minutes=2)), at=NOW + timedelta(minutes=2)
        )


def test_one_administrator_asks_and_another_takes_it_away(cast):
    has_factor(cast.duty_city)
    second_factor.ask_removal(cast.duty_city, by=cast.admin_one, at=NOW)
    with nothing_stored(second_factor.RemovalAskedYourself):
        second_factor.grant_removal(cast.duty_city, by=cast.admin_one, at=NOW)
    second_factor.grant_removal(cast.duty_city, by=cast.admin_two, at=NOW)
    assert fresh(cast.duty_city).second_factor is None
    assert {"account.second_factor_removed"} <= {event.action for event in Event.objects.all()}
    assert len(board.rows("credentials", at=NOW + timedelta(minutes=1))) == 2


@pytest.mark.parametrize("act", [second_factor.ask_removal, second_factor.grant_removal])
def test_nobody_takes_their_own_away_and_others_nobodys(cast, act):
    has_factor(cast.admin_one)
    with nothing_stored(accounts.OwnAccount):
        act(fresh(cast.admin_one), by=cast.admin_one, at=NOW)
    with nothing_stored(NotAllowed):
        act(cast.admin_one, by=cast.duty_city, at=NOW)
    with nothing_stored(second_factor.NoSecondFactor):
        act(cast.duty_city, by=cast.admin_one, at=NOW)


def test_what_nobody_asked_for_is_not_granted_and_nothing_is_asked_twice(cast):
    has_factor(cast.duty_city)
    with nothing_stored(second_factor.RemovalNotAsked):
        second_factor.grant_removal(cast.duty_city, by=cast.admin_one, at=NOW)
    second_factor.ask_removal(cast.duty_city, by=cast.admin_one, at=NOW)
    with nothing_stored(second_factor.RemovalWaits):
        second_factor.ask_removal(cast.duty_city, by=cast.admin_two, at=NOW)


def test_the_servers_own_door_takes_a_lost_one_away(cast):
    has_factor(cast.admin_two)
    break_glass.let_in(fresh(cast.admin_two), by=accounts.system(at=NOW), at=NOW)
    assert fresh(cast.admin_two).second_factor is None


# --- the pages -------------------------------------------------------------------------------------------------


PASSWORD = "seven green doors by the canal"


def logged_in(user: User) -> Client:
    """Return a browser in which somebody typed their name and password."""
    own_passwords.change(fresh(user), PASSWORD, at=NOW)
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client()
    answer = client.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def test_the_key_of_a_session_is_new_after_the_password_and_after_the_code(cast):
    has_factor(cast.duty_city, timezone.now())
    client = Client()
    client.get(reverse("admin:login"))
    client.session.save()
    keys = [client.session.session_key]
    own_passwords.change(fresh(cast.duty_city), PASSWORD, at=NOW)
    client.post(reverse("admin:login"), {"username": "duty.city", "password": PASSWORD})
    keys.append(client.session.session_key)
    client.post(CODE, {"code": code(timezone.now(), 1)})
    keys.append(client.session.session_key)
    assert client.get(HOME).status_code == 200 and len(set(keys)) == 3


def test_after_the_password_only_the_code_leads_on(cast):
    now = timezone.now()
    second_factor.add(cast.duty_city, KEY, code(now, -1), at=now)
    client = logged_in(cast.duty_city)
    for page in (HOME, reverse("admin:password_change"), ADD):
        assert client.get(page).url.startswith(CODE)
    assert client.get("/api/v1/persons/").status_code == 401
    assert not Event.objects.filter(action="session.opened", actor="duty.city").exists()
    assert "code is wrong" in client.post(CODE, {"code": "12"}).content.decode()
    answer = client.post(CODE, {"code": code(timezone.now(), 1), "next": "https://evil.example/"})
    assert answer.url == HOME and client.get(HOME).status_code == 200
    assert Event.objects.filter(action="session.opened", actor="duty.city").count() == 1


def test_a_session_that_was_open_before_asks_for_the_code_as_well(cast):
    client = logged_in(cast.duty_city)
    second_factor.add(cast.duty_city, KEY, code(timezone.now()), at=timezone.now())
    assert client.get(HOME).url.startswith(CODE)


@pytest.mark.parametrize(("username", "asked"), [("duty.city", True), ("gate.school", False)])
def test_where_it_is_required_whoever_needs_one_sets_it_up_first(cast, settings, username, asked):
    settings.SECOND_FACTOR = "required"
    answer = logged_in(cast[username]).get(HOME)
    assert (answer.status_code == 302 and answer.url == ADD) is asked


def test_the_page_takes_the_first_code_and_displays_the_recovery_codes_once(cast, settings):
    settings.SECOND_FACTOR = "required"
    client = logged_in(cast.duty_city)
    key = client.get(ADD).context_data["key"].replace(" ", "")
    assert client.get(ADD).context_data["key"].replace(" ", "") == key
    raw = base64.b32decode(key)
    assert "code is wrong" in client.post(ADD, {"code": "1"}).content.decode()
    answer = client.post(ADD, {"code": totp.code_of(raw, totp.step_at(timezone.now()))})
    assert len(answer.context_data["codes"]) == second_factor.RECOVERY_CODES
    assert client.get(HOME).status_code == 200
    assert key not in client.get(ADD).content.decode().replace(" ", "")


def test_at_log_in_the_last_one_is_named_and_what_others_did_since(cast):
    logged_in(cast.duty_city)
    second_factor.add(cast.duty_city, KEY, code(timezone.now()), at=timezone.now())
    second_factor.ask_removal(cast.duty_city, by=cast.admin_one, at=timezone.now())
    second_factor.grant_removal(cast.duty_city, by=cast.admin_two, at=timezone.now())
    client = logged_in(fresh(cast.duty_city))
    body = client.get(HOME).content.decode()
    assert "You last logged in" in body and "second factor taken away, by admin.two" in body


def test_over_the_api_a_log_in_that_is_not_finished_is_a_problem_and_no_page(cast):
    has_factor(cast.duty_city, timezone.now())
    client = Client()
    client.force_login(fresh(cast.duty_city), backend="healthcode.core.offices.backends.RoleBackend")
    answer = client.get("/api/v1/persons")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["code"] == "unauthenticated" and "Location" not in answer
