"""A chain of contacts: who rests on whom, as far as the reader sees, as a tree with its table."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import RuleBook
from cases.policy.colours import Colour
from cases.selectors import contact_chain
from cases.services.grounds import cases
from healthcode.core.audit.models import Event
from healthcode.portal.contacts.drawing import BAND, INDENT, ROW, draw
from tests.cases.scenes import fresh

ELSEWHERE = "330624002"  # beside Yulin


class Outbreak:
    """An index case of Yulin, and whoever rests on them."""

    def __init__(self, scene, now):
        self.scene, self.now = scene, now
        self.index = self.infected(scene.person(name="首例"))

    def infected(self, person, **fields):
        return self.scene.clinical(
            person, "CONFIRMED", at=self.now - timedelta(days=2), began_on=self.day, **fields
        )

    def contact(self, index, name="密接", *, days=1.0, **fields):
        person = self.scene.person(name=name, **fields)
        at = self.now - timedelta(days=days)
        return self.scene.clinical(person, at=at, began_on=self.day, index_case=index)

    @property
    def day(self):
        return (self.now - timedelta(days=3)).date()

    def chain(self, by, person=None):
        policy = RuleBook.objects.in_force(self.now).policy
        person = fresh(person or self.index.person)
        return contact_chain.chain_below(person, by=by, at=self.now, policy=policy)


@pytest.fixture
def outbreak(scene, now):
    return Outbreak(scene, now)


def names(chain):
    return [(one.level, one.person.name) for one in chain.members]


def address_of(person):
    return reverse("admin:person_contacts", args=(person.pk,))


def test_whoever_rests_on_a_contact_who_fell_ill_stands_below_the_contact(outbreak, cast):
    first = outbreak.contact(outbreak.index, "甲")
    outbreak.contact(outbreak.index, "乙")
    ill = outbreak.infected(fresh(first.person))
    outbreak.contact(ill, "丙")
    chain = outbreak.chain(cast.supervisor_city)
    assert names(chain) == [(0, "首例"), (1, "甲"), (2, "丙"), (1, "乙")]
    assert {one.colour for one in chain.members} == {Colour.RED}
    assert [(case.pk, case.state) for case in (chain.index.case, chain.index.below[0].case)] == [
        (outbreak.index.pk, "OPEN"),
        (first.pk, "OPEN"),
    ]


def test_of_a_contact_the_chain_says_what_they_fell_ill_with(outbreak, cast):
    ill = outbreak.infected(fresh(outbreak.contact(outbreak.index, "甲").person))
    outbreak.contact(outbreak.index, "乙")
    chain = outbreak.chain(cast.supervisor_city)
    words = RuleBook.objects.in_force(outbreak.now).policy.grounds[ill.ground].words
    assert [one.infection for one in chain.members] == [None, words, None]


def test_a_contact_is_led_to_whom_they_met(outbreak, cast):
    contact = outbreak.contact(outbreak.index)
    chain = outbreak.chain(cast.supervisor_city, contact.person)
    assert [case.pk for case in chain.above] == [outbreak.index.pk] and chain.index.below == []


def test_people_out_of_reach_are_counted_and_nobody_behind_them_is_followed(outbreak, cast):
    near = outbreak.contact(outbreak.index, "近邻")
    far = outbreak.contact(outbreak.index, "邻街人", present=ELSEWHERE)
    behind = outbreak.infected(fresh(far.person))
    outbreak.contact(behind, "远处近邻")
    chain = outbreak.chain(cast.community_yulin)
    assert names(chain) == [(0, "首例"), (1, near.person.name)]
    assert (chain.index.unreached, chain.index.left_out) == (1, 0)
    assert len(outbreak.chain(cast.supervisor_city).members) == 4


def test_an_index_case_out_of_reach_is_counted(outbreak, cast):
    far = outbreak.infected(outbreak.scene.person(name="邻街人", present=ELSEWHERE))
    contact = outbreak.contact(far)
    chain = outbreak.chain(cast.community_yulin, contact.person)
    assert (chain.above, chain.unreached_above) == ((), 1)


def test_a_contact_of_two_stands_below_both_and_is_followed_once(outbreak, cast):
    first = outbreak.contact(outbreak.index, "甲")
    ill = outbreak.infected(fresh(first.person))
    again = outbreak.contact(outbreak.index, "乙")
    outbreak.scene.clinical(
        fresh(again.person), at=outbreak.now - timedelta(hours=5), began_on=outbreak.day, index_case=ill
    )
    below = outbreak.infected(fresh(again.person))
    outbreak.contact(below, "丙")
    chain = outbreak.chain(cast.supervisor_city)
    assert names(chain) == [(0, "首例"), (1, "甲"), (2, "乙"), (1, "乙"), (2, "丙")]
    assert [one.is_repeated for one in chain.members] == [False, False, True, False, False]


def test_two_who_met_each_other_are_no_endless_chain(outbreak, cast):
    first = outbreak.contact(outbreak.index, "甲")
    ill = outbreak.infected(fresh(first.person))
    outbreak.scene.clinical(
        fresh(outbreak.index.person), at=outbreak.now, began_on=outbreak.day, index_case=ill
    )
    chain = outbreak.chain(cast.supervisor_city)
    assert [(one.level, one.is_repeated) for one in chain.members] == [(0, False), (1, False), (2, True)]


def test_what_was_sent_back_never_stood_and_what_was_voided_says_so(outbreak, cast, scene):
    contact, now = outbreak.contact(outbreak.index, "甲"), outbreak.now
    sent = scene.reported(
        scene.person(name="退回"),
        at=now - timedelta(hours=2),
        began_on=outbreak.day,
        index_case=outbreak.index,
    )
    cases.send_back(sent, reason="证据不足", by=cast.group_xinchang, at=now - timedelta(hours=2))
    scene.voided(contact, at=now - timedelta(hours=1))
    (below,) = outbreak.chain(cast.supervisor_city).index.below
    assert (below.person, below.case.state, below.colour) == (contact.person, "VOIDED", Colour.GREEN)


def test_what_stands_again_is_one_case_of_the_chain(outbreak, cast, scene):
    earlier = outbreak.now - timedelta(days=2)
    index = scene.clinical(scene.person(name="疑似"), "SUSPECTED", at=earlier, began_on=outbreak.day)
    outbreak.contact(index, "甲")
    scene.exited(index, "EXCLUDED", at=outbreak.now - timedelta(hours=3))
    (freed,) = outbreak.chain(cast.supervisor_city, index.person).index.below
    scene.exit_taken_back(fresh(index), at=outbreak.now - timedelta(hours=1))
    chain = outbreak.chain(cast.supervisor_city, index.person)
    (again,) = chain.index.below
    assert (freed.case.state, again.case.state, again.case.resumes_id) == ("ENDED", "OPEN", freed.case.pk)
    assert (chain.index.others, again.others) == (0, 0)


def test_records_of_one_human_are_one_of_the_chain(outbreak, cast, scene):
    contact = outbreak.contact(outbreak.index, "甲")
    other = outbreak.contact(outbreak.index, "甲")
    scene.merged(fresh(other.person), fresh(contact.person), at=outbreak.now)
    (below,) = outbreak.chain(cast.supervisor_city).index.below
    assert below.others == 1


def test_a_chain_ends_after_its_levels_and_counts_who_comes_after(outbreak, cast, monkeypatch):
    monkeypatch.setattr(contact_chain, "LEVELS", 1)
    first = outbreak.contact(outbreak.index, "甲")
    outbreak.contact(outbreak.infected(fresh(first.person)), "乙")
    chain = outbreak.chain(cast.supervisor_city)
    assert names(chain) == [(0, "首例"), (1, "甲")]
    assert chain.index.below[0].left_out == 1


def test_a_chain_without_room_counts_whom_it_leaves_out(outbreak, cast, monkeypatch, at_desk):
    monkeypatch.setattr(contact_chain, "PEOPLE", 2)
    for name in "甲乙丙":
        outbreak.contact(outbreak.index, name)
    chain = outbreak.chain(cast.supervisor_city)
    assert len(chain.index.below) == 2 and chain.index.left_out == 1
    body = at_desk(cast.supervisor_city).get(address_of(outbreak.index.person)).content.decode()
    assert "1 more person is left out here" in body


def test_each_line_stands_below_the_one_it_is_joined_to(outbreak, cast):
    first = outbreak.contact(outbreak.index, "甲")
    outbreak.contact(outbreak.infected(fresh(first.person)), "乙")
    outbreak.contact(outbreak.index, "丙", present=ELSEWHERE)
    tree = draw(outbreak.chain(cast.community_yulin).index)
    assert [(row.x - tree.rows[0].x) / INDENT for row in tree.rows] == [0, 1, 2, 1]
    assert [row.y - tree.rows[0].y for row in tree.rows] == [0, ROW, 2 * ROW, 3 * ROW]
    assert tree.rows[3].member is None and tree.rows[3].unreached == 1
    ends = [re.findall(r"[\d.]+", joint.path) for joint in tree.joints]
    assert [int(end[2]) for end in ends] == [row.y for row in tree.rows[1:]]
    assert [band.height for band in tree.bands] == [4 * ROW]


def test_the_page_has_tree_and_table_and_names_nobody_out_of_reach(outbreak, cast, at_desk):
    outbreak.contact(outbreak.index, "近邻")
    outbreak.contact(outbreak.index, "邻街人", present=ELSEWHERE)
    page = at_desk(cast.community_yulin).get(address_of(outbreak.index.person))
    body = page.content.decode()
    assert "<svg" in body and body.count("近邻") == 2 and "邻街人" not in body
    assert "1 person in this chain lies outside what you may see" in body
    assert len(page.context["rows"]) == 2


def test_the_page_of_the_person_and_of_the_case_lead_there(outbreak, cast, at_desk):
    person, address = outbreak.index.person, address_of(outbreak.index.person)
    client = at_desk(cast.community_yulin)
    for page in (
        reverse("admin:cases_person_change", args=(person.pk,)),
        reverse("admin:cases_case_change", args=(outbreak.index.pk,)),
    ):
        assert f'href="{address}"' in client.get(page).content.decode(), page


def test_the_reading_is_recorded_and_so_is_everybody_named(outbreak, cast, at_desk):
    contact = outbreak.contact(outbreak.index, "近邻")
    far = outbreak.contact(outbreak.index, "邻街人", present=ELSEWHERE)
    at_desk(cast.community_yulin).get(address_of(outbreak.index.person))
    viewed, listed = Event.objects.order_by("pk").filter(action__in=("person.viewed", "person.listed"))
    assert viewed.person == str(outbreak.index.person.public_id) and '"contacts"' in viewed.body
    assert str(contact.person.public_id) in listed.body and str(far.person.public_id) not in listed.body


def test_of_somebody_without_contacts_one_sentence_says_so_and_no_list_is_recorded(scene, supervisor):
    person = scene.person()
    body = supervisor.get(address_of(person)).content.decode()
    assert "Nobody is recorded as their contact." in body and "contact of" not in body
    assert not Event.objects.filter(action="person.listed").exists()


def test_whoever_may_not_open_the_person_finds_no_chain(outbreak, cast, at_desk):
    address = address_of(outbreak.index.person)
    assert at_desk(cast.community_yulin).get(address).status_code == 200
    for stranger in (cast.community_yuecheng, cast.admin_one, cast.gate_school):
        assert at_desk(stranger).get(address).status_code == 404, stranger
    missing = reverse("admin:person_contacts", args=(987654321,))
    assert at_desk(cast.supervisor_city).get(missing).status_code == 404


@pytest.mark.parametrize("reader", ["supervisor.city", "community.yulin", "group.xinchang", "hospital.city"])
def test_a_wider_chain_costs_no_more_queries(outbreak, cast, at_desk, reader):
    client = at_desk(cast[reader])

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address_of(outbreak.index.person)).status_code == 200
        return len(asked)

    first = outbreak.contact(outbreak.index, "甲")
    ill = outbreak.infected(fresh(first.person))
    outbreak.contact(ill, "乙")
    cost()
    few = cost()
    for name in ("丙", "丁", "戊"):
        outbreak.contact(outbreak.index, name)
        outbreak.contact(ill, name + "二")
    assert cost() == few


def test_a_deeper_chain_costs_two_queries_a_level_and_no_more_beyond_the_last(
    outbreak, supervisor, monkeypatch
):
    monkeypatch.setattr(contact_chain, "LEVELS", 2)
    costs, index = [], outbreak.index
    supervisor.get(address_of(index.person))
    for number in range(4):
        contact = outbreak.contact(index, f"第{number}")
        index = outbreak.infected(fresh(contact.person))
        with CaptureQueriesContext(connection) as asked:
            supervisor.get(address_of(outbreak.index.person))
        costs.append(len(asked))
    assert costs[1] - costs[0] <= 2 and costs[1] == costs[2] == costs[3]


def test_a_long_chain_is_drawn_in_pieces_that_join_and_each_joint_is_where_it_passes():
    def member(level, below=()):
        return SimpleNamespace(level=level, below=below, unreached=0, left_out=0)

    tree = draw(member(0, (*(member(1) for _ in range(BAND)), member(1, (member(2),)))))
    bands = list(tree.bands)
    assert [band.top for band in bands] == [0, BAND * ROW]
    assert sum(band.height for band in bands) == len(tree.rows) * ROW
    assert [len(band.joints) for band in bands] == [len(tree.rows) - 2, 3]
