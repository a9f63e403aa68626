"""A death: checked from the moment one office records it, true once another confirms it, and never for good."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.models import Basis, Death, Fact
from cases.policy.colours import Colour
from cases.selectors.explanation import explain, explain_then
from cases.selectors.worklists import worklists
from cases.services.engine import second_person
from cases.services.engine.references import NotAReference
from cases.services.persons import deaths, erasure
from healthcode.core.audit import triggers
from healthcode.portal.trails.moments import code_at
from tests import factories
from tests.cases.scenes import DUE, Scene, T, colour, fresh, later, order_of, refused
from tests.facts.dying import GROUNDS, asked_back, coded

# -- one office alone


def test_one_office_alone_ends_nothing(scene: Scene):
    person, case = coded(scene, "CLOSE_CONTACT")
    scene.death_recorded(person, at=later(hours=1))
    assert (fresh(case).state, fresh(person).deceased_on) == ("OPEN", None)
    assert colour(person, later(hours=2)) == Colour.RED
    assert order_of(person).ended_at is None


@pytest.mark.parametrize("ground", ["none", "RISK_AREA", "CLOSE_CONTACT"])
def test_no_gate_answers_for_a_code_that_is_being_checked(scene: Scene, ground):
    person = scene.person() if ground == "none" else coded(scene, ground)[0]
    scene.death_recorded(person, at=later(hours=1))
    check = scene.checked(person, factories.guarded(), at=later(hours=2))
    assert (check.passed, check.why, check.colour) == (False, "CHECKING", "NONE")


def test_a_merged_record_is_being_checked_with_its_survivor(scene: Scene):
    duplicate, survivor = scene.person(), scene.person()
    scene.merged(duplicate, survivor)
    scene.death_recorded(survivor, at=later(hours=1))
    check = scene.checked(duplicate, factories.guarded(), at=later(hours=2))
    assert check.why == "CHECKING"


def test_the_persons_page_and_the_script_say_that_it_is_being_checked(scene: Scene):
    from complaints.selectors.scripts import script

    person = scene.person()
    scene.death_recorded(person, at=later(hours=1))
    explanation = explain(fresh(person), at=later(hours=2))
    assert explanation.being_checked == Death.objects.get()
    assert script(explanation, language="en").startswith("The health code is being checked.")


def test_nobody_is_called_about_somebody_whose_death_is_being_checked(scene: Scene):
    person, _case = coded(scene, "CLOSE_CONTACT")
    yellow = coded(scene, "RISK_AREA")[0]

    def lists(at):
        users = (scene.cast.officer_yulin, scene.cast.group_xinchang, scene.cast.service_xinchang)
        return {one.key for user in users for one in worklists(user, at)}

    assert {"overdue", "untested"} <= lists(DUE + timedelta(days=2))
    for one in (person, yellow):
        scene.death_recorded(one, at=later(hours=1))
    assert not {"overdue", "due_today", "untested"} & lists(DUE + timedelta(days=2))


def test_what_was_sent_back_shows_again_what_it_showed(scene: Scene):
    person, _case = coded(scene, "RISK_AREA")
    death = scene.death_recorded(person, at=later(hours=1))
    refused(
        second_person.SentBackWithoutReason,
        deaths.refuse,
        death,
        answer="",
        by=scene.cast.cdc_xinchang,
        at=later(hours=2),
    )
    deaths.refuse(death, answer="本人在世", by=scene.cast.cdc_xinchang, at=later(hours=2))
    check = scene.checked(person, factories.guarded("OTHER"), at=later(hours=3))
    assert check.colour == "YELLOW"
    lists = {one.key for one in worklists(scene.cast.hospital_city, later(hours=3))}
    assert "returned_deaths" in lists


@pytest.mark.parametrize("number", ["1", "死", "　　", "---", "....", "无证明", "1111", "证 1"])
def test_a_certificate_that_nobody_could_look_up_is_refused(scene: Scene, number):
    refusal = refused(NotAReference, scene.death_recorded, scene.person(), certificate=number)
    assert refusal.field == "certificate"


# -- two offices

OFFICES = {
    "hospital": "hospital.city",
    "cdc": "cdc.xinchang",
    "group": "group.xinchang",
    "community": "community.yulin",
}


@pytest.mark.parametrize("second", OFFICES)
@pytest.mark.parametrize("first", OFFICES)
def test_any_two_of_the_four_make_it_true_and_none_alone(scene: Scene, first, second):
    person = scene.person()
    death = scene.death_recorded(person, by=OFFICES[first])
    fields = {"by": scene.cast[OFFICES[second]], "at": later(hours=1)}
    if first == second:
        refused(second_person.SamePerson, deaths.confirm, death, **fields)
    else:
        deaths.confirm(death, **fields)
        assert colour(person, later(hours=2)) == Colour.NONE


def test_two_groups_are_one_kind_of_office(scene: Scene):
    death = scene.death_recorded(scene.person(), by="group.xinchang")
    fields = {"by": scene.cast.group_city, "at": later(hours=1)}
    refused(deaths.SameKind, deaths.confirm, death, **fields)
    refused(deaths.SameKind, deaths.refuse, death, answer="x", **fields)


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_ground_ends_on_the_record_of_the_death(scene: Scene, ground):
    person, case = coded(scene, ground)
    death = scene.died(person, at=later(hours=1))
    rests = Basis.objects.filter(case=case).values_list("fact", "key")
    assert list(rests) == [(Fact.DEATH, death.pk)]
    assert (fresh(case).exit, fresh(person).deceased_on) == ("DEATH", death.on)


# -- taken back


def test_nobody_is_erased_while_their_death_is_being_checked(scene: Scene):
    person = scene.person()
    scene.death_recorded(person)
    refused(
        erasure.StillOpen,
        erasure.propose,
        fresh(person),
        reason="x",
        by=scene.cast.bureau_one,
        at=later(hours=1),
    )


def test_both_steps_are_on_the_lists_of_whoever_may_take_them(scene: Scene):
    person = scene.person()
    scene.death_recorded(person, at=T)

    def lists(who: str, at):
        return {one.key for one in worklists(scene.cast[who], at)}

    for who in ("cdc.xinchang", "group.xinchang", "community.yulin"):
        assert "deaths" in lists(who, later(hours=1))
    assert "deaths" not in lists("hospital.city", later(hours=1))
    deaths.confirm(Death.objects.get(), by=scene.cast.cdc_xinchang, at=later(hours=1))
    asked_back(scene, person)
    assert "death_withdrawals" in lists("hospital.city", later(hours=4))
    assert "death_withdrawals" not in lists("community.yulin", later(hours=4))


# -- deaths from before a second office was asked


def test_a_death_of_before_has_a_record_that_can_be_taken_back(scene: Scene):
    carry_over = import_module("cases.migrations.0021_earlier_deaths").carry_over
    person, case = coded(scene, "CLOSE_CONTACT")
    death = scene.died(person, at=later(hours=1))
    triggers.drop(connection, "cases_death", "cases_basis")
    Death.objects.all().delete()
    Basis.objects.filter(case=case).update(key=person.pk)
    carry_over(apps, SimpleNamespace(connection=connection))
    carried = Death.objects.get()
    assert (carried.pk, carried.on, carried.certificate) == (person.pk, death.on, death.certificate)
    assert (carried.decision, carried.proposed_by) == ("APPROVED", scene.cast.group_xinchang)
    scene.death_taken_back(person, at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.RED
    assert scene.death_recorded(person, at=later(hours=4)).pk > carried.pk


# -- what is told while it is checked, and afterwards


def test_pages_and_api_say_of_now_and_of_past_moments_that_a_death_was_being_checked(scene: Scene, client):
    person, _case = coded(scene, "OVERSEAS")
    now = timezone.now()
    death = scene.death_recorded(person, at=now - timedelta(hours=3), on=T.date())
    client.force_login(scene.cast.supervisor_city)
    page = client.get(reverse("admin:cases_person_changelist"))
    assert [row.being_checked for row in page.context["cl"].result_list] == [True]
    assert "核对中" in page.content.decode()
    deaths.refuse(fresh(death), answer="未死亡", by=scene.cast.group_xinchang, at=now - timedelta(hours=1))
    page = client.get(reverse("admin:cases_person_changelist"))
    assert [row.being_checked for row in page.context["cl"].result_list] == [False]
    order = [(hours, True) for hours in (3, 2)] + [(hours, False) for hours in (4, 1)]
    for hours, checked in order:
        at = now - timedelta(hours=hours)
        assert explain_then(fresh(person), at=at).being_checked is checked
        assert code_at(fresh(person), at=at).being_checked is checked
        assert explain_then(fresh(person), at=at).colour == Colour.RED  # the cases stood all along


@pytest.mark.parametrize(("act", "checked"), [("death", True), ("enter-result", False)])
def test_the_effect_of_a_death_says_that_the_code_is_being_checked(scene: Scene, client, act, checked):
    person = scene.person()
    client.force_login(scene.cast.hospital_city)
    now = timezone.localtime()
    result = {"outcome": "NEGATIVE", "sampled_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}"}
    result |= {"laboratory": "市疾控", "report_number": "检2026-1号"}
    body = {"on": f"{now:%Y-%m-%d}", "certificate": "死亡证明2026-8号"} if act == "death" else result
    page = f"{reverse('admin:cases_person_changelist')}{person.pk}/do/{act}/"
    effect = client.post(page, body, follow=True).content.decode()
    assert ("核对中</span>" in effect, "健康码不变" in effect) == (checked, not checked)
