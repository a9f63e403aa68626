"""What the database refuses of the rows that decide a colour: by ORM, in bulk, as a fixture and in SQL alike."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import serializers
from django.db import DatabaseError, connection, models, transaction

from cases.models import (
    Case,
    ClinicVisit,
    ControlOrder,
    Declaration,
    GroundChannel,
    RiskArea,
    RuleBook,
    Transition,
    Void,
)
from tests.cases.scenes import Scene, fresh, later
from tests.factories import Cast

Write = Callable[..., None]


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """The cast, and the triggers in place."""
    return Scene(cast)


def by_orm(row: models.Model, **fields: Any) -> None:
    row = fresh(row)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def in_bulk(row: models.Model, **fields: Any) -> None:
    row = fresh(row)
    for name, value in fields.items():
        setattr(row, name, value)
    type(row)._default_manager.bulk_update([row], list(fields))


def as_a_fixture(row: models.Model, **fields: Any) -> None:
    row = fresh(row)
    for name, value in fields.items():
        setattr(row, name, value)
    (loaded,) = serializers.deserialize("json", serializers.serialize("json", [row]))
    loaded.save()


def in_sql(row: models.Model, **fields: Any) -> None:
    columns = {row._meta.get_field(name).column: _stored(row, name, value) for name, value in fields.items()}  # type: ignore[union-attr]
    sets = ", ".join(f'"{column}" = %s' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {sets} WHERE id = %s", [*columns.values(), row.pk])


def by_replace(row: models.Model, **fields: Any) -> None:
    """Write a row over itself, as only SQLite can: it deletes and inserts."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no REPLACE")
    _insert("INSERT OR REPLACE", fresh(row), fields)


def _insert(verb: str, row: models.Model, changes: dict[str, Any]) -> None:
    fields = [field for field in row._meta.concrete_fields if row.pk or not field.primary_key]
    values = [
        _stored(row, field.name, changes.get(field.name, getattr(row, field.attname))) for field in fields
    ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(f"{verb} INTO {row._meta.db_table} ({columns}) VALUES ({marks})", values)


def _stored(row: models.Model, name: str, value: Any) -> Any:
    field = row._meta.get_field(name)
    value = value.pk if isinstance(value, models.Model) else value
    return field.get_db_prep_save(value, connection)  # type: ignore[union-attr]


def new_by_orm(row: models.Model, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row._state.adding = True
    row.save(force_insert=True)


def new_in_bulk(row: models.Model, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    type(row)._default_manager.bulk_create([row])


def new_in_sql(row: models.Model, **fields: Any) -> None:
    _insert("INSERT", row, fields)


CHANGES = pytest.mark.parametrize("write", [by_orm, in_bulk, as_a_fixture, in_sql, by_replace])
INSERTS = pytest.mark.parametrize("write", [new_by_orm, new_in_bulk, new_in_sql])


def refused(message: str, write: Write, row: models.Model, **fields: Any) -> None:
    """Check that a row is not written so, for this reason; a REPLACE, which is an INSERT as well, for any."""
    reason = None if write is by_replace else message
    with pytest.raises(DatabaseError, match=reason), transaction.atomic():
        write(row, **fields)


# --- cases --------------------------------------------------------------------------------------------------
@pytest.fixture
def red(scene: Scene) -> Case:
    return scene.overseas(scene.person())


def copy(case: Case, **fields: Any) -> Case:
    """Return a case like another that is not stored yet."""
    case = fresh(case)
    case.pk, case.evidence_ref = None, "另一份材料"
    for name, value in fields.items():
        setattr(case, name, value)
    return case


@INSERTS
@pytest.mark.parametrize(
    "nothing", ["", " ", "\t\n", "\u3000\u3000", "\u200b", "\u2800", "\uffa0", "\ufe0f", "-", "。"]
)
def test_no_case_rests_on_blanks(red, write, nothing):
    refused("names its evidence|case_evidence_given", write, copy(red), evidence_ref=nothing)


@CHANGES
@pytest.mark.parametrize("other", ["", "\u3000", "另一份材料"])
def test_the_evidence_of_a_case_stays(red, write, other):
    refused("evidence stays|case_evidence_given", write, red, evidence_ref=other)


@INSERTS
def test_a_ground_comes_in_by_no_channel_that_the_book_in_force_does_not_name(red, write):
    book = RuleBook.objects.get().policy
    admitted = {(ground.key, channel) for ground in book.grounds.values() for channel in ground.channels}
    channels = ("REPORTED", "GROUP", "COMMUNITY", "PROVINCE", "AUTOMATIC", "SELF", "ENGINE")
    for ground in book.grounds:
        for channel in channels:
            if (ground, channel) not in admitted:
                refused("not entered by this channel", write, copy(red), ground=ground, channel=channel)
    refused("not entered by this channel", write, copy(red), ground="INVENTED")


@INSERTS
def test_what_says_that_it_stands_again_is_the_case_that_ended(scene, red, write):
    """Standing again asks for no channel of the book in force, so it is no way in for anything else."""
    again = copy(red, resumes=red)
    refused("not entered by this channel", write, again, ground="ORDERED_ISOLATION")
    refused("not entered by this channel", write, copy(red, resumes=red), channel="SELF")


@CHANGES
@pytest.mark.parametrize("channel", ["GROUP", "PROVINCE", "SELF"])
def test_the_channel_of_a_case_stays(red, write, channel):
    refused("stays what it is", write, red, channel=channel)


@CHANGES
def test_a_case_does_not_move_to_another_person_or_ground(scene, red, write):
    refused("stays what it is", write, red, person=scene.person())
    refused("stays what it is", write, red, ground="ORDERED_ISOLATION")


@CHANGES
@pytest.mark.parametrize("state", ["OPEN", "HELD", "REPORTED"])
def test_a_voided_case_does_not_stand_again(scene, red, write, state):
    scene.voided(red, at=later(hours=1))
    waits = {"opened_at": None, "opened_by": None}
    fields = {"closed_at": None, "closed_by": None, **({} if state == "OPEN" else waits)}
    refused("goes one way", write, red, state=state, **fields)


@CHANGES
def test_an_ended_case_does_not_stand_again(scene, write):
    case = scene.fever(scene.person())
    scene.visit(case.person, at=later(hours=1))
    scene.tested(case.person, at=later(hours=2))
    scene.well(case.person, at=later(hours=3))
    assert fresh(case).state == "ENDED"
    refused("goes one way", write, case, state="OPEN", closed_at=None, closed_by=None, exit="")


@CHANGES
def test_a_report_that_was_sent_back_is_not_opened(scene, write):
    from cases.services.grounds import cases

    case = scene.reported(scene.person())
    cases.send_back(case, reason="不符", by=scene.cast.group_xinchang, at=later(hours=1))
    fields = {"opened_at": later(hours=2), "opened_by": scene.cast.group_xinchang, "closed_at": None}
    refused("goes one way", write, case, state="OPEN", closed_by=None, **fields)


@CHANGES
def test_a_case_that_stands_does_not_wait_again(red, write):
    refused("goes one way", write, red, state="HELD", opened_at=None, opened_by=None)


def test_an_ended_case_may_still_be_voided(scene):
    """It is the one step back that a case takes: what was wrong all along."""
    case = scene.fever(scene.person())
    scene.visit(case.person, at=later(hours=1))
    scene.tested(case.person, at=later(hours=2))
    scene.well(case.person, at=later(hours=3))
    in_sql(case, state="VOIDED")
    assert fresh(case).state == "VOIDED"


@INSERTS
@pytest.mark.parametrize("state", ["VOIDED", "REFUSED"])
def test_no_case_begins_closed(red, write, state):
    closed = {"closed_at": later(hours=1), "closed_by": red.opened_by}
    waits = {"opened_at": None, "opened_by": None} if state == "REFUSED" else {}
    refused("begins waiting or open", write, copy(red), state=state, **closed, **waits)


@CHANGES
def test_a_held_case_is_not_opened_by_whoever_proposed_it(scene, write):
    case = scene.held(scene.person())
    fields = {"opened_at": later(hours=1), "opened_by": case.entered_by}
    refused("second person", write, case, state="OPEN", **fields)


@CHANGES
def test_who_opened_and_closed_a_case_stays(scene, red, write):
    scene.voided(red, at=later(hours=1))
    for name in ("opened_by", "closed_by"):
        refused("stays", write, red, **{name: scene.cast.admin_one})
    for name in ("opened_at", "closed_at"):
        refused("stays", write, red, **{name: later(hours=2)})


@pytest.mark.parametrize("model", [Case, ControlOrder, RuleBook, Void, RiskArea])
def test_what_is_guarded_loses_no_row(scene, red, model):
    """A row that is deleted and written anew would evade every rule."""
    scene.void_proposed(red)
    scene.listed()
    assert model.objects.exists()
    with pytest.raises(DatabaseError, match="loses no row"), transaction.atomic():
        model.objects.all()._raw_delete("default")


# --- what was declared, found and ordered -------------------------------------------------------------------
@CHANGES
def test_what_was_declared_found_and_ordered_stays(scene, red, write):
    other = scene.person()
    scene.fever(red.person)
    scene.visit(red.person, at=later(hours=1))
    form, visit, order = (model.objects.latest("pk") for model in (Declaration, ClinicVisit, ControlOrder))
    if write is not by_orm:  # which Python refuses already
        refused("append-only", write, form, fever=False)
        refused("append-only", write, visit, person=other)
    refused("stays", write, order, person=other)


# --- conversions --------------------------------------------------------------------------------------------
@INSERTS
@pytest.mark.parametrize("colour", ["RED", "YELLOW"])
def test_no_code_turns_without_a_case_that_stands(scene, red, write, colour):
    other, turn = scene.person(), Transition.objects.get()
    turn.pk = None
    refused("by a case that stands", write, turn, person=other, to_colour=colour)


@INSERTS
def test_no_code_turns_red_again_by_a_case_that_was_voided(scene, red, write):
    turn = Transition.objects.get()
    scene.voided(red, at=later(hours=1))
    turn.pk = None
    refused("by a case that stands", write, turn, at=later(hours=2))


def test_the_code_of_a_merged_group_turns_by_a_case_of_any_of_its_records(scene, red):
    survivor = scene.person()
    scene.merged(red.person, survivor, at=later(hours=1))
    turn = Transition.objects.get(person=survivor)
    assert (turn.to_colour, turn.case, turn.clause) == ("RED", red, "1.1e")


# --- rule books ---------------------------------------------------------------------------------------------
@INSERTS
@pytest.mark.parametrize("adopted", [True, False])
def test_no_rule_book_begins_decided_or_adopted(scene, write, adopted):
    book = RuleBook.objects.get()
    book.pk, book.version = None, "又一版"
    refused("begins undecided", write, book, adopted_at=later(days=1) if adopted else None)


@CHANGES
@pytest.mark.parametrize("change", [{"text": "另一版"}, {"sha256": "0" * 64}, {"adopted_at": later(days=1)}])
def test_a_decided_rule_book_stays(scene, write, change):
    refused("stays as it is|adopted once", write, RuleBook.objects.get(), **change)


@CHANGES
def test_the_channels_that_a_book_names_stay(scene, write):
    pair = GroundChannel.objects.first()
    assert pair is not None
    refused("append-only", in_sql if write in (by_orm, as_a_fixture) else write, pair, channel="SELF")
