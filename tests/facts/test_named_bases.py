"""What an ending rests on is named, not only its kind: on the person's page, in the API and in the ledger alike."""

import html

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from cases.admin.history import target_name
from cases.models import Basis, Case, Fact
from cases.selectors.bases import TABLES, WORDS, bases_of
from cases.services.engine.plans import Plan
from cases.services.grounds import exit_reversals, exits
from healthcode.core.offices.models import User
from tests.alone.walk import undone
from tests.api.conftest import Caller
from tests.browsers import Browser
from tests.cases.scenes import Scene, fresh, later
from tests.facts.endings import AT, ENDINGS, lifted
from tests.facts.ways import BACKEND


def test_every_kind_of_fact_has_words_of_its_own():
    assert set(TABLES) == set(WORDS) == set(Fact.values) - {Fact.EARLIER}


def test_every_kind_of_fact_is_made_by_acts_of_people(scene: Scene):
    rested = set()
    for ending in ENDINGS:
        with undone():
            ending(scene)
            rested |= set(Basis.objects.values_list("fact", flat=True))
    assert rested == set(TABLES)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_the_page_names_it_in_the_readers_language_and_the_trail_names_the_row(
    scene: Scene, ending, language
):
    case, _named = ending(scene)
    with translation.override(language):
        words = bases_of([fresh(case)])[case.pk]
        rows = [target_name(f"{one.fact.lower()}:{one.key}") for one in case.bases.all()]
    page, trail = (read(scene, case, language, of) for of in ("change", "history"))
    assert [one for one in words if one not in page] == []
    assert [one for one in rows if one not in trail] == []


def read(scene: Scene, case: Case, language: str, of: str) -> str:
    """Return what supervision reads of a person, a month later."""
    with time_machine.travel(later(days=30), tick=False):
        User.objects.filter(pk=scene.cast.supervisor_city.pk).update(language=language)
        browser = Browser()
        browser.force_login(fresh(scene.cast.supervisor_city), backend=BACKEND)
        path = reverse(f"admin:cases_person_{of}", args=(fresh(case.person).root_id,))
        return html.unescape(browser.get(path, follow=True).content.decode())


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_an_ending_names_what_it_rests_on(scene: Scene, ending):
    case, named = ending(scene)
    words = bases_of([fresh(case)])[case.pk]
    assert any(named in one for one in words), words
    assert not {str(label) for label in Fact.labels} & set(words)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_the_api_names_it_in_the_same_words(scene: Scene, ending):
    case, _named = ending(scene)
    with time_machine.travel(later(days=30), tick=False):
        reader = Caller(scene.cast.supervisor_city)
        rows = reader.get("cases", person=case.person.public_id).json()["results"]
    [basis] = [row["basis"] for row in rows if row["id"] == case.pk]
    assert sorted(one["words"] for one in basis) == sorted(bases_of([fresh(case)])[case.pk])


def test_a_lifting_that_was_taken_back_says_so(scene: Scene):
    case, _named = lifted(scene)
    scene.changed(fresh(case.risk_area), "UNLIFT", at=later(hours=3))
    assert "其后已撤回" in bases_of([fresh(case)])[case.pk][0]


def test_a_convalescence_ends_on_the_case_whose_discharge_was_taken_back(scene: Scene):
    person = scene.person()
    case = scene.clinical(person, "CONFIRMED")
    report = scene.exit_reported(case, "DISCHARGED", at=AT)
    exits.enter(report, plan=Plan(officer=scene.cast.officer_yulin), by=scene.cast.group_xinchang, at=AT)
    common = {"by": scene.cast.hospital_city, "at": later(hours=3)}
    reversal = exit_reversals.propose(fresh(report), reason="登错人", **common)
    exit_reversals.decide(reversal, approve=True, by=scene.cast.group_xinchang, at=later(hours=4))
    ended = Case.objects.get(ground="CONVALESCENT")
    assert any("本人“确诊病人”" in words for words in bases_of([ended])[ended.pk])
