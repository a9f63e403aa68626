"""Adoption beside other acts, in real threads: no colour of the old book, one adoption, no deadlock."""

from datetime import timedelta

import pytest

from cases.models import Case, Person, Presence, RuleBook, Transition
from cases.models.cases import Channel
from cases.policy.colours import Colour
from cases.selectors.colours import colour_at
from cases.services import areas, control
from cases.services.areas import Listing
from cases.services.book import rulebooks
from cases.services.engine.refusals import Refusal
from cases.services.grounds import cases
from healthcode.core.audit.models import Event
from tests.databases import run_together
from tests.factories import DivisionFactory

from . import books
from .books import PROVINCE, approved
from .scenes import DUE, Scene, T, fresh, later, sample

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = DUE + timedelta(hours=8)


@pytest.fixture(autouse=True)
def real_commits(transactional_db):
    """Let every test here commit for real."""


def together(*acts):
    outcomes = run_together(*acts)
    assert [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refusal)] == []
    history_is_sound()
    return outcomes


def history_is_sound() -> None:
    """Check that every transition says what the book then in force gave, and the last one what it gives now."""
    now = DUE + timedelta(days=5)
    for turn in Transition.objects.select_related("person", "rule_book"):
        assert RuleBook.objects.in_force(turn.at) == turn.rule_book
        assert colour_at(turn.person, turn.at) == turn.to_colour
        assert colour_at(turn.person, turn.at - timedelta(microseconds=1)) == turn.from_colour
    for person in Person.objects.all():
        last = person.transitions.order_by("-at").first()
        assert colour_at(person, now) == (last.to_colour if last else Colour.GREEN)


@pytest.mark.parametrize("round_", range(3))
def test_somebody_coded_during_the_adoption_has_the_new_books_colour(scene: Scene, round_):
    """The adoption has not seen this person: without the lock on the book, yellow would stay without a turn."""
    person, area = scene.person(), scene.listed()
    claim, by, lead = (
        scene.claim("RISK_AREA", risk_area=area),
        scene.cast.community_yulin,
        scene.cast.duty_city,
    )
    approved(scene, books.with_red_risk_areas(), at=T, effective_from=later(hours=1))
    others = [scene.person() for _ in range(5)]
    for other in others:
        scene.risk(other, area)
    together(
        lambda: rulebooks.adopt_due(by=lead, at=later(hours=1)),
        lambda: cases.open_case(person, claim, channel=Channel.COMMUNITY, by=by, at=later(hours=1)),
    )
    opened = Case.objects.of(person).open().exists()
    assert colour_at(fresh(person), later(days=1)) == (Colour.RED if opened else Colour.GREEN)
    assert {colour_at(fresh(other), later(days=1)) for other in others} == {Colour.RED}


@pytest.mark.parametrize("round_", range(3))
def test_an_area_that_reaches_many_during_the_adoption_gives_them_the_new_books_colour(scene: Scene, round_):
    people, lead = [scene.person() for _ in range(6)], scene.cast.duty_city
    hangzhou, telecom = DivisionFactory(code="330106"), scene.cast["telecom"]
    fields = {"kind": "STAY", "division": hangzhou, "source": telecom.office, "recorded_by": telecom}
    for person in people:
        Presence.objects.create(person=person, from_at=later(days=-3), until_at=later(days=-2), **fields)
    listing = Listing("西湖区", "HIGH", "公告1号", from_at=T, division=hangzhou)
    area = areas.propose(listing, by=lead, at=T)
    approved(scene, books.with_red_risk_areas(), at=T, effective_from=later(hours=1))
    together(
        lambda: rulebooks.adopt_due(by=lead, at=later(hours=1)),
        lambda: areas.decide(area, approve=True, by=scene.cast.duty_deputy, at=later(hours=1)),
    )
    assert {colour_at(fresh(person), later(days=1)) for person in people} == {Colour.RED}
    assert Case.objects.open().filter(risk_area=area).count() == len(people)


@pytest.mark.parametrize("round_", range(3))
def test_an_isolation_that_ends_during_the_adoption_is_followed_by_one_thing(scene: Scene, round_):
    person, officer, lead = scene.person(), scene.cast.officer_yulin, scene.cast.duty_city
    scene.overseas(person)
    approved(scene, PROVINCE, at=T, effective_from=MORNING)
    taken = sample(MORNING - timedelta(hours=1))
    together(
        lambda: rulebooks.adopt_due(by=lead, at=MORNING),
        lambda: control.end(fresh(person), sample=taken, by=officer, at=MORNING),
    )
    assert Case.objects.of(person).open().get().ground == "ORDERED_ISOLATION"
    assert colour_at(fresh(person), MORNING + timedelta(hours=1)) == Colour.RED


def test_two_ticks_at_once_adopt_once(scene: Scene):
    person, lead = scene.person(), scene.cast.duty_city
    scene.overseas(person)
    scene.ended(person, at=MORNING)
    approved(scene, PROVINCE, at=T, effective_from=MORNING)
    outcomes = together(*[lambda: rulebooks.adopt_due(by=lead, at=MORNING + timedelta(hours=1))] * 2)
    assert sorted(outcomes) == [0, 1]
    assert Event.objects.filter(action="rulebook.adopted", body__contains="standing").count() == 1
    assert Case.objects.filter(evidence_kind="RULE_BOOK").count() == 1


def test_two_who_decide_at_once_decide_once(scene: Scene):
    book, lead = books.proposed(scene), scene.cast.duty_city
    outcomes = together(
        lambda: rulebooks.decide(fresh(book), approve=True, effective_from=MORNING, by=lead, at=T),
        lambda: rulebooks.decide(fresh(book), approve=False, answer="不", by=lead, at=T),
    )
    assert len([one for one in outcomes if isinstance(one, Refusal)]) == 1
