"""A letter opens an account only with a code that whoever printed it cannot read."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.services.setup import files
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, break_glass, confirmations, own_passwords
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed
from tests.browsers import Browser
from tests.cases.scenes import nothing_stored
from tests.factories import EPOCH
from tests.new_city.tables import STAFF, granted, table
from tests.offices.test_credentials import fresh

NOW, OWN = EPOCH, "vier-Pferde-ziehen-Wolken"
CHANGE = reverse("admin:password_change")


@pytest.fixture
def letter(cast) -> tuple[User, str]:
    """An account that one administrator prepared and the other granted, and the code of its letter."""
    at = timezone.now() - timedelta(minutes=1)
    fields = {"username": "new.clerk", "name": "新来的", "role": "cdc", "office": cast.office("cdc-city")}
    user = accounts.create(**fields, by=cast.admin_one, at=at)
    code = accounts.grant(user, by=cast.admin_two, at=at)
    return fresh(user), code


def entered(letter: tuple[User, str]) -> Client:
    client = Client()
    fields = {"username": letter[0].username, "password": letter[1]}
    assert client.post(reverse("admin:login"), fields).status_code == 302
    return client


def chosen(client: Client, letter: tuple[User, str], confirmation: str):
    fields = {"old_password": letter[1], "new_password1": OWN, "new_password2": OWN}
    return client.post(CHANGE, {**fields, "confirmation": confirmation})


@pytest.mark.parametrize("typed", ["", "abcd-efgh", "0"])
def test_the_letter_alone_opens_nothing(letter, typed):
    client = entered(letter)
    answer = chosen(client, letter, typed)
    assert answer.status_code == 200 and answer.context["form"].errors["confirmation"]
    assert fresh(letter[0]).password_is_temporary
    assert client.get(reverse("admin:index")).url == CHANGE
    with pytest.raises(confirmations.ConfirmationWrong):
        own_passwords.change(letter[0], OWN, confirmation=typed, at=timezone.now())


@pytest.mark.parametrize(
    "written", [str, str.upper, lambda code: code.replace("-", " "), lambda code: f" {code}　"]
)
def test_with_both_it_opens_however_the_code_is_written(letter, written):
    code = confirmations.of(letter[0])
    assert chosen(entered(letter), letter, written(code)).status_code == 302
    assert not fresh(letter[0]).password_is_temporary


def test_whoever_granted_the_account_does_not_read_it_and_nobody_else_either(cast, letter):
    with nothing_stored(confirmations.AnothersConfirmation):
        confirmations.read(letter[0], by=cast.admin_two, at=NOW)
    with nothing_stored(NotAllowed):
        confirmations.read(letter[0], by=cast.duty_city, at=NOW)
    with nothing_stored(accounts.OwnAccount):
        confirmations.read(cast.admin_one, by=cast.admin_one, at=NOW)


def test_whoever_prepared_it_reads_it_as_often_as_needed_until_it_is_opened(cast, letter):
    user = letter[0]
    code = confirmations.read(user, by=cast.admin_one, at=NOW)
    assert confirmations.read(user, by=cast.admin_one, at=NOW) == code
    assert Event.objects.filter(action="account.confirmation_read", actor="admin.one").count() == 2
    own_passwords.change(user, OWN, confirmation=code, at=NOW)
    with nothing_stored(confirmations.NoConfirmation):
        confirmations.read(user, by=cast.admin_one, at=NOW)


def test_it_stands_in_no_letter_and_in_no_column(cast, letter):
    user, code = letter
    confirmation = confirmations.of(user)
    assert confirmation not in code and len(confirmation.replace("-", "")) == confirmations.LENGTH
    assert confirmation not in {str(getattr(user, field.attname)) for field in User._meta.concrete_fields}


def test_a_password_granted_anew_has_a_code_of_its_own(cast, letter):
    before = confirmations.of(letter[0])
    accounts.reset_password(letter[0], by=cast.admin_one, at=NOW)
    assert confirmations.of(fresh(letter[0])) == ""
    accounts.grant(letter[0], by=cast.admin_two, at=NOW)
    assert confirmations.of(fresh(letter[0])) not in ("", before)


def test_whoever_reset_a_password_reads_its_code_and_whoever_prepared_the_account_once_does_not(cast):
    user = cast.community_yulin
    accounts.reset_password(user, by=cast.admin_two, at=NOW)
    accounts.grant(user, by=cast.admin_one, at=NOW)
    with nothing_stored(confirmations.AnothersConfirmation):
        confirmations.read(user, by=cast.admin_one, at=NOW)
    assert confirmations.read(user, by=cast.admin_two, at=NOW)


def test_five_wrong_ones_make_the_right_one_wait_and_each_is_a_line(letter):
    user, at = letter[0], timezone.now()
    for _time in range(confirmations.TRIES):
        with pytest.raises(confirmations.ConfirmationWrong):
            confirmations.require(user, "aaaa-aaaa", at=at)
    with pytest.raises(confirmations.TooManyConfirmations):
        own_passwords.change(user, OWN, confirmation=confirmations.of(user), at=at)
    assert Event.objects.filter(action="account.confirmation_refused").count() == confirmations.TRIES
    over = at + confirmations.WITHIN + timedelta(seconds=1)
    own_passwords.change(user, OWN, confirmation=confirmations.of(user), at=over)


def test_what_was_let_in_at_the_server_and_a_password_of_ones_own_ask_for_none(cast):
    break_glass.let_in(cast.admin_two, by=accounts.system(at=NOW), at=NOW)
    assert confirmations.of(fresh(cast.admin_two)) == ""
    own_passwords.change(fresh(cast.admin_two), OWN, at=NOW)
    own_passwords.change(fresh(cast.admin_two), f"{OWN}!", at=NOW)


def test_the_page_names_who_tells_the_code_and_asks_for_it_only_where_it_is_needed(cast, letter):
    page = entered(letter).get(CHANGE)
    assert 'name="confirmation"' in page.content.decode()
    assert cast.admin_one.name in page.context["form"].fields["confirmation"].help_text
    client = Client()
    client.force_login(cast.duty_city)
    assert "confirmation" not in client.get(CHANGE).context["form"].fields


def test_the_preparers_page_has_the_button_and_the_granters_has_not(cast, letter):
    page = reverse("admin:offices_user_change", args=(letter[0].pk,))
    found = {}
    for by in (cast.admin_one, cast.admin_two):
        client = Browser()
        client.force_login(by)
        found[by.username] = {button["name"] for button in client.get(page).context["buttons"]}
    assert "confirmation" in found["admin.one"] and "confirmation" not in found["admin.two"]


def test_the_preparer_reads_it_on_a_page_and_the_granter_gets_none(cast, letter):
    page = reverse("admin:offices_user_act", args=(letter[0].pk, "confirmation"))
    client = Browser()
    client.force_login(cast.admin_one)
    answer = client.post(page, {"_confirm": "1"})
    assert confirmations.of(letter[0]) in answer.content.decode() and "no-store" in answer["Cache-Control"]
    client.force_login(cast.admin_two)
    assert client.post(page, {"_confirm": "1"}).status_code == 403


# --- files of accounts -----------------------------------------------------------------------------------------


@pytest.fixture
def file(cast):
    row = ("zhang.san", "张三", "13800000001", "社区管控人员", "community-yulin")
    return granted("STAFF", table(STAFF, row), at=NOW)


def test_of_a_file_the_codes_go_to_whoever_prepared_it_and_the_letters_to_whoever_granted_it(cast, file):
    with nothing_stored(files.AnothersConfirmations):
        files.read_confirmations(file, by=cast.admin_two, at=NOW)
    with nothing_stored(files.AnothersLetters):
        files.take_letters(file, by=cast.admin_one, at=NOW)
    (read,) = files.read_confirmations(file, by=cast.admin_one, at=NOW)
    (letter,) = files.take_letters(file, by=cast.admin_two, at=NOW)
    assert read.user == letter.user and read.code == confirmations.of(letter.user)
    own_passwords.change(letter.user, OWN, confirmation=read.code, at=NOW)
    with nothing_stored(files.NoConfirmations):
        files.read_confirmations(file, by=cast.admin_one, at=NOW)


def test_a_files_page_lists_them_for_its_preparer(cast):
    row = ("zhang.san", "张三", "13800000001", "社区管控人员", "community-yulin")
    file = granted("STAFF", table(STAFF, row), at=timezone.now())
    page = reverse("admin:cases_setupfile_act", args=(file.pk, "confirmations"))
    client = Browser()
    client.force_login(cast.admin_one)
    body = client.post(page, {"_confirm": "1"}).content.decode()
    assert confirmations.of(User.objects.get(username="zhang.san")) in body and "13800000001" in body
    client.force_login(cast.admin_two)
    assert client.post(page, {"_confirm": "1"}).status_code == 403


def test_they_are_offered_as_long_as_the_letters_live(file):
    assert files.has_confirmations(file, NOW)
    assert not files.has_confirmations(file, NOW + accounts.PASSWORD_LIVES)


def test_an_account_of_a_file_that_was_reset_since_is_not_its_preparers_any_more(cast, file):
    user = User.objects.get(username="zhang.san")
    accounts.reset_password(user, by=cast.admin_two, at=NOW + timedelta(hours=1))
    with nothing_stored(files.NoConfirmations):
        files.read_confirmations(file, by=cast.admin_one, at=NOW)
    accounts.grant(user, by=cast.admin_one, at=NOW + timedelta(hours=2))
    with nothing_stored(files.NoConfirmations):
        files.read_confirmations(file, by=cast.admin_one, at=NOW + timedelta(hours=2))


def test_of_two_who_have_a_letter_and_its_confirmation_one_opens_the_account(letter):
    user, other = letter[0], fresh(letter[0])
    code = confirmations.of(user)
    own_passwords.change(user, OWN, confirmation=code, at=NOW)
    with nothing_stored(own_passwords.ChangedMeanwhile):
        own_passwords.change(other, f"{OWN}!", confirmation=code, at=NOW)
    assert fresh(user).check_password(OWN)
