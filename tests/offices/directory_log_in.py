"""A browser that logs in through a directory, and the directory it goes to."""

import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from healthcode.core.offices import directory
from healthcode.core.offices.models import User
from tests.offices.provider import CLIENT, SECRET, running

HOME, LOG_IN, BACK = (reverse(f"admin:{name}") for name in ("index", "login", "directory_finish"))
KEY = b"12345678901234567890"
UNTRUSTED, NO_ACCOUNT, DECLINED, AWAY = "不可信", "没有在用的账号", "未确认", "无法连接"


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args, **_kwargs):
        return None


@pytest.fixture
def provider(cast, settings, monkeypatch):
    with running() as found:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = (
            found.issuer,
            CLIENT,
            SECRET,
        )
        settings.OIDC_CLAIM, settings.OIDC_NAME = "employee_number", "政务网"
        monkeypatch.setattr(directory, "_known", {})
        yield found


def there(client: Client, **query: str) -> str:
    """Go to the directory and log in at it; return where it sends the browser back."""
    away = client.get(reverse("admin:directory_begin"), query)
    assert away.status_code == 302, away.content
    opener = urllib.request.build_opener(_Stays)
    try:
        opener.open(away.url)
    except urllib.error.HTTPError as answer:
        assert answer.code == 302
        return answer.headers["Location"]
    raise AssertionError("the directory sent nobody back")


def comes_back(client: Client, address: str):
    parts = urlsplit(address)
    return client.get(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})


def logged_in(client: Client) -> str:
    """Return who is logged in; "" for nobody."""
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key).username if key else ""


def notices(client: Client) -> str:
    return client.get(LOG_IN).content.decode()


def refused(client: Client, address: str, words: str) -> None:
    answer = comes_back(client, address)
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, LOG_IN)
    assert logged_in(client) == ""
    assert words in notices(client)
