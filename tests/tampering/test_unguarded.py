"""Columns that decide by a roundabout way: whoever changes one silently gains nothing by it, and is found."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from cases.models import HealthLog, Person
from cases.policy.colours import Colour
from cases.services import control
from cases.services.grounds import self_checks, voids
from cases.services.persons import erasure, people
from cases.services.persons.identity import Identity
from complaints.models import Ticket
from healthcode.core.audit import triggers
from healthcode.core.offices import accounts, confirmations, own_passwords
from healthcode.core.offices.models import User
from healthcode.portal.recurring import retention
from tests import factories
from tests.cases.scenes import DUE, TODAY, Scene, T, colour, fresh, later, refused, sample
from tests.complaints.desk import Desk
from tests.factories import Cast, new_password

from .owner import found
from .test_refused import in_sql
from .test_rows import altered


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


# --- the instant of the last act ------------------------------------------------------------------------------
AHEAD = [later(minutes=2), later(days=4), datetime(2099, 1, 1, tzinfo=T.tzinfo)]


@pytest.mark.parametrize("ahead", AHEAD)
def test_what_is_entered_counts_now_whatever_instant_a_row_has_of_the_last_act(scene: Scene, ahead: datetime):
    person, venue = scene.person(), factories.guarded()
    in_sql(person, acted_at=ahead)
    case = scene.clinical(fresh(person))
    assert fresh(case).opened_at is not None and fresh(case).opened_at - T < timedelta(minutes=1)
    assert colour(person, later(seconds=1)) == Colour.RED
    assert scene.checked(fresh(person), venue, at=later(hours=1)).colour == Colour.RED
    assert found() == []


def test_an_instant_of_the_last_act_that_the_ledger_has_not_come_to_is_found(scene: Scene):
    person = scene.person()
    assert altered(Person, acted_at=AHEAD[-1]) == ["person_acted_ahead"]
    assert fresh(person).acted_at == AHEAD[-1]


def test_an_act_still_follows_the_one_that_another_server_did_with_a_clock_that_runs_ahead(scene: Scene):
    person = scene.person()
    first = scene.overseas(person, at=later(hours=3))
    second = scene.other_yellow(fresh(person), at=later(hours=1))
    assert first.opened_at is not None and second.opened_at is not None
    assert second.opened_at > first.opened_at == later(hours=3)


def test_a_rule_book_adopted_ahead_of_the_clock_holds_no_act_back(scene: Scene):
    from cases.models import RuleBook

    person, book = scene.person(), RuleBook.objects.get()
    triggers.drop(connection)
    book.pk, book.version, book.adopted_at = None, "没有人批准", later(days=90)
    RuleBook.objects.bulk_create([book])
    case = scene.clinical(fresh(person))
    assert fresh(case).opened_at is not None and fresh(case).opened_at < later(minutes=1)
    assert colour(person, later(seconds=1)) == Colour.RED


# --- who somebody is ------------------------------------------------------------------------------------------
def child(scene: Scene, name: str = "王小明", **fields: Any) -> Person:
    guardian, by = scene.person(), scene.cast.service_xinchang
    born = Identity(name, "NONE", birth_date=TODAY - timedelta(days=400), **fields)
    whose = {"present": guardian.present, "guardian": guardian, "guardian_relation": "父"}
    return people.register(born, **whose, by=by, at=T - timedelta(hours=5)).person


@pytest.mark.parametrize("columns", [{"name": "李四"}, {"birth_order": 2}])
def test_what_tells_a_child_from_another_changed_silently(scene: Scene, columns: dict[str, Any]):
    scene.clinical(child(scene))
    assert altered(Person, **columns) == ["person_differs"]


def test_a_name_corrected_or_erased_fits(scene: Scene):
    person = child(scene)
    born = Identity("王大明", "NONE", birth_date=person.birth_date)
    by = scene.cast.service_xinchang
    people.correct(fresh(person), born, address="", reason="登记错误", by=by, at=later(hours=1))
    assert found() == []
    proposal = erasure.propose(fresh(person), reason="申请", by=scene.cast.bureau_one, at=later(days=1))
    erasure.approve(proposal, by=scene.cast.bureau_two, at=later(days=2))
    assert fresh(person).name == ""
    assert altered(Person, name="王大明") == ["person_differs"]


# --- whom a ticket is about -----------------------------------------------------------------------------------
def test_a_ticket_about_somebody_else_bears_no_void_of_a_silent_change(scene: Scene):
    ticket, other = Desk(scene).routed(), scene.person()
    case = scene.clinical(other)
    for fields in ({"person": other}, {"number": "X-1"}):
        with pytest.raises(DatabaseError, match=r"ticket.*stays"), transaction.atomic():
            in_sql(ticket, **fields)
    fields = {"reason_class": "WRONG_PERSON", "reason": "错", "reference": ticket.number}
    refused(
        self_checks.TicketUnknown, voids.propose, case, **fields, by=scene.cast.bureau_one, at=later(hours=3)
    )


@pytest.mark.parametrize("columns", [{"person": None}, {"number": "X-1"}])
def test_a_ticket_whose_person_or_number_was_changed_past_the_guards_is_found(
    scene: Scene, columns: dict[str, Any]
):
    Desk(scene).routed()
    assert altered(Ticket, **columns) == ["ticket_differs"]


def test_tickets_given_to_somebody_else_past_the_guards_are_found(scene: Scene):
    Desk(scene).routed()
    assert altered(Ticket, person=scene.person()) == ["ticket_differs"]


# --- health logs ----------------------------------------------------------------------------------------------
def logged(scene: Scene) -> Person:
    person = scene.clinical(scene.person()).person
    reading = control.HealthReading(TODAY, "MORNING", Decimal("39.0"))
    control.log_health(person, reading, by=scene.cast.officer_yulin, at=later(hours=1))
    return person


@pytest.mark.parametrize("columns", [{"temperature": Decimal("36.5")}, {"at": T - timedelta(days=30)}])
def test_a_health_log_changed_silently(scene: Scene, columns: dict[str, Any]):
    logged(scene)
    assert altered(HealthLog, **columns) == ["healthlog_differs"]


def test_a_health_log_deleted_silently(scene: Scene):
    logged(scene)
    assert found() == []
    HealthLog.objects.all().delete()
    assert found() == ["healthlog_deleted"]


def test_health_logs_whose_time_is_over_are_deleted_by_an_act_and_nobody_is_accused(scene: Scene):
    person, end = logged(scene), DUE + timedelta(hours=9)
    taken = sample(end - timedelta(hours=1))
    control.end(fresh(person), sample=taken, by=scene.cast.officer_yulin, at=end)
    kept = list(HealthLog.objects.all())
    retention.apply(by=accounts.system(at=T), at=end + timedelta(days=731))
    assert not HealthLog.objects.exists() and found() == []
    HealthLog.objects.bulk_create(kept)  # put back as it was: the ledger says that it is gone
    assert found() == ["healthlog_differs"]


# --- who may log in -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("columns", [{"password": "x"}, {"password_is_temporary": True}])
def test_a_password_changed_silently(scene: Scene, columns: dict[str, Any]):
    new_password(scene.cast.community_yulin, at=T)
    user = User.objects.get(username="community.yulin")
    chosen = {"password": user.password, "password_is_temporary": False, **columns}
    own_passwords.change(user, "tulip-9-anvil-quartz", confirmation=confirmations.of(user), at=later(hours=1))
    assert found() == []
    User.objects.filter(pk=user.pk).update(**chosen)
    assert found() == ["user_differs"]


def test_a_password_changed_on_its_owners_page_fits(scene: Scene, client: Any):
    password = new_password(scene.cast.community_yulin, at=T)
    user = User.objects.get(username="community.yulin")
    client.force_login(user)
    own = "tulip-9-anvil-quartz"
    chosen = {"old_password": password, "new_password1": own, "new_password2": own}
    chosen["confirmation"] = confirmations.of(user)
    assert client.post(reverse("admin:password_change"), chosen).status_code == 302
    user = User.objects.get(username="community.yulin")
    assert user.check_password(own) and not user.password_is_temporary
    assert [kind for kind in found() if kind.startswith("user")] == []


# --- keys -----------------------------------------------------------------------------------------------------
def test_no_row_takes_the_key_or_the_place_of_another(scene: Scene):
    one, other = scene.reported(scene.person()), scene.clinical(scene.person())
    with pytest.raises(DatabaseError, match=r"key of a row stays|loses no row"), transaction.atomic():
        _update(f"UPDATE {_or_replace()}cases_case SET id = {one.pk} WHERE id = {other.pk}")
    with pytest.raises(DatabaseError, match=r"key of a row stays|loses no row"), transaction.atomic():
        _update(f"UPDATE {_or_replace()}cases_case SET id = id + 1000 WHERE id = {other.pk}")
    _update(f"UPDATE cases_case SET source_key = 'k' WHERE id = {one.pk}")
    with pytest.raises(DatabaseError, match=r"loses no row|unique"), transaction.atomic():
        _update(f"UPDATE {_or_replace()}cases_case SET source_key = 'k' WHERE id = {other.pk}")
    assert {fresh(one).state, fresh(other).state} == {"REPORTED", "OPEN"}


def test_no_standing_order_takes_the_place_of_another(scene: Scene):
    """By an index that holds some rows only."""
    from cases.models import ControlOrder

    person = scene.clinical(scene.person()).person
    scene.voided(person.cases.get(), at=later(hours=1))
    scene.clinical(fresh(person), at=later(hours=2))
    first, second = ControlOrder.objects.order_by("pk")
    columns = "ended_at = NULL, ended_by_id = NULL, ending = ''"
    with pytest.raises(DatabaseError, match=r"loses no row|unique"), transaction.atomic():
        _update(f"UPDATE {_or_replace()}cases_controlorder SET {columns} WHERE id = {first.pk}")
    assert fresh(second).ended_at is None


def _or_replace() -> str:
    return "OR REPLACE " if connection.vendor == "sqlite" else ""


def _update(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
