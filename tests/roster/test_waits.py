"""What waits has hours, somebody on duty to decide it, and climbs: to the leader on duty, then to supervision."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Proposal
from cases.policy import days
from cases.selectors import awaited, reversals
from cases.selectors.roster import Roster, Stage
from cases.selectors.worklists import KINDS, worklists
from cases.services import areas, control, inquiries
from cases.services.areas import Listing
from cases.services.grounds import cases, self_checks, voids
from cases.services.persons import deaths, transfers
from healthcode.core.offices.roles import ACTS, HOURS
from healthcode.core.offices.staff import ON_DUTY
from tests.cases.scenes import DUE, Scene, T, fresh, later
from tests.factories import DivisionFactory
from tests.last_write.persons import renumbered

LISTS = {kind.key: kind for kind in KINDS}


def lists(scene: Scene, username: str, at) -> dict:
    return {one.key: one for one in worklists(scene.cast[username], at)}


def test_every_act_that_waits_names_its_hours():
    waiting = {second.act for act in ACTS.values() for second in act.seconds}
    assert waiting <= HOURS.keys()
    assert all(hours > 0 for hours in HOURS.values())


def test_every_kind_of_proposal_and_every_act_that_waits_is_awaited():
    proposals = {model for model in apps.get_models() if issubclass(model, Proposal)}
    assert proposals <= {one.model for one in awaited.AWAITED}
    assert HOURS.keys() == {one.act for one in awaited.AWAITED} | {*reversals.DECIDED_BY.values()}


def test_every_awaited_kind_has_a_list_of_those_who_settle_it():
    for one in awaited.AWAITED:
        assert one.act in LISTS[one.key].acts or one.key == "positives"


def test_the_table_of_the_design_names_these_hours():
    named = {
        "order.decide_certificate": 2,
        "person.confirm_death": 24,
        "area.decide": 2,
        "case.enter_report": 0.5,
        "result.give_opinion": 1,
        "order.end": 12,
        "person.decide_number": 24,
        "case.decide_void": 2,
        "case.record_call": 1,
    }
    assert {act: HOURS[act] for act in named} == named


def test_a_proposal_names_who_is_on_duty_and_climbs_by_the_hour(scene: Scene, on_duty):
    """A death waits 24 hours for another kind of office, then for the leader on duty, then for supervision."""
    hospital, cdc = on_duty("hospital.city"), on_duty("cdc.xinchang")
    leader = on_duty("duty.xinchang", leads=True, until=later(days=3))
    on_duty("cdc.city")  # farther away than the county's
    on_duty("community.yuecheng")  # of another county
    scene.death_recorded(scene.person())
    row = lists(scene, "group.xinchang", later(hours=1))["deaths"].rows[0]
    assert (row.wait.due, row.wait.stage) == (later(hours=24), Stage.OFFICE)
    assert (row.wait.deciders, row.wait.leaders) == ((cdc,), ())
    assert hospital not in row.wait.deciders
    assert not {"late"} & (lists(scene, "duty.xinchang", later(hours=23)).keys())
    for at, stage in ((later(hours=24), Stage.LEADER), (later(hours=48), Stage.SUPERVISION)):
        wait = lists(scene, "duty.xinchang", at)["late"].rows[0].wait
        assert (wait.stage, wait.leaders) == (stage, (leader,))
        assert ("late" in lists(scene, "supervisor.city", at)) is (stage == Stage.SUPERVISION)
    assert "late" not in lists(scene, "group.xinchang", later(hours=48))


def test_what_was_decided_climbs_no_further(scene: Scene):
    death = scene.death_recorded(scene.person())
    deaths.confirm(fresh(death), by=scene.cast.group_xinchang, at=later(hours=30))
    assert "late" not in lists(scene, "duty.xinchang", later(hours=31))


def test_a_county_is_called_about_its_own_and_not_about_the_citys(scene: Scene):
    scene.death_recorded(scene.person(present="330602001"))
    scene.reported(scene.person())
    fields = {"name": "某镇", "level": "MEDIUM", "source_document": "公告1号", "from_at": T}
    areas.propose(Listing(**fields), by=scene.cast.duty_city, at=T)
    models = [row.about._meta.model_name for row in lists(scene, "duty.xinchang", later(days=2))["late"].rows]
    assert models == ["case"]
    late = lists(scene, "duty.city", later(days=2))["late"]
    assert sorted(row.about._meta.model_name for row in late.rows) == ["case", "death", "riskarea"]


def test_the_one_office_that_may_act_is_called_alone(scene: Scene, on_duty):
    """A report waits for the group it is addressed to, a held case for a duty lead, never for its proposer."""
    group, _other = on_duty("group.xinchang"), on_duty("group.city")
    duty = on_duty("duty.xinchang")
    scene.reported(scene.person())
    assert lists(scene, "group.xinchang", T)["reports"].rows[0].wait.deciders == (group,)
    scene.held(scene.person())
    assert lists(scene, "duty.xinchang", T)["held"].rows[0].wait.deciders == (duty,)


def test_whoever_proposed_is_not_called_but_a_colleague_is_where_the_table_says_so(scene: Scene, on_duty):
    on_duty("duty.city")
    deputy = on_duty("duty.deputy")
    area = {"name": "某镇", "level": "MEDIUM", "source_document": "公告1号", "from_at": T}
    areas.propose(Listing(**area), by=scene.cast.duty_city, at=T)
    assert lists(scene, "duty.deputy", T)["areas"].rows[0].wait.deciders == (deputy,)


def test_a_positive_waits_an_hour_for_cdc(scene: Scene, on_duty):
    cdc, person = on_duty("cdc.xinchang"), scene.person()
    scene.tested(person, at=T, outcome="POSITIVE")
    wait = lists(scene, "cdc.xinchang", later(minutes=61))["positives"].rows[0].wait
    assert (wait.due, wait.stage, wait.deciders) == (later(hours=1), Stage.LEADER, (cdc,))


def test_what_cdc_reported_is_the_leaders_after_half_an_hour(scene: Scene, on_duty):
    scene.reported(scene.person())
    assert "late" not in lists(scene, "duty.xinchang", later(minutes=29))
    assert lists(scene, "duty.xinchang", later(minutes=30))["late"].total == 1


CLIMBS = {
    "a CDC's report": (lambda scene: scene.reported(scene.person()), 30),
    "a positive": (lambda scene: scene.tested(scene.person(), at=T, outcome="POSITIVE"), 60),
    "a second person": (lambda scene: scene.held(scene.person()), 120),
    "a death": (lambda scene: scene.death_recorded(scene.person()), 24 * 60),
}


@pytest.mark.parametrize("kind", CLIMBS)
def test_it_climbs_to_the_minute_to_the_leader_and_at_twice_its_hours_to_supervision(scene: Scene, kind):
    happens, within = CLIMBS[kind]
    happens(scene)
    for who, due in (("duty.xinchang", within), ("supervisor.city", 2 * within)):
        seen = ["late" in lists(scene, who, later(minutes=due + one)) for one in (-1, 0, 1)]
        assert (who, seen) == (who, [False, True, True])


def test_a_release_is_the_leaders_at_noon_of_its_day_and_supervisions_at_midnight(scene: Scene, on_duty):
    person, officer = scene.person(), on_duty("officer.yulin", from_at=DUE, until=DUE + timedelta(days=1))
    scene.clinical(person)
    noon = DUE + timedelta(hours=12)
    assert "late" not in lists(scene, "duty.xinchang", noon - timedelta(minutes=1))
    late = lists(scene, "duty.xinchang", noon)["late"].rows
    assert [(row.wait.due, row.wait.stage, row.wait.deciders) for row in late] == [
        (noon, Stage.LEADER, (officer,))
    ]
    assert lists(scene, "supervisor.city", DUE + timedelta(days=1))["late"].total == 1
    scene.ended(fresh(person), at=DUE + timedelta(days=1, hours=1))
    assert "late" not in lists(scene, "duty.xinchang", DUE + timedelta(days=1, hours=2))


@pytest.mark.parametrize("number", [1, 4])
def test_the_late_list_costs_the_same_for_more_rows(scene: Scene, on_duty, number):
    on_duty("group.xinchang", until=later(days=3))
    for _ in range(number):
        scene.reported(scene.person())
    with CaptureQueriesContext(connection) as asked:
        kinds = [kind for kind in KINDS if kind.key == "late"]
        (late,) = worklists(scene.cast.duty_xinchang, later(days=1), kinds=kinds)
    assert late.total == number
    assert len(asked) == 4  # the book, everything beyond its hours, the rows of its one kind, the roster


def test_what_waits_about_somebody_is_told_with_its_hours(scene: Scene, on_duty):
    person = scene.person()
    assert awaited.about(person, T) == []
    cases.report(person, scene.claim("SUSPECTED"), by=scene.cast.cdc_xinchang, at=T)
    scene.held(person, at=later(minutes=5))
    acts = [one.act for one in awaited.about(fresh(person), later(hours=1))]
    assert acts == ["case.enter_report", "case.decide"]


def test_the_roster_is_read_once(scene: Scene, on_duty):
    on_duty("cdc.xinchang")
    roster = Roster(T + timedelta(hours=1))
    with CaptureQueriesContext(connection) as asked:
        assert roster.shifts == roster.shifts != ()
    assert len(asked) == 1


def one_of_each(scene: Scene) -> None:
    """Let one thing of nearly every kind wait, two where it depends on who proposed it."""
    cast, at = scene.cast, T
    people = [scene.person() for _ in range(12)]
    scene.reported(people[0])
    scene.held(people[1])
    scene.exit_reported(scene.clinical(people[2], "SUSPECTED"), "EXCLUDED")
    scene.void_proposed(scene.clinical(people[3]))
    scene.void_proposed(scene.other_yellow(people[4]))
    fields = {"source": "比对批次2026-3", "failed": "同名，证件号码不符", "by": cast.bureau_one}
    self_checks.record(scene.clinical(people[5]), **fields, at=at)
    fields = {"document_number": "绍防指〔2020〕9号", "reason": "已排除", "by": cast.group_xinchang}
    voids.propose_release(scene.other_yellow(people[6]), **fields, at=at)
    scene.clinical(people[7])
    control.propose_home(fresh(people[7]), address="某路1号", reason="孕妇", by=cast.group_xinchang, at=at)
    for person, username in ((people[8], "group.xinchang"), (people[9], "group.city")):
        scene.clinical(person)
        fields = {"place": "杭州市某隔离点", "letter": "杭隔接收函2026-8号", "by": cast[username]}
        control.propose_elsewhere(fresh(person), **fields, at=at)
    renumbered(scene, people[7], at=later(minutes=1))
    scene.death_recorded(people[10])
    fields = {"to": DivisionFactory(code="330624002"), "reason": "搬家", "by": cast.community_yulin}
    transfers.propose(fresh(people[11]), **fields, at=at)
    scene.merge_proposed(people[11], people[0])
    scene.tested(people[1], at=at, outcome="POSITIVE")
    areas.propose(Listing("某镇", "MEDIUM", "公告1号", T), by=cast.duty_city, at=at)
    fields = {"question": "请说明依据", "answer_by": days.local_day(at), "by": cast.supervisor_city, "at": at}
    inquiries.ask(cast.community_yulin.office, **fields)


def test_whoever_is_named_has_it_on_their_list_and_whoever_has_it_nearest_is_named(scene: Scene, on_duty):
    """The roster's rules are those of the lists: a decider who is called finds the thing, and can decide it."""
    staff = [name for name in scene.cast.names if scene.cast[name].role in ON_DUTY]
    for username in staff:
        on_duty(username)
    one_of_each(scene)
    at = later(minutes=30)
    listed = {
        (username, key, row.about.pk)
        for username in staff
        for key, one in lists(scene, username, at).items()
        for row in one.rows
    }
    roster, seen = Roster(at), set()
    for kind in awaited.AWAITED:
        for row in kind.with_proposers(kind.rows(at)):
            named = roster.wait(kind.matter(row, roster)).deciders
            assert named, kind.key
            assert {(one.user.username, kind.key, row.pk) for one in named} <= listed, (kind.key, named)
            seen.add(kind.key)
    never = {
        "certificates",
        "death_withdrawals",
        "erasures",
        "area_changes",
        "strikes",
        "rule_books",
        "holds",
        "late_falls",
        "reversals",
    }
    assert seen == {one.key for one in awaited.AWAITED} - never - {
        "undos",
        "brought",
        "accounts",
        "tokens",
        "heads",
        "removals",
        "offices",
        "setup_files",
        "calls",
        "overdue",
    }
