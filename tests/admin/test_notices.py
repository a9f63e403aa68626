"""The paper about a control order: what whoever is controlled, and whoever is released, is given in both languages."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from cases.models import ControlOrder
from cases.services.persons import erasure
from healthcode.core.audit.models import Event
from tests.cases.scenes import DUE, Scene, fresh, later
from tests.factories import Cast

GONE = DUE + timedelta(days=1)


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def address(order: ControlOrder) -> str:
    return reverse("admin:cases_controlorder_notice", args=(order.pk,))


def words_of(response) -> str:
    """Return a page's sheet without its tags."""
    sheet = response.content.decode().split("<article", 1)[1].split("btn-row", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", sheet))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("", ("集中隔离医学观察告知书", "密切接触者", "管控期间须知", "被告知人（签收）", "中午12时前")),
        (
            "en",
            (
                "Notice of control: Centralised isolation",
                "Close contact",
                "What to do",
                "by noon of that day",
            ),
        ),
        ("xx", ("集中隔离医学观察告知书",)),
    ],
)
def test_whoever_is_controlled_is_told_why_where_until_when_and_whom_to_ring(
    scene: Scene, at_desk, language, expected
):
    person, index = scene.person(), scene.person(name="首例某人")
    scene.clinical(person, index_case=scene.clinical(index, "CONFIRMED"))
    order = person.orders.get()
    response = at_desk(scene.cast.officer_yulin).get(
        address(order), {"language": language} if language else {}
    )
    paper = words_of(response)
    assert response.status_code == 200 and all(one in paper for one in (*expected, person.name, order.place))
    assert f"{DUE:%Y-%m-%d} 00:00" in paper and scene.cast.officer_yulin.name in paper
    assert scene.cast.officer_yulin.office.phone in paper and "12345" in paper
    assert "首例某人" not in paper and person.document not in paper and person.masked_document in paper


def test_a_ground_that_was_voided_is_no_longer_on_the_paper_of_an_order_that_goes_on(scene: Scene, at_desk):
    person = scene.person()
    contact = scene.clinical(person, index_case=scene.clinical(scene.person(), "CONFIRMED"))
    scene.overseas(person, at=later(hours=1))
    scene.voided(contact, at=later(hours=2))
    order = person.orders.standing().get()
    paper = words_of(at_desk(scene.cast.officer_yulin).get(address(order)))
    assert "密切接触者" not in paper and "境外" in paper


def test_whoever_is_released_has_the_day_the_test_and_what_follows_on_paper(scene: Scene, at_desk):
    person = scene.person()
    scene.overseas(person)
    scene.tested(person, at=DUE - timedelta(hours=20))
    scene.ended(person, at=DUE + timedelta(hours=9))
    order = person.orders.order_by("pk").first()
    paper = words_of(at_desk(scene.cast.officer_yulin).get(address(order)))
    assert "解除集中隔离医学观察告知书" in paper and "已按规定于" in paper and "阴性" in paper
    assert "绿码" in paper and "继续实行社区健康监测，至" in paper
    assert "赋码原因已不成立" not in paper and "管控期间须知" not in paper


def test_whose_ground_fell_is_told_so_and_not_that_a_test_was_negative(scene: Scene, at_desk):
    person = scene.person()
    scene.voided(scene.clinical(person), at=later(hours=2))
    paper = words_of(at_desk(scene.cast.officer_yulin).get(address(person.orders.get())))
    assert "因赋码原因已不成立" in paper and "所依据的核酸检测结果" not in paper


def test_no_paper_sets_free_whose_order_another_followed_or_who_died(scene: Scene, at_desk):
    replaced, dead = scene.person(), scene.person()
    case = scene.clinical(replaced, "SUSPECTED")
    scene.clinical(dead)
    scene.exited(case, "RECLASSIFIED", at=later(hours=1), new_ground="ASYMPTOMATIC")
    scene.died(dead, at=later(hours=1))
    client = at_desk(scene.cast.group_xinchang)
    endings = {
        one.ending: client.get(address(one)).status_code
        for one in ControlOrder.objects.exclude(ended_at=None)
    }
    assert endings == {"SUPERSEDED": 404, "CLOSED_DEATH": 404}


def test_of_somebody_erased_there_is_no_paper(scene: Scene, at_desk):
    person = scene.person()
    scene.voided(scene.clinical(person), at=later(hours=2))
    proposed = erasure.propose(fresh(person), reason="误登记", by=scene.cast.bureau_one, at=GONE)
    erasure.approve(proposed, by=scene.cast.bureau_two, at=GONE + timedelta(hours=1))
    client, order = at_desk(scene.cast.supervisor_city), person.orders.get()
    assert client.get(address(order)).status_code == 404
    assert (
        address(order)
        not in client.get(reverse("admin:cases_person_change", args=(person.pk,))).content.decode()
    )


def test_the_person_s_page_leads_to_both_papers_and_the_ledger_knows_who_printed(scene: Scene, at_desk):
    person = scene.person()
    scene.overseas(person)
    scene.tested(person, at=DUE - timedelta(hours=20))
    scene.ended(person, at=DUE + timedelta(hours=9))
    client = at_desk(scene.cast.officer_yulin)
    page = client.get(reverse("admin:cases_person_change", args=(person.pk,))).content.decode()
    orders = list(person.orders.all())
    assert len(orders) == 2 and all(f'href="{address(one)}"' in page for one in orders)
    client.get(address(orders[0]))
    event = Event.objects.filter(action="person.viewed").latest("pk")
    assert event.target == f"order:{orders[0].pk}" and "notice" in event.body
