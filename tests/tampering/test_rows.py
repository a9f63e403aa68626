"""Whatever decides a colour is compared with its last event, and every event with its row, on both engines."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from cases.models import (
    Basis,
    Case,
    ClinicVisit,
    ControlOrder,
    Declaration,
    LabResult,
    Person,
    RiskArea,
    Venue,
)
from complaints.models import TextModule
from complaints.services import modules
from healthcode.core.audit import ledger, triggers
from healthcode.core.audit.commitments import COMMITS, deciding
from healthcode.core.audit.models import Event
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import accounts
from healthcode.core.offices.models import Office, Token, User
from tests import factories
from tests.cases.scenes import Scene, T, fresh, later
from tests.factories import Cast, token_of

from .owner import found

# What decides nothing about anybody's colour or control, and why.
DECIDES_NOTHING = {
    "Event": "the ledger itself",
    "Leaf": "the ledger itself",
    "Seal": "the ledger itself",
    "Note": "words, compared with what the events committed to",
    "Transition": "history, compared event by event",
    "Division": "shipped with the product",
    "AreaRow": "says where to look; what is found there is asked again",
    "AreaFigure": "counts of a minute ago",
    "AreaGathering": "when these were gathered",
    "Attempt": "a form somebody has begun",
    "BackgroundAct": "how far a worker has come with such a form",
    "OpenSession": "a session as long as it is open; the ledger has its log-in and its end",
    "RefusedAccess": "counts until its minute is over; the ledger has it then",
    "IdempotencyKey": "an answer that was given",
    "LookUp": "opens a page, turns no code",
    "GateCheck": "a door's look at a colour",
    "RedScanAnswer": "what was said about such a look",
    "Handover": "history of an order, whose officer is compared",
    "Transport": "a ride; no condition asks for it",
    "Presence": "machines' tracks by the million, dropped after the look-back; what came of one is a case",
    "WaitingTrack": "such tracks, of nobody who is registered yet",
    "BatchPart": "the sealed file of a delivery, deleted when its time is over",
    "RejectedRow": "what was not taken",
    "SourceRecord": "says what was taken already",
    "LedgerCheck": "somebody had the ledger verified; verifying again says the same",
    "Heartbeat": "a process says that it lives",
    "BoardCount": "how many signs there were some minutes ago",
    "Seen": "somebody read a sign",
}


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def altered(model: Any, **fields: Any) -> list[str]:
    """Change the last row of a table as its owner can, and return what is found."""
    assert found() == []
    triggers.drop(connection)
    model._default_manager.filter(pk=model._default_manager.latest("pk").pk).update(**fields)
    return found()


def inserted(row: Any, **fields: Any) -> list[str]:
    """Write a row like another without any act, and return what is found."""
    assert found() == []
    triggers.drop(connection)
    row.pk = None
    for name, value in fields.items():
        setattr(row, name, value)
    type(row)._default_manager.bulk_create([row])
    return found()


def test_every_model_says_by_which_fields_it_decides_or_why_it_does_not():
    labels = ("cases", "audit", "offices", "acts", "supervision")
    silent = {
        model.__name__
        for label in labels
        for model in apps.get_app_config(label).get_models()
        if not (issubclass(model, Recorded) and model.audit_fields)
    }
    assert silent == set(DECIDES_NOTHING)


def test_every_field_that_says_who_or_when_is_among_those_that_decide():
    """Of what decides, nobody's hand in it may be changed: whoever acted, and the instant of it."""
    for model in deciding():
        people = {
            field.name
            for field in model._meta.concrete_fields
            if field.related_model is User or isinstance(field, models.DateTimeField)
        }
        assert people - set(model.audit_fields) <= {
            "acted_at",
            "claimed_until",
            "finished_at",
            "last_login",
            "last_used_at",  # of a token: it opens nothing
            "number_corrected_at",  # opens a list; the correction is an event, and the number decides
        }, model


# --- rows changed silently ----------------------------------------------------------------------------------
ORDER = {
    "until": later(days=1),
    "officer": None,
    "kind": "HOME_OBSERVATION",
    "place": "自己家中",
    "day0": date(2026, 10, 1),
    "at_home": True,
    "elsewhere": True,
    "letter": "一封信",
    "opened_at": T - timedelta(days=9),
}


@pytest.mark.parametrize("field", ORDER)
def test_a_standing_order_changed_silently(scene, field):
    scene.clinical(scene.person())
    # Its end is compared with what its cases ask for as well.
    also = ["order_end_differs"] if field == "until" else []
    assert altered(ControlOrder, **{field: ORDER[field]}) == ["order_differs", *also]


def test_the_officer_and_end_of_an_order_given_away(scene):
    scene.clinical(scene.person())
    fields = {"officer": scene.cast.officer_deputy, "until": later(days=2)}
    assert altered(ControlOrder, **fields) == ["order_differs", "order_end_differs"]


RESULT = {
    "outcome": "POSITIVE",
    "sampled_at": T - timedelta(days=2),
    "laboratory": "别处",
    "report_number": "X9",
    "origin": "VERIFIED",
    "pool_size": 5,
    "entered_at": T - timedelta(days=1),
}


@pytest.mark.parametrize("field", RESULT)
def test_a_result_changed_silently(scene, field):
    scene.tested(scene.person(), at=later(hours=1))
    assert altered(LabResult, **{field: RESULT[field]}) == ["result_differs"]


def test_a_result_given_to_somebody_else(scene):
    other = scene.person()
    scene.tested(scene.person(), at=later(hours=1))
    assert altered(LabResult, person=other) == ["result_differs"]


def test_a_result_without_an_event(scene):
    scene.tested(scene.person(), at=later(hours=1))
    assert inserted(LabResult.objects.get(), report_number="没有人录入") == ["result_untold"]


@pytest.mark.parametrize("key", [-5, 0, 10**12])
def test_a_result_without_an_event_is_found_under_whatever_key(scene, key):
    scene.tested(scene.person(), at=later(hours=1))
    result = LabResult.objects.get()
    triggers.drop(connection)
    result.pk, result.report_number = key, "没有人录入"
    LabResult.objects.bulk_create([result])
    assert found() == ["result_untold"]


def test_a_result_with_an_event_that_somebody_else_wrote(scene):
    """The database's owner can write events, and knows no key to commit to a row with."""
    scene.tested(scene.person(), at=later(hours=1))
    result, event = LabResult.objects.get(), Event.objects.filter(action="result.entered").get()
    triggers.drop(connection)
    result.pk, result.report_number = None, "没有人录入"
    LabResult.objects.bulk_create([result])
    digest = ledger.json.loads(event.body)[COMMITS].popitem()[1]
    event.pk, event.target = None, f"result:{result.pk}"
    event.body = ledger.canonical({"outcome": "NEGATIVE", COMMITS: {result.audit_key: digest}})
    event.leaf = ledger.leaf_hash(event)
    Event.objects.bulk_create([event])
    assert found() == ["result_differs"]


def test_a_result_deleted_silently(scene):
    scene.tested(scene.person(), at=later(hours=1))
    triggers.drop(connection)
    LabResult.objects.all()._raw_delete("default")
    assert found() == ["result_deleted"]


FORM = {
    "fever": False,
    "temperature": Decimal("36.6"),
    "onset_on": None,
    "symptoms": "无",
    "at": T - timedelta(1),
}


@pytest.mark.parametrize("field", FORM)
def test_a_form_changed_silently(scene, field):
    scene.fever(scene.person())
    assert altered(Declaration, **{field: FORM[field]}) == ["declaration_differs"]


@pytest.mark.parametrize("change", [{"ruled_out": False}, {"visited_at": T}, {"record_number": "1"}])
def test_a_visit_changed_silently(scene, change):
    scene.visit(scene.person(), at=later(hours=1))
    assert altered(ClinicVisit, **change) == ["visit_differs"]


AREA = {
    "test_required": False,
    "level": "HIGH",
    "look_back_days": 1,
    "from_at": T,
    "lifted_at": later(days=1),
    "test_still_due": False,
    "name": "别处",
}


@pytest.mark.parametrize("field", AREA)
def test_an_area_changed_silently(scene, field):
    scene.listed()
    lifted = {"lifted_by": scene.cast.duty_city} if field == "lifted_at" else {}
    assert altered(RiskArea, **{field: AREA[field]}, **lifted) == ["area_differs"]


def test_an_area_listed_without_an_act(scene):
    scene.listed()
    assert inserted(RiskArea.objects.get(), name="没有人列入") == ["area_untold"]


def test_the_basis_of_an_ending_exchanged(scene):
    case = scene.fever(scene.person())
    scene.visit(case.person, at=later(hours=1))
    scene.tested(case.person, at=later(hours=2))
    scene.well(case.person, at=later(hours=3))
    assert altered(Basis, key=99) == ["basis_differs"]


def test_an_ending_laid_on_a_basis_that_nobody_found(scene):
    """The guard asks for a basis; the owner brings one along."""
    case = scene.overseas(scene.person())
    assert found() == []
    Basis.objects.create(case=case, fact="RESULT", key=1)
    fields = {
        "state": "ENDED",
        "exit": "CONTROL_ENDED",
        "closed_at": later(days=1),
        "closed_by": case.opened_by,
    }
    Case.objects.filter(pk=case.pk).update(**fields)
    assert sorted(found()) == ["basis_untold", "case_differs", "order_serves_no_case"]


def test_somebody_declared_dead_silently(scene):
    scene.person()
    assert altered(Person, deceased_on=date(2026, 11, 1)) == ["person_differs"]


def test_somebody_raised_from_the_dead_silently(scene):
    person = scene.person()
    scene.died(person, at=later(hours=1))
    assert altered(Person, deceased_on=None) == ["person_differs"]


def test_records_merged_silently(scene):
    survivor = scene.person()
    scene.person()
    assert altered(Person, merged_into=survivor) == ["person_differs"]


def test_records_parted_silently(scene):
    survivor = scene.person()
    scene.merged(scene.person(), survivor)
    assert altered(Person, merged_into=None) == ["person_differs"]


def test_a_number_given_to_another_record(scene):
    scene.person()
    assert altered(Person, document_index="0" * 64) == ["person_differs"]


def test_a_person_moved_silently(scene):
    scene.person()
    assert altered(Person, present=factories.DivisionFactory(code="330602")) == ["person_differs"]


@pytest.mark.parametrize("change", [{"kind": "SUPERMARKET"}, {"closed_at": later(days=1)}])
def test_a_venue_changed_silently(scene, change):
    factories.guarded()
    closed = {"closed_by": scene.cast.admin_one} if "closed_at" in change else {}
    assert altered(Venue, **change, **closed) == ["venue_differs"]


@pytest.mark.parametrize("change", [{"text": "您不用检测。"}, {"shortcut": "2"}])
def test_a_text_that_citizens_are_told_changed_silently(scene, change):
    modules.create(title="补材料", text="请带身份证到就近服务点。", by=scene.cast.lead_city, at=T)
    assert altered(TextModule, **change) == ["textmodule_differs"]


@pytest.mark.parametrize("change", [{"role": "duty_lead"}, {"is_active": True}, {"is_head": True}])
def test_an_account_changed_silently(scene, change):
    office = scene.cast.cdc_city.office
    accounts.create(username="new", name="新人", role="cdc", office=office, by=scene.cast.admin_one, at=T)
    assert altered(User, **change) == ["user_differs"]


@pytest.fixture
def token(scene: Scene) -> Token:
    return token_of(scene.cast.province, until=later(days=9), at=T)[0]


def test_a_token_that_lives_longer_than_it_was_issued_for(token):
    assert altered(Token, expires_at=later(days=9999)) == ["token_differs"]


def test_a_token_that_nobody_issued(token):
    assert inserted(fresh(token), digest="0" * 64) == ["token_untold"]


def test_a_token_revoked_with_its_account_fits(scene, token):
    accounts.deactivate(scene.cast.province, reason="停用", by=scene.cast.admin_two, at=later(hours=1))
    assert altered(Token, revoked_at=None) == ["token_differs"]


def test_an_office_given_another_jurisdiction(scene):
    assert altered(Office, division="33") == ["office_differs"]
