"""What looks wrong: each sign shows its rows from its threshold on, and not before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Person
from cases.services import control, gates, passes
from cases.services.grounds import voids
from cases.services.persons import lookups
from healthcode.core.audit.models import Event, Note
from healthcode.core.offices.models import User
from healthcode.portal.models import Seen
from healthcode.portal.signs import board, thresholds
from tests.cases.scenes import DUE, T, later, refused
from tests.factories import DivisionFactory, delivered, guarded, sampled

BOARD = reverse("admin:signs")


def rows(key, at):
    return board.rows(key, at=at)


def overseas(scene, person, **fields):
    return scene.overseas(person, evidence_kind="SCREENING", **{"evidence_ref": "邻居反映", **fields})


def test_a_red_on_evidence_that_leads_nowhere(scene):
    overseas(scene, scene.person())
    (row,) = rows("evidence", later(hours=1))
    assert "邻居反映" in row.text and "ground=OVERSEAS" in row.url


@pytest.mark.parametrize("reference", ["协查函17号", "CA1234", "绍市防控办〔2020〕91号", "入境登记20201101"])
def test_a_red_on_evidence_with_a_number_is_none(scene, reference):
    overseas(scene, scene.person(), evidence_ref=reference)
    assert rows("evidence", later(hours=1)) == []


def test_an_old_red_is_not_looked_at_again(scene):
    overseas(scene, scene.person())
    assert rows("evidence", T + thresholds.RECENT + timedelta(minutes=1)) == []


def test_reds_on_people_who_live_elsewhere(scene, cast, monkeypatch):
    monkeypatch.setattr(thresholds, "OUTSIDE_REDS", 1)
    person = scene.person()
    overseas(scene, person)
    assert rows("outside", later(hours=1)) == []
    Person.objects.update(present=DivisionFactory(code="330602001"))
    (row,) = rows("outside", later(hours=1))
    assert cast.community_yulin.office.code in row.url


def test_an_officer_with_many_reds(scene, monkeypatch):
    monkeypatch.setattr(thresholds, "OFFICER_REDS", 2)
    overseas(scene, scene.person())
    assert rows("reds", later(hours=1)) == []
    overseas(scene, scene.person())
    (row,) = rows("reds", later(hours=1))
    assert "actor=community.yulin" in row.url


def test_an_officer_whose_entries_are_voided(scene, cast, monkeypatch):
    monkeypatch.setattr(thresholds, "OFFICER_VOIDS", 1)
    case = overseas(scene, scene.person())
    void = voids.propose(
        case, reason_class="ENTRY_ERROR", reason="录错", by=cast.community_yulin, at=later(hours=1)
    )
    voids.approve(void, by=cast.group_xinchang, at=later(hours=2))
    (row,) = rows("voids", later(hours=3))
    assert "actor=community.yulin" in row.url


def line_list(scene, cast, rows, letter):
    heading = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"
    lines = []
    for number in range(rows):
        person = scene.person(name=f"名单人{number}")
        lines.append(f"{person.name},{person.document},330624001,密切接触者,2026-11-02,{letter(number)}")
    text = "\n".join([heading, *lines]) + "\n"
    return delivered(text.encode(), by=cast.cdc_xinchang, at=T)


def test_a_delivery_that_rests_on_one_reference(scene, cast, monkeypatch):
    monkeypatch.setattr(thresholds, "BATCH_ROWS", 3)
    batch = line_list(scene, cast, 3, lambda number: "协查函1号")
    (row,) = rows("batches", later(hours=1))
    assert row.url.endswith(f"batch={batch.pk}") and "3" in row.text


def test_a_delivery_with_a_reference_each_is_none(scene, cast, monkeypatch):
    monkeypatch.setattr(thresholds, "BATCH_ROWS", 4)
    line_list(scene, cast, 4, lambda number: f"协查函{number}号")
    assert rows("batches", later(hours=1)) == []


def test_held_and_then_split(scene, cast, monkeypatch):
    monkeypatch.setattr(thresholds, "SPLIT_REDS", 2)
    same = {"evidence_kind": "DOCUMENT", "evidence_ref": "通知1号"}
    scene.held(scene.person(), **same)
    for by, hours in ((cast.group_xinchang, 1), (cast.group_city, 2)):
        scene.opened(scene.person(), "OTHER_YELLOW", by=by, channel="GROUP", at=later(hours=hours), **same)
    assert rows("split", later(hours=3)) == []
    Case.objects.exclude(pk=Case.objects.earliest("pk").pk).update(
        state="OPEN", opened_at=later(hours=3), opened_by=cast.duty_city
    )
    (row,) = rows("split", later(hours=4))
    assert "通知1号" in row.text


def test_control_that_should_have_ended(scene):
    person = scene.person()
    scene.clinical(person)
    assert rows("overdue", DUE + timedelta(hours=23)) == []
    (row,) = rows("overdue", DUE + timedelta(hours=25))
    assert row.url == reverse("admin:cases_person_change", args=(person.pk,))


def look_up(person, *, by, at=T, purpose="了解情况", task=""):
    number = {"document_type": "RESIDENT_ID", "document_number": person.document}
    lookups.look_up(**number, purpose=purpose, task=task, by=by, at=at)


def test_a_look_up_that_led_to_nothing(scene, cast):
    look_up(scene.person(), by=cast.community_yuecheng)
    assert rows("taskless", later(hours=23)) == []  # there is still time
    (row,) = rows("taskless", later(hours=25))
    assert "了解情况" in row.text


def test_digits_in_the_purpose_are_no_task(scene, cast):
    look_up(scene.person(), by=cast.community_yuecheng, purpose="信访件2026-17号")
    assert len(rows("taskless", later(hours=26))) == 1


def test_a_look_up_for_a_case_or_with_an_act_is_none(scene, cast):
    case = scene.overseas(scene.person())
    look_up(scene.person(present="330602001"), by=cast.community_yulin, task=str(case.pk))
    tested = scene.person()
    look_up(tested, by=cast.service_yuecheng)
    sampled(tested, by=cast.service_yuecheng, at=later(minutes=10))
    assert rows("taskless", later(hours=26)) == []


def test_an_account_that_asks_in_vain(scene, cast, monkeypatch):
    monkeypatch.setattr(thresholds, "LOOK_UPS_IN_VAIN", 2)
    for _time in range(2):
        assert rows("in_vain", later(hours=1)) == []
        with pytest.raises(lookups.PurposeMissing):
            look_up(scene.person(), by=cast.community_yuecheng, purpose="")
    (row,) = rows("in_vain", later(hours=1))
    assert "actor=community.yuecheng" in row.url


def test_one_person_looked_up_by_many(scene, cast, monkeypatch):
    monkeypatch.setattr(thresholds, "LOOK_UPS_BY", 2)
    person = scene.person()
    look_up(person, by=cast.community_yuecheng)
    look_up(person, by=cast.community_yuecheng)
    assert rows("watched", later(hours=1)) == []
    look_up(person, by=cast.service_yuecheng)
    (row,) = rows("watched", later(hours=1))
    assert str(person.public_id) in row.url


# --- the board ----------------------------------------------------------------------------------------------
@pytest.fixture
def sign(scene):
    overseas(scene, scene.person())
    (row,) = rows("evidence", later(hours=1))
    return {"sign": "evidence", "subject": board.subject_of(row)}


def fresh(card_key):
    (card,) = (card for card in board.cards(at=later(hours=1)) if card.sign.key == card_key)
    return [row.subject for row in card.fresh]


def test_a_row_that_was_seen_is_folded_away_with_who_saw_it(sign, cast):
    assert fresh("evidence") == [sign["subject"]]
    board.mark_seen(**sign, by=cast.supervisor_city, at=later(hours=1))
    assert fresh("evidence") == []
    assert Seen.objects.get().by == cast.supervisor_city and Event.objects.latest("pk").action == "sign.seen"


def test_a_row_that_grew_is_fresh_again(sign, scene, cast):
    board.mark_seen(**sign, by=cast.supervisor_city, at=later(hours=1))
    overseas(scene, scene.person())
    assert len(fresh("evidence")) == 1


def test_marking_twice_is_one_mark(sign, cast):
    for _ in range(2):
        board.mark_seen(**sign, by=cast.supervisor_city, at=later(hours=1))
    assert (Seen.objects.count(), Event.objects.filter(action="sign.seen").count()) == (1, 1)


def test_only_supervision_marks_and_only_what_is_there(sign, cast):
    fields = {"at": later(hours=1)}
    refused(board.NotAllowed, board.mark_seen, **sign, by=cast.duty_city, **fields)
    refused(board.NoSuchSign, board.mark_seen, "evidence", "made up", by=cast.supervisor_city, **fields)
    refused(board.NoSuchSign, board.mark_seen, "made up", sign["subject"], by=cast.supervisor_city, **fields)


def test_the_board_shows_signs_and_marks_them(scene, supervisor, now):
    person = scene.person(at=now - timedelta(hours=3))
    overseas(scene, person, at=now - timedelta(hours=2), began_on=now.date())
    page = supervisor.get(BOARD)
    (row,) = (row for card in page.context["cards"] if card.sign.key == "evidence" for row in card.fresh)
    answer = supervisor.post(BOARD, {"sign": "evidence", "subject": row.subject}, follow=True)
    assert "Marked as seen." in answer.content.decode() and "seen by" in answer.content.decode()


def test_a_quiet_board_says_so(supervisor, monkeypatch):
    monkeypatch.setattr(thresholds, "ADMINISTRATORS", 2)  # the cast has no third
    assert "Nothing new looks wrong." in supervisor.get(BOARD).content.decode()


def test_every_threshold_of_the_board_is_explained(cast):
    assert all(sign.explanation and "%(" not in sign.explanation for sign in board.SIGNS)


def round_of(scene, count: int, temperature: str, half: str = "MORNING") -> None:
    people = [scene.person() for _ in range(count)]
    for person in people:
        scene.clinical(person)
    readings = [(person, control.HealthReading(T.date(), half, Decimal(temperature))) for person in people]
    control.log_round(readings, by=scene.cast.officer_yulin, at=later(hours=12))


@pytest.mark.parametrize(("equal", "others", "found"), [(16, 4, 1), (15, 5, 0), (16, 3, 0)])
def test_one_temperature_for_nearly_everybody(scene, equal, others, found):
    round_of(scene, equal, "36.5")
    round_of(scene, others, "36.8")
    assert len(rows("equal_temperatures", later(hours=13))) == found
    assert rows("equal_temperatures", later(days=5)) == []


def test_one_patient_with_one_temperature_is_no_sign(scene):
    person = scene.person()
    scene.clinical(person)
    for half, days in ((half, days) for days in range(10) for half in ("MORNING", "EVENING")):
        at = later(days=days, hours=12)
        reading = control.HealthReading(at.date(), half, Decimal("36.5"))
        control.log_health(person, reading, by=scene.cast.officer_yulin, at=at)
    assert rows("equal_temperatures", later(days=10)) == []


def test_a_mark_takes_a_note_which_is_words_of_the_ledger(sign, cast, supervisor):
    board.mark_seen(**sign, note=" 已电话核实 ", by=cast.supervisor_city, at=later(hours=1))
    event = Event.objects.get(action="sign.seen")
    assert Seen.objects.get().note == "已电话核实" == Note.objects.get(event=event).text
    assert "已电话核实" not in event.body


def test_the_board_shows_the_note_beside_who_saw_it(scene, supervisor, now):
    overseas(
        scene, scene.person(at=now - timedelta(hours=3)), at=now - timedelta(hours=2), began_on=now.date()
    )
    (row,) = rows("evidence", now)
    typed = {"sign": "evidence", "subject": board.subject_of(row), "note": "已电话核实"}
    assert "“已电话核实”" in supervisor.post(BOARD, typed, follow=True).content.decode()


def test_the_home_of_supervision_counts_what_nobody_has_seen_yet(scene, supervisor, cast, now):
    cache.clear()
    overseas(
        scene, scene.person(at=now - timedelta(hours=3)), at=now - timedelta(hours=2), began_on=now.date()
    )
    number, signs = board.fresh(at=timezone.now())
    assert number >= 1 and signs >= 1
    page = supervisor.get(reverse("admin:index")).content.decode()
    assert f'<span class="count">{number}</span>' in page and "Nothing waits for you now" not in page
    (row,) = rows("evidence", timezone.now())
    board.mark_seen("evidence", board.subject_of(row), by=cast.supervisor_city, at=timezone.now())
    assert board.fresh(at=timezone.now())[0] == number - 1


@pytest.fixture
def counted(sign, cast):
    """Let the timer count the board, at the instant that is returned."""
    cache.clear()
    at = later(hours=1)
    assert board.count(by=cast.supervisor_city, at=at) == board.fresh(at=at)[0] > 0
    return at


def test_the_timer_counts_the_board_and_a_home_asks_for_nothing_else(counted, django_assert_num_queries):
    now = board.fresh_now(at=counted)
    with django_assert_num_queries(1):
        assert board.fresh(at=counted + timedelta(minutes=1)) == now


def test_the_board_is_counted_once_in_five_minutes(counted, scene, cast):
    before = board.fresh(at=counted)
    overseas(scene, scene.person(), evidence_ref="路过时看见")
    assert board.count(by=cast.supervisor_city, at=counted + timedelta(minutes=4)) == 0
    assert board.fresh(at=counted + timedelta(minutes=4)) == before
    assert board.count(by=cast.supervisor_city, at=counted + timedelta(minutes=5)) == before[0] + 1
    assert board.fresh(at=counted + timedelta(minutes=5))[0] == before[0] + 1


def test_a_row_that_was_marked_is_not_counted_any_more(counted, sign, cast):
    before = board.fresh(at=counted)[0]
    board.mark_seen(**sign, by=cast.supervisor_city, at=counted)
    assert board.fresh(at=counted)[0] == before - 1


def test_while_the_timer_is_dead_the_board_is_counted_by_whoever_looks(counted, scene, cast):
    before = board.fresh(at=counted)[0]
    overseas(scene, scene.person(), evidence_ref="路过时看见")
    assert board.fresh(at=counted + timedelta(minutes=9))[0] == before
    assert board.fresh(at=counted + timedelta(minutes=11))[0] == before + 1


def test_before_there_is_a_rule_book_nothing_is_counted(db, monkeypatch):
    monkeypatch.setattr(board, "fresh_now", lambda *, at: pytest.fail("the board was counted"))
    assert board.count(by=User(), at=T - timedelta(days=10_000)) == 0


def scanned(scene, *minutes):
    """Let a door scan passes that nobody here made, so many minutes after noon."""
    venue = guarded()
    for one in minutes:
        fields = {"venue": venue, "temperature": Decimal("36.5"), "by": scene.cast.gate_school}
        gates.check(gates.PresentedCode(str(2**648 + one)), **fields, at=T + timedelta(minutes=one))


@pytest.mark.parametrize(("minutes", "found"), [((1, 20, 40), 1), ((1, 20), 0), ((1, 70, 140), 0)])
def test_passes_that_nobody_here_made_at_one_door_within_an_hour(scene, minutes, found):
    scanned(scene, *minutes)
    assert len(rows("forged_passes", T + timedelta(hours=5))) == found


@pytest.mark.parametrize(("number", "found"), [(6, 1), (5, 0)])
def test_a_code_that_is_handed_to_phones_again_and_again(scene, number, found):
    person = scene.person()
    for hour in range(number):
        passes.hand_off(person, by=scene.cast.citizen, at=T + timedelta(hours=hour))
    assert len(rows("many_links", T + timedelta(hours=number))) == found
    assert not rows("many_links", T + timedelta(days=3))
