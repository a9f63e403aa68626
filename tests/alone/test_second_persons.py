"""For each act that waits for a second person: no human sits in both seats, whatever became of their accounts."""

from datetime import datetime
from typing import Any

import pytest

from cases.services import areas
from cases.services.engine import second_person
from cases.services.grounds import voids
from cases.services.persons import deaths
from healthcode.core.offices import accounts, roles, seats
from healthcode.core.offices.models import User
from tests.alone.pairs import PAIRS, Pair
from tests.alone.proposals import AT, MOVED, THEN, area_proposed, void_proposed
from tests.alone.walk import undone
from tests.cases.scenes import Scene, fresh, later, refused
from tests.factories import UserFactory

ids = {"ids": [f"{pair.first}+{pair.act}" for pair in PAIRS]}


def moved(cast: Any, user: User, to: User, *, at: datetime = MOVED) -> User:
    """Let two administrators give an account the role and office of another one, where it has others."""
    if (user.role, user.office) == (to.role, to.office):
        return user
    accounts.reassign(user, role=to.role, office=to.office, by=cast.admin_one, at=at)
    accounts.grant(fresh(user), by=cast.admin_two, at=at)
    return fresh(user)  # type: ignore[no-any-return]


def twin(cast: Any, of: str, to: User) -> User:
    """Return another account of the same human, by name and telephone, in the place of `to`."""
    User.objects.filter(username=of).update(phone="13700001111")
    fields = {"name": cast[of].name, "phone": "13700001111", "role": to.role, "office": to.office}
    return UserFactory(username=f"{of}.again", **fields)  # type: ignore[no-any-return]


@pytest.mark.parametrize("pair", PAIRS, **ids)
def test_whoever_proposed_decides_neither_in_another_office_nor_with_another_account(
    scene: Scene, pair: Pair
):
    to = scene.cast[pair.decider]
    row = fresh(pair.propose(scene))
    when = later(days=3)
    with undone():
        pair.decide(fresh(row), approve=True, by=to, at=when)
    if scene.cast[pair.proposer].is_staff:
        same = moved(scene.cast, scene.cast[pair.proposer], to, at=when)
        refused(second_person.SamePerson, pair.decide, fresh(row), approve=True, by=same, at=when)
    double = twin(scene.cast, pair.proposer, to)
    refused(second_person.SameHuman, pair.decide, fresh(row), approve=True, by=double, at=when)


# Tested where they are: an account has its own test below, the others are no proposals of whoever began.
ELSEWHERE = {
    ("account.manage", "account.manage"),
    ("result.correct", "hold.decide"),
    ("result.enter", "result.give_opinion"),
}


def test_every_pair_of_the_role_table_is_here():
    table = {(key, second.act) for key, act in roles.ACTS.items() for second in act.seconds}
    assert table - ELSEWHERE == {(pair.first, pair.act) for pair in PAIRS}


def test_an_act_is_decided_by_one_kind_of_second_person():
    who: dict[str, set[str]] = {}
    for act in roles.ACTS.values():
        for second in act.seconds:
            who.setdefault(second.act, set()).add(second.who)
    assert all(len(kinds) == 1 for kinds in who.values())


def test_the_table_says_whether_a_colleague_may_decide(scene: Scene, monkeypatch):
    area, act = area_proposed(scene), roles.ACTS["area.propose"]
    office = act._replace(seconds=(roles.Second("area.decide", roles.Decider.OFFICE, 2),))
    monkeypatch.setitem(roles.ACTS, "area.propose", office)
    refused(second_person.SameOffice, areas.decide, area, approve=True, by=scene.cast.duty_deputy, at=THEN)


def test_a_proposer_who_left_leaves_their_colleagues_no_second_seat(scene: Scene):
    void = void_proposed(scene)
    colleague = UserFactory(username="cdc.deputy", role="cdc", office=scene.cast.office("cdc-xinchang"))
    moved(scene.cast, scene.cast.cdc_xinchang, scene.cast.supervisor_city)
    refused(second_person.SameOffice, voids.approve, fresh(void), by=colleague, at=THEN)


def test_a_death_is_confirmed_by_another_kind_than_recorded_it_whatever_became_of_whoever_did(scene: Scene):
    death = scene.death_recorded(scene.person(), at=AT, by="cdc.xinchang")
    moved(scene.cast, scene.cast.cdc_xinchang, scene.cast.hospital_city)
    refused(deaths.SameKind, deaths.confirm, fresh(death), by=scene.cast.cdc_city, at=THEN)
    deaths.confirm(fresh(death), by=scene.cast.group_xinchang, at=THEN)


def test_a_second_account_of_the_administrator_who_prepared_one_does_not_grant_it(scene: Scene):
    place = scene.cast.community_yulin
    made = accounts.create(
        username="new.clerk",
        name="新账号",
        role="community",
        office=place.office,
        by=scene.cast.admin_one,
        at=AT,
    )
    double = twin(scene.cast, "admin.one", scene.cast.admin_two)
    refused(accounts.SameAdministrator, accounts.grant, fresh(made), by=double, at=THEN)


def test_the_post_of_an_instant_is_the_one_before_it_was_changed(scene: Scene):
    before, clerk = scene.cast.cdc_xinchang, scene.cast.cdc_xinchang
    moved(scene.cast, clerk, scene.cast.group_city)
    last = moved(scene.cast, clerk, scene.cast.duty_city, at=THEN)
    posts = [seats.post_at(last, at) for at in (AT, later(hours=4, minutes=1), later(hours=6))]
    assert [post.role for post in posts] == ["cdc", "group", "duty_lead"]
    assert posts[0].office == before.office and posts[2].office == last.office
