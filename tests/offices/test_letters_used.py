"""An activation letter can be read by whoever prints it: its code opens once, and its use is told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, confirmations
from healthcode.core.offices.models import User
from healthcode.portal.signs import board

NEW = "vier-Pferde-ziehen-Wolken"


@pytest.fixture
def letter(cast) -> tuple[User, str]:
    """An account that was just granted, and the code of its letter."""
    at = timezone.now() - timedelta(minutes=1)
    fields = {"username": "new.clerk", "name": "新来的", "role": "cdc", "office": cast.office("cdc-city")}
    user = accounts.create(**fields, by=cast.admin_one, at=at)
    return user, accounts.grant(user, by=cast.admin_two, at=at)


def enters(client: Client, username: str, password: str) -> bool:
    fields = {"username": username, "password": password}
    return client.post(reverse("admin:login"), fields).status_code == 302


def chooses(client: Client, user: User, code: str) -> None:
    fields = {"old_password": code, "new_password1": NEW, "new_password2": NEW}
    fields["confirmation"] = confirmations.of(User.objects.get(pk=user.pk))
    assert client.post(reverse("admin:password_change"), fields).status_code == 302


def opened_by(client: Client, letter: tuple[User, str]) -> None:
    user, code = letter
    assert enters(client, user.username, code)
    chooses(client, user, code)


def enters_as(client: Client, user: User) -> None:
    user = User.objects.get(pk=user.pk)
    user.set_password(NEW)
    user.save()
    assert enters(client, user.username, NEW)


def rows() -> list[str]:
    return [row.identity.split(":")[0] for row in board.rows("codes_used", at=timezone.now())]


def test_a_code_that_chose_a_password_opens_nothing_any_more(letter):
    user, code = letter
    opened_by(Client(), letter)
    assert not enters(Client(), user.username, code)
    assert enters(Client(), user.username, NEW)


def test_whoever_came_by_the_code_too_is_out_once_its_owner_chose_a_password(letter):
    user, code = letter
    printer = Client()
    assert enters(printer, user.username, code)
    opened_by(Client(), letter)
    assert reverse("admin:login") in printer.get(reverse("admin:index")).url


def test_the_use_of_a_code_is_an_event_of_its_own(letter):
    opened_by(Client(), letter)
    actions = Event.objects.filter(target=letter[0].audit_target).values_list("action", flat=True)
    assert "account.opened" in actions and "account.password_changed" not in actions


def test_the_owner_is_told_at_the_next_log_in_that_the_code_was_used(letter):
    opened_by(Client(), letter)
    client = Client()
    enters(client, letter[0].username, NEW)
    page = client.get(reverse("admin:index"), follow=True)
    notices = [str(message) for message in page.context["messages"]]
    assert any("开通码" in one for one in notices)


def test_a_code_used_where_whoever_granted_it_logs_in_is_a_sign(cast, letter):
    browser = Client()
    enters_as(browser, cast.admin_two)
    browser.post(reverse("admin:logout"))
    opened_by(browser, letter)
    assert rows() == ["device"]


def test_codes_used_elsewhere_are_counted_by_day(cast, letter):
    enters_as(Client(), cast.admin_two)
    opened_by(Client(), letter)
    found = board.rows("codes_used", at=timezone.now())
    assert [row.text for row in found] == ["开通账号1个"]


def test_codes_used_long_ago_are_no_sign(letter):
    opened_by(Client(), letter)
    assert not board.rows("codes_used", at=timezone.now() + timedelta(days=8))


def test_a_letter_is_shown_once_and_to_whoever_granted_it_alone(cast, letter):
    user, _code = letter
    accounts.reset_password(user, by=cast.admin_one, at=timezone.now())
    printer, other = Client(), Client()
    for client, by in ((printer, cast.admin_two), (other, cast.admin_one)):
        enters_as(client, by)
    page = f"{reverse('admin:offices_user_changelist')}{user.pk}/do/grant/"
    preview = printer.post(page, {"opened": timezone.now().isoformat()})
    done = printer.post(preview.url, {"_confirm": "1"})
    assert "secret-text" not in other.get(done.url).content.decode()
    assert "secret-text" in printer.get(done.url).content.decode()
    assert "secret-text" not in printer.get(done.url).content.decode()


def test_a_second_letter_replaces_the_first(cast, letter):
    user, first = letter
    accounts.reset_password(user, by=cast.admin_one, at=timezone.now())
    second = accounts.grant(user, by=cast.admin_two, at=timezone.now())
    assert not enters(Client(), user.username, first)
    assert enters(Client(), user.username, second)
