"""Adopting a rule book: the turning moment, for standing cases and for what follows an isolation (2.1e)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.models import Case, ControlOrder, Person, RuleBook, Transition
from cases.policy import shipped
from cases.policy.colours import Colour
from cases.services.book import rulebooks
from cases.services.grounds import cases
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts

from . import books
from .books import GUIDE, PROVINCE, adopted, approved
from .scenes import DUE, Scene, T, colour, day, fresh, later, order_of

DAY_15 = DUE + timedelta(hours=8)
DAY_16 = DUE + timedelta(days=1, hours=8)
DAY_18 = DUE + timedelta(days=3, hours=8)
END = DUE + timedelta(days=7)


def released(scene: Scene, *, by: str = "community.yulin", **fields) -> Person:
    """Return a returnee whose isolation ended on day 15."""
    person = scene.person(**fields)
    scene.overseas(person, by=scene.cast[by])
    scene.ended(person, at=DAY_15)
    return person


def standing(person: Person) -> list[str]:
    return list(Case.objects.of(person).open().values_list("ground", flat=True))


# --- the provincial text ----------------------------------------------------------------------------------------


def test_days_15_to_21_are_green_under_the_guide(scene: Scene):
    person = released(scene)
    assert {colour(person, DAY_15 + timedelta(days=n, hours=1)) for n in range(7)} == {Colour.GREEN}


def test_days_15_to_21_are_red_under_the_provincial_text(scene: Scene):
    adopted(scene, PROVINCE, at=T)
    person = released(scene)
    assert {colour(person, DAY_15 + timedelta(days=n, hours=1)) for n in range(7)} == {Colour.RED}
    assert order_of(person).until == END


def test_adopting_the_provincial_text_on_day_16_turns_a_returnee_red(scene: Scene):
    person = released(scene)
    book = adopted(scene, PROVINCE, at=DAY_16)
    assert colour(person, book.adopted_at) == Colour.RED
    assert colour(person, book.adopted_at - timedelta(microseconds=1)) == Colour.GREEN


def test_the_order_changes_with_the_book_and_keeps_its_end_and_its_officer(scene: Scene):
    person = released(scene)
    adopted(scene, PROVINCE, at=DAY_16)
    order = order_of(person)
    assert (order.kind, order.until, order.officer) == ("HOME_OBSERVATION", END, scene.cast.officer_yulin)
    assert (order.follows.kind, order.follows.ending) == ("COMMUNITY_MONITORING", "SUPERSEDED")


def test_the_approver_acts_and_the_book_is_the_evidence(scene: Scene):
    person = released(scene)
    book = adopted(scene, PROVINCE, at=DAY_16)
    case = Case.objects.of(person).open().get()
    assert (case.channel, case.evidence_kind, case.opened_by) == ("ENGINE", "RULE_BOOK", scene.cast.duty_city)
    assert book.document_number in case.evidence_ref
    turn = Transition.objects.order_by("-at").first()
    assert (turn.rule_book, turn.actor, turn.act) == (book, scene.cast.duty_city, "rulebook.adopted")
    assert (turn.case, turn.clause, turn.at) == (case, "1.1f", book.adopted_at)


def test_adopting_the_guide_again_closes_what_the_provincial_text_opened(scene: Scene):
    person = released(scene)
    adopted(scene, PROVINCE, at=DAY_16)
    adopted(scene, GUIDE, at=DAY_18)
    assert (standing(person), colour(person, DAY_18 + timedelta(hours=1))) == ([], Colour.GREEN)
    assert (order_of(person).kind, order_of(person).until) == ("COMMUNITY_MONITORING", END)


def test_the_mirrored_case_turns_green_and_is_monitored_to_the_same_end(scene: Scene):
    adopted(scene, PROVINCE, at=T)
    person = released(scene)
    adopted(scene, GUIDE, at=DAY_16)
    assert (standing(person), colour(person, DAY_16 + timedelta(hours=1))) == ([], Colour.GREEN)
    assert (order_of(person).kind, order_of(person).until) == ("COMMUNITY_MONITORING", END)
    adopted(scene, PROVINCE, at=DAY_18)
    assert (standing(person), order_of(person).until) == (["ORDERED_ISOLATION"], END)


def test_the_follow_on_ends_as_any_order_does(scene: Scene):
    person = released(scene)
    adopted(scene, PROVINCE, at=DAY_16)
    scene.ended(person, at=END + timedelta(hours=8))
    assert colour(person, END + timedelta(hours=9)) == Colour.GREEN


def test_a_follow_on_whose_days_are_over_opens_nothing(scene: Scene):
    person = released(scene)
    adopted(scene, PROVINCE, at=END)
    assert (standing(person), colour(person, END + timedelta(hours=1))) == ([], Colour.GREEN)


def test_an_extended_monitoring_keeps_its_end(scene: Scene):
    person = released(scene)
    scene.extended(person, 25, at=DAY_15)
    adopted(scene, PROVINCE, at=DAY_16)
    assert order_of(person).until == books.midnight(day(25))


def test_somebody_else_in_red_keeps_the_graver_order_and_has_both_grounds(scene: Scene):
    person = released(scene)
    scene.clinical(person, at=DAY_15 + timedelta(hours=1), began_on=day(15))
    adopted(scene, PROVINCE, at=DAY_16)
    assert sorted(standing(person)) == ["CLOSE_CONTACT", "ORDERED_ISOLATION"]
    assert order_of(person).kind == "CENTRAL_ISOLATION"
    assert order_of(person).served.count() == 2


def test_an_isolation_that_still_runs_is_left_alone(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    adopted(scene, PROVINCE, at=later(days=3))
    assert (standing(person), order_of(person).until) == (["OVERSEAS"], DUE)


def test_a_merged_returnee_turns_as_one_person(scene: Scene):
    duplicate = released(scene)
    survivor = scene.person()
    scene.merged(duplicate, survivor, at=DAY_15 + timedelta(hours=1))
    adopted(scene, PROVINCE, at=DAY_16)
    assert colour(survivor, DAY_16 + timedelta(hours=1)) == Colour.RED


# --- grounds of another colour ----------------------------------------------------------------------------------


def test_a_ground_that_turns_red_gives_its_people_an_order(scene: Scene):
    person = scene.person()
    scene.risk(person)
    text = books.with_red_risk_areas()
    book = adopted(scene, text, at=later(days=1))
    assert colour(person, later(days=1, hours=1)) == Colour.RED
    assert order_of(person).kind == "CENTRAL_ISOLATION"
    assert Transition.objects.order_by("-at").first().clause == "1.2b"
    assert Transition.objects.order_by("-at").first().rule_book == book


@pytest.mark.parametrize("survives", [True, False], ids=["on the surviving record", "on the other one"])
def test_a_ground_that_turns_red_joins_the_order_that_stands_on_any_record_of_the_human(
    scene: Scene, survives
):
    isolated, other = scene.person(), scene.person()
    scene.ordered(isolated)
    scene.risk(other)
    scene.merged(*((other, isolated) if survives else (isolated, other)), at=later(hours=1))
    adopted(scene, books.with_red_risk_areas(), at=later(hours=2))
    served = order_of(other).served.values_list("case__ground", flat=True)
    assert set(served) == {"ORDERED_ISOLATION", "RISK_AREA"}


@pytest.mark.parametrize("survives", [True, False], ids=["on the surviving record", "on the other one"])
def test_a_ground_that_is_red_no_more_lets_go_of_its_order_on_any_record_of_the_human(scene: Scene, survives):
    isolated, other = scene.person(), scene.person()
    scene.risk(isolated)
    adopted(scene, books.with_red_risk_areas(), at=later(hours=1))
    scene.merged(*((other, isolated) if survives else (isolated, other)), at=later(hours=2))
    adopted(scene, GUIDE, at=later(hours=3))
    assert not ControlOrder.objects.standing().exists()
    assert colour(other, later(hours=4)) == Colour.YELLOW


def test_a_ground_that_is_red_no_more_lets_its_people_go(scene: Scene):
    person = scene.person()
    scene.risk(person)
    adopted(scene, books.with_red_risk_areas(), at=later(days=1))
    adopted(scene, GUIDE, at=later(days=2))
    assert colour(person, later(days=2, hours=1)) == Colour.YELLOW
    assert ControlOrder.objects.of(person).get().ending == "LAPSED"


def test_a_turn_to_a_lighter_colour_by_the_book_cites_the_ground_that_still_stands(scene: Scene):
    case = scene.risk(scene.person())
    adopted(scene, books.with_red_risk_areas(), at=later(days=1))
    adopted(scene, GUIDE, at=later(days=2))
    turn = Transition.objects.order_by("-at").first()
    assert (turn.to_colour, turn.case, turn.clause) == ("YELLOW", case, "1.2b")


def test_whoever_is_red_for_something_graver_does_not_turn(scene: Scene):
    person = scene.person()
    scene.risk(person)
    scene.clinical(person, at=later(hours=1))
    adopted(scene, books.with_red_risk_areas(), at=later(days=1))
    assert Transition.objects.filter(act="rulebook.adopted").count() == 0


# --- the moment -------------------------------------------------------------------------------------------------


def test_nothing_turns_before_the_effective_instant(scene: Scene):
    released(scene)
    book = approved(scene, PROVINCE, at=DAY_16, effective_from=DAY_18)
    by = accounts.system(at=DAY_16)
    assert rulebooks.adopt_due(by=by, at=DAY_18 - timedelta(seconds=1)) == 0
    assert fresh(book).adopted_at is None
    assert rulebooks.adopt_due(by=by, at=DAY_18) == 1


def test_a_late_tick_adopts_at_its_own_instant(scene: Scene):
    person = released(scene)
    approved(scene, PROVINCE, at=DAY_16)
    rulebooks.adopt_due(by=accounts.system(at=DAY_18), at=DAY_18)
    assert colour(person, DAY_18 - timedelta(seconds=1)) == Colour.GREEN
    assert colour(person, DAY_18) == Colour.RED


def test_a_second_tick_adopts_nothing(scene: Scene):
    adopted(scene, PROVINCE, at=DAY_16)
    assert rulebooks.adopt_due(by=accounts.system(at=DAY_18), at=DAY_18) == 0
    assert Event.objects.filter(action="rulebook.adopted", body__contains="standing").count() == 1


def test_two_books_that_are_due_come_into_force_in_their_order(scene: Scene):
    later_one = approved(scene, GUIDE, at=DAY_15, effective_from=DAY_18)
    approved(scene, PROVINCE, at=DAY_15, effective_from=DAY_16)
    assert rulebooks.adopt_due(by=accounts.system(at=DAY_18), at=DAY_18) == 2
    assert RuleBook.objects.in_force(DAY_18 + timedelta(hours=1)) == later_one


def test_no_act_lies_after_the_instant_from_which_the_book_decides(scene: Scene):
    released(scene)
    last = Transition.objects.order_by("-at").first().at
    book = adopted(scene, PROVINCE, at=last - timedelta(hours=1), effective_from=T)
    assert book.adopted_at > last


def test_an_adoption_comes_after_what_turned_somebody_it_does_not_touch(scene: Scene):
    scene.fever(scene.person(), at=later(hours=5))
    book = adopted(scene, PROVINCE, at=later(hours=1), effective_from=T)
    assert book.adopted_at > Transition.objects.get().at


def test_an_act_whose_clock_is_behind_the_adoption_comes_after_it(scene: Scene):
    person = scene.person()
    book = adopted(scene, PROVINCE, at=later(days=1))
    case = scene.overseas(person, at=later(hours=2))
    assert case.opened_at > book.adopted_at
    assert Transition.objects.get().rule_book == book


def test_a_past_moment_is_explained_by_the_book_then_in_force(scene: Scene):
    person = scene.person()
    scene.risk(person)
    adopted(scene, books.with_red_risk_areas(), at=later(days=1))
    assert (colour(person, later(hours=1)), colour(person, later(days=2))) == (Colour.YELLOW, Colour.RED)


def statements_of_adopting(scene: Scene, book: str) -> int:
    """Return how many statements an adoption takes; it is rolled back."""
    with CaptureQueriesContext(connection) as statements, transaction.atomic():
        rulebooks.adopt_due(by=scene.cast.duty_city, at=DAY_16)
        assert fresh(book).adopted_at
        transaction.set_rollback(True)
    return len(statements)


@pytest.mark.parametrize("first", [GUIDE, PROVINCE])
def test_twenty_returnees_take_as_many_statements_as_one(scene: Scene, monkeypatch, first):
    if connection.vendor == "sqlite":  # Django splits at 999 values; SQLite itself takes 32,766
        monkeypatch.setattr(connection.features, "max_query_params", 32_766)
    if first == PROVINCE:
        adopted(scene, PROVINCE, at=T)
    released(scene)
    book = approved(scene, PROVINCE if first == GUIDE else GUIDE, at=DAY_15, effective_from=DAY_16)
    one = statements_of_adopting(scene, book)
    for _ in range(19):
        released(scene)
    assert statements_of_adopting(scene, book) == one


def test_a_closed_case_under_an_old_book_keeps_its_own_words(scene: Scene):
    person = released(scene)
    book = adopted(scene, PROVINCE, at=DAY_16)
    first = Transition.objects.filter(person=person).order_by("at").first()
    assert (first.rule_book.version, first.rule_book == book) == (shipped.IN_FORCE, False)


def test_a_report_entered_after_the_adoption_follows_the_new_book(scene: Scene):
    person = scene.person()
    waiting = scene.reported(person)
    book = adopted(scene, PROVINCE, at=later(days=1))
    cases.enter(waiting, by=scene.cast.group_xinchang, at=later(days=2))
    assert Transition.objects.get().rule_book == book
