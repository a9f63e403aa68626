"""Log-in through a directory: who it names is found, never made; whatever is not its word to us lets nobody in."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.checks import setup_is_sound
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, second_factor, sessions, totp
from healthcode.core.offices.models import User
from tests.offices.directory_log_in import (
    AWAY,
    BACK,
    DECLINED,
    HOME,
    KEY,
    LOG_IN,
    NO_ACCOUNT,
    UNTRUSTED,
    comes_back,
    logged_in,
    notices,
    refused,
    there,
)
from tests.offices.provider import CLIENT, CURVE_KEY, OTHER_KEY, RSA_KEY, Directory, public


def test_whoever_the_directory_names_is_let_in(provider):
    client = Client()
    assert comes_back(client, there(client)).url == HOME
    assert logged_in(client) == "cdc.city"
    assert client.get(HOME).status_code == 200


def test_it_is_an_event_like_any_other_log_in(provider):
    client = Client()
    comes_back(client, there(client))
    event = Event.objects.get(action="session.opened")
    assert event.actor == "cdc.city"


def test_one_goes_on_to_the_page_that_was_asked_for(provider):
    client = Client()
    page = reverse("admin:own_sessions")
    assert comes_back(client, there(client, next=page)).url == page


def test_whoever_was_refused_goes_on_to_the_same_page_with_a_password(provider: Directory):
    provider.who = "nobody.here"
    client = Client()
    answer = comes_back(client, there(client, next="/sessions/"))
    assert answer.url == f"{LOG_IN}?next=%2Fsessions%2F"


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_one_goes_on_to_no_other_house(provider, page):
    client = Client()
    assert comes_back(client, there(client, next=page)).url == HOME


def test_the_session_gets_another_key(provider):
    client = Client()
    address = there(client)
    before = client.session.session_key
    comes_back(client, address)
    assert client.session.session_key != before


@pytest.mark.parametrize("key", [RSA_KEY, CURVE_KEY])
def test_keys_of_both_kinds_are_taken(provider: Directory, key):
    provider.keys, provider.key = [public(key)], key
    provider.header = {"alg": "ES256" if key is CURVE_KEY else "PS256"}
    client = Client()
    comes_back(client, there(client))
    assert logged_in(client) == "cdc.city"


def test_a_new_key_of_the_directory_is_fetched_when_it_is_met(provider: Directory):
    first, second = Client(), Client()
    comes_back(first, there(first))
    provider.keys, provider.key, provider.header = [public(OTHER_KEY, "two")], OTHER_KEY, {"kid": "two"}
    comes_back(second, there(second))
    assert logged_in(second) == "cdc.city"


def test_what_the_directory_says_of_itself_is_asked_once(provider: Directory):
    for client in (Client(), Client()):
        comes_back(client, there(client))
    assert provider.asked.count("/keys") == 1


NOW = int(time.time())
BENT_CLAIMS = {
    "wrong issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "wrong audience": {"aud": "another"},
    "audience of several, for another": {"aud": [CLIENT, "another"], "azp": "another"},
    "audience of several, for nobody": {"aud": [CLIENT, "another"]},
    "for another party": {"azp": "another"},
    "wrong nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "expired": {"exp": NOW - 120},
    "no end": {"exp": None},
    "an end that is no number": {"exp": True},
    "made long ago": {"iat": NOW - 3600, "exp": NOW + 3600},
    "made in the future": {"iat": NOW + 3600, "exp": NOW + 7200},
    "not valid yet": {"nbf": NOW + 3600},
    "nobody's": {"sub": ""},
}


@pytest.mark.parametrize("bent", BENT_CLAIMS)
def test_a_token_that_is_not_for_this_log_in_lets_nobody_in(provider: Directory, bent):
    provider.claims = BENT_CLAIMS[bent]
    client = Client()
    refused(client, there(client), UNTRUSTED)


BENT_HEADERS = {
    "none": {"alg": "none"},
    "None": {"alg": "None"},
    "the public key as a shared secret": {"alg": "HS256"},
    "a key that nobody has": {"kid": "three"},
    "an extension that has to be understood": {"crit": ["exp"], "exp": 1},
    "another kind of key": {"alg": "ES256"},
}


@pytest.mark.parametrize("bent", BENT_HEADERS)
def test_a_token_that_is_not_signed_as_it_has_to_be_lets_nobody_in(provider: Directory, bent):
    provider.header = BENT_HEADERS[bent]
    if bent == "another kind of key":
        provider.key = CURVE_KEY
    client = Client()
    refused(client, there(client), UNTRUSTED)


def test_a_token_signed_by_somebody_else_lets_nobody_in(provider: Directory):
    provider.key = OTHER_KEY
    client = Client()
    refused(client, there(client), UNTRUSTED)


def test_a_code_is_good_once(provider):
    client = Client()
    address = there(client)
    comes_back(client, address)
    client.post(reverse("admin:logout"))
    refused(client, address, UNTRUSTED)


def test_a_code_that_was_used_is_refused_by_the_directory_too(provider: Directory):
    client = Client()
    address = there(client)
    provider.codes.clear()
    refused(client, address, DECLINED)


def test_a_code_of_somebody_elses_browser_lets_nobody_in(provider):
    victim = Client()
    there(victim)
    refused(victim, there(Client()), UNTRUSTED)


def test_an_answer_to_nothing_lets_nobody_in(provider):
    refused(Client(), f"{BACK}?code=x&state=", UNTRUSTED)


def test_a_code_that_was_caught_is_worth_nothing_without_its_verifier(provider: Directory):
    client = Client()
    address = there(client)
    kept = client.session
    kept["directory-log-in"] = {**kept["directory-log-in"], "verifier": "x" * 43}
    kept.save()
    refused(client, address, DECLINED)


def test_whoever_comes_back_too_late_begins_anew(provider):
    client = Client()
    address = there(client)
    kept = client.session
    kept["directory-log-in"] = {**kept["directory-log-in"], "at": time.time() - 601}
    kept.save()
    refused(client, address, UNTRUSTED)


def test_the_answer_of_another_directory_is_not_taken(provider):
    client = Client()
    refused(client, f"{there(client)}&iss=https%3A%2F%2Fevil.example", UNTRUSTED)


def test_whoever_was_declined_there_is_told_so(provider):
    client = Client()
    state = parse_qs(urlsplit(there(client)).query)["state"][0]
    refused(client, f"{BACK}?{urlencode({'error': 'access_denied', 'state': state})}", DECLINED)


@pytest.mark.parametrize(
    "who", ["nobody.here", "CDC.CITY", "cdc.city ", "", None, 7, ["cdc.city"], "province", "system"]
)
def test_whoever_has_no_account_here_is_not_let_in_and_gets_none(provider: Directory, who):
    provider.claims = {"employee_number": who}
    accounts.system(at=timezone.now())
    count, client = User.objects.count(), Client()
    refused(client, there(client), NO_ACCOUNT)
    assert User.objects.count() == count


def test_a_closed_account_stays_closed(provider, cast):
    accounts.deactivate(cast.cdc_city, reason="离职", by=cast.admin_one, at=timezone.now())
    client = Client()
    refused(client, there(client), NO_ACCOUNT)


def test_an_account_that_nobody_opened_with_its_letter_asks_for_the_code_first(provider, cast):
    accounts.reset_password(cast.cdc_city, by=cast.admin_one, at=timezone.now())
    accounts.grant(cast.cdc_city, by=cast.admin_two, at=timezone.now())
    client = Client()
    comes_back(client, there(client))
    assert client.get(HOME).url == reverse("admin:password_change")


def test_a_letter_that_ran_out_stays_so(provider, cast):
    at = timezone.now() - timedelta(days=4)
    accounts.reset_password(cast.cdc_city, by=cast.admin_one, at=at)
    accounts.grant(cast.cdc_city, by=cast.admin_two, at=at)
    client = Client()
    refused(client, there(client), NO_ACCOUNT)


def test_the_second_factor_is_asked_for_all_the_same(provider, cast):
    at = timezone.now()
    second_factor.add(cast.cdc_city, KEY, totp.code_of(KEY, totp.step_at(at)), at=at)
    client = Client()
    comes_back(client, there(client))
    assert client.get(HOME).url.startswith(reverse("admin:second_factor"))
    assert not Event.objects.filter(action="session.opened").exists()


@pytest.mark.parametrize(("mark", "back"), [(sessions.SEEN, 31 * 60), (sessions.OPENED, 9 * 3600)])
def test_the_session_ends_like_any_other(provider, mark, back):
    client = Client()
    comes_back(client, there(client))
    kept = client.session
    kept[mark] -= back
    kept.save()
    assert client.get(HOME).url.startswith(LOG_IN)


def test_before_a_credential_the_password_is_asked_for(provider: Directory, cast):
    provider.who = "admin.one"
    client = Client()
    comes_back(client, there(client))
    page = client.get("/offices/user/do/create/")
    assert page.status_code == 302 and page.url.startswith(reverse("admin:prove"))


def test_a_directory_that_is_away_is_said_to_be(provider: Directory, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    client = Client()
    assert client.get(reverse("admin:directory_begin")).url == f"{LOG_IN}?next=%2F"
    assert AWAY in notices(client)


BENT_DESCRIPTIONS = {
    "of another": {"issuer": "https://evil.example"},
    "keys in the open": {"jwks_uri": "http://example.com/keys"},
    "a secret in the open": {"token_endpoint": "http://example.com/token"},
    "no address": {"authorization_endpoint": None},
}


@pytest.mark.parametrize("bent", BENT_DESCRIPTIONS)
def test_a_directory_that_describes_itself_oddly_is_not_asked(provider: Directory, bent):
    provider.described = BENT_DESCRIPTIONS[bent]
    client = Client()
    assert client.get(reverse("admin:directory_begin")).url == f"{LOG_IN}?next=%2F"


def test_without_a_directory_there_is_no_such_page_and_no_button(db):
    assert Client().get(reverse("admin:directory_begin")).status_code == 404
    assert Client().get(BACK).status_code == 404
    assert reverse("admin:directory_begin") not in Client().get(LOG_IN).content.decode()


def test_the_button_names_the_directory_and_keeps_where_one_was_going(provider):
    page = Client().get(f"{LOG_IN}?next=/sessions/").content.decode()
    assert "政务网" in page and f"{reverse('admin:directory_begin')}?next=%2Fsessions%2F" in page


def ids(settings, **values: str) -> set[str]:
    for name, value in values.items():
        setattr(settings, name, value)
    return {one.id for one in setup_is_sound()}


def test_an_issuer_in_the_open_or_without_a_claim_keeps_the_portal_from_starting(settings):
    whole = {"OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "x", "OIDC_CLAIM": "x"}
    assert "healthcode.E017" in ids(settings, OIDC_ISSUER="http://login.example.gov.cn", **whole)
    assert not {"healthcode.E017", "healthcode.E018"} & ids(
        settings, OIDC_ISSUER="https://login.example.gov.cn"
    )
    assert "healthcode.E018" in ids(settings, OIDC_CLAIM="")
