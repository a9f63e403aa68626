"""Whatever one office did and another answered reconciles at each step, and each step changed silently is found."""

from datetime import timedelta
from typing import Any

import pytest

from cases.models import (
    Batch,
    Call,
    Case,
    Certificate,
    Death,
    Document,
    NumberChange,
    Opinion,
    RiskArea,
    Shift,
)
from cases.services import control
from cases.services.persons import numbers
from cases.services.roster import calls, shifts
from cases.services.samples import opinions
from healthcode.core.audit import takeover
from tests.cases.scenes import Scene, T, fresh, later
from tests.factories import Cast
from tests.facts import test_admission
from tests.facts.test_admission import listed
from tests.last_write.persons import renumbered

from .owner import found
from .test_rows import altered


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def stayed(scene: Scene, *columns: Any, **fields: Any) -> None:
    """Let an operator deliver a stay; the delivery itself was written without an act."""
    test_admission.stayed(scene, *columns, **fields)
    takeover.take_over(Batch, by=scene.cast.telecom, at=T)


@pytest.mark.parametrize("voided", [False, True])
@pytest.mark.parametrize("columns", [{"stayed_from": T - timedelta(days=9)}, {"evidence_kind": "LETTER"}])
def test_a_case_of_a_mass_opening_changed_silently(scene: Scene, voided: bool, columns: dict[str, Any]):
    """Also one that waits, and to the microsecond in which a track began."""
    listed(scene, severe=True)
    person = scene.person()
    stayed(scene, person, until=later(hours=-5) + timedelta(microseconds=999_999))
    if voided:
        scene.voided(Case.objects.get(), at=later(hours=1))
        stayed(scene, person, until=later(hours=-4), at=later(hours=2))
        assert Case.objects.latest("pk").state == "HELD"
    assert altered(Case, **columns) == ["case_differs"]


def test_a_listing_taken_back_fits_and_is_not_taken_back_silently(scene: Scene):
    area = listed(scene)
    stayed(scene, scene.person(), until=later(hours=-5))
    for hours, kind in enumerate(("LIFT", "UNLIFT", "LIFT", "WITHDRAW"), start=1):
        scene.changed(fresh(area), kind, at=later(hours=hours))
        assert found() == []
    assert altered(RiskArea, withdrawn_at=None) == ["area_differs"]


def test_a_shift_and_a_call_fit_and_are_not_rewritten_silently(scene: Scene):
    """Who was to be called at night, and who was reached."""
    person, user = scene.person(), scene.cast.cdc_xinchang
    span = {"from_at": T, "until": later(days=1), "by": user, "at": T}
    shift = shifts.enter(office=user.office, user=user, phone="13900000001", **span)
    shifts.withdraw(shift, reason="换班", by=user, at=later(hours=1))
    scene.clinical(person)
    scene.died(person, at=later(hours=2))
    scene.death_taken_back(person, at=later(hours=3))
    fields = {"called_at": later(hours=4), "reached": Call.Reached.NOBODY, "tries": 3}
    calls.record(fresh(person), **fields, by=scene.cast.community_yulin, at=later(hours=5))
    assert altered(Call, reached="PERSON") == ["call_differs"]
    Shift.objects.update(phone="13900000002")
    assert sorted(found()) == ["call_differs", "shift_differs"]


def test_an_area_that_begins_anew_silently(scene: Scene):
    listed(scene)
    assert altered(RiskArea, begun_at=None) == ["area_differs"]


def test_a_death_taken_back_fits_and_is_not_put_back_silently(scene: Scene):
    person = scene.clinical(scene.person()).person
    scene.died(person, at=later(hours=1))
    assert found() == []
    scene.death_taken_back(person, at=later(hours=2))
    assert altered(Death, withdrawn_at=None) == ["death_differs"]


def test_a_certificate_taken_back_fits_and_is_not_put_back_silently(scene: Scene):
    person = scene.clinical(scene.person()).person
    scene.relocated(person, at=later(hours=1))
    assert found() == []
    certificate = scene.certified(person, at=later(days=1))
    by = scene.cast.cdc_xinchang
    control.withdraw_certificate(fresh(certificate), reason="伪造", by=by, at=later(days=2))
    assert altered(Certificate, withdrawn_at=None, withdrawn_by=None) == ["certificate_differs"]


def test_an_opinion_taken_back_fits_and_is_not_put_back_silently(scene: Scene):
    person = scene.person()
    positive = scene.tested(person, at=T, outcome="POSITIVE")
    fields = {"by": scene.cast.cdc_xinchang, "reason": "复阳"}
    opinion = opinions.give(positive, document="疾控复核2026-1号", at=later(hours=1), **fields)
    assert found() == []
    opinions.withdraw(opinion, at=later(hours=2), **fields)
    assert altered(Opinion, withdrawn_at=None, withdrawn_by=None) == ["opinion_differs"]


@pytest.mark.parametrize("approve", [True, False])
def test_a_number_that_was_decided_on_fits_and_is_not_exchanged_silently(scene: Scene, approve: bool):
    person = scene.clinical(scene.person()).person
    change = renumbered(scene, person, at=later(hours=1))
    assert found() == []
    by, at = scene.cast.bureau_one, later(hours=2)
    numbers.decide(fresh(change), approve=approve, answer="核对", by=by, at=at)
    assert altered(NumberChange, new_index="别人的") == ["number_differs"]


def test_a_document_that_nobody_entered_is_found(scene: Scene):
    document = scene.documented()
    assert found() == []
    document.pk, document.key = None, "另一号1"
    Document.objects.bulk_create([document])
    assert found() == ["document_untold"]
