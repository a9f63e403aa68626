"""What lets somebody in, changed or written in the database without any act: it is found."""

from typing import Any

import pytest

from healthcode.core.offices import heads, passkeys, second_factor, totp
from healthcode.core.offices.models import Passkey, SecondFactor, User
from tests.cases.scenes import T, later
from tests.factories import Cast
from tests.offices.authenticator import Authenticator
from tests.offices.test_second_factor import KEY

from .test_rows import altered, inserted


@pytest.fixture
def passkey(cast: Cast) -> Passkey:
    """A passkey of the city's duty lead."""
    second_factor.add(cast.duty_city, KEY, totp.code_of(KEY, totp.step_at(T)), at=T)
    challenge, site = passkeys.new_challenge(), passkeys.Site("localhost", "http://localhost")
    made = Authenticator().make(challenge)
    return passkeys.add(cast.duty_city, made, challenge, name="电脑", site=site, at=T)


def test_a_passkey_of_somebody_else_s_device_written_beside_it(passkey: Passkey):
    stranger = {"credential": "c3RyYW5nZXI", "digest": "0" * 64, "name": "另一台", "public_key": "a2V5"}
    assert inserted(Passkey.objects.get(), **stranger) == ["passkey_untold"]


@pytest.mark.parametrize(
    "changed", [{"public_key": "a2V5"}, {"credential": "c3RyYW5nZXI"}, {"host": "evil.example"}]
)
def test_a_passkey_that_answers_for_another_device(passkey: Passkey, changed: dict[str, Any]):
    assert altered(Passkey, **changed) == ["passkey_differs"]


def test_a_removed_passkey_put_back(passkey: Passkey):
    passkeys.remove(passkey.user, passkey.pk, at=later(minutes=1))
    assert altered(Passkey, removed_at=None, removed_by=None) == ["passkey_differs"]


def test_a_passkey_given_to_another_account(passkey: Passkey, cast: Cast):
    assert altered(Passkey, user=cast.cdc_city) == ["passkey_differs"]


@pytest.mark.parametrize("changed", [{"key_index": "0" * 64}, {"recovery": "0" * 64}, {"removed_at": T}])
def test_a_second_factor_changed_silently(passkey: Passkey, changed: dict[str, Any]):
    assert altered(SecondFactor, **changed) == ["second_factor_differs"]


def test_a_head_named_in_the_database(cast: Cast):
    last = User.objects.latest("pk")
    assert altered(User, is_head=not last.is_head) == ["user_differs"]


def test_somebody_else_put_in_the_place_of_whoever_asked_for_a_head(cast: Cast):
    last = cast[User.objects.latest("pk").username]
    heads.ask(last, by=cast.admin_one, at=T)
    assert altered(User, head_asked_by=cast.admin_two) == ["user_differs"]
