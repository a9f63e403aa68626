"""Everybody sees where they are logged in, and ends it; an administrator and a changed password end it too."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit.models import Event
from healthcode.core.offices import open_sessions
from healthcode.core.offices.models import OpenSession
from healthcode.core.offices.refusals import NotAllowed
from tests.factories import PASSWORD

PAGE, HOME = "/sessions/", "/"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0"
)

pytestmark = pytest.mark.django_db


def logged_in(username: str, browser: str = CHROME) -> Client:
    client = Client(headers={"user-agent": browser})
    client.post(reverse("admin:login"), {"username": username, "password": PASSWORD})
    assert client.get(HOME).status_code == 200
    return client


def is_open(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def ends() -> list[str]:
    """Return who ended sessions, in order."""
    return list(Event.objects.filter(action="session.ended").order_by("pk").values_list("actor", flat=True))


def test_ones_own_sessions_are_listed_with_what_they_were_opened(cast):
    here = logged_in("community.yulin")
    logged_in("community.yulin", WECHAT)
    logged_in("community.nanming")
    page = here.get(PAGE).content.decode()
    assert page.count("card edge-none") == 2
    assert "Windows" in page and "WeChat" in page and "127.0.0.1" in page
    assert page.count("本次登录") == 1


@pytest.mark.parametrize("chosen", ["x", "-1", "9" * 30, "１.0"])
def test_what_names_no_session_ends_none(cast, chosen):
    here, there = logged_in("community.yulin"), logged_in("community.yulin", WECHAT)
    here.post(PAGE, {"session": chosen})
    assert is_open(here) and is_open(there)


def test_one_that_is_ended_is_out_at_once_and_the_ledger_says_so(cast):
    here, there = logged_in("community.yulin"), logged_in("community.yulin", WECHAT)
    row = OpenSession.objects.get(browser=WECHAT)
    here.post(PAGE, {"session": row.pk})
    assert is_open(here) and not is_open(there)
    event = Event.objects.get(action="session.ended")
    assert (event.actor, event.target) == ("community.yulin", cast.community_yulin.audit_target)
    assert json.loads(event.body)["user"] == "community.yulin"


def test_all_others_end_and_the_one_in_hand_stays(cast):
    here, *others = (logged_in("community.yulin") for _ in range(3))
    here.post(PAGE)
    assert is_open(here) and not any(is_open(one) for one in others)
    assert ends() == ["community.yulin"] * 2


@pytest.mark.parametrize("key", ["another's", "1e3", "9" * 40])
def test_nobody_elses_session_is_ended_from_the_page(cast, key):
    here, another = logged_in("community.yulin"), logged_in("community.nanming")
    own = OpenSession.objects.get(user=cast.community_nanming).pk
    here.post(PAGE, {"session": own if key == "another's" else key})
    assert is_open(another) and is_open(here)


def test_a_new_password_ends_what_is_open_elsewhere(cast):
    here, there = logged_in("community.yulin"), logged_in("community.yulin", WECHAT)
    new = "绿水青山带笑颜随手摘下花一朵"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post(reverse("admin:password_change"), fields).status_code == 302
    assert is_open(here) and not is_open(there)
    assert ends() == ["community.yulin"]
    assert here.get(PAGE).content.decode().count("card edge-none") == 1


def test_an_administrator_ends_them_and_the_owner_is_told(cast):
    there = logged_in("community.yulin")
    admin = logged_in("admin.one")
    page = reverse("admin:offices_user_act", args=(cast.community_yulin.pk, "sessions"))
    admin.post(page, {"_confirm": "1"})
    assert not is_open(there) and ends() == ["admin.one"]
    again = Client()
    fields = {"username": "community.yulin", "password": PASSWORD}
    page = again.post(reverse("admin:login"), fields, follow=True).content.decode()
    assert "admin.one" in page and "结束登录" in page


def test_nobody_but_an_administrator_ends_anothers(cast):
    logged_in("community.yulin")
    with pytest.raises(NotAllowed):
        open_sessions.end(cast.community_yulin, by=cast.community_nanming, at=timezone.now())


def test_logging_out_ends_the_session_in_the_ledger(cast):
    client = logged_in("community.yulin")
    client.post(reverse("admin:logout"))
    assert ends() == ["community.yulin"] and not OpenSession.objects.exists()


def test_whoever_logs_in_once_more_keeps_the_one_session(cast):
    browser = logged_in("cdc.city")
    browser.force_login(cast.cdc_city, backend="healthcode.core.offices.backends.RoleBackend")
    assert open_sessions.of(cast.cdc_city).count() == 1 and is_open(browser)


def test_a_new_key_of_the_session_is_followed(cast):
    here, there = logged_in("admin.one"), logged_in("admin.one", WECHAT)
    there.post("/prove/", {"password": PASSWORD})
    here.post(PAGE)
    assert is_open(here) and not is_open(there)


def test_what_is_over_by_its_age_is_listed_no_more(cast):
    logged_in("community.yulin")
    OpenSession.objects.update(opened_at=timezone.now() - timedelta(hours=9))
    assert not open_sessions.of(cast.community_yulin).exists()
    logged_in("community.yulin")
    assert OpenSession.objects.count() == 1


@pytest.mark.parametrize(
    ("browser", "words"),
    [("", "未说明类型的浏览器"), ("curl/8", "未说明类型的浏览器"), (CHROME, "Windows上的Chrome")],
)
def test_a_device_is_a_sentence(cast, browser, words):
    assert open_sessions.device_of(OpenSession(browser=browser)) == words


def test_whoever_logs_out_reads_what_it_means_and_where_to_log_in_again(cast):
    client = logged_in("community.yulin")
    page = client.post(reverse("admin:logout")).content.decode()
    assert "您已退出登录" in page and "请同时关闭浏览器窗口" in page and reverse("admin:login") in page
    assert "美好时光" not in page and not is_open(client)
