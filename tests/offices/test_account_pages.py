"""The pages of account acts: a form, one service, a message, or a secret shown once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from healthcode.core.offices import account_rules, accounts, confirmations, roles, staff
from healthcode.core.offices.models import Office, Token, User
from tests.browsers import Browser
from tests.factories import new_password

OWN = "seven-words-of-my-own"


@pytest.fixture
def client():
    return Browser()


@pytest.fixture
def admin_one(client, cast):
    client.force_login(cast.admin_one)
    return client


def prepare(client, cast, **changes):
    fields = {"username": "new.clerk", "full_name": "新账号", "role": "community", **changes}
    fields.setdefault("office", cast.office("community-yulin").pk)
    return client.post(reverse("admin:offices_user_do", args=("create",)), {**fields, "_confirm": "1"})


def act(client, user, name, **fields):
    return client.post(reverse("admin:offices_user_act", args=(user.pk, name)), {**fields, "_confirm": "1"})


def secret_of(response):
    return (response.context or {}).get("secret")


def test_an_account_is_prepared_on_one_page_and_granted_on_another(client, cast, admin_one):
    prepare(admin_one, cast)
    user = User.objects.get(username="new.clerk")
    client.force_login(cast.admin_two)
    password = secret_of(act(client, user, "grant"))
    user.refresh_from_db()
    assert user.check_password(password)


def test_whoever_grants_reads_who_gets_in_as_what_and_who_prepared_it(client, cast, admin_one):
    prepare(admin_one, cast, full_name="新来的人")
    user = User.objects.get(username="new.clerk")
    client.force_login(cast.admin_two)
    page = client.get(reverse("admin:offices_user_act", args=(user.pk, "grant"))).content.decode()
    for word in (
        "新来的人",
        "new.clerk",
        str(user.office),
        str(user.get_role_display()),
        cast.admin_one.name,
    ):
        assert f"{word}</dd>" in page


def test_a_granted_account_has_a_letter_to_print(client, cast, admin_one):
    prepare(admin_one, cast)
    user = User.objects.get(username="new.clerk")
    client.force_login(cast.admin_two)
    answer = act(client, user, "grant")
    text = answer.content.decode()
    assert text.count('<article class="letter">') == 1 and 'class="qr"' in text
    assert "new.clerk" in text and secret_of(answer) in text


def test_the_secret_is_shown_once_and_not_kept_by_the_browser(client, cast):
    client.force_login(cast.admin_one)
    assert not secret_of(act(client, cast.community_yulin, "password"))
    client.force_login(cast.admin_two)
    response = act(client, cast.community_yulin, "grant")
    assert "no-store" in response["Cache-Control"]
    page = client.get(reverse("admin:offices_user_change", args=(cast.community_yulin.pk,)))
    assert secret_of(response) not in page.content.decode()


def test_whoever_prepared_an_account_has_no_button_to_grant_it(cast, admin_one):
    prepare(admin_one, cast)
    user = User.objects.get(username="new.clerk")
    page = admin_one.get(reverse("admin:offices_user_change", args=(user.pk,)))
    assert "grant" not in {button["name"] for button in page.context["buttons"]}
    assert act(admin_one, user, "grant").status_code == 403


def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(cast, admin_one):
    response = prepare(admin_one, cast, role="duty_lead", full_name="李某")
    assert response.status_code == 200
    kinds = {"kinds": str(staff.OfficeKind.PREVENTION.label)}
    assert response.context["form"].errors["role"] == [str(account_rules.WrongOfficeKind.message) % kinds]
    assert "李某" in response.content.decode()
    assert not User.objects.filter(username="new.clerk").exists()


def test_every_act_says_what_happened(cast, admin_one):
    user = cast.community_yulin
    page = reverse("admin:offices_user_change", args=(user.pk,))
    for name, fields in (
        ("release-head", {}),
        ("reassign", {"role": "community", "office": cast.office("community-nanming").pk}),
    ):
        assert act(admin_one, user, name, **fields).url == page
    user.refresh_from_db()
    assert (user.office.code, user.is_head, user.is_active) == ("community-nanming", False, False)


def test_an_account_is_closed_with_a_reason(cast, admin_one):
    user = cast.community_yulin
    assert act(admin_one, user, "deactivate").context["form"].errors["reason"]
    act(admin_one, user, "deactivate", reason="离职")
    user.refresh_from_db()
    assert not user.is_active


def test_a_closed_accounts_session_ends_at_once(client, cast):
    client.force_login(cast.community_yulin)
    accounts.deactivate(cast.community_yulin, reason="离职", by=cast.admin_one, at=cast.admin_one.created_at)
    assert client.get(reverse("admin:index")).status_code == 302


def test_what_a_token_is_to_open_is_read_before_it_is_prepared(client, cast, admin_one):
    soon = f"{timezone.now() + timedelta(days=30):%Y-%m-%d %H:%M}"
    page = reverse("admin:offices_user_act", args=(cast.province.pk, "token"))
    fields = {"title": "省平台", "acts": ["case.open", "batch.results"], "expires_at": soon}
    effect = admin_one.post(page, fields, follow=True).content.decode()
    assert "；".join(str(roles.ACTS[name].words) for name in fields["acts"]) in effect
    assert not Token.objects.exists()


def test_a_token_is_prepared_by_one_granted_by_another_and_revoked(client, cast, admin_one):
    soon = f"{timezone.now() + timedelta(days=30):%Y-%m-%d %H:%M}"
    assert not secret_of(
        act(admin_one, cast.province, "token", title="省平台", acts="case.open", expires_at=soon)
    )
    token = Token.objects.get()
    page = reverse("admin:offices_token_act", args=(token.pk, "grant"))
    assert admin_one.post(page, {"_confirm": "1"}).status_code == 403
    client.force_login(cast.admin_two)
    assert secret_of(client.post(page, {"_confirm": "1"}))
    client.post(reverse("admin:offices_token_act", args=(token.pk, "revoke")), {"_confirm": "1"})
    token.refresh_from_db()
    assert token.revoked_at


def test_a_clerks_page_offers_no_token(cast, admin_one):
    assert act(admin_one, cast.duty_city, "token", title="x", expires_at="2099-01-01").status_code == 409
    assert act(admin_one, cast.duty_city, "token").status_code == 403


def test_an_office_is_opened_and_corrected(cast, admin_one):
    cast.office("community-yulin")
    fields = {
        "office_code": "point-2",
        "office_name": "第二服务点",
        "kind": "SERVICE_POINT",
        "division": "330624001",
    }
    admin_one.post(reverse("admin:offices_office_do", args=("open",)), {**fields, "_confirm": "1"})
    office = Office.objects.get(code="point-2")
    admin_one.post(
        reverse("admin:offices_office_act", args=(office.pk, "correct")),
        {"office_name": "二号服务点", "_confirm": "1"},
    )
    office.refresh_from_db()
    assert (office.name, office.kind, office.division_id) == ("二号服务点", "SERVICE_POINT", "330624001")


def test_an_office_needs_a_division_that_exists(cast, admin_one):
    fields = {"office_code": "x", "office_name": "x", "kind": "CDC", "division": "999999"}
    response = admin_one.post(reverse("admin:offices_office_do", args=("open",)), fields)
    assert response.context["form"].errors["division"]


@pytest.mark.parametrize("username", ["supervisor.city", "duty.city", "community.yulin", "bureau.one"])
def test_nobody_else_acts_on_accounts(client, cast, username):
    client.force_login(cast[username])
    target = cast.clinic_xinchang
    assert prepare(client, cast).status_code == 403
    for name in ("grant", "reassign", "deactivate", "password", "head", "token"):
        assert act(client, target, name).status_code in (403, 404, 409)
    assert not User.objects.filter(username="new.clerk").exists()


def test_an_unknown_act_is_not_found(cast, admin_one):
    assert act(admin_one, cast.community_yulin, "crown").status_code == 404


@pytest.mark.parametrize("model", ["person", "case", "labresult", "controlorder", "void", "batch"])
def test_an_administrator_sees_no_cases(cast, admin_one, model):
    assert admin_one.get(reverse(f"admin:cases_{model}_changelist")).status_code == 403


def test_a_password_that_another_set_opens_nothing_but_the_page_to_change_it(client, cast):
    password = new_password(cast.community_yulin, at=timezone.now())
    user = User.objects.get(username="community.yulin")
    client.force_login(user)
    change = reverse("admin:password_change")
    assert client.get(reverse("admin:index")).headers["Location"] == change
    chosen = {"old_password": password, "new_password1": OWN, "new_password2": OWN}
    chosen["confirmation"] = confirmations.of(user)
    client.post(change, chosen)
    assert client.get(reverse("admin:index")).status_code == 200
