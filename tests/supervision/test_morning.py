"""The picture at eight: figures of one's own area, what changed within a day, what waits and what is late."""

import io
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from cases.models import Case, RuleBook
from cases.policy import days
from cases.policy.colours import Colour
from cases.selectors.colours import colour_at
from cases.services.grounds import cases
from complaints.services import letters
from complaints.services.letters import Letter
from healthcode.core.audit.models import Event
from healthcode.portal import home
from healthcode.portal.morning.bars import LABEL, ROOM, lying
from healthcode.portal.morning.counting import below, figures
from healthcode.portal.morning.tiles import tiles
from tests.complaints.desk import Desk
from tests.factories import sampled

YULIN, NANMING, TASHAN = "330624001", "330624002", "330602001"


@pytest.fixture(autouse=True)
def forgotten():
    """Forget what was kept of a large area."""
    cache.clear()


@pytest.fixture
def yellow(scene, now):
    """Return a function: somebody of a township, yellow since so many hours."""
    day = timezone.localdate(now - timedelta(days=6))
    area = scene.listed(at=now - timedelta(days=5), from_at=now - timedelta(days=7))

    def make(hours=10, present=YULIN):
        person = scene.person(at=now - timedelta(days=6), present=present)
        by = scene.cast.community_yulin if present == YULIN else scene.cast.community_nanming
        scene.risk(person, area, began_on=day, by=by, at=now - timedelta(hours=hours))
        return person

    return make


def turned_red(scene, person, at):
    """Let CDC report a close contact of the day before, and the group enter."""
    scene.clinical(person, at=at, began_on=timezone.localdate(at - timedelta(days=1)))


def counted(user, now):
    return figures(user, RuleBook.objects.in_force(now).policy, at=now)


def waits(user, key, now):
    return next(one for one in counted(user, now).waiting if one.key == key)


def table(client, key):
    tables = client.get(reverse("admin:morning")).context["picture"].tables
    return next(one for one in tables if one.key == key)


def test_each_township_has_its_red_its_yellow_and_what_turned_within_a_day(scene, cast, yellow, now):
    yellow(hours=10)
    yellow(hours=30)
    red = scene.person(at=now - timedelta(days=3))
    turned_red(scene, red, now - timedelta(hours=5))
    found = counted(cast.duty_xinchang, now)
    assert found.persons == {YULIN: (1, 2)}
    assert found.turned == {YULIN: {"YELLOW": 1, "RED": 1}}
    assert (found.red, found.yellow) == (1, 2)


def test_its_figures_are_those_of_the_home_page(scene, cast, yellow, now):
    person = yellow()
    turned_red(scene, person, now - timedelta(hours=4))  # red and yellow: counted once, as red
    yellow()
    one, other = scene.person(at=now - timedelta(days=5)), scene.person(at=now - timedelta(days=5))
    turned_red(scene, one, now - timedelta(days=2))
    scene.merged(one, other, at=now - timedelta(days=1))
    found = counted(cast.duty_xinchang, now)
    policy = RuleBook.objects.in_force(now).policy
    assert dict(home.counts("330624", policy)) == {Colour.RED: found.red, Colour.YELLOW: found.yellow}


def test_a_county_counts_its_townships_and_the_city_its_counties(scene, cast, now):
    turned_red(scene, scene.person(at=now - timedelta(days=3)), now - timedelta(days=1))
    assert set(counted(cast.duty_xinchang, now).persons) == {YULIN}
    assert set(counted(cast.duty_city, now).persons) == {"330624"}
    assert (below("3306"), below("330624"), below("330624001")) == (6, 9, 9)


def test_nobody_counts_another_county(scene, cast, now):
    person = scene.person(at=now - timedelta(days=3), present=TASHAN)
    day = timezone.localdate(now - timedelta(days=2))
    scene.opened(person, "OVERSEAS", by=cast.community_yuecheng, began_on=day, at=now)
    assert counted(cast.duty_xinchang, now).persons == {}
    assert counted(cast.duty_city, now).red == 1


def test_what_waits_is_told_by_its_age(cast, yellow, now):
    for hours in (5, 30, 100, 110):
        yellow(hours=hours)
    untested = waits(cast.duty_xinchang, "untested", now)
    assert (untested.day, untested.three, untested.longer, untested.total) == (1, 1, 2, 4)
    assert untested.oldest == now - timedelta(hours=110)


def test_a_result_takes_somebody_out_of_what_waits(cast, yellow, now):
    sampled(yellow(hours=5), by=cast.service_xinchang, at=now - timedelta(hours=1))
    assert waits(cast.duty_xinchang, "untested", now).total == 0


def test_hours_to_green_are_the_median_of_the_office_that_ended_it(cast, yellow, now):
    for hours in (10, 20, 60):
        sampled(yellow(hours=hours), by=cast.service_xinchang, at=now - timedelta(minutes=30))
    (delay,) = counted(cast.duty_xinchang, now).delays
    assert (delay.office, delay.number) == (cast.service_xinchang.office_id, 3)
    assert delay.median == pytest.approx(19.5, abs=0.01) and delay.most == pytest.approx(51.5, abs=0.1)


def test_what_is_beyond_its_hours_is_the_watchers_alone(scene, cast, at_desk, now):
    person = scene.person(at=now - timedelta(days=3))
    scene.reported(person, at=now - timedelta(hours=9), began_on=timezone.localdate(now - timedelta(days=1)))
    assert sum(counted(cast.duty_city, now).late.values()) == 1
    assert counted(cast.group_xinchang, now).late == {}
    assert "Beyond its hours" in at_desk(cast.duty_city).get(reverse("admin:morning")).content.decode()
    assert (
        "Beyond its hours" not in at_desk(cast.group_xinchang).get(reverse("admin:morning")).content.decode()
    )


def test_tickets_are_counted_by_category_and_clock(scene, cast, now):
    desk = Desk(scene)
    desk.taken()
    found = counted(cast.lead_city, now)
    ((category, (still_open, late, new)),) = found.categories.items()
    assert (category, still_open, late, new) == ("C07", 1, 1, 0)
    assert found.tickets == {"330624": (1, 1)}


def test_a_letter_about_nobody_known_waits_in_the_city_alone(scene, cast, now):
    letters.receive(
        Letter(
            external_no="12345-7", received_at=now - timedelta(hours=2), description="我的码为什么是红的？"
        ),
        by=cast.hotline,
        at=now - timedelta(hours=2),
    )
    assert waits(cast.duty_city, "tickets", now).total == 1
    assert waits(cast.duty_xinchang, "tickets", now).total == 0


def test_who_is_one_human_waits_and_turns_where_the_surviving_record_lives(scene, cast, now):
    one = scene.person(at=now - timedelta(days=5), present=TASHAN)
    other = scene.person(at=now - timedelta(days=5), present=YULIN)
    yesterday = timezone.localdate(now - timedelta(days=1))
    scene.opened(one, "OVERSEAS", by=cast.community_yuecheng, began_on=yesterday, at=now - timedelta(hours=9))
    claim = scene.claim("CLOSE_CONTACT", began_on=yesterday)
    cases.report(one, claim, by=cast.cdc_city, at=now - timedelta(hours=8))
    scene.merged(one, other, at=now - timedelta(hours=7))
    reds = {
        area: sum(of["RED"] for _day, of in home.conversions(area, at=now)) for area in ("330624", "330602")
    }
    assert waits(cast.duty_xinchang, "reports", now).total == 1
    assert counted(cast.duty_xinchang, now).to(Colour.RED) == 2  # the case, and the survivor by the merge
    assert reds == {"330624": 2, "330602": 0}


def test_its_tables_add_up(cast, at_desk, yellow, scene, now):
    yellow()
    yellow(present=NANMING)
    rows = table(at_desk(cast.duty_xinchang), "divisions").rows
    assert len(rows) == 3 and rows[-1][0] == "all"
    assert [sum(column) for column in zip(*(row[1:] for row in rows[:-1]), strict=True)] == list(rows[-1][1:])
    grounds = table(at_desk(cast.duty_xinchang), "grounds")
    assert len(grounds.heads) == 2 and [row[1] for row in grounds.rows] == [1, 1]


def test_only_roles_of_the_table_see_it(cast, at_desk):
    for user in cast.everybody():
        if not user.may("gate.check"):
            status = at_desk(user).get(reverse("admin:morning")).status_code
            assert status == (200 if user.may("figures.view") else 403), user


def test_it_leaves_as_one_table_and_the_ledger_says_so(cast, at_desk, yellow):
    yellow()
    answer = at_desk(cast.duty_xinchang).post(reverse("admin:morning_export"), {"file": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(answer))).active
    cells = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert cells[0] == "The picture at eight" and "duty.xinchang" in cells[1]
    assert "By division" in cells and "What waits, by age" in cells
    assert Event.objects.filter(action="figures.exported", actor="duty.xinchang").exists()
    assert at_desk(cast.duty_xinchang).get(reverse("admin:morning_export")).status_code == 405


def test_a_larger_area_costs_no_more_queries(cast, at_desk, yellow):
    def cost():
        client = at_desk(cast.duty_xinchang)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("admin:morning"))
        return len(asked)

    yellow()
    cost()
    few = cost()
    for present in (YULIN, NANMING, NANMING, YULIN):
        yellow(present=present)
    assert cost() == few


def test_the_longest_bar_fills_the_width_and_the_parts_lie_side_by_side():
    chart = lying(
        "key", "title", [("a", "one"), ("b", "two")], [("long", (3, 1), "3 · 1"), ("none", (0, 0), "0")]
    )
    first, second = chart.bars
    assert [(part.x, part.width) for part in first.parts] == [
        (LABEL, ROOM * 3 / 4),
        (LABEL + ROOM * 3 / 4, ROOM / 4),
    ]
    assert second.parts == () and second.y > first.y and chart.height > second.y


# --- by township, day by day -------------------------------------------------------------------------------
def standing(user, now):
    return counted(user, now).over_time


def test_each_township_has_its_red_and_yellow_at_the_end_of_each_day(scene, cast, yellow, now):
    yellow(hours=50)
    red = scene.person(at=now - timedelta(days=5), present=NANMING)
    turned_red(scene, red, now - timedelta(days=3))
    found = standing(cast.duty_xinchang, now)
    ends = [days.midnight(day + timedelta(days=1)) for day in found.days]
    for town, person, place in ((YULIN, None, 1), (NANMING, red, 0)):
        case = Case.objects.filter(**({"person": person} if person else {"ground": "RISK_AREA"})).get()
        expected = [int(case.opened_at < end) for end in ends]
        assert [one[place] for one in found.standing[town]] == expected
        assert not any(one[1 - place] for one in found.standing[town])


def test_what_stood_is_what_the_codes_showed_then(scene, cast, yellow, now):
    people = [yellow(hours=30), yellow(hours=100), scene.person(at=now - timedelta(days=5))]
    turned_red(scene, people[2], now - timedelta(days=2))
    turned_red(scene, people[0], now - timedelta(hours=26))  # from yellow to red
    sampled(people[1], at=now - timedelta(hours=3), by=cast.service_xinchang)
    found = standing(cast.duty_xinchang, now)
    for place, day in enumerate(found.days):
        then = min(days.midnight(day + timedelta(days=1)) - timedelta(seconds=1), now)
        colours = [colour_at(person, then) for person in people]
        counts = (colours.count(Colour.RED), colours.count(Colour.YELLOW))
        assert found.standing[YULIN][place] == counts, day


def test_today_is_as_it_stands_now_and_fourteen_days_are_shown(scene, cast, yellow, now):
    yellow()
    found = standing(cast.duty_xinchang, now)
    assert len(found.days) == 14 and found.days[-1] == timezone.localdate(now)
    assert found.standing[YULIN][-1] == (0, 1) == found.all()[-1]


def test_who_left_the_colour_and_who_never_had_it_make_no_township(scene, cast, now):
    scene.person(at=now - timedelta(days=3))
    assert standing(cast.duty_xinchang, now).standing == {}


def test_the_city_sees_townships_named_with_their_county_and_a_county_its_own(
    scene, cast, yellow, now, at_desk
):
    yellow()
    at, by = now - timedelta(hours=5), cast.community_yuecheng
    person = scene.person(at=now - timedelta(days=3), present=TASHAN)
    scene.opened(person, "OVERSEAS", at=at, began_on=timezone.localdate(at), by=by)
    assert set(standing(cast.duty_city, now).standing) == {YULIN, TASHAN}
    cache.clear()
    assert set(standing(cast.duty_xinchang, now).standing) == {YULIN}
    cache.clear()
    names = [row[0] for row in table(at_desk(cast.duty_city), "over_time").rows]
    assert any("Xinchang" in one for one in names) and names[-1] == "all"


def test_the_tiles_are_fullest_where_there_is_most_and_say_their_number():
    period = [date(2026, 11, 29), date(2026, 11, 30)]
    legend = [("bar-red", "red"), ("bar-yellow", "yellow")]
    chart = tiles("", legend, period, [("A", [(0, 1), (2, 4)]), ("B", [(0, 0), (8, 0)])])
    first, second = chart.rows
    assert [row.label for row in chart.rows] == ["B", "A"]  # with most first
    numbers = {(tile.style, tile.number): tile.strength for row in chart.rows for tile in row.tiles}
    assert numbers["bar-red", 8] == 1.0 == numbers["bar-yellow", 4] and numbers["bar-red", 0] == 0.0
    assert 0.25 < numbers["bar-red", 2] < 0.5
    assert first.y < second.y < chart.height


def test_of_many_townships_those_with_most_are_drawn_and_the_others_counted():
    chart = tiles(
        "", [("a", ""), ("b", "")], [date(2026, 11, 30)], [(f"{n}", [(n, 0)]) for n in range(1, 26)]
    )
    assert len(chart.rows) == 20 and chart.left_out == 5 and chart.rows[0].label == "25"


def test_the_page_draws_the_tiles_and_has_their_table(scene, cast, yellow, at_desk):
    yellow()
    body = at_desk(cast.duty_xinchang).get(reverse("admin:morning")).content.decode()
    assert 'class="tiles"' in body and 'id="table-over_time"' in body
