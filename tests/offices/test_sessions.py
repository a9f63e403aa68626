"""How long a session lasts, and what is asked of its owner once more."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit.models import Event
from healthcode.core.offices import account_rules, accounts, second_factor, sessions, totp
from healthcode.core.offices.models import User
from tests.cases.scenes import nothing_stored
from tests.factories import EPOCH as NOW
from tests.offices.test_second_factor import HOME, KEY, PASSWORD, logged_in

PROVE = reverse("admin:prove")


def aged(client: Client, minutes: float, *keys: str) -> Client:
    session = client.session
    session.update({key: session[key] - minutes * 60 for key in keys})
    session.save()
    return client


@pytest.mark.parametrize(
    ("username", "minutes", "is_open"),
    [
        ("duty.city", 29, True),
        ("duty.city", 31, False),
        ("gate.school", 31, True),
        ("gate.school", 481, False),
    ],
)
def test_a_session_left_alone_ends_by_the_role(cast, username, minutes, is_open):
    client = logged_in(cast[username])
    page = reverse("admin:password_change")
    assert (aged(client, minutes, sessions.SEEN).get(page).status_code == 200) is is_open


def test_work_keeps_a_session_open_but_not_beyond_the_day(cast):
    client = logged_in(cast.duty_city)
    aged(client, 20, sessions.SEEN).get(HOME)
    assert timezone.now().timestamp() - client.session[sessions.SEEN] < 60
    assert aged(client, 8 * 60 + 1, sessions.OPENED).get(HOME).status_code == 302
    assert sessions.SEEN not in client.session


def test_a_session_without_its_instants_is_over(cast):
    client = logged_in(cast.duty_city)
    session = client.session
    del session[sessions.SEEN]
    session.save()
    assert client.get(HOME).status_code == 302


def test_before_a_credential_the_password_is_asked_for_again(cast):
    client = aged(logged_in(cast.admin_one), 16, sessions.PROVEN)
    answer = client.get(reverse("admin:offices_user_act", args=(cast.duty_city.pk, "password")))
    assert answer.url.startswith(PROVE)
    assert "not your present password" in client.post(answer.url, {"password": "x"}).content.decode()
    back = client.post(answer.url, {"password": PASSWORD})
    assert client.get(back.url).status_code == 200
    assert Event.objects.filter(action="session.proven", actor="admin.one").count() == 1


def test_whoever_has_a_second_factor_types_its_code_too(cast):
    client, now = logged_in(cast.admin_one), timezone.now()
    user = User.objects.get(pk=cast.admin_one.pk)
    second_factor.add(user, KEY, totp.code_of(KEY, totp.step_at(now) - 1), at=now)
    client.post(reverse("admin:second_factor"), {"code": totp.code_of(KEY, totp.step_at(now))})
    aged(client, 16, sessions.PROVEN)
    assert client.post(PROVE, {"password": PASSWORD}).status_code == 200
    both = {"password": PASSWORD, "code": totp.code_of(KEY, totp.step_at(now) + 1)}
    assert client.post(PROVE, both).status_code == 302


def test_a_namesake_is_named_to_whoever_grants_and_granted_once_they_say_so(cast):
    like = cast.duty_city
    fields = {"name": like.name, "role": like.role, "office": like.office, "by": cast.admin_one, "at": NOW}
    prepared = accounts.create(username="duty.again", **fields)
    with nothing_stored(account_rules.LooksLikeAnother):
        accounts.grant(prepared, by=cast.admin_two, at=NOW)
    page = logged_in(cast.admin_two).get(reverse("admin:offices_user_act", args=(prepared.pk, "grant")))
    assert "duty.city" in page.content.decode()
    assert accounts.grant(prepared, two_people=True, by=cast.admin_two, at=NOW)
