"""A page asks once which kinds of proposals wait at all, and of none that nobody proposed."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from cases.models import Proposal, Void
from cases.models.reading import reading
from cases.selectors import oldest
from cases.selectors.worklists import worklists
from cases.services.grounds import voids
from healthcode.core.offices import accounts
from healthcode.core.offices.seats import Post, posted
from tests.cases.scenes import Scene, T, fresh, later
from tests.factories import Cast


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def void(scene: Scene) -> Void:
    return scene.void_proposed(scene.risk(scene.person()), at=later(hours=1))


def statements(scene: Scene, at) -> list[str]:
    with CaptureQueriesContext(connection) as captured, reading():
        worklists(scene.cast.duty_city, at)
    return [one["sql"] for one in captured.captured_queries]


def test_every_kind_of_proposal_is_asked_for(db: None):
    kinds = {one for one in apps.get_models() if issubclass(one, Proposal)}
    assert kinds <= {model for model, _where, _since in oldest.KINDS.values()}
    assert {name for name, _since in oldest.WAITING.values()} == oldest.KINDS.keys()


def test_it_says_since_when_the_oldest_waits(scene: Scene, void: Void):
    scene.void_proposed(scene.risk(scene.person()), at=later(hours=2))
    with reading():
        assert oldest.waiting_since("voids") == void.proposed_at and oldest.waiting_since("releases") is None
        assert [oldest.may_wait(one) for one in ("voids", "releases", "overdue")] == [True, False, True]
        around = [void.proposed_at + timedelta(seconds=seconds) for seconds in (-1, 0, 1)]
        assert [oldest.may_wait("voids", until) for until in around] == [False, True, True]


def test_what_was_decided_waits_no_more(scene: Scene, void: Void):
    voids.approve(fresh(void), by=scene.cast.cdc_xinchang, at=later(hours=2))
    with reading():
        assert not oldest.may_wait("voids")


def test_outside_a_page_nothing_is_asked_beforehand(scene: Scene, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert oldest.may_wait("merges") and oldest.may_wait("voids", T)


def test_a_page_asks_for_no_list_of_what_nobody_proposed(scene: Scene):
    asked = [one for one in statements(scene, T) if '"cases_void"' in one]
    assert asked and all("UNION ALL" in one for one in asked)  # each of all kinds at once
    scene.void_proposed(scene.risk(scene.person()), at=later(hours=1))
    asked = [one for one in statements(scene, later(hours=2)) if '"cases_void"' in one]
    assert any("JOIN" in one for one in asked)


def test_a_page_asks_at_once_what_came_back_to_an_office_and_for_no_list_of_the_rest(
    scene: Scene, void: Void
):
    voids.refuse(void, answer="证据充分", by=scene.cast.cdc_xinchang, at=later(hours=2))
    asked = {}
    for user in (void.proposed_by, scene.cast.group_city):
        with CaptureQueriesContext(connection) as captured, reading():
            keys = {one.key for one in worklists(user, later(hours=3))}
        back = [one["sql"] for one in captured.captured_queries if '"decided_at" >=' in one["sql"]]
        asked[user.office.code] = ("returned_voids" in keys, len(back))
    # Once for all kinds; then whether the account had another post then, and the rows.
    assert asked == {void.proposed_by.office.code: (True, 3), scene.cast.group_city.office.code: (False, 1)}


def test_of_what_a_city_proposed_only_those_given_another_post_are_read_one_by_one(scene: Scene, void: Void):
    voids.refuse(void, answer="证据充分", by=scene.cast.cdc_xinchang, at=later(hours=2))
    read: list[Post] = []
    still = Q(proposed_by__office=void.proposed_by.office_id)
    found = posted(Void.objects.all(), lambda post: bool(read.append(post)), still)
    assert found.get() == void and read == []
    moved = scene.cast.group_city.office
    accounts.reassign(
        void.proposed_by, role="group", office=moved, by=scene.cast.admin_one, at=later(hours=4)
    )
    found = posted(Void.objects.all(), lambda post: bool(read.append(post)), still)
    assert not found.exists() and [post.office for post in read] == [void.proposed_by.office]


def test_what_is_beyond_its_hours_is_asked_only_of_kinds_that_can_have_it(scene: Scene, void: Void):
    early, late = (statements(scene, later(hours=1) + timedelta(minutes=m)) for m in (1, 60 * 24 * 3))
    assert not any("waits_since" in one and "cases_void" in one for one in early)
    assert any("waits_since" in one and "cases_void" in one for one in late)
