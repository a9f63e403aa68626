"""What each kind of delivery does with a good row."""

from datetime import timedelta

import pytest

from cases.models import Case, Declaration, LabResult, Person, Presence, RiskArea, WaitingTrack
from cases.policy.colours import Colour
from tests.cases.scenes import Scene, T, colour, later
from tests.factories import resident_number

from .conftest import ground


def test_a_typed_ground_of_the_province_counts_at_once(scene: Scene, send):
    person = scene.person()
    send("GROUNDS", ground(person, "S1", "近14天内有境外旅居史"))
    assert colour(person, later(hours=1)) == Colour.RED
    assert Case.objects.get().channel == "PROVINCE"


def test_the_province_brings_in_somebody_nobody_knew(scene: Scene, send):
    number = resident_number()
    row = f"S1,王五,{number},330624001,赋码,系统自动赋黄码,2026-11-01,,DOCUMENT,浙防指〔2020〕3号"
    send("GROUNDS", row)
    assert colour(Person.objects.get(name="王五"), later(hours=1)) == Colour.YELLOW


def test_the_province_releases_what_it_coded_automatically(scene: Scene, send):
    person = scene.person()
    send("GROUNDS", ground(person, "S1", "系统自动赋黄码"))
    send("GROUNDS", ground(person, "S1", "系统自动赋黄码", action="解除"), at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.GREEN


def test_a_red_of_the_province_is_not_released_by_a_line_in_a_file(scene: Scene, send):
    person = scene.person()
    send("GROUNDS", ground(person, "S1", "系统自动赋红码"))
    batch = send("GROUNDS", ground(person, "S1", "系统自动赋红码", action="解除"), at=later(hours=1))
    assert (batch.rejected, colour(person, later(hours=2))) == (1, Colour.RED)


def test_a_ground_on_an_area_names_an_area_that_is_listed(scene: Scene, send):
    person, area = scene.person(), scene.listed(name="丰台区某街道")
    batch = send(
        "GROUNDS",
        ground(person, "S1", "中高风险地区旅居史", area="丰台区某街道"),
        ground(person, "S2", "中高风险地区旅居史", area="没有的地方"),
    )
    assert (batch.accepted, batch.rejected_rows.get().field) == (1, "area")
    assert Case.objects.get().risk_area == area


def test_a_result_is_entered_and_the_sampling_time_decides(scene: Scene, send):
    person = scene.person()
    newer = f"{person.document},2026-11-02 08:00,,阴性,市疾控,R2"
    older = f"{person.document},2026-11-01 08:00,,阳性,市疾控,R1"
    send("RESULTS", newer, older)
    latest = LabResult.objects.order_by("-sampled_at").first()
    assert (LabResult.objects.count(), latest.outcome) == (2, "NEGATIVE")


@pytest.mark.parametrize(
    ("written", "outcome"),
    [
        ("阴性", "NEGATIVE"),
        ("（－）", "NEGATIVE"),
        ("阳性(+)", "POSITIVE"),
        ("＋", "POSITIVE"),
        ("-", None),
        ("－", None),
    ],
)
def test_a_result_is_taken_as_laboratories_write_it_and_a_bare_dash_is_none(
    scene: Scene, send, written, outcome
):
    batch = send("RESULTS", f"{scene.person().document},2026-11-02 08:00,,{written},市疾控,R1")
    assert list(LabResult.objects.values_list("outcome", flat=True)) == ([outcome] if outcome else [])
    assert [row.field for row in batch.rejected_rows.all()] == ([] if outcome else ["outcome"])


def test_a_clock_two_hours_ahead_brings_a_sample_from_the_future_back(scene: Scene, send):
    person = scene.person()
    ahead = f"{T + timedelta(hours=2):%Y-%m-%d %H:%M}"
    batch = send("RESULTS", f"{person.document},{ahead},,阴性,市疾控,R1")
    assert batch.rejected_rows.get().field == "sampled_at"


def test_an_act_by_a_clock_two_hours_behind_still_comes_after_the_last_one(scene: Scene, send):
    person = scene.person()
    scene.overseas(person)
    send("GROUNDS", ground(person, "S1", "系统自动赋黄码"), at=T - timedelta(hours=2))
    yellow, red = Case.objects.get(ground="AUTO_YELLOW"), Case.objects.get(ground="OVERSEAS")
    assert yellow.opened_at > red.opened_at


def test_an_area_of_the_province_waits_for_a_duty_lead(scene: Scene, send):
    send("AREAS", "A1,北京新发地,110106,高风险,2026-11-01 00:00,国务院通报1号,否,,")
    assert RiskArea.objects.get().decision == "PENDING"
    assert not RiskArea.objects.listed(later(hours=1)).exists()


def test_a_severe_area_without_both_documents_comes_back(send):
    batch = send("AREAS", "A1,某市场,110106,高风险,2026-11-01 00:00,通报1号,是,评估1号,")
    assert batch.rejected_rows.get().field == "consent_document"


def test_another_citys_code_is_recognised(scene: Scene, send):
    number = resident_number()
    send("CODES", f"赵六,{number},330624001,3301")
    assert Person.objects.get(name="赵六").code_city_id == "3301"


def test_a_result_of_nobody_registered_comes_back(send):
    row = f"{resident_number()},2026-11-02 08:00,2026-11-02 09:00,阴性,新昌县检测中心,N-77"
    rejected = send("RESULTS", row).rejected_rows.get()
    assert rejected.field == "document_number"
    assert "登记" in rejected.reason or "registered" in rejected.reason


def test_tracks_of_the_registered_count_those_of_others_wait(scene: Scene, send):
    person = scene.person()
    batch = send(
        "PRESENCES",
        f"{person.document},旅居,110106,,2026-10-30 08:00,2026-10-31 08:00",
        f"{resident_number()},旅居,110106,,2026-10-30 08:00,2026-10-31 08:00",
        f"{person.document},旅居,,,2026-10-30 08:00,2026-10-31 08:00",
        f"{person.document},旅居,110106,,2026-10-31 08:00,2026-10-30 08:00",
    )
    returned = dict(batch.rejected_rows.values_list("row", "field"))
    assert returned == {4: "division", 5: "until_at"}
    assert Presence.objects.get().person == person
    assert WaitingTrack.objects.count() == 1


def test_a_fever_declared_alone_turns_yellow(scene: Scene, send):
    person = scene.person()
    send("DECLARATIONS", f"D1,{person.document},是,咳嗽,38.2,2026-11-01")
    assert (colour(person, later(hours=1)), Declaration.objects.get().mode) == (Colour.YELLOW, "ALONE")


def test_what_is_wrong_with_a_row_is_told_on_its_column(scene: Scene, send):
    person = scene.person()
    result = send("RESULTS", f"{person.document},2026-11-02 08:00,,阴性,,R1")
    track = send("PRESENCES", f"{person.document},旅居,110106,,2026-11-03 08:00,2026-11-03 09:00")
    release = send("GROUNDS", ground(person, "S9", "系统自动赋黄码", action="解除"))
    returned = [one.rejected_rows.get().field for one in (result, track, release)]
    assert returned == ["laboratory", "from_at", "record"]
