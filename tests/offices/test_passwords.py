"""What may be a password, and that whoever sits at an open session does not guess its owner's."""

from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit.models import Event
from healthcode.core.offices import own_passwords, passwords, tries
from tests.factories import EPOCH as NOW
from tests.offices.test_second_factor import PASSWORD, logged_in

CHANGE = reverse("admin:password_change")


def codes_of(password: str, user) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {one.code for one in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password",
    [
        *(
            "Password123!",
            "shaoxing2020",
            "health-code-2026",
            "P@ssw0rd2020!",
            "H3alth-C0de-2026",
            "Xinchang123456",
        ),
        *(
            "Shaoxing@2026!!",
            "绍兴健康码2026年12",
            "jiankangma2026!",
            "woaiwojia1314",
            "zhangwei19880808",
            "nihao shijie 2026",
        ),
        *(
            "1qaz2wsx3edc",
            "aaaaaaaaaaaa",
            "letmein-letmein-letmein",
            "duty.city.2026",
            "hongma huangma lvma 2026",
        ),
        *("admin@health2026", "ｐａｓｓｗｏｒｄ１２３！", "12345678901234567890", "a" * 200, "Shaoxing" * 20),
    ],
)
def test_what_a_guesser_who_knows_the_house_would_try_is_refused(cast, password):
    assert codes_of(password, cast.duty_city) & {"listed", "guessable"}


@pytest.mark.parametrize(
    "password",
    [
        *(
            PASSWORD,
            "correct horse battery staple",
            "kT9#vR2m!xQz",
            "tulip-9-anvil-quartz",
            "纸船茶壶飞鸟铁锤七九",
        ),
        *("k3Jh8-" + "zq7Lw2Pv" * 40, "shaoxing tulip-9-anvil-quartz"),
    ],
)
def test_what_stays_hard_without_known_words_is_taken_however_long(cast, password):
    assert codes_of(password, cast.duty_city) == set()


def test_the_operators_own_list_is_refused_as_well(cast, settings, tmp_path):
    passwords._lists.cache_clear()
    settings.PASSWORDS_REFUSED = str(tmp_path / "known")
    (tmp_path / "known").write_text("Tulip-9-Anvil-Quartz\n", encoding="utf-8")
    assert codes_of("tulip-9-anvil-quartz", cast.duty_city) == {"listed"}
    passwords._lists.cache_clear()


def test_five_wrong_present_passwords_make_the_right_one_wait(cast):
    user = cast.duty_city
    own_passwords.change(user, PASSWORD, at=NOW)
    for _time in range(tries.TRIES):
        with pytest.raises(tries.OldPasswordWrong):
            tries.require_own_password(user, "x", at=NOW)
    with pytest.raises(tries.TooManyOldPasswords):
        tries.require_own_password(user, PASSWORD, at=NOW)
    tries.require_own_password(user, PASSWORD, at=NOW + tries.WITHIN + timedelta(seconds=1))
    assert Event.objects.filter(action="session.password_refused", actor=user.username).count() == 5


def test_the_page_says_why_a_password_is_not_taken_and_writes_the_wrong_tries(cast):
    client: Client = logged_in(cast.duty_city)
    easy = {"old_password": PASSWORD, "new_password1": "shaoxing2020", "new_password2": "shaoxing2020"}
    assert "Too easy to guess" in client.post(CHANGE, easy).content.decode()
    wrong = {
        "old_password": "x",
        "new_password1": "tulip-9-anvil-quartz",
        "new_password2": "tulip-9-anvil-quartz",
    }
    assert "not your present password" in client.post(CHANGE, wrong).content.decode()
    assert Event.objects.filter(action="session.password_refused", at_us__gt=0).count() == 1
    assert client.post(CHANGE, {**wrong, "old_password": PASSWORD}).status_code == 302
    assert timezone.now()


def test_a_new_password_leads_home_and_says_so(cast):
    client: Client = logged_in(cast.duty_city)
    chosen = {
        "old_password": PASSWORD,
        "new_password1": "cheval-bateau-9-violet",
        "new_password2": "cheval-bateau-9-violet",
    }
    page = client.post(CHANGE, chosen, follow=True)
    assert page.redirect_chain == [(reverse("admin:index"), 302)]
    assert "Your password is changed" in page.content.decode()


@pytest.mark.parametrize("page", ["/login/", CHANGE])
def test_what_is_missing_is_asked_for_in_the_words_of_every_other_form(cast, page: str):
    client: Client = logged_in(cast.duty_city) if page == CHANGE else Client()
    answer = client.post(page, {}).content.decode()
    own, djangos = ("请填写此项", "必填项") if page == "/login/" else ("Fill this in.", "field is required")
    assert own in answer and djangos not in answer
