"""What of append-only rows is let pass: a text written over while its person is being erased, a row past its period."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import BooleanField, DateField, DateTimeField, UUIDField
from django.db.models.functions import Now

from cases.models import (
    Case,
    ClinicVisit,
    Declaration,
    Erasure,
    GateCheck,
    LabResult,
    Person,
    RedScanAnswer,
    Repeat,
)
from cases.services.gates import red_scans
from cases.services.persons import erasable
from complaints.models import TicketEvent
from healthcode.core.audit import triggers
from healthcode.core.audit.guards import UNLIKE
from healthcode.core.audit.models import AppendOnly
from tests.cases.scenes import DUE, Scene, T, later
from tests.complaints.desk import Desk
from tests.factories import Cast, delivered, guarded

ERASABLE = [LabResult, Declaration, ClinicVisit, GateCheck, RedScanAnswer, Repeat, TicketEvent]
AFTER = DUE + timedelta(days=1)


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """The cast, and the triggers in place."""
    return Scene(cast)


@pytest.fixture
def person(scene: Scene) -> Person:
    """Somebody with a row of every kind, whose every case is closed."""
    person = scene.person()
    scene.fever(person, at=later(days=-1))
    scene.clinical(person)
    scene.checked(person, guarded(), at=later(hours=1))
    red_scans.answer(person, words="已送回隔离点", by=scene.cast.duty_xinchang, at=later(hours=2))
    scene.ended(person, at=DUE)
    visit = {
        "clinic": scene.cast.clinic_xinchang.office,
        "visited_at": T,
        "ruled_out": True,
        "record_number": "1",
    }
    ClinicVisit.objects.create(person=person, **visit, by=scene.cast.clinic_xinchang, at=T)
    batch = delivered(b"x", by=scene.cast.cdc_xinchang, at=T, confirmed=False)
    case = Case.objects.of(person).get(ground="CLOSE_CONTACT")
    Repeat.objects.create(batch=batch, case=case, source_key="协查函1号")
    Desk(scene).routed(person, at=DUE + timedelta(hours=1))
    return person


def row_of(model, person: Person):
    found = model._default_manager.filter(**{erasable.TEXTS[model][0]: person.pk}).order_by("pk").first()
    assert found is not None, model
    return found


def is_refused(sql: str, values=()) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except DatabaseError as error:
        assert "append-only" in str(error)  # no other rule came first
        return True
    return False


def blanked(model, *, but: str = "") -> str:
    """Return the SQL that writes over what may be written over, and one thing more."""
    sets = [
        f"{name} = CASE WHEN {name} = '' THEN '' ELSE "
        + ("'erased-' || id" if text == UNLIKE else f"'{text}'")
        + " END"
        for name, text in erasable.TEXTS[model][1].items()
    ]
    return f"UPDATE {model._meta.db_table} SET {', '.join([*sets, *([but] if but else [])])} WHERE id = %s"


def _in_place(text: str) -> str:
    return "'erased-' || id" if text == UNLIKE else f"'{text}'"


def asked(person: Person, cast: Cast) -> Erasure:
    return Erasure.objects.create(
        person=person, reason="本人申请", proposed_by=cast.bureau_one, proposed_at=AFTER
    )


def approved(person: Person, cast: Cast) -> None:
    """Let two people decide the erasure, and nothing be written over yet."""
    row = asked(person, cast)
    type(row).objects.filter(pk=row.pk).update(
        decision="APPROVED", decided_by=cast.bureau_two, decided_at=AFTER
    )


def test_every_append_only_table_with_texts_of_persons_says_what_is_written_over():
    named = {model for model in apps.get_models() if issubclass(model, AppendOnly) and model.erasable}
    with_texts = {
        model for model in erasable.TEXTS if issubclass(model, AppendOnly) and erasable.TEXTS[model][1]
    }
    assert named == with_texts == set(ERASABLE)


@pytest.mark.parametrize("model", ERASABLE)
def test_nothing_is_written_over_while_nobody_decided_it(person, cast, model):
    row = row_of(model, person)
    assert is_refused(blanked(model), [row.pk])
    asked(person, cast)
    assert is_refused(blanked(model), [row.pk])


@pytest.mark.parametrize("model", ERASABLE)
def test_once_two_people_decided_it_a_text_is_written_over(person, cast, model):
    row = row_of(model, person)
    approved(person, cast)
    assert not is_refused(blanked(model), [row.pk])


@pytest.mark.parametrize("model", ERASABLE)
def test_nothing_else_of_the_row_changes_with_it(person, cast, model):
    row = row_of(model, person)
    approved(person, cast)
    kept = [one for one in model._meta.concrete_fields if one.name not in model.erasable.texts]
    columns = [one.column for one in kept if one.column != "id"]
    let_pass = [
        column for column in columns if not is_refused(blanked(model, but=changed(column, row)), [row.pk])
    ]
    assert columns and let_pass == []


def changed(column: str, row) -> str:
    """Return the SQL that gives a column another value, of its own type."""
    field = next(one for one in row._meta.concrete_fields if one.column == column)
    if getattr(row, field.attname) is not None:
        return f"{column} = NULL"
    values = {
        DateField: "CURRENT_DATE",
        DateTimeField: "CURRENT_TIMESTAMP",
        BooleanField: "true",
        UUIDField: "'00000000-0000-0000-0000-000000000001'",
    }
    value = values.get(type(field), "1")
    return f"{column} = {value}"


@pytest.mark.parametrize("model", ERASABLE)
def test_no_other_words_are_put_in_the_place_of_a_text(person, cast, model):
    row = row_of(model, person)
    approved(person, cast)
    name = next(iter(model.erasable.texts))
    with connection.cursor():
        assert is_refused(f"UPDATE {model._meta.db_table} SET {name} = 'x' WHERE id = %s", [row.pk])


@pytest.mark.parametrize("model", ERASABLE)
def test_the_rows_of_nobody_else_are_written_over(person, cast, scene, model):
    row = row_of(model, person)
    other = scene.person(at=T)
    approved(other, cast)
    assert is_refused(blanked(model), [row.pk])


@pytest.mark.parametrize("model", ERASABLE)
def test_after_five_years_without_an_act_the_texts_go_without_a_decision(person, model):
    row = row_of(model, person)
    for days, refused in ((1823, True), (1825, False)):
        acted(person, days)
        assert is_refused(blanked(model), [row.pk]) is refused


def acted(person: Person, days: int) -> None:
    """Let the last act about somebody have been so many days before the database's own now."""
    Person.objects.filter(pk=person.pk).update(acted_at=Now() - timedelta(days=days))


@pytest.mark.parametrize("model", ERASABLE)
def test_no_row_goes_before_its_period_is_over(person, cast, model):
    row = row_of(model, person)
    approved(person, cast)
    assert is_refused(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [row.pk])


def test_a_check_goes_after_its_period_and_its_answer_before_it(person):
    check = row_of(GateCheck, person)
    made_long_ago(check, days=88)
    assert is_refused("DELETE FROM cases_redscananswer WHERE check_made_id = %s", [check.pk])
    made_long_ago(check, days=90)
    assert not is_refused("DELETE FROM cases_redscananswer WHERE check_made_id = %s", [check.pk])
    assert not is_refused("DELETE FROM cases_gatecheck WHERE id = %s", [check.pk])


def made_long_ago(check: GateCheck, *, days: int) -> None:
    triggers.drop(connection)
    GateCheck.objects.filter(pk=check.pk).update(at=Now() - timedelta(days=days))
    triggers.install(connection)
