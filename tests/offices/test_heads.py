"""The head of an office hands over colleagues' persons: two administrators name one, and one is enough to release."""

import pytest
from django.urls import reverse

from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, heads
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed
from tests.browsers import Browser
from tests.cases.scenes import nothing_stored
from tests.factories import EPOCH
from tests.offices.test_credentials import fresh

NOW = EPOCH


@pytest.fixture
def clerk(cast) -> User:
    return cast.service_yuecheng


def test_one_administrator_asks_and_another_names_the_head(cast, clerk):
    heads.ask(clerk, by=cast.admin_one, at=NOW)
    assert not fresh(clerk).is_head
    heads.grant(clerk, by=cast.admin_two, at=NOW)
    assert fresh(clerk).is_head and fresh(clerk).head_asked_by is None
    actions = Event.objects.filter(target=clerk.audit_target).order_by("pk").values_list("action", "actor")
    assert list(actions) == [("account.head_asked", "admin.one"), ("account.head_set", "admin.two")]


def test_whoever_asked_does_not_grant_it_by_another_account_either(cast, clerk):
    heads.ask(clerk, by=cast.admin_one, at=NOW)
    with nothing_stored(heads.HeadAskedYourself):
        heads.grant(clerk, by=cast.admin_one, at=NOW)
    User.objects.filter(username__startswith="admin.").update(name="同一人", phone="13700001111")
    with nothing_stored(heads.HeadAskedYourself):
        heads.grant(clerk, by=fresh(cast.admin_two), at=NOW)


def test_what_nobody_asked_for_is_not_granted_and_nothing_is_asked_twice(cast, clerk):
    with nothing_stored(heads.HeadNotAsked):
        heads.grant(clerk, by=cast.admin_two, at=NOW)
    heads.ask(clerk, by=cast.admin_one, at=NOW)
    with nothing_stored(heads.HeadAsked):
        heads.ask(clerk, by=cast.admin_two, at=NOW)
    heads.grant(clerk, by=cast.admin_two, at=NOW)
    with nothing_stored(heads.HeadAlready):
        heads.ask(clerk, by=cast.admin_one, at=NOW)


def test_one_administrator_releases_a_head_and_takes_back_what_was_asked(cast, clerk):
    heads.ask(clerk, by=cast.admin_one, at=NOW)
    heads.release(clerk, by=cast.admin_two, at=NOW)
    with nothing_stored(heads.HeadNotAsked):
        heads.grant(clerk, by=cast.admin_two, at=NOW)
    heads.release(cast.community_yulin, by=cast.admin_one, at=NOW)
    assert not fresh(cast.community_yulin).is_head
    with nothing_stored(heads.NoHead):
        heads.release(clerk, by=cast.admin_one, at=NOW)


@pytest.mark.parametrize("act", [heads.ask, heads.grant, heads.release])
def test_nobody_but_an_administrator_names_or_releases(cast, clerk, act):
    with nothing_stored(NotAllowed):
        act(clerk, by=cast.duty_city, at=NOW)


def closed(cast, clerk) -> None:
    accounts.deactivate(clerk, reason="离职", by=cast.admin_two, at=NOW)


def moved(cast, clerk) -> None:
    office = cast.office("service-xinchang")
    accounts.reassign(clerk, role="service_point", office=office, by=cast.admin_two, at=NOW)


@pytest.mark.parametrize("ended", [closed, moved])
def test_what_was_asked_ends_with_the_place_it_was_asked_for(cast, clerk, ended):
    heads.ask(clerk, by=cast.admin_one, at=NOW)
    ended(cast, clerk)
    assert fresh(clerk).head_asked_by is None
    with nothing_stored(heads.HeadNotAsked):
        heads.grant(clerk, by=cast.admin_two, at=NOW)


def test_of_a_closed_account_nothing_is_asked(cast, clerk):
    closed(cast, clerk)
    with nothing_stored(accounts.NotInUse):
        heads.ask(clerk, by=cast.admin_one, at=NOW)


def test_it_is_asked_and_granted_on_pages_and_waits_for_the_other_administrator(cast, clerk):
    one, two = Browser(), Browser()
    one.force_login(cast.admin_one)
    two.force_login(cast.admin_two)
    page = reverse("admin:offices_user_change", args=(clerk.pk,))
    for client, act in ((one, "head"), (two, "grant-head")):
        cards = {card.key for card in client.get(reverse("admin:index")).context["home"].cards}
        assert ("heads" in cards) is (act == "grant-head")
        names = {button["name"] for button in client.get(page).context["buttons"]}
        assert act in names
        client.post(reverse("admin:offices_user_act", args=(clerk.pk, act)), {"_confirm": "1"})
    assert fresh(clerk).is_head


def test_whoever_asked_finds_no_button_to_grant(cast, clerk):
    heads.ask(clerk, by=cast.admin_one, at=NOW)
    client = Browser()
    client.force_login(cast.admin_one)
    page = client.get(reverse("admin:offices_user_change", args=(clerk.pk,)))
    names = {button["name"] for button in page.context["buttons"]}
    assert (
        "release-head" in names and "grant-head" not in names and cast.admin_one.name in page.content.decode()
    )
    assert (
        client.post(
            reverse("admin:offices_user_act", args=(clerk.pk, "grant-head")), {"_confirm": "1"}
        ).status_code
        == 403
    )
    assert not fresh(clerk).is_head
