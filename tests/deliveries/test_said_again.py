"""What two files say stands as long as one of them does, in whichever order they are taken back."""

from itertools import permutations

import pytest

from cases.models import Case, LabResult
from cases.policy.colours import Colour
from cases.services.deliveries import batches
from cases.services.grounds import exits
from tests.cases.scenes import Scene, T, colour, fresh, later, order_of, sound
from tests.deliveries.conftest import ground
from tests.factories import DivisionFactory, delivered, sealed

HEADING = "记录编号,姓名,证件号码,现居住地区划,赋码原因,起算日期,证据类型,证据编号"


def taken_back(scene: Scene, batch, hour: float) -> None:
    asked = batches.propose_undo(fresh(batch), reason="错", by=batch.delivered_by, at=later(hours=hour))
    batches.decide_undo(asked, approve=True, by=scene.cast.duty_city, at=later(hours=hour))


def abroad(person, record: str) -> str:
    return ground(person, record, "近14天内有境外旅居史", kind="航班或入境记录", evidence="CA1号")


ORDERS = list(permutations(range(2)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("second", ["P1", "P2"])
def test_a_ground_that_two_files_bring_stands_until_both_are_taken_back(scene: Scene, send, second, order):
    person, other = scene.person(), scene.person()
    first = send("GROUNDS", abroad(person, "P1"))
    case = Case.objects.open().get()
    files = [first, send("GROUNDS", abroad(person, second), abroad(other, "P3"), at=later(hours=1))]
    held = order_of(person)
    taken_back(scene, files[order[0]], 2)
    assert (fresh(case).state, fresh(held).ended_at) == ("OPEN", None)
    sound()
    taken_back(scene, files[order[1]], 3)
    assert (fresh(case).state, colour(person, later(hours=4))) == ("VOIDED", Colour.GREEN)
    sound()
    send("GROUNDS", abroad(person, "P4"), at=later(hours=5))  # no word against anybody: it counts at once
    assert colour(person, later(hours=6)) == Colour.RED
    sound()


def test_what_still_waits_for_its_entry_waits_on_where_another_list_names_it(scene: Scene):
    person = scene.person()

    def listed(record: str, hour: float):
        row = (
            f"{record},{person.name},{person.document},{person.present_id},密切接触者,2026-11-01,协查函,函9号"
        )
        content = sealed("\n".join((HEADING, row)))
        return delivered(content, kind="LINE_LIST", by=scene.cast.cdc_city, at=later(hours=hour))

    first, _second = listed("L1", 0), listed("L2", 1)
    taken_back(scene, first, 2)
    assert Case.objects.get().state == "REPORTED"


def test_a_ground_is_released_under_the_number_by_which_it_stands_now(scene: Scene, send):
    person = scene.person()
    first = send("GROUNDS", ground(person, "P1", "系统自动赋黄码"))
    send("GROUNDS", ground(person, "P2", "系统自动赋黄码"), at=later(hours=1))
    release = ground(person, "P2", "系统自动赋黄码", action="解除")
    send("GROUNDS", release, at=later(hours=2))
    assert (
        colour(person, later(hours=2, minutes=1)) == Colour.YELLOW
    )  # the first one's number is not released
    taken_back(scene, first, 3)
    send("GROUNDS", release + " ", at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN
    sound()


@pytest.mark.parametrize("order", ORDERS)
def test_a_result_that_two_files_bring_counts_until_both_are_taken_back(scene: Scene, send, order):
    person = scene.person()
    scene.risk(person, at=later(hours=-2))
    row = f"{person.document},2026-11-02 08:00,,阴性,县疾控,R1"
    more = f"{scene.person().document},2026-11-02 08:00,,阴性,县疾控,R2"
    by = "service.xinchang"
    files = [send("RESULTS", row, by=by), send("RESULTS", row, more, by=by, at=later(minutes=6))]
    taken_back(scene, files[order[0]], 1)
    assert colour(person, later(hours=1, minutes=1)) == Colour.GREEN
    taken_back(scene, files[order[1]], 2)
    assert colour(person, later(hours=3)) == Colour.YELLOW
    assert not LabResult.objects.uncorrected().filter(person=person).exists()
    sound()


@pytest.mark.parametrize("order", ORDERS)
def test_a_stay_that_two_files_say_in_the_same_words_stands_until_both_are_taken_back(
    scene: Scene, send, order
):
    person, other = scene.person(), scene.person()
    scene.listed(division=DivisionFactory(code="110106"), at=T)
    row = f"{person.document},旅居,110106,,2026-10-30 08:00,2026-11-01 08:00"
    more = f"{other.document},旅居,110106,,2026-10-30 08:00,2026-11-01 08:00"
    files = [send("PRESENCES", row), send("PRESENCES", row, more, at=later(hours=1))]
    assert colour(person, later(hours=1, minutes=1)) == Colour.YELLOW
    taken_back(scene, files[order[0]], 2)
    assert colour(person, later(hours=2, minutes=1)) == Colour.YELLOW
    taken_back(scene, files[order[1]], 3)
    assert colour(person, later(hours=4)) == Colour.GREEN
    sound()


def test_what_a_second_file_said_of_an_ended_ground_bears_it_when_its_ending_falls(scene: Scene, send):
    person = scene.person()
    first = send("GROUNDS", ground(person, "P1", "系统自动赋黄码"))
    released = send("GROUNDS", ground(person, "P1", "系统自动赋黄码", action="解除"), at=later(hours=1))
    send("GROUNDS", ground(person, "P2", "系统自动赋黄码"), at=later(hours=2))
    taken_back(scene, first, 3)
    taken_back(scene, released, 4)
    assert colour(person, later(hours=5)) == Colour.YELLOW
    sound()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("listed", ["before the tracks", "after them"])
def test_a_stay_that_tracks_and_the_province_say_stands_until_both_are_taken_back(
    scene: Scene, send, listed, order
):
    person, division = scene.person(), DivisionFactory(code="110106")
    area = scene.listed(division=division, at=T) if listed == "before the tracks" else None
    tracks = send("PRESENCES", f"{person.document},旅居,110106,,2026-10-30 08:00,2026-11-01 08:00")
    area = area or scene.listed(division=division, at=later(minutes=10))
    row = ground(person, "P2", "中高风险地区旅居史", area=area.name, kind="轨迹")
    files = [tracks, send("GROUNDS", row, at=later(hours=1))]
    taken_back(scene, files[order[0]], 2)
    assert colour(person, later(hours=2, minutes=1)) == Colour.YELLOW
    taken_back(scene, files[order[1]], 3)
    assert colour(person, later(hours=4)) == Colour.GREEN
    sound()


def test_what_two_people_voided_stays_their_word_when_both_files_are_taken_back(scene: Scene, send):
    person = scene.person()
    files = [send("GROUNDS", abroad(person, f"P{number}"), at=later(minutes=number)) for number in (1, 2)]
    scene.voided(Case.objects.get(), at=later(hours=1))
    for hour, batch in enumerate(files, 2):
        taken_back(scene, batch, hour)
    send("GROUNDS", abroad(person, "P3"), at=later(hours=5))
    assert Case.objects.latest("pk").state == "HELD"


def test_contacts_rest_on_an_index_case_as_long_as_one_file_says_it(scene: Scene, send):
    ill, person = scene.person(), scene.person()

    def suspected(record: str) -> str:
        return ground(ill, record, "疑似病人", kind="流调报告", evidence="E77")

    files = [send("GROUNDS", suspected("S1")), send("GROUNDS", suspected("S2"), at=later(minutes=30))]
    scene.clinical(person, index_case=Case.objects.get(), at=later(hours=1))
    taken_back(scene, files[0], 2)
    assert colour(person, later(hours=3)) == Colour.RED
    taken_back(scene, files[1], 4)
    assert colour(person, later(hours=5)) == Colour.GREEN
    sound()


def test_a_death_in_between_changes_nothing_of_it(scene: Scene, send):
    person = scene.person()
    files = [send("GROUNDS", abroad(person, f"P{number}"), at=later(minutes=number)) for number in (1, 2)]
    scene.died(person, at=later(hours=1))
    taken_back(scene, files[0], 2)
    scene.death_taken_back(person, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.RED
    taken_back(scene, files[1], 5)
    assert colour(person, later(hours=6)) == Colour.GREEN
    sound()


def test_parted_again_each_has_what_the_file_that_stands_says_of_it(scene: Scene, send):
    person, other = scene.person(), scene.person()
    files = [send("GROUNDS", abroad(person, f"P{number}"), at=later(minutes=number)) for number in (1, 2)]
    merge = scene.merged(fresh(person), fresh(other), at=later(hours=1))
    taken_back(scene, files[0], 2)
    scene.parted(merge, at=later(hours=3))
    assert [colour(fresh(one), later(hours=4)) for one in (person, other)] == [Colour.RED, Colour.GREEN]
    taken_back(scene, files[1], 5)
    assert colour(fresh(person), later(hours=6)) == Colour.GREEN
    sound()


def test_convalescence_stays_where_another_file_says_the_infection_too(scene: Scene, send):
    ill = scene.person()

    def confirmed(record: str) -> str:
        return ground(ill, record, "确诊病人", kind="检验报告", evidence="E77")

    first = send("GROUNDS", confirmed("S1"))
    report = scene.exit_reported(Case.objects.get(), "DISCHARGED", at=later(days=5))
    exits.enter(report, by=scene.cast.group_city, at=later(days=5))
    second = send("GROUNDS", confirmed("S2"), at=later(days=5, hours=1))  # refused: it ended
    taken_back(scene, first, 5 * 24 + 3)
    assert colour(ill, later(days=5, hours=4)) == Colour.RED
    taken_back(scene, second, 5 * 24 + 5)
    assert colour(ill, later(days=5, hours=6)) == Colour.GREEN
    sound()
