"""The house itself: content security, menu, home, language, log-in."""

import re

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone
from django.utils.translation import override

from cases.management.demo.cast import USERS
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts
from healthcode.core.offices.models import User
from healthcode.core.offices.staff import MACHINES
from healthcode.portal import menu
from tests.admin.conftest import texts
from tests.factories import PASSWORD, register

pytestmark = pytest.mark.any_database
HOME = "admin:index"
ONE_PER_ROLE = tuple({role: name for name, role, *_rest in USERS if role not in MACHINES}.values())


@pytest.fixture
def story(cast, red, at_desk):
    """One person of whom everybody's pages can be asked for."""
    return red()


def pages_of(person):
    return (
        reverse(HOME),
        reverse("admin:cases_person_changelist"),
        reverse("admin:password_change"),
        *(
            reverse(f"admin:cases_person_{name}", args=(person.pk,))
            for name in ("change", "explanation", "history")
        ),
        *(
            reverse("admin:cases_person_do", args=(person.pk, name))
            for name in ("open-case", "unmask", "hand-over")
        ),
        *(reverse("admin:do", args=(name,)) for name in ("look-up", "register")),
        "/no/such/page/",
    )


def test_every_page_forbids_what_is_not_its_own_and_has_nothing_inline(cast, story, at_desk):
    client = at_desk(cast.group_xinchang)
    for url in pages_of(story):
        answer = client.get(url)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy, url
        assert not texts(answer).inline, url


def test_log_in_page_and_error_pages_are_clean_too(db, client):
    assert not texts(client.get(reverse("admin:login"))).inline
    assert not texts(client.get("/no/such/page/", follow=True)).inline


@pytest.mark.parametrize("username", ONE_PER_ROLE)
def test_everybody_has_a_home_that_names_role_and_office(cast, at_desk, username):
    user = cast[username]
    body = texts(at_desk(user).get(reverse(HOME), follow=True)).body  # a gate keeper's is the gate
    with override("en"):
        assert user.name in body and str(user.get_role_display()) in body
    assert (user.office.name_en or user.office.name) in body


def test_home_shows_what_waits_with_a_way_to_it(cast, due, at_desk):
    person = due()
    body = texts(at_desk(cast.officer_yulin).get(reverse(HOME))).body
    assert "only the end of control is missing" in body
    assert reverse("admin:cases_person_change", args=(person.pk,)) in body


def test_home_counts_the_jurisdictions_reds_for_those_who_see_persons(cast, red, at_desk):
    red()
    red(present="330624002")
    county = at_desk(cast.group_xinchang).get(reverse(HOME)).context_data["home"]
    community = at_desk(cast.community_yulin).get(reverse(HOME)).context_data["home"]
    assert (dict(county.counts)["RED"], dict(community.counts)["RED"]) == (2, 1)


def test_home_shows_no_figures_to_an_administrator(cast, at_desk):
    home = at_desk(cast.admin_one).get(reverse(HOME)).context_data["home"]
    assert (home.counts, home.chart) == ((), None)


def test_the_chart_counts_each_days_conversions(cast, red, at_desk):
    red(days_ago=3)
    chart = at_desk(cast.group_xinchang).get(reverse(HOME)).context_data["home"].chart
    assert [bar.total for bar in chart.bars][-4] == 1
    assert dict(chart.totals)["RED"] == 1


def test_the_menu_opens_what_the_role_table_opens(cast, at_desk):
    def entries(user):
        return set(re.findall(r'<a href="(/[^"]+)"', texts(at_desk(user).get(reverse(HOME))).body))

    persons = reverse("admin:cases_person_changelist")
    assert persons in entries(cast.group_xinchang)
    assert persons not in entries(cast.admin_one)
    assert reverse("admin:do", args=("register",)) not in entries(cast.supervisor_city)


def test_every_entry_of_each_roles_menu_opens(cast, at_desk, rf):
    lists = (
        set()
    )  # menu and list ask the same has_view_permission: of each role a list is asked, by one it is opened
    for user in {user.role: user for user in cast.everybody()}.values():
        client, request = at_desk(user), rf.get("/")
        request.user = user
        menu_page = reverse("admin:password_change")  # everybody has it, a gate keeper too
        for group in client.get(menu_page).context_data["available_apps"]:
            for item in group["models"]:
                url = item["admin_url"]
                page = getattr(resolve(url).func, "model_admin", None)
                if page is None or url not in lists:
                    assert client.get(url).status_code == 200, (user, url)
                else:
                    assert page.has_view_permission(request), (user, url)
                lists.add(url)


def test_every_registered_list_has_its_place_in_the_menu():
    placed = {label for group in menu.GROUPS for label in group.models}
    assert {model._meta.label_lower for model in admin.site._registry} <= placed


def test_a_worklist_has_a_page_with_all_its_rows(cast, due, at_desk):
    people = [due() for _ in range(7)]
    client = at_desk(cast.officer_yulin)
    assert reverse("admin:work", args=("ready",)) in texts(client.get(reverse(HOME))).body
    body = texts(client.get(reverse("admin:work", args=("ready",)))).body
    assert all(person.name in body for person in people)


def test_the_language_is_kept_with_the_user(cast, at_desk):
    client = at_desk(cast.group_xinchang)
    answer = client.post(
        reverse("admin:set_language"), {"language": "zh-hans", "next": reverse(HOME)}, follow=True
    )
    assert 'lang="zh-hans"' in texts(answer).body
    assert User.objects.get(username="group.xinchang").language == "zh-hans"


def test_before_log_in_the_browser_keeps_the_language(db, client):
    client.post(reverse("admin:set_language"), {"language": "en", "next": "/login/"})
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert "Log in" in texts(client.get(reverse("admin:login"))).body


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "javascript:1"])
def test_switching_the_language_leads_nowhere_else(db, client, elsewhere):
    answer = client.post(reverse("admin:set_language"), {"language": "en", "next": elsewhere})
    assert answer.url == reverse(HOME)


def test_an_unknown_language_is_not_kept(db, client):
    client.post(reverse("admin:set_language"), {"language": "xx"})
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_the_language_is_not_switched_by_a_link_or_from_elsewhere(db, client):
    assert client.get(reverse("admin:set_language")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("admin:set_language"), {"language": "en"}).status_code == 403


def test_logging_in_is_recorded(cast, client):
    user = cast.group_xinchang
    client.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD, "next": "/"})
    assert Event.objects.get(action="session.opened").actor == user.username


def test_a_machine_does_not_log_in(cast, client):
    client.post(reverse("admin:login"), {"username": cast.province.username, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_no_shortcut_answers_for_any_row_of_any_table(cast, at_desk):
    person = register(by=cast.service_xinchang)
    with pytest.raises(NoReverseMatch):
        reverse("admin:view_on_site", args=(1, 1))
    assert at_desk(cast.admin_one).get(f"/r/1/{person.pk}/").status_code == 404


def test_a_forbidden_page_says_so_in_the_readers_language(cast, red, at_desk):
    url = reverse("admin:cases_person_do", args=(red().pk, "end-control"))
    assert "Your role does not have this act." in texts(at_desk(cast.cdc_xinchang).get(url)).body


def test_the_buttons_of_accounts_have_their_words(cast, at_desk):
    url = reverse("admin:offices_user_change", args=(cast.group_xinchang.pk,))
    assert "Reset the password" in texts(at_desk(cast.admin_one).get(url)).body


def test_too_many_wrong_passwords_are_told_in_words(cast, client):
    wrong = {"username": cast.group_xinchang.username, "password": "wrong"}
    answers = [client.post(reverse("admin:login"), wrong) for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[-1].status_code == 429
    assert "lost" in texts(answers[-1]).body and not texts(answers[-1]).inline


def test_a_fault_of_ours_shows_no_trace(cast, at_desk, monkeypatch):
    monkeypatch.setattr("healthcode.portal.home.home", lambda user, at: 1 / 0)
    client = at_desk(cast.group_xinchang)
    client.raise_request_exception = False
    body = texts(client.get(reverse(HOME))).body
    assert "Something went wrong" in body and "ZeroDivisionError" not in body


def test_the_account_of_the_portal_itself_is_named_in_words(cast, at_desk):
    client = at_desk(cast.admin_one)
    account = accounts.system(at=timezone.now())
    row = reverse("admin:offices_user_change", args=(account.pk,))
    for page in (reverse("admin:offices_user_changelist"), row):
        body = client.get(page).content.decode()
        assert "the portal itself" in body and ">system<" not in body


def test_one_entry_of_the_menu_is_where_one_is(cast, at_desk):
    client = at_desk(cast.supervisor_city)
    events = reverse("admin:audit_event_changelist")
    for page, name in ((events, "Audit trail"), (f"{events}?what=looks", "Who looked at whom")):
        here = re.findall(r'aria-current="page">([^<]+)<', client.get(page).content.decode())
        assert here == [name]
