"""Twenty-one of one ground and evidence wait as one hold: who decides it, and what follows."""

import pytest
from django.urls import reverse

from cases.models import Case, MassHold
from cases.models.cases import State
from cases.selectors import holds as waiting
from cases.selectors.worklists import worklists
from cases.services.engine import holds, second_person
from cases.services.engine.refusals import NotAllowed
from tests.cases.scenes import Scene, T, later, refused
from tests.factories import Cast, delivered, sealed

from .conftest import HEADINGS
from .test_holds import DOCUMENT, rows, states

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def held(kept: None) -> None:
    scene = Scene(Cast())
    scene.documented(DOCUMENT)
    content = sealed("\n".join((HEADINGS["GROUNDS"], *rows(scene, 21))))
    delivered(content, kind="GROUNDS", by=scene.cast["province"], at=T)


def test_twenty_one_wait_all_of_them(scene: Scene):
    assert states() == {"OPEN": 0, "HELD": 21}
    hold = MassHold.objects.get()
    assert (hold.ground, hold.evidence_ref, hold.resolved, hold.reached) == ("AUTO_RED", DOCUMENT, True, 21)


def test_approved_by_the_duty_lead_all_count_with_their_orders(scene: Scene):
    assert (
        holds.decide(MassHold.objects.get(), approve=True, by=scene.cast.duty_city, at=later(hours=1)) == 21
    )
    assert states() == {"OPEN": 21, "HELD": 0}
    assert Case.objects.filter(served_by__isnull=False).count() == 21


def test_sent_back_none_counts_and_the_reason_stays(scene: Scene):
    fields = {"by": scene.cast.duty_city, "at": later(hours=1)}
    refused(
        second_person.SentBackWithoutReason, holds.decide, MassHold.objects.get(), approve=False, **fields
    )
    holds.decide(MassHold.objects.get(), approve=False, answer="没有依据", **fields)
    assert Case.objects.filter(state=State.REFUSED, closing_reason="没有依据").count() == 21


def test_a_hold_is_decided_once(scene: Scene):
    fields = {"approve": True, "by": scene.cast.duty_city}
    holds.decide(MassHold.objects.get(), at=later(hours=1), **fields)
    refused(second_person.AlreadyDecided, holds.decide, MassHold.objects.get(), at=later(hours=2), **fields)


@pytest.mark.parametrize("by", ["group.xinchang", "supervisor.city", "province", "bureau.one"])
def test_others_decide_no_hold(scene: Scene, by):
    refused(
        NotAllowed, holds.decide, MassHold.objects.get(), approve=True, by=scene.cast[by], at=later(hours=1)
    )


def test_the_duty_lead_and_supervision_are_told(scene: Scene):
    for username in ("duty.city", "supervisor.city"):
        lists = {one.key: one for one in worklists(scene.cast[username], later(hours=1))}
        assert lists["holds"].urgent, username


def test_a_hold_says_how_many_wait_in_which_township(scene: Scene):
    assert [people for _name, people in waiting.by_township(MassHold.objects.get())] == [21]


def test_whoever_decides_reads_what_it_rests_on_and_whom_it_reaches(scene: Scene, client):
    client.force_login(scene.cast.duty_city)
    page = client.get(reverse("admin:do", args=("decide-hold",))).content.decode()
    assert DOCUMENT in page and "21" in page
