"""A result is taken back: what ended on it stands again, whatever the ground and whichever way it is taken back."""

from datetime import timedelta

import pytest

from cases.models import Basis, Case, ControlOrder, Fact, RuleBook, Transition
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.selectors.explanation import explain
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.samples import corrections, results
from healthcode.core.audit.models import Event
from tests.cases.scenes import DUE, Scene, colour, fresh, later, order_of, sample, sound

TAKEN_BACK = ("moved", "POSITIVE", "INCONCLUSIVE", "PENDING", "LOST")
AFTER = DUE + timedelta(days=1)


def red(scene: Scene, ground: str):
    """Return somebody red on a ground that ends with control, and the case."""
    person = scene.person()
    match ground:
        case "CLOSE_CONTACT":
            return person, scene.clinical(person)
        case "OVERSEAS":
            return person, scene.overseas(person)
        case "ORDERED_ISOLATION":
            return person, scene.ordered(person)
        case "SEVERE_AREA":
            return person, scene.opened(person, "SEVERE_AREA", risk_area=scene.severe())
        case "AUTO_RED":
            return person, scene.automatic(person, "AUTO_RED")
    raise AssertionError(ground)


def yellow(scene: Scene, ground: str):
    person = scene.person()
    return person, scene.risk(person) if ground == "RISK_AREA" else scene.automatic(person, ground)


def entered(scene: Scene, person, *, at, by="hospital.city"):
    return results.enter(person, sample(at), by=scene.cast[by], at=at)


def taken_back(scene: Scene, result, how: str, *, at):
    """Take a negative back: it was another person's, or its laboratory corrects the outcome."""
    if how == "moved":
        return corrections.move(
            result, to=scene.person(), reason="录到别人名下", by=scene.cast.hospital_city, at=at
        )
    right = sample(result.sampled_at, how, report_number=result.report_number)
    return corrections.correct(result, right, reason="实验室更正", by=scene.cast.hospital_city, at=at)


def ended_red(scene: Scene, ground: str = "CLOSE_CONTACT"):
    """Return somebody whose control ended on a negative of the hospital, and that result."""
    person, case = red(scene, ground)
    if order_of(person).officer_id is None:
        to, by = scene.cast.officer_yulin, scene.cast.group_xinchang
        control.hand_over(person, officer=to, reason="指定", by=by, at=later(hours=1))
    end = order_of(person).until
    result = entered(scene, person, at=end - timedelta(hours=3))
    control.end(person, by=scene.cast.officer_yulin, at=end)
    return person, case, result, end


def test_what_was_coded_for_an_area_never_listed_does_not_stand_again(scene: Scene):
    person, area = scene.person(), scene.listed()
    case = scene.risk(person, area)
    result = entered(scene, person, at=later(days=1))
    results.apply(fresh(person), by=scene.cast.service_xinchang, at=later(days=1, hours=1))
    scene.changed(area, "WITHDRAW", at=later(days=1, hours=2))
    taken_back(scene, result, "moved", at=later(days=1, hours=3))
    assert list(Case.objects.of(person)) == [case] and colour(person, later(days=1, hours=4)) == Colour.GREEN
    sound()


RED = ("CLOSE_CONTACT", "OVERSEAS", "ORDERED_ISOLATION", "SEVERE_AREA", "AUTO_RED")


def test_the_grounds_tried_here_are_all_that_the_book_has(scene: Scene):
    grounds = RuleBook.objects.get().policy.grounds.values()
    by_control = {one.key for one in grounds if one.ends_with_control}
    assert by_control - set(RED) == {
        "OTHER_RED",
        "CONVALESCENT",
    }  # whose openings need others: tried elsewhere
    assert {one.key for one in grounds if one.ends_by_test} == {"RISK_AREA", "AUTO_YELLOW"}


@pytest.mark.parametrize("how", TAKEN_BACK)
@pytest.mark.parametrize("ground", RED)
def test_a_red_that_ended_on_a_result_taken_back_stands_again(scene: Scene, ground, how):
    person, _case, result, end = ended_red(scene, ground)
    taken_back(scene, result, how, at=end + timedelta(hours=5))
    assert colour(person, end + timedelta(hours=1)) == Colour.GREEN  # what the code showed then
    assert colour(person, end + timedelta(hours=6)) == Colour.RED
    sound()


@pytest.mark.parametrize("how", TAKEN_BACK)
@pytest.mark.parametrize("ground", ["RISK_AREA", "AUTO_YELLOW"])
def test_a_yellow_that_ended_on_a_result_taken_back_stands_again(scene: Scene, ground, how):
    person, _case = yellow(scene, ground)
    result = entered(scene, person, at=later(hours=2))
    results.apply(person, by=scene.cast.service_xinchang, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.GREEN
    taken_back(scene, result, how, at=later(hours=5))
    assert colour(person, later(hours=6)) == Colour.YELLOW


def test_what_stands_again_keeps_ground_evidence_first_day_order_and_officer(scene: Scene):
    person, case, result, end = ended_red(scene)
    before = ControlOrder.objects.get(served__case=case)
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    again, order = Case.objects.get(resumes=case), order_of(person)
    names = ("ground", "channel", "evidence_kind", "evidence_ref", "began_on", "source_office", "index_case")
    assert [getattr(again, name) for name in names] == [getattr(case, name) for name in names]
    assert (order.kind, order.day0, order.until, order.place, order.officer) == (
        before.kind, before.day0, before.until, before.place, before.officer,
    )  # fmt: skip


def test_only_the_missing_sample_is_asked_for(scene: Scene):
    """The end is past: no new fourteen days; a fresh negative ends it at once (3.3)."""
    person, _case, result, end = ended_red(scene)
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    at = end + timedelta(hours=8)
    control.end(person, sample=sample(at - timedelta(hours=1)), by=scene.cast.officer_yulin, at=at)
    assert colour(person, at + timedelta(minutes=1)) == Colour.GREEN
    sound()


def test_an_ending_that_was_resumed_is_inert_and_the_last_row_is_asked(scene: Scene):
    person, case, result, end = ended_red(scene)
    first = taken_back(scene, result, "INCONCLUSIVE", at=end + timedelta(hours=5))
    at = end + timedelta(hours=8)
    second = entered(scene, person, at=at - timedelta(hours=1))
    control.end(person, by=scene.cast.officer_yulin, at=at)
    taken_back(scene, first, "PENDING", at=at + timedelta(hours=1))
    assert colour(person, at + timedelta(hours=2)) == Colour.GREEN
    taken_back(scene, second, "moved", at=at + timedelta(hours=3))
    assert colour(person, at + timedelta(hours=4)) == Colour.RED
    assert {one.origin_pk for one in Case.objects.of(fresh(person))} == {case.pk}
    sound()


def test_a_correction_of_the_typed_laboratory_asks_for_nothing(scene: Scene):
    person, _case, result, end = ended_red(scene)
    right = sample(result.sampled_at, "NEGATIVE", report_number="X9")
    corrections.correct(
        result, right, reason="编号录错", by=scene.cast.hospital_city, at=end + timedelta(hours=5)
    )
    assert colour(person, end + timedelta(hours=6)) == Colour.GREEN
    assert not Event.objects.filter(action="case.fell").exists()


def test_a_later_fact_saves_an_ending(scene: Scene):
    """A second negative, known by now, bears the ending: nobody turns red for a clerk's slip."""
    person, case, result, end = ended_red(scene)
    other = entered(scene, person, at=end + timedelta(hours=2))
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    assert colour(person, end + timedelta(hours=6)) == Colour.GREEN
    assert Basis.objects.filter(case=case, fact=Fact.RESULT, key=other.pk).exists()
    taken_back(scene, other, "moved", at=end + timedelta(hours=7))
    assert colour(person, end + timedelta(hours=8)) == Colour.RED


def test_a_later_fact_alone_undoes_no_ending(scene: Scene):
    person, _case, _result, end = ended_red(scene)
    entered(scene, person, at=end + timedelta(hours=2), by="hospital.city")
    results.enter(
        person,
        sample(end - timedelta(hours=1), "POSITIVE"),
        by=scene.cast.hospital_city,
        at=end + timedelta(hours=3),
    )
    assert colour(person, end + timedelta(hours=4)) == Colour.GREEN


def test_what_the_ending_opened_falls_with_it(scene: Scene):
    person, _case, result, end = ended_red(scene, "OVERSEAS")
    assert order_of(person).kind == "COMMUNITY_MONITORING"
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    assert order_of(person).kind == "CENTRAL_ISOLATION"
    at = end + timedelta(hours=8)
    control.end(person, sample=sample(at - timedelta(hours=1)), by=scene.cast.officer_yulin, at=at)
    assert order_of(person).kind == "COMMUNITY_MONITORING"


def test_after_the_books_days_a_fall_is_recorded_and_no_code_turns(scene: Scene):
    person, case, result, end = ended_red(scene)
    taken_back(scene, result, "moved", at=end + timedelta(days=22))
    assert colour(person, end + timedelta(days=23)) == Colour.GREEN
    assert Event.objects.filter(action="case.fell", target=f"case:{case.pk}").exists()


def test_an_ending_names_what_it_rests_on(scene: Scene):
    _person, case, result, _end = ended_red(scene)
    order = ControlOrder.objects.get(served__case=case)
    assert set(case.bases.values_list("fact", "key")) == {("RESULT", result.pk), ("ORDER", order.pk)}
    body = Event.objects.get(action="case.ended", target=f"case:{case.pk}").body
    assert f'"result:{result.pk}"' in body


def test_the_trail_tells_of_the_fall_and_the_new_standing(scene: Scene):
    person, case, result, end = ended_red(scene)
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    again = Case.objects.get(resumes=case)
    assert Event.objects.filter(action="case.fell", target=f"case:{case.pk}").count() == 1
    assert Event.objects.filter(action="case.resumed", target=f"case:{again.pk}").count() == 1
    turned = Transition.objects.filter(person=person).latest("at")
    assert (turned.to_colour, turned.case_id, turned.act) == ("RED", again.pk, "result.corrected")


def test_the_person_reads_why_it_stands_again(scene: Scene):
    person, _case, result, end = ended_red(scene)
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    standing = explain(fresh(person), at=end + timedelta(hours=6)).standing
    assert [one.case.resumes_id is not None for one in standing] == [True]


def test_a_case_ended_before_bases_were_kept_never_falls(scene: Scene):
    person, case, result, end = ended_red(scene)
    from django.db import connection

    from healthcode.core.audit import triggers

    triggers.drop(connection, Basis._meta.db_table)
    Basis.objects.filter(case=case)._raw_delete(connection.alias)
    Basis.objects.create(case=case, fact=Fact.EARLIER)
    triggers.install(connection)
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    assert colour(person, end + timedelta(hours=6)) == Colour.GREEN
    assert fresh(case).state == State.ENDED


def test_parting_two_records_asks_for_the_endings_that_rest_on_the_others_result(scene: Scene):
    person, other = scene.person(), scene.person()
    scene.clinical(person)
    merge = scene.merged(other, person, at=later(hours=1))
    end = order_of(person).until
    entered(scene, fresh(other), at=end - timedelta(hours=3))
    control.end(fresh(person), by=scene.cast.officer_yulin, at=end)
    scene.parted(merge, at=end + timedelta(hours=5))
    assert colour(person, end + timedelta(hours=6)) == Colour.RED
    assert colour(other, end + timedelta(hours=6)) == Colour.GREEN


@pytest.mark.parametrize("username", ["officer.yulin", "group.xinchang", "duty.xinchang", "supervisor.city"])
def test_what_stands_again_is_on_the_list_of_whoever_has_to_act(scene: Scene, username):
    person, case, result, end = ended_red(scene)
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    lists = {one.key: one for one in worklists(scene.cast[username], end + timedelta(hours=6))}
    assert [row.about.resumes_id for row in lists["standing_again"].rows] == [case.pk]
    assert [row.person for row in lists["standing_again"].rows] == [person]


def test_a_strangers_case_that_stands_again_is_on_no_list_of_another_county(scene: Scene):
    _person, _case, result, end = ended_red(scene)
    taken_back(scene, result, "moved", at=end + timedelta(hours=5))
    lists = {one.key for one in worklists(scene.cast.service_yuecheng, end + timedelta(hours=6))}
    assert "standing_again" not in lists


def test_what_bears_an_ending_in_place_of_another_fact_can_be_taken_back_as_well(scene: Scene):
    person, case = yellow(scene, "AUTO_YELLOW")
    first = entered(scene, person, at=later(hours=3))
    second = entered(scene, person, at=later(hours=5))
    results.apply(person, by=scene.cast.service_xinchang, at=later(hours=6))
    taken_back(scene, second, "POSITIVE", at=later(hours=7))
    assert colour(person, later(hours=8)) == Colour.GREEN  # the first was known by then, and negative
    taken_back(scene, first, "moved", at=later(hours=9))
    assert colour(person, later(hours=10)) == Colour.YELLOW
    assert fresh(case).state == State.ENDED and fresh(case).resumed_by.get().state == State.OPEN
