"""What the timer gathered by area: the lists say the same with it, and what came since is on them at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import AreaFigure, AreaGathering, AreaKind, AreaRow, Case, ControlOrder, RuleBook
from cases.models.reading import reading
from cases.selectors import area_index, control, figures, samples
from cases.selectors.worklists import FIRST, worklists
from cases.services import area_index as gathering
from cases.services.control import homes, placing
from cases.services.persons import transfers
from cases.services.samples import opinions, results
from healthcode.core.offices import accounts
from healthcode.core.offices.models import Division
from healthcode.portal import home
from healthcode.portal.recurring.ticking import tick
from tests.cases.scenes import Scene, T, day, fresh, later
from tests.factories import Cast, DivisionFactory
from tests.facts.test_places import SITE
from tools import city

LISTS = (
    samples.untested,
    samples.applicable,
    control.overdue,
    control.ready,
    control.due_today,
    control.without_officer,
    control.not_moved,
    control.unplaced,
)
READERS = ("service.xinchang", "community.yulin", "group.xinchang", "community.yuecheng", "duty.city")
BOOK_OF = RuleBook.objects.in_force


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def gather(at) -> int:
    return gathering.gather(by=accounts.system(at=at), at=at)


def rows_of(kind: AreaKind) -> set[tuple[str, int]]:
    return set(AreaRow.objects.filter(kind=kind).values_list("area", "row"))


def listed(scene: Scene, find, username: str, at) -> list[int]:
    return sorted(find(scene.cast[username], at).values_list("pk", flat=True))


def end(scene: Scene, case: Case, at) -> None:
    scene.tested(case.person, at=at)
    results.apply(fresh(case.person), by=scene.cast.service_xinchang, at=at)


def everything(scene: Scene, at) -> dict:
    return {(find.__name__, name): listed(scene, find, name, at) for find in LISTS for name in READERS}


def cards(scene: Scene, at) -> dict:
    """Return each list of each reader: its first rows, and how many it has."""
    return {
        (name, one.key): (one.total, [row.about for row in one.rows])
        for name in READERS
        for one in worklists(scene.cast[name], at)
    }


@pytest.fixture
def yellow(scene: Scene) -> Case:
    """Somebody yellow of Yulin, of a stay that began two days ago and ended today."""
    return scene.risk(scene.person(), began_on=day(0), arrived_on=day(-2))


@pytest.fixture
def red(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    return person


def test_in_a_city_each_list_has_the_same_rows_as_before_anything_was_gathered(scene: Scene, cast: Cast):
    DivisionFactory(code=city.STAYED_IN)
    city.build(2_000, {name: cast[name] for name in cast.names})
    at = timezone.now()
    ControlOrder.objects.filter(pk__in=list(ControlOrder.objects.values_list("pk", flat=True)[::2])).update(
        officer=None
    )
    before = everything(scene, at)
    assert gather(at) > 0
    assert everything(scene, at) == before
    with reading():  # as a page does, which finds the merged records of an area once
        assert everything(scene, at) == before
    alone = cards(scene, at)
    with reading():
        assert cards(scene, at) == alone
    assert alone["group.xinchang", "not_moved"][0] > FIRST and alone["community.yulin", "untested"][0] > FIRST
    assert before["untested", "community.yulin"] and before["without_officer", "group.xinchang"]


def test_what_was_opened_since_is_on_the_lists_at_once(scene: Scene, yellow, red, monkeypatch):
    monkeypatch.setattr(gathering, "AGAIN", 0)
    gather(later(minutes=1))
    other = scene.risk(scene.person(), at=later(minutes=2))
    another = scene.person()
    scene.overseas(another, at=later(minutes=2))
    at = later(minutes=3)
    assert listed(scene, samples.untested, "community.yulin", at) == [yellow.pk, other.pk]
    people = {order.person_id for order in control.not_moved(scene.cast.group_xinchang, at)}
    assert people == {red.pk, another.pk}


def test_of_an_act_on_many_the_newest_are_listed_at_once_and_all_by_the_next_round(
    scene, yellow, monkeypatch
):
    monkeypatch.setattr(gathering, "AGAIN", 0)
    monkeypatch.setattr(area_index, "NEWER", 2)
    gather(later(minutes=1))
    opened = [scene.risk(scene.person(), at=later(minutes=2)).pk for _number in range(3)]
    at = later(minutes=3)
    assert listed(scene, samples.untested, "community.yulin", at) == [yellow.pk, *opened[1:]]
    gather(at)
    assert listed(scene, samples.untested, "community.yulin", at) == [yellow.pk, *opened]


def test_whose_doubt_was_answered_since_is_on_the_list_at_once(scene: Scene, yellow, monkeypatch):
    monkeypatch.setattr(gathering, "AGAIN", 0)
    positive = scene.tested(yellow.person, at=later(hours=1), outcome="POSITIVE")
    gather(later(hours=1, minutes=58))
    scene.tested(yellow.person, at=later(hours=2))
    assert rows_of(AreaKind.TESTED_CASE) == set()
    fields = {"document": "复核意见2026-1号", "reason": "既往感染，复阳", "by": scene.cast.cdc_xinchang}
    opinions.give(positive, at=later(hours=2, minutes=1), **fields)
    at = later(hours=2, minutes=2)
    assert listed(scene, samples.applicable, "service.xinchang", at) == [yellow.pk]
    assert listed(scene, samples.applicable, "service.yuecheng", at) == []
    gather(at)
    assert rows_of(AreaKind.TESTED_CASE) == {("330624001", yellow.pk)}
    assert listed(scene, samples.applicable, "service.xinchang", at) == [yellow.pk]


def test_a_negative_under_the_other_record_is_gathered(scene: Scene, yellow):
    other = scene.person()
    scene.tested(other, at=later(hours=1))
    scene.merged(fresh(other), fresh(yellow.person), at=later(hours=2))
    gather(later(hours=3))
    assert rows_of(AreaKind.TESTED_CASE) == {("330624001", yellow.pk)}


def test_whoever_moved_is_on_the_list_of_the_new_community_at_once(scene: Scene, red, monkeypatch):
    monkeypatch.setattr(gathering, "AGAIN", 0)
    cast = scene.cast
    move = transfers.propose(
        fresh(red),
        to=Division.objects.get(pk="330602001"),
        by=cast.community_yulin,
        at=later(days=1),
        reason="搬家",
        address="一号",
    )
    gather(later(days=1, minutes=1))
    at = later(days=1, minutes=2)
    assert listed(scene, control.not_moved, "community.yulin", at) != []
    transfers.accept(move, by=cast.community_yuecheng, at=at)
    order = ControlOrder.objects.get(person=red, ended_at=None)
    assert ("330602001", order.pk) in rows_of(AreaKind.STANDING_ORDER)
    assert listed(scene, control.not_moved, "community.yuecheng", at) == [order.pk]
    assert listed(scene, control.not_moved, "community.yulin", at) == []
    gather(later(days=1, minutes=3))
    assert {area for area, row in rows_of(AreaKind.STANDING_ORDER) if row == order.pk} == {"330602001"}


def test_whoever_was_merged_into_somebody_elsewhere_is_on_the_list_there_at_once(
    scene: Scene, yellow, monkeypatch
):
    monkeypatch.setattr(gathering, "AGAIN", 0)
    survivor = scene.person(present="330602001")
    gather(later(minutes=1))
    scene.merged(fresh(yellow.person), fresh(survivor), at=later(minutes=2))
    at = later(minutes=3)
    assert listed(scene, samples.untested, "community.yuecheng", at) == [yellow.pk]
    assert listed(scene, samples.untested, "community.yulin", at) == []


@pytest.fixture
def at_home(scene: Scene, monkeypatch):
    """Somebody who may stay at home by exception, as the timer gathered it; nothing newer is looked at again."""
    monkeypatch.setattr(gathering, "AGAIN", 0)
    person = scene.person()
    scene.overseas(person)
    group = scene.cast.group_xinchang
    stay = homes.propose_home(fresh(person), address="家中", reason="孕妇", by=group, at=later(hours=1))
    homes.decide_home(stay, approve=True, by=scene.cast.duty_xinchang, at=later(hours=2))
    gather(later(hours=3))
    assert listed(scene, control.not_moved, "group.xinchang", later(hours=3)) == []
    return person


def test_whose_site_was_chosen_is_on_the_list_of_the_not_driven_at_once(scene: Scene, at_home):
    by = scene.cast.group_xinchang
    placing.choose_place(fresh(at_home), site=scene.cast.office(SITE), by=by, at=later(hours=3))
    listed_now = listed(scene, control.not_moved, "group.xinchang", later(hours=3))
    assert listed_now == [ControlOrder.objects.standing().get(person=at_home).pk]


def test_what_ended_is_off_the_lists_at_once_and_forgotten_by_the_next_round(scene: Scene, yellow):
    gather(later(minutes=1))
    assert rows_of(AreaKind.OPEN_CASE) == {("330624001", yellow.pk)}
    end(scene, yellow, later(minutes=2))
    assert fresh(yellow).state == "ENDED"
    assert listed(scene, samples.untested, "community.yulin", later(minutes=2)) == []
    gather(later(minutes=3))
    assert rows_of(AreaKind.OPEN_CASE) == set()


def test_while_the_timer_is_dead_everything_is_read_from_the_facts(scene: Scene, yellow, monkeypatch):
    monkeypatch.setattr(gathering, "AGAIN", 0)
    gather(later(minutes=1))
    AreaRow.objects.all().delete()
    assert listed(scene, samples.untested, "community.yulin", later(minutes=5)) == []
    assert listed(scene, samples.untested, "community.yulin", later(minutes=6)) == [yellow.pk]


def test_within_a_minute_nothing_is_gathered_twice(scene: Scene, yellow):
    assert gather(later(minutes=1)) > 0
    AreaRow.objects.all().delete()
    assert gather(later(minutes=1, seconds=40)) == 0
    assert gather(later(minutes=2)) > 0


def test_the_figures_of_a_large_area_are_those_that_were_gathered(scene: Scene, yellow, red, monkeypatch):
    monkeypatch.setattr(home, "LARGE", 1)
    user, at = scene.cast.group_xinchang, later(minutes=2)
    joined, survivor = scene.person(), scene.person(present="330602001")
    scene.risk(joined)
    scene.merged(joined, survivor, at=later(seconds=30))
    asked = home.home(user, at=at)
    gather(later(minutes=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "counts", None)  # nobody is counted
        patch.setattr(home, "conversions", None)
        home.cache.clear()
        read = home.home(user, at=at)
    assert (read.counts, read.chart) == (asked.counts, asked.chart)
    assert dict(read.counts) == {"RED": 1, "YELLOW": 1}


def test_the_figures_of_a_small_area_are_of_this_moment(scene: Scene, yellow):
    gather(later(minutes=1))
    end(scene, yellow, later(minutes=2))
    assert dict(home.home(scene.cast.group_xinchang, at=later(minutes=2)).counts)["YELLOW"] == 0


def test_figures_that_another_rule_book_weighed_are_not_read(scene: Scene, yellow):
    gather(later(minutes=1))
    book = BOOK_OF(later(minutes=1)).pk
    assert area_index.colours("330624", book, later(minutes=2)) == {"RED": 0, "YELLOW": 1}
    assert area_index.colours("330624", book + 1, later(minutes=2)) is None


def test_figures_of_a_division_change_with_what_happened_there(scene: Scene, yellow):
    gather(later(minutes=1))
    figure = {"kind": AreaKind.COLOURS, "area": "330624001", "colour": "YELLOW"}
    assert AreaFigure.objects.get(**figure).number == 1
    scene.risk(scene.person(), at=later(minutes=2))
    gather(later(minutes=3))
    assert AreaFigure.objects.get(**figure).number == 2
    for case in Case.objects.open():
        end(scene, case, later(minutes=4))
    gather(later(minutes=5))
    assert not AreaFigure.objects.filter(**figure).exists()
    turned = figures.conversions("330624", at=later(minutes=5))[-1][1]
    assert turned["YELLOW"] == turned["GREEN"] == 2


def test_the_timer_gathers(cast: Cast, yellow):
    tick(at=T + timedelta(minutes=1))
    assert set(AreaGathering.objects.values_list("kind", flat=True)) == set(AreaKind.values)


def test_a_home_page_asks_once_what_was_gathered(cast: Cast, yellow):
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.community_yulin, backend="healthcode.core.offices.backends.RoleBackend")
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("admin:index"))
    assert sum('FROM "cases_areagathering"' in one["sql"] for one in queries) == 1
